import { z } from 'zod';
import * as protocol from '../../core/contract/sync-protocol.ts';
import * as exchange from '../deliveries/exchange-protocol.ts';
import { feedResponseSchema } from '../deliveries/feed-protocol.ts';

type Json = Readonly<Record<string, unknown>>;

type Operation = Readonly<{
  summary: string;
  isSigned: boolean;
  /** For back-office systems, by token. */
  isFeed?: true;
  parameters?: readonly Json[];
  body?: Json;
  answers: Readonly<Record<string, string | null>>;
}>;

const schemas = {
  EnrolmentRequest: protocol.enrolmentRequestSchema,
  EnrolmentResponse: protocol.enrolmentResponseSchema,
  EntriesRequest: protocol.entriesRequestSchema,
  EntriesResponse: protocol.entriesResponseSchema,
  JournalBody: protocol.journalBodySchema,
  SeriesRequest: protocol.seriesRequestSchema,
  SeriesResponse: protocol.seriesResponseSchema,
  DeskStanding: protocol.deskStandingSchema,
  OwnSeriesResponse: protocol.ownSeriesResponseSchema,
  OwnEntriesResponse: protocol.ownEntriesResponseSchema,
  CursorResponse: protocol.cursorResponseSchema,
  BlobResponse: protocol.blobResponseSchema,
  FileBundleHead: protocol.fileBundleHeadSchema,
  FileBundleResponse: protocol.fileBundleResponseSchema,
  ReferenceResponse: protocol.referenceResponseSchema,
  ReferenceDelta: protocol.referenceDeltaSchema,
  ReferenceRefusal: protocol.referenceRefusalSchema,
  CentreStatus: protocol.centreStatusSchema,
  AuditCheckpoint: protocol.auditCheckpointSchema,
  AuditCountersignature: protocol.auditCountersignatureSchema,
  SealCertificate: protocol.sealCertificateSchema,
  SealRequest: protocol.sealRequestSchema,
  SealResponse: protocol.sealResponseSchema,
  FeedResponse: feedResponseSchema,
  DispatchRequest: exchange.dispatchRequestSchema,
  ConfirmationRequest: exchange.confirmationRequestSchema,
  RejectionRequest: exchange.rejectionRequestSchema,
  Exchange: exchange.exchangeSchema,
  ExchangeList: exchange.exchangeListSchema,
  CentreError: protocol.centreErrorSchema,
} as const;

const parameter = (name: string, place: 'path' | 'query', schema: Json, isRequired = true): Json => ({
  name,
  in: place,
  required: isRequired,
  schema,
});
const seriesId = parameter('seriesId', 'path', { type: 'string', maxLength: 40 });
const sha256 = parameter('sha256', 'path', { type: 'string', pattern: '^[0-9a-f]{64}$' });
const exchangeId = parameter('exchangeId', 'path', { type: 'string', pattern: '^[0-9A-Z_]{1,33}$' });
const wholeNumber: Json = { type: 'integer', minimum: 0 };
const jsonBody = (name: keyof typeof schemas): Json => ({ 'application/json': { schema: refer(name) } });

const operations: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  '/api/v1/status': {
    get: { summary: 'Who the centre is, whether it is durable', isSigned: false, answers: { 200: 'CentreStatus' } },
  },
  '/api/v1/desks': {
    post: {
      summary: 'Enrols a desk with a single-use code and grants its number series',
      isSigned: false,
      body: jsonBody('EnrolmentRequest'),
      answers: { 201: 'EnrolmentResponse' },
    },
  },
  '/api/v1/desk': {
    get: {
      summary: 'Whether the desk, or a series of it, was withdrawn',
      isSigned: true,
      answers: { 200: 'DeskStanding' },
    },
  },
  '/api/v1/series': {
    get: {
      summary: 'Every series of the desk and of its former identities, with how far the centre has it',
      isSigned: true,
      answers: { 200: 'OwnSeriesResponse' },
    },
    post: {
      summary: 'Number series where the desk has none that may number',
      isSigned: true,
      body: jsonBody('SeriesRequest'),
      answers: { 200: 'SeriesResponse' },
    },
  },
  '/api/v1/series/{seriesId}/cursor': {
    get: {
      summary: 'The last accepted entry of a series of the office',
      isSigned: true,
      parameters: [seriesId],
      answers: { 200: 'CursorResponse' },
    },
  },
  '/api/v1/series/{seriesId}/entries': {
    get: {
      summary: 'The own entries of a desk behind a place, for one that lost them',
      isSigned: true,
      parameters: [seriesId, parameter('after', 'query', wholeNumber)],
      answers: { 200: 'OwnEntriesResponse' },
    },
    post: {
      summary: 'Ordered entries, acknowledged after commit; 409 for a gap or a fork',
      isSigned: true,
      parameters: [seriesId],
      body: jsonBody('EntriesRequest'),
      answers: { 200: 'EntriesResponse', 409: 'EntriesResponse' },
    },
  },
  '/api/v1/blobs': {
    post: {
      summary:
        'Whole files: a line of JSON (FileBundleHead), a line feed, their bytes in that order; each is acknowledged',
      isSigned: true,
      body: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
      answers: { 200: 'FileBundleResponse' },
    },
  },
  '/api/v1/blobs/{sha256}/state': {
    get: {
      summary: 'How many bytes of a file are there, or its acknowledgement',
      isSigned: true,
      parameters: [sha256],
      answers: { 200: 'BlobResponse' },
    },
  },
  '/api/v1/blobs/{sha256}': {
    get: {
      summary: 'Bytes of a file that the office sent whole, from an offset on; none at its end',
      isSigned: true,
      parameters: [sha256, parameter('offset', 'query', wholeNumber)],
      answers: { 200: 'file' },
    },
    put: {
      summary: 'Bytes of a file from an offset on; acknowledged with the last one',
      isSigned: true,
      parameters: [sha256, parameter('offset', 'query', wholeNumber)],
      body: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
      answers: { 200: 'BlobResponse' },
    },
  },
  '/api/v1/reference': {
    get: {
      summary: 'Signed reference data newer than a version; 204 when there are none',
      isSigned: true,
      parameters: [parameter('version', 'query', wholeNumber)],
      answers: { 200: 'ReferenceResponse', 204: null },
    },
  },
  '/api/v1/reference/delta': {
    get: {
      summary: 'What leads from a version to the newest; 204 when it is the newest',
      isSigned: true,
      parameters: [parameter('from', 'query', wholeNumber)],
      answers: { 200: 'ReferenceDelta', 204: null },
    },
  },
  '/api/v1/reference/refusals': {
    post: {
      summary: 'Tells that the desk did not take a version',
      isSigned: true,
      body: jsonBody('ReferenceRefusal'),
      answers: { 204: null },
    },
  },
  '/api/v1/audit/checkpoints': {
    post: {
      summary: 'Countersigns a head of the audit chain of a desk',
      isSigned: true,
      body: jsonBody('AuditCheckpoint'),
      answers: { 200: 'AuditCountersignature' },
    },
  },
  '/api/v1/seal': {
    get: {
      summary: 'Certificate of the organ seal of the centre; 404 where it has none',
      isSigned: true,
      answers: { 200: 'SealCertificate' },
    },
    post: {
      summary: 'Seals a receipt of the office that its officer signed for want of a seal',
      isSigned: true,
      body: jsonBody('SealRequest'),
      answers: { 200: 'SealResponse' },
    },
  },
  '/feed/v1/entries': {
    get: {
      summary: 'Entries of the office behind a position, in the order of their acceptance, without gaps',
      isSigned: false,
      isFeed: true,
      parameters: [
        parameter('after', 'query', { ...wholeNumber, default: 0 }, false),
        parameter('limit', 'query', { type: 'integer', minimum: 1, maximum: 500, default: 100 }, false),
      ],
      answers: { 200: 'FeedResponse' },
    },
  },
  '/feed/v1/files/{sha256}': {
    get: {
      summary: 'A file of the office that has come whole',
      isSigned: false,
      isFeed: true,
      parameters: [sha256],
      answers: { 200: 'file' },
    },
  },
  '/feed/v1/exchanges': {
    get: {
      summary: 'Exchanges of SICRES 4 of the office, newest first; only where the centre has an exchange folder',
      isSigned: false,
      isFeed: true,
      answers: { 200: 'ExchangeList' },
    },
    post: {
      summary: 'Sends a receipted record to another registry; 409 when it was sent before or a file has not come yet',
      isSigned: false,
      isFeed: true,
      body: jsonBody('DispatchRequest'),
      answers: { 201: 'Exchange' },
    },
  },
  '/feed/v1/exchanges/{exchangeId}/confirmation': {
    post: {
      summary: 'Says that what was received is registered here',
      isSigned: false,
      isFeed: true,
      parameters: [exchangeId],
      body: jsonBody('ConfirmationRequest'),
      answers: { 200: 'Exchange' },
    },
  },
  '/feed/v1/exchanges/{exchangeId}/rejection': {
    post: {
      summary: 'Returns what was received; nothing of it is kept but the trace',
      isSigned: false,
      isFeed: true,
      parameters: [exchangeId],
      body: jsonBody('RejectionRequest'),
      answers: { 200: 'Exchange' },
    },
  },
};

/** The interface of desks and back-office systems as OpenAPI 3.1, from the schemas that check every request. */
export function describeApi(): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Ventanilla: central registry',
      version: '1',
      description:
        'Requests of enrolled desks carry ventanilla-desk, ventanilla-time, ventanilla-nonce and ventanilla-signature: ' +
        'Ed25519 over method, path with query, time, nonce and SHA-256 of the body, separated by line feeds.',
    },
    paths: mapValues(operations, (methods) => mapValues(methods, describeOperation)),
    components: {
      schemas: mapValues(schemas, (schema) => z.toJSONSchema(schema, { target: 'draft-2020-12' })),
      securitySchemes: {
        deskSignature: { type: 'apiKey', in: 'header', name: protocol.requestHeaders.signature },
        feedToken: { type: 'http', scheme: 'bearer' },
      },
    },
  };
}

function describeOperation({ summary, isSigned, isFeed, parameters = [], body, answers }: Operation): Json {
  return {
    summary,
    security: isSigned ? [{ deskSignature: [] }] : isFeed === true ? [{ feedToken: [] }] : [],
    parameters,
    ...(body === undefined ? {} : { requestBody: { required: true, content: body } }),
    responses: {
      ...mapValues(answers, (name) =>
        name === null
          ? { description: 'Nothing' }
          : name === 'file'
            ? describeFile
            : { description: name, content: contentOf(name) },
      ),
      '4XX': { description: 'Refused', content: contentOf('CentreError') },
      '5XX': { description: 'Failed', content: contentOf('CentreError') },
    },
  };
}

const describeFile: Json = {
  description: 'The file',
  content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
};

function contentOf(name: string): Json {
  return { 'application/json': { schema: refer(name) } };
}

function refer(name: string): Json {
  return { $ref: `#/components/schemas/${name}` };
}

function mapValues<Value, Output>(
  object: Readonly<Record<string, Value>>,
  change: (value: Value) => Output,
): Record<string, Output> {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, change(value)]));
}
