import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { digestSchema } from '../../core/contract/schemas/common.ts';
import {
  answerHeader,
  answerSigningText,
  auditCheckpointSchema,
  auditCountersignatureSchema,
  blobResponseSchema,
  centreErrorSchema,
  centreStatusSchema,
  cursorResponseSchema,
  deskStandingSchema,
  enrolmentRequestSchema,
  enrolmentResponseSchema,
  entriesRequestSchema,
  entriesResponseSchema,
  fileBundleResponseSchema,
  ownEntriesResponseSchema,
  ownSeriesResponseSchema,
  referenceDeltaSchema,
  referenceRefusalSchema,
  referenceResponseSchema,
  requestHeaders,
  sealCertificateSchema,
  sealRequestSchema,
  sealResponseSchema,
  seriesRequestSchema,
  seriesResponseSchema,
} from '../../core/contract/sync-protocol.ts';
import { formatOfficialInstant } from '../../core/domain/official-time.ts';
import { giveBackBlob } from '../blobs/give-back-blob.ts';
import { getBlobState, receiveBlob } from '../blobs/receive-blob.ts';
import { receiveBundle } from '../blobs/receive-bundle.ts';
import { CentreError } from '../centre-error.ts';
import type { CentreContext } from '../context.ts';
import { countersignCheckpoint } from '../desks/audit-checkpoints.ts';
import { enrolDesk } from '../desks/enrolment.ts';
import { authenticateRequest, identifyDesk } from '../desks/request-authentication.ts';
import type { EnrolledDesk } from '../desks/request-authentication.ts';
import { describeStanding } from '../desks/revocations.ts';
import { renewSeries } from '../desks/series-renewal.ts';
import { listOwnSeries } from '../desks/own-series.ts';
import { acceptEntries } from '../entries/accept-entries.ts';
import { listOwnEntries } from '../entries/own-entries.ts';
import { getSeries } from '../entries/series-rows.ts';
import {
  findReferenceAfter,
  findReferenceDelta,
  getReferenceVersion,
  noteReferenceRefusal,
} from '../reference/reference.ts';
import { describeSeal } from '../seal/centre-seal.ts';
import { sealReceipt } from '../seal/seal-receipt.ts';
import { networkOf } from './network.ts';
import { readJson } from './read-json.ts';
import { createRateLimiter } from './rate-limit.ts';
import { createSharedRateLimiter } from './shared-rate-limit.ts';
import { wholeNumberSchema } from './whole-number.ts';

/** 50 entries of a usual desk are some hundred kilobytes; one entry may have two million signs. */
const entriesBodyBytes = 32 * 1024 * 1024;
const blobPieceBytes = 8 * 1024 * 1024;
/** Bodies of one desk that may be on their way at once. Its identifier is no secret: whoever knows it holds no more memory. */
const arrivingBytes = 64 * 1024 * 1024;

const seriesParameters = z.object({ seriesId: z.string().regex(/^[0-9A-Za-z-]{1,40}$/u) });
const blobParameters = z.object({ sha256: digestSchema });
const blobQuery = z.object({ offset: wholeNumberSchema });
const entriesQuery = z.object({ after: wholeNumberSchema.pipe(z.int().max(2_147_483_647)) });
/** Beyond the largest file that anybody takes nothing is to be read. */
const pieceQuery = z.object({ offset: wholeNumberSchema.pipe(z.int().max(2_147_483_647)) });
const deltaQuery = z.object({ from: wholeNumberSchema.pipe(z.int().positive().max(2_147_483_647)) });
const referenceQuery = z.object({ version: wholeNumberSchema.pipe(z.int().max(2_147_483_647)).default(0) });

declare module 'fastify' {
  interface FastifyRequest {
    desk: EnrolledDesk | null;
  }
  interface FastifyContextConfig {
    /** What a desk registered is taken also after it was withdrawn. */
    isOpenToRevoked?: boolean;
  }
}

/** What desks talk to (core/contract/sync-protocol.ts). */
export function addApiRoutes(server: FastifyInstance, context: CentreContext): void {
  const enrolmentLimiter = createSharedRateLimiter(context, 'enrolment', { capacity: 300, perSecond: 5 });
  const api = server.withTypeProvider<ZodTypeProvider>();
  const signAnswer = createAnswerSigner(context);

  api.get('/api/v1/status', { schema: { response: { 200: centreStatusSchema } }, onSend: signAnswer }, async () => ({
    centreName: context.centreName,
    publicKey: context.key.publicKey,
    isDurable: context.database.isDurable,
    referenceVersion: await getReferenceVersion(context),
    now: formatOfficialInstant(context.now()),
  }));

  api.post(
    '/api/v1/desks',
    {
      schema: { body: enrolmentRequestSchema, response: { 201: enrolmentResponseSchema, '4xx': centreErrorSchema } },
      onRequest: async (request) => enrolmentLimiter.take(request.ip),
    },
    async (request, reply) => reply.code(201).send(await enrolDesk(context, request.body)),
  );

  server.decorateRequest('desk', null);
  server.register(async (scope) => {
    addDeskHooks(scope, context);
    scope.addHook('onSend', signAnswer);
    addDeskRoutes(scope, context);
  });
}

/** An answer belongs to its request: neither the line nor an older answer can take its place. */
function createAnswerSigner({ key }: CentreContext) {
  return async (request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> => {
    const nonce = request.headers[requestHeaders.nonce];
    if (typeof nonce !== 'string' || !/^[0-9a-f]{32}$/u.test(nonce)) return payload;
    const body = typeof payload === 'string' || payload instanceof Uint8Array ? payload : '';
    const bodySha256 = createHash('sha256').update(body).digest('hex');
    reply.header(answerHeader, key.sign(answerSigningText({ nonce, status: reply.statusCode, bodySha256 })));
    return payload;
  };
}

function addDeskHooks(scope: FastifyInstance, context: CentreContext): void {
  const addressLimiter = createRateLimiter({ capacity: 5_000, perSecond: 1_000 });
  const deskLimiter = createRateLimiter({ capacity: 2_000, perSecond: 500 });

  const bodies = new Map<string, number>();

  // A body is read as what it says only once its signature is known to be the desk's.
  scope.removeContentTypeParser('application/json');
  scope.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      request.rawBody = body;
    },
  );
  scope.addHook('onRequest', async (request, reply) => {
    addressLimiter.take(networkOf(request.ip));
    const { deskId } = (request.desk = await identifyDesk(context, request.headers));
    const expected = expectedBytes(request);
    const arriving = (bodies.get(deskId) ?? 0) + expected;
    if (arriving > arrivingBytes) throw new CentreError('request.tooMany');
    bodies.set(deskId, arriving);
    reply.raw.once('close', () => {
      const left = (bodies.get(deskId) ?? 0) - expected;
      if (left > 0) bodies.set(deskId, left);
      else bodies.delete(deskId);
    });
  });
  scope.addHook('preValidation', async (request) => {
    const desk = deskOf(request);
    await authenticateRequest(context, desk, {
      method: request.method,
      pathAndQuery: request.originalUrl,
      headers: request.headers,
      body: request.rawBody,
    });
    // After the signature: nobody else learns of it.
    if (desk.revokedAt !== null && request.routeOptions.config.isOpenToRevoked !== true)
      throw new CentreError('desk.revoked');
    // After the signature: nobody uses up another desk's share.
    deskLimiter.take(desk.deskId);
    if (isJson(request)) request.body = readJson(request.rawBody);
  });
}

function addDeskRoutes(scope: FastifyInstance, context: CentreContext): void {
  const api = scope.withTypeProvider<ZodTypeProvider>();
  const openToRevoked = { isOpenToRevoked: true };

  api.get(
    '/api/v1/desk',
    { config: openToRevoked, schema: { response: { 200: deskStandingSchema, '4xx': centreErrorSchema } } },
    (request) => describeStanding(context, deskOf(request)),
  );

  api.post(
    '/api/v1/series',
    { schema: { body: seriesRequestSchema, response: { 200: seriesResponseSchema, '4xx': centreErrorSchema } } },
    async (request) => ({ series: [...(await renewSeries(context, deskOf(request), request.body))] }),
  );

  api.get(
    '/api/v1/series',
    { schema: { response: { 200: ownSeriesResponseSchema, '4xx': centreErrorSchema } } },
    async (request) => ({ series: await listOwnSeries(context, deskOf(request)) }),
  );

  api.get(
    '/api/v1/series/:seriesId/entries',
    {
      schema: {
        params: seriesParameters,
        querystring: entriesQuery,
        response: { 200: ownEntriesResponseSchema, '4xx': centreErrorSchema },
      },
    },
    (request) => listOwnEntries(context, deskOf(request), request.params.seriesId, request.query.after),
  );

  api.get(
    '/api/v1/series/:seriesId/cursor',
    {
      config: openToRevoked,
      schema: { params: seriesParameters, response: { 200: cursorResponseSchema, '4xx': centreErrorSchema } },
    },
    async (request) => {
      const series = await getSeries(context.database, deskOf(request), request.params.seriesId);
      const { seriesId, cursor, cursorHash, isHalted } = series;
      return { seriesId, cursor, cursorHash, isHalted };
    },
  );

  api.post(
    '/api/v1/series/:seriesId/entries',
    {
      config: openToRevoked,
      bodyLimit: entriesBodyBytes,
      schema: {
        params: seriesParameters,
        body: entriesRequestSchema,
        response: {
          200: entriesResponseSchema,
          409: entriesResponseSchema,
          '4xx': centreErrorSchema,
        },
      },
    },
    async (request, reply) => {
      const response = await acceptEntries(context, deskOf(request), request.params.seriesId, request.body.entries);
      return reply.code(response.result === 'accepted' ? 200 : 409).send(response);
    },
  );

  api.get(
    '/api/v1/blobs/:sha256/state',
    {
      config: openToRevoked,
      schema: { params: blobParameters, response: { 200: blobResponseSchema, '4xx': centreErrorSchema } },
    },
    (request) => getBlobState(context, deskOf(request), request.params.sha256),
  );

  api.get(
    '/api/v1/blobs/:sha256',
    { schema: { params: blobParameters, querystring: pieceQuery } },
    async (request, reply) => {
      const piece = { sha256: request.params.sha256, offset: request.query.offset };
      const bytes = await giveBackBlob(context, deskOf(request), piece);
      return reply.type('application/octet-stream').send(bytes);
    },
  );

  api.post(
    '/api/v1/blobs',
    {
      config: openToRevoked,
      bodyLimit: blobPieceBytes,
      schema: { response: { 200: fileBundleResponseSchema, '4xx': centreErrorSchema } },
    },
    async (request) => ({ files: [...(await receiveBundle(context, deskOf(request), request.rawBody))] }),
  );

  api.put(
    '/api/v1/blobs/:sha256',
    {
      config: openToRevoked,
      bodyLimit: blobPieceBytes,
      schema: {
        params: blobParameters,
        querystring: blobQuery,
        response: { 200: blobResponseSchema, '4xx': centreErrorSchema },
      },
    },
    (request) =>
      receiveBlob(context, deskOf(request), {
        sha256: request.params.sha256,
        offset: request.query.offset,
        content: request.rawBody,
      }),
  );

  api.get(
    '/api/v1/reference',
    {
      schema: {
        querystring: referenceQuery,
        response: { 200: referenceResponseSchema, 204: z.null(), '4xx': centreErrorSchema },
      },
    },
    async (request, reply) => {
      const reference = await findReferenceAfter(context, request.query.version);
      return reference === null ? reply.code(204).send(null) : reply.code(200).send(reference);
    },
  );

  api.get(
    '/api/v1/reference/delta',
    {
      schema: {
        querystring: deltaQuery,
        response: { 200: referenceDeltaSchema, 204: z.null(), '4xx': centreErrorSchema },
      },
    },
    async (request, reply) => {
      const delta = await findReferenceDelta(context, request.query.from);
      return delta === null ? reply.code(204).send(null) : reply.code(200).send(delta);
    },
  );

  api.post(
    '/api/v1/reference/refusals',
    { schema: { body: referenceRefusalSchema, response: { 204: z.null(), '4xx': centreErrorSchema } } },
    async (request, reply) => {
      noteReferenceRefusal(context, deskOf(request).deskId, request.body);
      return reply.code(204).send(null);
    },
  );

  api.post(
    '/api/v1/audit/checkpoints',
    {
      schema: { body: auditCheckpointSchema, response: { 200: auditCountersignatureSchema, '4xx': centreErrorSchema } },
    },
    (request) => countersignCheckpoint(context, deskOf(request), request.body),
  );

  api.get(
    '/api/v1/seal',
    { schema: { response: { 200: sealCertificateSchema, '4xx': centreErrorSchema } } },
    async () => describeSeal(context),
  );

  api.post(
    '/api/v1/seal',
    { schema: { body: sealRequestSchema, response: { 200: sealResponseSchema, '4xx': centreErrorSchema } } },
    (request) => sealReceipt(context, deskOf(request), request.body),
  );
}

/** What the request may yet bring into memory. */
function expectedBytes(request: FastifyRequest): number {
  const announced = Number(request.headers['content-length'] ?? Number.NaN);
  if (Number.isFinite(announced)) return announced;
  return request.headers['transfer-encoding'] === undefined ? 0 : (request.routeOptions.bodyLimit ?? 0);
}

function isJson({ headers, rawBody }: FastifyRequest): boolean {
  return rawBody.length > 0 && (headers['content-type'] ?? '').startsWith('application/json');
}

function deskOf(request: FastifyRequest): EnrolledDesk {
  if (request.desk === null) throw new CentreError('authentication.missing');
  return request.desk;
}
