import { z } from 'zod';
import { canonicalJson } from './canonical-json.ts';
import {
  digestSchema,
  dir3Schema,
  directionSchema,
  idSchema,
  instantSchema,
  recordNumberSchema,
} from './schemas/common.ts';
import { referenceChangesSchema, referenceRefusalReasonSchema } from './schemas/reference.ts';
import { recordEventSchema, registeredRecordSchema } from './schemas/record.ts';

/*
 * Desk ↔ centre, HTTP with JSON. Each request of an enrolled desk carries
 *   ventanilla-desk: deskId · ventanilla-time: ISO instant · ventanilla-nonce: 128 random bits in hexadecimal
 *   ventanilla-signature: base64 Ed25519 over `METHOD\npath?query\ntime\nnonce\nhex SHA-256 of the body`
 * The centre refuses a time off by more than ten minutes and a nonce seen before. It signs what it answers an enrolled desk:
 *   ventanilla-answer: base64 Ed25519 over `ventanilla-answer/1\nnonce of the request\nstatus\nhex SHA-256 of the body`
 * A desk that was withdrawn is told so and may only send what it registered, which goes into quarantine.
 *
 *   POST /api/v1/desks                      enrolment
 *   GET  /api/v1/desk                       whether the desk, or a series of it, was withdrawn
 *   POST /api/v1/series                     series for the years in which the desk has none that may number
 *   GET  /api/v1/series                     every series of the desk, and how far the centre has it
 *   GET  /api/v1/series/:seriesId/cursor    last accepted entry
 *   GET  /api/v1/series/:seriesId/entries?after=N   the desk's own entries, for one that lost them
 *   POST /api/v1/series/:seriesId/entries   ordered entries, acknowledged after commit
 *   GET  /api/v1/blobs/:sha256/state        how many bytes are there, or its acknowledgement
 *   POST /api/v1/blobs                      whole files, some at once (file-bundle.ts), each acknowledged on its own
 *   PUT  /api/v1/blobs/:sha256?offset=N     resumable; acknowledged with the last byte
 *   GET  /api/v1/blobs/:sha256?offset=N     bytes of a file that the office sent whole
 *   GET  /api/v1/reference?version=V        signed reference data newer than V, or 204
 *   GET  /api/v1/reference/delta?from=V     what leads from version V to the newest, signed; 204: V is the newest; 404: none
 *   POST /api/v1/reference/refusals         the desk did not take a version, and why
 *   GET  /api/v1/status                     who the centre is, whether it is durable
 *   GET  /api/v1/seal                       certificate of the centre's organ seal, or 404
 *   POST /api/v1/seal                       seals a receipt that waits for it
 *   POST /api/v1/audit/checkpoints          countersigns a head of the desk's audit chain
 */
export const requestHeaders = {
  desk: 'ventanilla-desk',
  time: 'ventanilla-time',
  nonce: 'ventanilla-nonce',
  signature: 'ventanilla-signature',
} as const;

export const answerHeader = 'ventanilla-answer';

/**
 * A number series: office, desk, year, direction, epoch. Granted and signed by the centre, counted at the desk. An epoch in
 * lower case is the emergency book of a direction (norms 02d §3): of any year, for when no other series may number.
 */
export const seriesGrantSchema = z.strictObject({
  seriesId: z.string().max(40),
  officeCode: dir3Schema,
  deskNumber: z.string().regex(/^\d{2}$/u),
  year: z.int().min(2020).max(2100),
  direction: directionSchema,
  epoch: z.string().regex(/^[A-Za-z]$/u),
  /** Template of the number: `{office}{direction}{year2}{desk}{epoch}{sequence5}`; `E-…` in the emergency book. */
  template: z.string().max(80),
  grantedAt: instantSchema,
  deskId: idSchema,
  /** Base64 Ed25519 of the centre over the canonical JSON of all other fields. */
  signature: z.string(),
});

export const enrolmentRequestSchema = z.strictObject({
  enrolmentCode: z.string().min(1).max(80),
  deskId: idSchema,
  officeCode: dir3Schema,
  deskNumber: z.string().regex(/^\d{2}$/u),
  /** Base64 of the raw 32-byte Ed25519 public key. */
  publicKey: z.string(),
  year: z.int(),
  /**
   * Base64 of the raw 32-byte Ed25519 public key that belongs to the desk's recovery key. `signature`: base64 over
   * `recoverySigningText`, by which a desk that comes back is known to be the same; null: it is there for the first time.
   */
  recovery: z
    .strictObject({ publicKey: z.string().max(60), signature: z.string().max(120).nullable() })
    .nullable()
    .default(null),
});

export const enrolmentResponseSchema = z.strictObject({
  centrePublicKey: z.string(),
  centreName: z.string(),
  isDurable: z.boolean(),
  series: z.array(seriesGrantSchema),
});

/**
 * `open`: series that the desk has and may number in. `sealed`: those whose head it lost (an old copy of its database came
 * back); the centre grants them to nobody again.
 */
export const seriesRequestSchema = z.strictObject({
  years: z.array(z.int()).max(2),
  open: z.array(z.string().max(40)).max(200),
  sealed: z.array(z.string().max(40)).max(200),
});

/** One for each direction, and year or emergency book, in which `open` names none: the next free epoch. */
export const seriesResponseSchema = z.strictObject({ series: z.array(seriesGrantSchema) });

/**
 * One entry of a series' journal. `hash` = SHA-256 over the 32 bytes of previousHash followed by the UTF-8 of `body`;
 * the first entry's previousHash is SHA-256 of the UTF-8 of seriesId.
 */
export const journalEntrySchema = z.strictObject({
  seriesId: z.string().max(40),
  sequence: z.int().positive(),
  previousHash: digestSchema,
  hash: digestSchema,
  /** Canonical JSON of a journalBody. */
  body: z.string().max(2_000_000),
});

/** `document`: the file itself. `signature`: a detached one that came with it. `evidence`: an answer about revocation. */
export const blobPartSchema = z.enum(['document', 'signature', 'evidence', 'eni', 'sicres']);

export const blobReferenceSchema = z.strictObject({
  sha256: digestSchema,
  byteLength: z.int().positive(),
  mediaType: z.string().max(100),
  /** Document id, or `receipt`, and what this file is of it. */
  documentId: z.union([idSchema, z.literal('receipt')]),
  part: blobPartSchema,
});

export const journalBodySchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('record'), record: registeredRecordSchema, blobs: z.array(blobReferenceSchema) }),
  z.strictObject({
    kind: z.literal('event'),
    eventId: idSchema,
    recordId: idSchema,
    recordNumber: recordNumberSchema,
    event: recordEventSchema,
    /** Files that this event brings: the receipt, a completed version, the SICRES message. */
    blobs: z.array(blobReferenceSchema),
  }),
]);

export const entriesRequestSchema = z.strictObject({ entries: z.array(journalEntrySchema).min(1).max(200) });

/** Signed by the centre after commit: base64 Ed25519 over `seriesId\nsequence\nhash\nacknowledgedAt`. */
export const acknowledgementSchema = z.strictObject({
  seriesId: z.string(),
  sequence: z.int(),
  hash: digestSchema,
  acknowledgedAt: instantSchema,
  quarantineReasons: z.array(z.string()),
  signature: z.string(),
});

/** `accepted` lists every entry of the request, new or replayed. `gap`: send from cursor + 1. `fork`: the series is halted. */
export const entriesResponseSchema = z.discriminatedUnion('result', [
  z.strictObject({
    result: z.literal('accepted'),
    isDurable: z.boolean(),
    acknowledgements: z.array(acknowledgementSchema),
  }),
  z.strictObject({ result: z.literal('gap'), cursor: z.int().nonnegative(), cursorHash: digestSchema }),
  z.strictObject({ result: z.literal('fork'), sequence: z.int(), hash: digestSchema }),
]);

/** Entries as the desk wrote them, in order, each with the acknowledgement that it was given; none: there are no more. */
export const ownEntriesResponseSchema = z.strictObject({
  entries: z.array(z.strictObject({ entry: journalEntrySchema, acknowledgement: acknowledgementSchema })),
});

/** Every series of the desk, those of a former identity included, each as it was granted. */
export const ownSeriesResponseSchema = z.strictObject({
  series: z.array(z.strictObject({ grant: seriesGrantSchema, cursor: z.int().nonnegative() })),
});

export const cursorResponseSchema = z.strictObject({
  seriesId: z.string(),
  cursor: z.int().nonnegative(),
  cursorHash: digestSchema,
  isHalted: z.boolean(),
});

/** Base64 Ed25519 over `blob\nsha256\nbyteLength\nacknowledgedAt\ndurable`, or `notDurable`: a desk prunes on the first only. */
export const blobResponseSchema = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('partial'), offset: z.int().nonnegative() }),
  z.strictObject({
    state: z.literal('complete'),
    byteLength: z.int(),
    acknowledgedAt: instantSchema,
    isDurable: z.boolean(),
    signature: z.string(),
  }),
]);

export const mostFilesOfBundle = 200;

/** The first line of a bundle of whole files; their bytes follow in that order. */
export const fileBundleHeadSchema = z.strictObject({
  files: z
    .array(z.strictObject({ sha256: digestSchema, byteLength: z.int().positive() }))
    .min(1)
    .max(mostFilesOfBundle),
});

/** What became of each file of a bundle, in its order. `partial` at 0: its bytes are not what it was announced as. */
export const fileBundleResponseSchema = z.strictObject({ files: z.array(blobResponseSchema).max(mostFilesOfBundle) });

/** `signature`: base64 Ed25519 of the centre over `reference\nversion\nhex SHA-256 of data`; data is canonical JSON text. */
export const referenceResponseSchema = z.strictObject({
  version: z.int().positive(),
  issuedAt: instantSchema,
  /** Canonical JSON of referenceDataSchema. */
  data: z.string(),
  signature: z.string(),
});

/**
 * Changes that make the whole of another version. `signature`: that of this whole, as in `referenceResponseSchema`; what the
 * changes come to proves itself by it.
 */
export const referenceDeltaSchema = z.strictObject({
  fromVersion: z.int().positive(),
  version: z.int().positive(),
  issuedAt: instantSchema,
  changes: referenceChangesSchema,
  /** SHA-256 of the canonical JSON of the whole. */
  dataSha256: digestSchema,
  signature: z.string(),
});

export const referenceRefusalSchema = z.strictObject({
  version: z.int().positive(),
  reason: referenceRefusalReasonSchema,
});

export const centreStatusSchema = z.strictObject({
  centreName: z.string(),
  publicKey: z.string(),
  isDurable: z.boolean(),
  referenceVersion: z.int(),
  now: instantSchema,
});

/** `signature`: base64 Ed25519 of the centre over `deskStandingSigningText`. */
export const deskStandingSchema = z.strictObject({
  deskId: idSchema,
  /** Null: in force. */
  revokedAt: instantSchema.nullable(),
  revokedSeries: z.array(z.string().max(40)).max(1_000),
  signature: z.string(),
});

const base64Schema = z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/u);

/** Base64 of DER. The chain runs from the certificate's issuer upwards. */
export const sealCertificateSchema = z.strictObject({
  certificate: base64Schema.max(20_000),
  chain: z.array(base64Schema.max(20_000)).max(8),
  algorithm: z.enum(['rsa-sha256', 'ecdsa-sha256']),
});

/** `signedAttributes`: base64 of the DER SET OF signed attributes (RFC 5652 §5.4), made for the seal's certificate. */
export const sealRequestSchema = z.strictObject({
  recordId: idSchema,
  /** Of the registered receipt, which its officer signed because the office had no open seal. */
  receiptSha256: digestSchema,
  signedAttributes: base64Schema.max(4_000),
});

/** `signature`: base64, RSA as PKCS#1 v1.5 or ECDSA as the DER of (r, s). */
export const sealResponseSchema = sealCertificateSchema.extend({ signature: base64Schema.max(2_000) });

/**
 * A head of a store's audit chain, signed by its desk: base64 Ed25519 over `auditCheckpointSigningText`. Rows count from 1
 * without gaps, so `sequence` is both the position and the number of rows.
 */
export const auditCheckpointSchema = z.strictObject({
  storeId: idSchema,
  sequence: z.int().positive(),
  hash: digestSchema,
  signedAt: instantSchema,
  signature: z.string().max(120),
});

/**
 * The centre's word that it saw a checkpoint, and which one of that store it saw before (0 and null: none): base64 Ed25519
 * over `auditCountersigningText`. Whoever rewrites the chain later has to answer for both.
 */
export const auditCountersignatureSchema = z.strictObject({
  receivedAt: instantSchema,
  previousSequence: z.int().nonnegative(),
  previousHash: digestSchema.nullable(),
  signature: z.string(),
});

/** Answer of the centre for anything it will not do; `code` is for the log, never shown. */
export const centreErrorSchema = z.strictObject({ code: z.string(), message: z.string() });

export type SeriesGrant = z.infer<typeof seriesGrantSchema>;
export type SeriesRequest = z.infer<typeof seriesRequestSchema>;
export type SeriesResponse = z.infer<typeof seriesResponseSchema>;
export type OwnEntriesResponse = z.infer<typeof ownEntriesResponseSchema>;
export type OwnSeriesResponse = z.infer<typeof ownSeriesResponseSchema>;
export type DeskStanding = z.infer<typeof deskStandingSchema>;
export type CursorResponse = z.infer<typeof cursorResponseSchema>;
export type EnrolmentRequest = z.infer<typeof enrolmentRequestSchema>;
export type EnrolmentResponse = z.infer<typeof enrolmentResponseSchema>;
export type JournalEntry = z.infer<typeof journalEntrySchema>;
export type JournalBody = z.infer<typeof journalBodySchema>;
export type BlobReference = z.infer<typeof blobReferenceSchema>;
export type Acknowledgement = z.infer<typeof acknowledgementSchema>;
export type EntriesResponse = z.infer<typeof entriesResponseSchema>;
export type BlobResponse = z.infer<typeof blobResponseSchema>;
export type ReferenceResponse = z.infer<typeof referenceResponseSchema>;
export type ReferenceDelta = z.infer<typeof referenceDeltaSchema>;
export type ReferenceRefusal = z.infer<typeof referenceRefusalSchema>;
export type CentreStatus = z.infer<typeof centreStatusSchema>;
export type SealCertificate = z.infer<typeof sealCertificateSchema>;
export type SealRequest = z.infer<typeof sealRequestSchema>;
export type SealResponse = z.infer<typeof sealResponseSchema>;
export type AuditCheckpoint = z.infer<typeof auditCheckpointSchema>;
export type AuditCountersignature = z.infer<typeof auditCountersignatureSchema>;

/* What each signature covers, as text; both sides build it from here. */

export function requestSigningText(
  request: Readonly<{ method: string; pathAndQuery: string; time: string; nonce: string; bodySha256: string }>,
): string {
  return [request.method, request.pathAndQuery, request.time, request.nonce, request.bodySha256].join('\n');
}

export function recoverySigningText(
  request: Pick<EnrolmentRequest, 'deskId' | 'officeCode' | 'deskNumber' | 'publicKey'>,
): string {
  const { deskId, officeCode, deskNumber, publicKey } = request;
  return ['ventanilla-recovery/1', deskId, officeCode, deskNumber, publicKey].join('\n');
}

export function deskStandingSigningText(standing: Omit<DeskStanding, 'signature'>): string {
  const { deskId, revokedAt, revokedSeries } = standing;
  return ['ventanilla-desk-standing/1', deskId, revokedAt ?? '-', ...revokedSeries].join('\n');
}

/** Of an answer: it belongs to one request, so that no other can take its place. */
export function answerSigningText(answer: Readonly<{ nonce: string; status: number; bodySha256: string }>): string {
  return ['ventanilla-answer/1', answer.nonce, answer.status, answer.bodySha256].join('\n');
}

export function acknowledgementSigningText(
  acknowledgement: Omit<Acknowledgement, 'signature' | 'quarantineReasons'>,
): string {
  const { seriesId, sequence, hash, acknowledgedAt } = acknowledgement;
  return [seriesId, sequence, hash, acknowledgedAt].join('\n');
}

export function blobSigningText(
  blob: Readonly<{ sha256: string; byteLength: number; acknowledgedAt: string; isDurable: boolean }>,
): string {
  const durability = blob.isDurable ? 'durable' : 'notDurable';
  return ['blob', blob.sha256, blob.byteLength, blob.acknowledgedAt, durability].join('\n');
}

export function referenceSigningText(reference: Readonly<{ version: number; dataSha256: string }>): string {
  return ['reference', reference.version, reference.dataSha256].join('\n');
}

export function grantSigningText(grant: Omit<SeriesGrant, 'signature'>): string {
  const { seriesId, officeCode, deskNumber, year, direction, epoch, template, grantedAt, deskId } = grant;
  return canonicalJson({ seriesId, officeCode, deskNumber, year, direction, epoch, template, grantedAt, deskId });
}

export function auditCheckpointSigningText(
  checkpoint: Omit<AuditCheckpoint, 'signature'> & Readonly<{ deskId: string }>,
): string {
  const { storeId, deskId, sequence, hash, signedAt } = checkpoint;
  return ['ventanilla-audit-checkpoint/1', storeId, deskId, sequence, hash, signedAt].join('\n');
}

/** `deskKey`: base64 of the raw public key under which the centre knows the desk, so that it vouches for it. */
export function auditCountersigningText(
  checkpoint: AuditCheckpoint & Readonly<{ deskId: string; deskKey: string }>,
  countersignature: Omit<AuditCountersignature, 'signature'>,
): string {
  const { deskKey, signature } = checkpoint;
  const { receivedAt, previousSequence, previousHash } = countersignature;
  return [
    'ventanilla-audit-countersignature/1',
    auditCheckpointSigningText(checkpoint),
    deskKey,
    signature,
    receivedAt,
    previousSequence,
    previousHash ?? '-',
  ].join('\n');
}
