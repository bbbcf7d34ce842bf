import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { digestSchema } from '../../core/contract/schemas/common.ts';
import { centreErrorSchema } from '../../core/contract/sync-protocol.ts';
import { formatOfficialInstant } from '../../core/domain/official-time.ts';
import { isBlobComplete } from '../blobs/receive-blob.ts';
import { CentreError } from '../centre-error.ts';
import type { CentreContext } from '../context.ts';
import { networkOf } from '../http/network.ts';
import { createRateLimiter } from '../http/rate-limit.ts';
import { feedQuerySchema, feedResponseSchema } from './feed-protocol.ts';
import { identifyBackOffice, listFeed } from './feed.ts';

/** What back-office systems read (feed-protocol.ts). A token opens its own office and nothing else. */
export function addFeedRoutes(server: FastifyInstance, context: CentreContext): void {
  const limiter = createRateLimiter({ capacity: 600, perSecond: 50 });
  server.register(async (scope) => {
    const feed = scope.withTypeProvider<ZodTypeProvider>();
    feed.addHook('onRequest', async (request) => limiter.take(networkOf(request.ip)));

    feed.get(
      '/feed/v1/entries',
      { schema: { querystring: feedQuerySchema, response: { 200: feedResponseSchema, '4xx': centreErrorSchema } } },
      async (request) => {
        const officeCode = await identifyBackOffice(context, request.headers.authorization ?? '');
        const { after, limit } = request.query;
        const items = await listFeed(context, officeCode, after, limit);
        context.metrics.count('ventanilla_feed_items_total', {}, items.length);
        return {
          items: items.map((item) => ({ ...item, acceptedAt: formatOfficialInstant(item.acceptedAt) })),
          next: items.at(-1)?.position ?? after,
        };
      },
    );

    feed.get(
      '/feed/v1/files/:sha256',
      { schema: { params: z.object({ sha256: digestSchema }) } },
      async (request, reply) => {
        const officeCode = await identifyBackOffice(context, request.headers.authorization ?? '');
        const { sha256 } = request.params;
        // Whether another office has the same bytes is none of this one's business.
        const file = (await isBlobComplete(context, officeCode, sha256)) ? await context.blobs.open(sha256) : null;
        if (file === null) throw new CentreError('blob.notFound');
        return reply.type('application/octet-stream').header('content-length', file.byteLength).send(file.stream());
      },
    );
  });
}
