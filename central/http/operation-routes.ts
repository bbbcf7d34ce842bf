import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { CentreError } from '../centre-error.ts';
import type { CentreContext } from '../context.ts';
import { sql } from '../database/sql.ts';
import { describeApi } from './openapi.ts';

/** For whoever runs the centre. A proxy keeps `/metrics` and `/ready` to the inside. */
export function addOperationRoutes(server: FastifyInstance, context: CentreContext): void {
  const api = JSON.stringify(describeApi());

  server.get('/health', async () => ({ state: 'running' }));

  server.get('/ready', async () => {
    try {
      await context.database.find(z.unknown(), sql`SELECT 1 AS one`);
      await context.blobs.check();
    } catch (cause) {
      throw new CentreError('centre.unavailable', { cause });
    }
    return { state: 'ready', isDurable: context.database.isDurable };
  });

  server.get('/metrics', async (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(context.metrics.write()),
  );

  server.get('/openapi.json', async (_request, reply) => reply.type('application/json').send(api));
}
