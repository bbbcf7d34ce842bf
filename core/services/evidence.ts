import { AppError } from '../contract/errors.ts';
import type { RecordEvent } from '../contract/schemas/record.ts';
import { formatOfficialInstant } from '../domain/official-time.ts';
import { completePdf } from '../documents/signing/pades-completion.ts';
import { getReferenceData } from './context.ts';
import type { ServiceContext } from './context.ts';
import { gatherEvidence } from './evidence-gathering.ts';
import { trustedCertificatesOf } from './officer-session.ts';
import { createTimestampSource } from './timestamping.ts';

const batchSize = 20;
const answerTimeMs = 10_000;

/**
 * Completes what was signed without a line: revocation data and a document time stamp follow as an incremental update
 * of the registered bytes, under the same verification code (ordinance arts. 47.2, 68.1). Stops quietly when the line
 * is cut again. Returns how many documents were completed.
 */
export async function completeEvidence(context: ServiceContext, signal: AbortSignal): Promise<number> {
  const { store } = context.desk();
  let completed = 0;
  for (const pending of store.listPendingEvidence(batchSize)) {
    if (signal.aborted) break;
    try {
      await completeDocument(context, pending, signal);
      completed += 1;
    } catch (error) {
      const code = error instanceof AppError ? error.code : 'internal.unexpected';
      if (code === 'revocation.revoked') {
        appendProblem(context, pending, 'certificateRevoked');
        continue;
      }
      context.log.info('evidence.postponed', { code });
      // Without an authority the next document would wait as long for nothing.
      if (code === 'timestamp.unavailable' || code === 'revocation.unavailable') break;
      if (code === 'internal.unexpected') context.log.error('evidence.failed', error);
    }
  }
  if (completed > 0) context.statusChanged();
  return completed;
}

type Pending = Readonly<{ recordId: string; documentId: string; sha256: string }>;

async function completeDocument(context: ServiceContext, pending: Pending, signal: AbortSignal): Promise<void> {
  const { store, blobs } = context.desk();
  const pdf = await blobs.get(pending.sha256);
  const trusted = trustedCertificatesOf(getReferenceData(context));
  const result = await completePdf(pdf, {
    ...(await gatherEvidence(pdf, {
      trusted,
      fetchBytes: context.fetchBytes,
      at: context.clock.now(),
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerTimeMs)]),
    })),
    documentTimestamp: createTimestampSource(context),
  });
  const sha256 = await blobs.put(result.pdf, 'application/pdf');
  const at = formatOfficialInstant(context.clock.now());
  const event: RecordEvent = {
    type: 'versionAdded',
    at,
    documentId: pending.documentId,
    extendsSha256: pending.sha256,
    sha256,
    byteLength: result.pdf.length,
    signatureLevel: result.level,
  };
  const blob = {
    sha256,
    byteLength: result.pdf.length,
    mediaType: 'application/pdf',
    documentId: pending.documentId,
    part: 'pdf' as const,
  };
  store.appendRecordEvent(pending.recordId, event, [blob], {
    action: 'document.completed',
    officerId: null,
    subjectId: pending.recordId,
    details: { documentId: pending.documentId, sha256, level: result.level },
  });
  context.events.publish('record.changed', { recordId: pending.recordId, at });
}

/** Told, not hidden: a late time stamp cannot rescue a certificate that was revoked in between. */
function appendProblem(
  context: ServiceContext,
  pending: Pending,
  problem: 'certificateRevoked' | 'certificateExpired',
): void {
  const at = formatOfficialInstant(context.clock.now());
  context
    .desk()
    .store.appendRecordEvent(
      pending.recordId,
      { type: 'evidenceProblem', at, documentId: pending.documentId, problem },
      [],
      {
        action: 'document.evidenceProblem',
        officerId: null,
        subjectId: pending.recordId,
        details: { documentId: pending.documentId, problem },
      },
    );
  context.events.publish('record.changed', { recordId: pending.recordId, at });
}
