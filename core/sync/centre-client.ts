import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import {
  acknowledgementSigningText,
  answerHeader,
  answerSigningText,
  auditCountersignatureSchema,
  auditCountersigningText,
  blobResponseSchema,
  blobSigningText,
  centreStatusSchema,
  deskStandingSchema,
  deskStandingSigningText,
  entriesResponseSchema,
  ownEntriesResponseSchema,
  ownSeriesResponseSchema,
  grantSigningText,
  referenceResponseSchema,
  referenceSigningText,
  requestHeaders,
  sealCertificateSchema,
  sealResponseSchema,
  seriesResponseSchema,
} from '../contract/sync-protocol.ts';
import type {
  AuditCountersignature,
  BlobResponse,
  CentreStatus,
  DeskStanding,
  EntriesResponse,
  JournalEntry,
  OwnSeriesResponse,
  ReferenceResponse,
  SeriesGrant,
  SeriesRequest,
} from '../contract/sync-protocol.ts';
import type { CentreSealPort } from '../services/ports/centre-seal.ts';
import type { AcknowledgedEntry, StoredCheckpoint } from '../services/ports/store.ts';
import { isSignedBy, signRequest } from './desk-identity.ts';
import type { DeskIdentity } from './desk-identity.ts';

type Exchange = Readonly<{
  method: 'GET' | 'POST' | 'PUT';
  path: string;
  body?: Uint8Array;
  contentType?: string;
  signal: AbortSignal;
}>;

const timeLimitMs = 20_000;
const maximumAnswerBytes = 64 * 1024 * 1024;

/**
 * The centre as the desk sees it. Nothing that it says counts before its signature was checked: that of the answer as a whole,
 * which belongs to its request, and that of whatever the desk keeps.
 */
export type CentreClient = Readonly<{
  getStatus(signal: AbortSignal): Promise<CentreStatus>;
  /** Null when the desk has the newest. Throws `reference.signatureInvalid`. */
  getReference(version: number, signal: AbortSignal): Promise<ReferenceResponse | null>;
  /** Series for the desk, each signed by the centre and checked to be this desk's. */
  requestSeries(request: SeriesRequest, signal: AbortSignal): Promise<readonly SeriesGrant[]>;
  /** Whether this desk or a series of it was withdrawn. */
  getStanding(signal: AbortSignal): Promise<DeskStanding>;
  /** Every series that was ever granted to this desk, as the centre signs it, and how far the centre has it. */
  listOwnSeries(signal: AbortSignal): Promise<OwnSeriesResponse['series']>;
  /** Entries of this desk behind a place, with their acknowledgements; none when the centre has no more. */
  listOwnEntries(seriesId: string, after: number, signal: AbortSignal): Promise<readonly AcknowledgedEntry[]>;
  /** Bytes of a file that the centre has whole, from an offset on. What they are together, their digest tells. */
  getBlobPiece(sha256: string, offset: number, signal: AbortSignal): Promise<Uint8Array>;
  sendEntries(seriesId: string, entries: readonly JournalEntry[], signal: AbortSignal): Promise<EntriesResponse>;
  getBlobState(sha256: string, signal: AbortSignal): Promise<BlobResponse>;
  sendBlob(
    blob: Readonly<{ sha256: string; offset: number; content: Uint8Array }>,
    signal: AbortSignal,
  ): Promise<BlobResponse>;
  /** The checkpoint may be one that a former key of this desk signed; the centre vouches for the key that it knows. */
  countersign(checkpoint: StoredCheckpoint, signal: AbortSignal): Promise<AuditCountersignature>;
  seal: CentreSealPort;
}>;

/**
 * HTTP client of one centre. A line that is cut throws `sync.offline`; a server that fails `sync.centreFailed`; one that
 * refuses `sync.refused`; an answer that does not prove itself `sync.signatureInvalid`.
 */
export function createCentreClient(
  options: Readonly<{ centreUrl: string; identity: DeskIdentity; now: () => Date }>,
): CentreClient {
  const { identity, now } = options;
  const base = new URL(options.centreUrl);

  async function exchange(input: Exchange): Promise<Readonly<{ status: number; answer: Uint8Array }>> {
    const url = new URL(input.path, base);
    const body = input.body ?? new Uint8Array(0);
    const headers = signRequest(identity, {
      method: input.method,
      pathAndQuery: url.pathname + url.search,
      body,
      now: now(),
    });
    let status: number;
    let answer: Uint8Array;
    let signature: string;
    try {
      const response = await fetch(url, {
        method: input.method,
        headers: { ...headers, ...(input.contentType === undefined ? {} : { 'content-type': input.contentType }) },
        ...(input.body === undefined ? {} : { body: Buffer.from(body) }),
        redirect: 'error',
        signal: AbortSignal.any([input.signal, AbortSignal.timeout(timeLimitMs)]),
      });
      status = response.status;
      signature = response.headers.get(answerHeader) ?? '';
      answer = await readAnswer(response);
    } catch (cause) {
      throw new AppError('sync.offline', {}, { cause });
    }
    if (status >= 500) throw new AppError('sync.centreFailed', { status });
    // A gap and a fork are answers of their own, under 409.
    const nonce = headers[requestHeaders.nonce] ?? '';
    const bodySha256 = createHash('sha256').update(answer).digest('hex');
    const isSigned = isSignedBy(identity.centreKey, answerSigningText({ nonce, status, bodySha256 }), signature);
    if (![200, 201, 204, 409].includes(status)) throw new AppError('sync.refused', { status, isSigned });
    if (!isSigned) throw new AppError('sync.signatureInvalid');
    return { status, answer };
  }

  async function request<Output>(input: Exchange & Readonly<{ schema: z.ZodType<Output> }>): Promise<Output | null> {
    const { status, answer } = await exchange(input);
    if (status === 204) return null;
    try {
      return input.schema.parse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(answer)));
    } catch (cause) {
      throw new AppError('sync.centreFailed', { status }, { cause });
    }
  }

  async function requireAnswer<Output>(input: Parameters<typeof request<Output>>[0]): Promise<Output> {
    const output = await request(input);
    if (output === null) throw new AppError('sync.centreFailed', { status: 204 });
    return output;
  }

  function checkBlob(sha256: string, response: BlobResponse): BlobResponse {
    if (
      response.state === 'complete' &&
      !isSignedBy(identity.centreKey, blobSigningText({ sha256, ...response }), response.signature)
    ) {
      throw new AppError('sync.signatureInvalid');
    }
    return response;
  }

  return {
    getStatus: (signal) => requireAnswer({ method: 'GET', path: '/api/v1/status', schema: centreStatusSchema, signal }),
    async getReference(version, signal) {
      const reference = await request({
        method: 'GET',
        path: `/api/v1/reference?version=${version}`,
        schema: referenceResponseSchema,
        signal,
      });
      if (reference === null) return null;
      const dataSha256 = createHash('sha256').update(reference.data).digest('hex');
      if (
        !isSignedBy(
          identity.centreKey,
          referenceSigningText({ version: reference.version, dataSha256 }),
          reference.signature,
        )
      ) {
        throw new AppError('reference.signatureInvalid');
      }
      return reference;
    },
    async requestSeries(wanted, signal) {
      const { series } = await requireAnswer({
        method: 'POST',
        path: '/api/v1/series',
        body: new TextEncoder().encode(JSON.stringify(wanted)),
        contentType: 'application/json',
        schema: seriesResponseSchema,
        signal,
      });
      for (const { signature, ...grant } of series) {
        if (grant.deskId !== identity.deskId || !isSignedBy(identity.centreKey, grantSigningText(grant), signature)) {
          throw new AppError('sync.signatureInvalid');
        }
      }
      return series;
    },
    async getStanding(signal) {
      const standing = await requireAnswer({
        method: 'GET',
        path: '/api/v1/desk',
        schema: deskStandingSchema,
        signal,
      });
      const isOurs = standing.deskId === identity.deskId;
      if (!isOurs || !isSignedBy(identity.centreKey, deskStandingSigningText(standing), standing.signature))
        throw new AppError('sync.signatureInvalid');
      return standing;
    },
    async listOwnSeries(signal) {
      const { series } = await requireAnswer({
        method: 'GET',
        path: '/api/v1/series',
        schema: ownSeriesResponseSchema,
        signal,
      });
      for (const { grant } of series) {
        if (!isSignedBy(identity.centreKey, grantSigningText(grant), grant.signature))
          throw new AppError('sync.signatureInvalid');
      }
      return series;
    },
    async listOwnEntries(seriesId, after, signal) {
      const { entries } = await requireAnswer({
        method: 'GET',
        path: `/api/v1/series/${encodeURIComponent(seriesId)}/entries?after=${after}`,
        schema: ownEntriesResponseSchema,
        signal,
      });
      for (const { acknowledgement } of entries) {
        if (!isSignedBy(identity.centreKey, acknowledgementSigningText(acknowledgement), acknowledgement.signature))
          throw new AppError('sync.signatureInvalid');
      }
      return entries;
    },
    async getBlobPiece(sha256, offset, signal) {
      return (await exchange({ method: 'GET', path: `/api/v1/blobs/${sha256}?offset=${offset}`, signal })).answer;
    },
    async sendEntries(seriesId, entries, signal) {
      const body = new TextEncoder().encode(JSON.stringify({ entries }));
      const path = `/api/v1/series/${encodeURIComponent(seriesId)}/entries`;
      const response = await requireAnswer({
        method: 'POST',
        path,
        body,
        contentType: 'application/json',
        schema: entriesResponseSchema,
        signal,
      });
      if (response.result !== 'accepted') return response;
      for (const acknowledgement of response.acknowledgements) {
        const entry = entries.find(({ sequence }) => sequence === acknowledgement.sequence);
        const isOurs =
          entry !== undefined && entry.hash === acknowledgement.hash && acknowledgement.seriesId === seriesId;
        if (
          !isOurs ||
          !isSignedBy(identity.centreKey, acknowledgementSigningText(acknowledgement), acknowledgement.signature)
        ) {
          throw new AppError('sync.signatureInvalid');
        }
      }
      return response;
    },
    async getBlobState(sha256, signal) {
      return checkBlob(
        sha256,
        await requireAnswer({
          method: 'GET',
          path: `/api/v1/blobs/${sha256}/state`,
          schema: blobResponseSchema,
          signal,
        }),
      );
    },
    async sendBlob({ sha256, offset, content }, signal) {
      const path = `/api/v1/blobs/${sha256}?offset=${offset}`;
      const response = await requireAnswer({
        method: 'PUT',
        path,
        body: content,
        contentType: 'application/octet-stream',
        schema: blobResponseSchema,
        signal,
      });
      return checkBlob(sha256, response);
    },
    async countersign(checkpoint, signal) {
      const { storeId, sequence, hash, signedAt, signature } = checkpoint;
      const body = { storeId, sequence, hash, signedAt, signature };
      const countersignature = await requireAnswer({
        method: 'POST',
        path: '/api/v1/audit/checkpoints',
        body: new TextEncoder().encode(JSON.stringify(body)),
        contentType: 'application/json',
        schema: auditCountersignatureSchema,
        signal,
      });
      const text = auditCountersigningText(checkpoint, countersignature);
      if (!isSignedBy(identity.centreKey, text, countersignature.signature))
        throw new AppError('sync.signatureInvalid');
      return countersignature;
    },
    seal: {
      async getCertificate(signal) {
        try {
          const answer = await requireAnswer({
            method: 'GET',
            path: '/api/v1/seal',
            schema: sealCertificateSchema,
            signal,
          });
          return {
            certificate: Buffer.from(answer.certificate, 'base64'),
            chain: answer.chain.map((authority) => Buffer.from(authority, 'base64')),
            algorithm: answer.algorithm,
          };
        } catch (error) {
          if (error instanceof AppError && error.code === 'sync.refused' && error.details['status'] === 404)
            return null;
          throw error;
        }
      },
      async sign({ recordId, receiptSha256, signedAttributes }, signal) {
        const body = { recordId, receiptSha256, signedAttributes: Buffer.from(signedAttributes).toString('base64') };
        const answer = await requireAnswer({
          method: 'POST',
          path: '/api/v1/seal',
          body: new TextEncoder().encode(JSON.stringify(body)),
          contentType: 'application/json',
          schema: sealResponseSchema,
          signal,
        });
        return Buffer.from(answer.signature, 'base64');
      },
    },
  };
}

async function readAnswer(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > maximumAnswerBytes) throw new RangeError('answer too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
