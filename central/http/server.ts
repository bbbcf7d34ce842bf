import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import Fastify from 'fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { CentreError } from '../centre-error.ts';
import type { CentreErrorCode } from '../centre-error.ts';
import type { CentreContext } from '../context.ts';
import { readJson } from './read-json.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The body as it came: signatures cover bytes. */
    rawBody: Uint8Array;
  }
}

const smallBodyBytes = 64 * 1024;

/** How long a request may take to arrive. */
export type RequestPatience = Readonly<{
  headersMs: number;
  /** Of a body up to 64 KiB, which anybody may send. */
  smallBodyMs: number;
  /** Of a desk's request, with a piece of a file on the slowest line. */
  requestMs: number;
}>;

// 4 MiB, a desk's piece, arrive in ten minutes on a line of 56 kbit/s.
const usualPatience: RequestPatience = { headersMs: 20_000, smallBodyMs: 30_000, requestMs: 600_000 };

/** An HTTP server that answers everything, tells nobody its stack, and writes no address, code or name into its log. */
export function createServer(
  context: CentreContext,
  isBehindProxy: boolean,
  patience: RequestPatience = usualPatience,
): FastifyInstance {
  const server = Fastify({
    logger: false,
    bodyLimit: smallBodyBytes,
    trustProxy: isBehindProxy ? 'loopback' : false,
    requestTimeout: patience.requestMs,
    connectionTimeout: 120_000,
    http: {
      headersTimeout: patience.headersMs,
      connectionsCheckingInterval: Math.min(5_000, patience.headersMs),
    },
    clientErrorHandler: (error, socket) => refuse(socket, codeOfClientError(error.code)),
    // An address that is none, which no route and no error handler ever sees.
    frameworkErrors: (_error, _request, reply: FastifyReply) => {
      const { status, code, message } = new CentreError('request.invalid');
      reply.code(status).type('application/json').send(JSON.stringify({ code, message }));
    },
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
  addBodyDeadline(server, patience.smallBodyMs);
  // Node closes what nobody listens for without an answer.
  server.server.on('connect', (_request, socket) => refuse(socket, 'request.invalid'));
  server.setErrorHandler(async (error, request, reply) => {
    const known = toCentreError(error);
    context.metrics.count('ventanilla_requests_refused_total', { code: known.code });
    if (known.status >= 500) {
      context.log.error('request.failed', error, { route: request.routeOptions.url ?? '', method: request.method });
    }
    // RFC 9110 asks for it; the realm is what the OpenAPI document calls the way in.
    if (known.status === 401)
      reply.header('www-authenticate', known.code === 'feed.token' ? 'Bearer realm="feed"' : 'Ventanilla realm="desk"');
    return reply.code(known.status).type('application/json').send({ code: known.code, message: known.message });
  });
  // Answers hold personal data: no proxy on the way keeps one, nor takes it for anything else than it says.
  server.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    reply.header('x-content-type-options', 'nosniff');
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
      return readJson(body);
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

/** Bodies that come drop by drop hold a connection each: whoever is nobody's desk has little time. */
function addBodyDeadline(server: FastifyInstance, milliseconds: number): void {
  server.addHook('onRequest', async (request, reply) => {
    const limit = request.routeOptions.bodyLimit ?? smallBodyBytes;
    if (limit > smallBodyBytes || request.raw.complete) return;
    const timer = setTimeout(() => {
      if (!request.raw.complete) refuse(request.raw.socket, 'request.tooSlow');
    }, milliseconds);
    reply.raw.once('close', () => clearTimeout(timer));
  });
}

function codeOfClientError(code: string): CentreErrorCode {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request.tooSlow';
  return code === 'HPE_HEADER_OVERFLOW' ? 'request.headersTooLarge' : 'request.invalid';
}

/** Answers what never became a request, and closes. */
function refuse(socket: Duplex, code: CentreErrorCode): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { status, message } = new CentreError(code);
  const body = JSON.stringify({ code, message });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
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
  if (!(error instanceof Error)) return false;
  // pg gives no code to these.
  if (/^(?:Connection terminated|timeout exceeded when trying to connect)/u.test(error.message)) return true;
  if (!('code' in error) || typeof error.code !== 'string') return false;
  // A socket of PostgreSQL that is not there; a file that is not there is a failure of ours.
  if (error.code === 'ENOENT') return 'syscall' in error && error.syscall === 'connect';
  // PostgreSQL's classes 08 (connection), 53 (resources), 57 (operator intervention).
  return /^(?:ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOSPC|EDQUOT|(?:08|53|57)[0-9A-Z]{3})$/u.test(error.code);
}
