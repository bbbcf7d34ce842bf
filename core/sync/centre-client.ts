import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { packFiles } from '../contract/file-bundle.ts';
import type { NamedFile } from '../contract/file-bundle.ts';
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
  fileBundleResponseSchema,
  ownEntriesResponseSchema,
  ownSeriesResponseSchema,
  grantSigningText,
  referenceDeltaSchema,
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
  ReferenceDelta,
  ReferenceRefusal,
  ReferenceResponse,
  SeriesGrant,
  SeriesRequest,
} from '../contract/sync-protocol.ts';
import type { CentreSealPort } from '../services/ports/centre-seal.ts';
import type { AcknowledgedEntry, StoredCheckpoint } from '../services/ports/store.ts';
import { isSignedBy, signRequest } from './desk-identity.ts';
import type { DeskIdentity } from './desk-identity.ts';
import { exchangeBytes } from './exchange-bytes.ts';
import type { Outgoing } from './exchange-bytes.ts';

type Exchange = Readonly<{
  method: Outgoing['method'];
  path: string;
  body?: Uint8Array;
  contentType?: string;
  leave?: Outgoing['leave'];
  signal: AbortSignal;
}>;

/** A line on which nothing moves for so long is taken for cut. */
const usualSilenceMs = 30_000;

/**
 * The centre as the desk sees it. Nothing that it says counts before its signature was checked: that of the answer as a whole,
 * which belongs to its request, and that of whatever the desk keeps.
 */
export type CentreClient = Readonly<{
  getStatus(signal: AbortSignal): Promise<CentreStatus>;
  /** Null when the desk has the newest. Throws `reference.signatureInvalid`. */
  getReference(version: number, signal: AbortSignal): Promise<ReferenceResponse | null>;
  /** From the desk's version to the newest. Null: there is none, or the whole is shorter. Throws `reference.signatureInvalid`. */
  getReferenceDelta(from: number, signal: AbortSignal): Promise<ReferenceDelta | null>;
  /** Tells the centre that the desk did not take a version. */
  reportReference(refusal: ReferenceRefusal, signal: AbortSignal): Promise<void>;
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
  /** Whole files; what became of each, in their order. */
  sendFiles(
    files: readonly NamedFile[],
    leave: Outgoing['leave'],
    signal: AbortSignal,
  ): Promise<readonly BlobResponse[]>;
  sendBlob(
    blob: Readonly<{ sha256: string; offset: number; content: Uint8Array; leave: Outgoing['leave'] }>,
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
  options: Readonly<{ centreUrl: string; identity: DeskIdentity; now: () => Date; silenceMs?: number }>,
): CentreClient {
  const { identity, now, silenceMs = usualSilenceMs } = options;
  const base = new URL(options.centreUrl);

  async function exchange(input: Exchange): Promise<Readonly<{ status: number; answer: Uint8Array }>> {
    const url = new URL(input.path, base);
    const body = input.body ?? new Uint8Array(0);
    const signed = signRequest(identity, {
      method: input.method,
      pathAndQuery: url.pathname + url.search,
      body,
      now: now(),
    });
    const {
      status,
      headers,
      body: answer,
    } = await exchangeBytes(url, {
      method: input.method,
      headers: { ...signed, ...(input.contentType === undefined ? {} : { 'content-type': input.contentType }) },
      body: input.body ?? null,
      signal: input.signal,
      silenceMs,
      leave: input.leave ?? null,
    }).catch((cause: unknown) => {
      throw new AppError('sync.offline', {}, { cause });
    });
    // Whoever sends desks elsewhere is not the centre: a network that asks for a sign-in first, for instance.
    if (status >= 300 && status < 400) throw new AppError('sync.offline', { status });
    if (status >= 500) throw new AppError('sync.centreFailed', { status });
    // A gap and a fork are answers of their own, under 409.
    const nonce = signed[requestHeaders.nonce] ?? '';
    const bodySha256 = createHash('sha256').update(answer).digest('hex');
    const signature = String(headers[answerHeader] ?? '');
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

  function checkReference(reference: Readonly<{ version: number; dataSha256: string; signature: string }>): void {
    if (!isSignedBy(identity.centreKey, referenceSigningText(reference), reference.signature))
      throw new AppError('reference.signatureInvalid');
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
      if (reference !== null) {
        const dataSha256 = createHash('sha256').update(reference.data).digest('hex');
        checkReference({ ...reference, dataSha256 });
      }
      return reference;
    },
    async getReferenceDelta(from, signal) {
      try {
        const delta = await request({
          method: 'GET',
          path: `/api/v1/reference/delta?from=${from}`,
          schema: referenceDeltaSchema,
          signal,
        });
        if (delta !== null) checkReference(delta);
        return delta;
      } catch (error) {
        // There is none, or this program does not understand it: the whole tells.
        if (error instanceof AppError && [200, 404].includes(Number(error.details['status']))) return null;
        throw error;
      }
    },
    async reportReference(refusal, signal) {
      await exchange({
        method: 'POST',
        path: '/api/v1/reference/refusals',
        body: new TextEncoder().encode(JSON.stringify(refusal)),
        contentType: 'application/json',
        signal,
      });
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
    async sendFiles(files, leave, signal) {
      const { files: responses } = await requireAnswer({
        method: 'POST',
        path: '/api/v1/blobs',
        body: packFiles(files),
        contentType: 'application/octet-stream',
        leave,
        schema: fileBundleResponseSchema,
        signal,
      });
      if (responses.length !== files.length) throw new AppError('sync.centreFailed', { reason: 'files' });
      return files.flatMap(({ sha256 }, index) => {
        const response = responses[index];
        return response === undefined ? [] : [checkBlob(sha256, response)];
      });
    },
    async sendBlob({ sha256, offset, content, leave }, signal) {
      const path = `/api/v1/blobs/${sha256}?offset=${offset}`;
      const response = await requireAnswer({
        method: 'PUT',
        path,
        body: content,
        contentType: 'application/octet-stream',
        leave,
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
