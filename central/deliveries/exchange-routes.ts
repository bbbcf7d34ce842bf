import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { centreErrorSchema } from '../../core/contract/sync-protocol.ts';
import { formatOfficialInstant } from '../../core/domain/official-time.ts';
import type { CentreContext } from '../context.ts';
import { networkOf } from '../http/network.ts';
import { createRateLimiter } from '../http/rate-limit.ts';
import {
  confirmationRequestSchema,
  dispatchRequestSchema,
  exchangeListSchema,
  exchangeSchema,
  rejectionRequestSchema,
} from './exchange-protocol.ts';
import type { Exchange } from './exchange-state.ts';
import type { Exchanges } from './exchanges.ts';
import { identifyBackOffice } from './feed.ts';

const exchangeParameters = z.object({ exchangeId: z.string().regex(/^[0-9A-Z_]{1,33}$/u) });

/** How back-office systems of an office send and decide exchanges (exchange-protocol.ts). */
export function addExchangeRoutes(server: FastifyInstance, context: CentreContext, exchanges: Exchanges): void {
  const limiter = createRateLimiter({ capacity: 300, perSecond: 20 });
  server.register(async (scope) => {
    const routes = scope.withTypeProvider<ZodTypeProvider>();
    routes.addHook('onRequest', async (request) => limiter.take(networkOf(request.ip)));
    const officeOf = (request: { headers: { authorization?: string | undefined } }) =>
      identifyBackOffice(context, request.headers.authorization ?? '');

    routes.get(
      '/feed/v1/exchanges',
      { schema: { response: { 200: exchangeListSchema, '4xx': centreErrorSchema } } },
      async (request) => {
        const listed = await exchanges.list(await officeOf(request));
        return {
          exchanges: listed.map((exchange) => ({
            ...show(exchange),
            recordId: exchange.recordId,
            errorCode: exchange.errorCode,
            changedAt: formatOfficialInstant(exchange.changedAt),
          })),
        };
      },
    );

    routes.post(
      '/feed/v1/exchanges',
      { schema: { body: dispatchRequestSchema, response: { 201: exchangeSchema, '4xx': centreErrorSchema } } },
      async (request, reply) => {
        const { recordId, destination } = request.body;
        const exchange = await exchanges.dispatch(await officeOf(request), recordId, destination);
        return reply.code(201).send(show(exchange));
      },
    );

    routes.post(
      '/feed/v1/exchanges/:exchangeId/confirmation',
      {
        schema: {
          params: exchangeParameters,
          body: confirmationRequestSchema,
          response: { 200: exchangeSchema, '4xx': centreErrorSchema },
        },
      },
      async (request) =>
        show(await exchanges.confirm(await officeOf(request), request.params.exchangeId, request.body)),
    );

    routes.post(
      '/feed/v1/exchanges/:exchangeId/rejection',
      {
        schema: {
          params: exchangeParameters,
          body: rejectionRequestSchema,
          response: { 200: exchangeSchema, '4xx': centreErrorSchema },
        },
      },
      async (request) =>
        show(await exchanges.reject(await officeOf(request), request.params.exchangeId, request.body.reason)),
    );
  });
}

function show({ exchangeId, side, otherOfficeCode, isTest, state, destinationNumber, destinationAt }: Exchange) {
  return { exchangeId, side, otherOfficeCode, isTest, state, destinationNumber, destinationAt };
}
