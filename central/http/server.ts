import Fastify from 'fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { CentreError } from '../centre-error.ts';
import type { CentreContext } from '../context.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The body as it came: signatures cover bytes. */
    rawBody: Uint8Array;
  }
}

const smallBodyBytes = 64 * 1024;

/** An HTTP server that answers everything, tells nobody its stack, and writes no address, code or name into its log. */
export function createServer(context: CentreContext, isBehindProxy: boolean): FastifyInstance {
  const server = Fastify({
    logger: false,
    bodyLimit: smallBodyBytes,
    trustProxy: isBehindProxy ? 'loopback' : false,
    requestTimeout: 60_000,
    connectionTimeout: 120_000,
    // Draining connections end at once on a graceful stop.
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
  });
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  server.decorateRequest('rawBody');
  server.addHook('onRequest', async (request) => {
    request.rawBody = new Uint8Array(0);
  });
  addBodyParsers(server);
  server.setErrorHandler(async (error, request, reply) => {
    const known = toCentreError(error);
    context.metrics.count('ventanilla_requests_refused_total', { code: known.code });
    if (known.status >= 500) {
      context.log.error('request.failed', error, { route: request.routeOptions.url ?? '', method: request.method });
    }
    return reply.code(known.status).type('application/json').send({ code: known.code, message: known.message });
  });
  server.setNotFoundHandler(async () => {
    throw new CentreError('request.notFound');
  });
  server.addHook('onResponse', async (request, reply) => {
    // The route's pattern, never its address: addresses hold verification codes.
    const route = request.routeOptions.url ?? 'none';
    const { method } = request;
    const status = reply.statusCode;
    context.metrics.count('ventanilla_http_requests_total', { route, method, status: String(status) });
    context.log.info('request.answered', { route, method, status, milliseconds: Math.round(reply.elapsedTime) });
  });
  return server;
}

function addBodyParsers(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      request.rawBody = body;
      try {
        return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown;
      } catch (cause) {
        throw new CentreError('request.invalid', { cause });
      }
    },
  );
  server.addContentTypeParser(
    'application/octet-stream',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      request.rawBody = body;
    },
  );
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string) => Object.fromEntries(new URLSearchParams(body)),
  );
}

export function toCentreError(error: unknown): CentreError {
  if (error instanceof CentreError) return error;
  const status = statusOf(error);
  if (status === 413) return new CentreError('request.tooLarge', { cause: error });
  if (status !== null && status < 500) return new CentreError('request.invalid', { cause: error });
  if (isConnectionProblem(error)) return new CentreError('centre.unavailable', { cause: error });
  return new CentreError('centre.unexpected', { cause: error });
}

function statusOf(error: unknown): number | null {
  const hasStatus = error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number';
  return hasStatus ? Number(error.statusCode) : null;
}

/** The database is away or the disk is full: the desk sends again later. */
function isConnectionProblem(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false;
  // PostgreSQL's classes 08 (connection), 53 (resources), 57 (operator intervention).
  return /^(?:ECONNREFUSED|ECONNRESET|ENOSPC|EDQUOT|(?:08|53|57)[0-9A-Z]{3})$/u.test(error.code);
}
