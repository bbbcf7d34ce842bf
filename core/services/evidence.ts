import { AppError } from '../contract/errors.ts';
import type { SignatureLevel } from '../contract/schemas/common.ts';
import type { RecordEvent } from '../contract/schemas/record.ts';
import { formatOfficialInstant } from '../domain/official-time.ts';
import { completePdf } from '../documents/signing/pades-completion.ts';
import { readSignatures } from '../documents/signing/pdf-signatures.ts';
import { plainAnchor } from '../documents/signing/trust-evaluation.ts';
import { verifyPdfAgainst } from '../documents/signing/verify.ts';
import { assertExtends, isHigherLevel, levelOfDocument } from './completed-version.ts';
import { getReferenceData } from './context.ts';
import type { ServiceContext } from './context.ts';
import { gatherEvidence, gatherTimestampEvidence } from './evidence-gathering.ts';
import type { EvidenceProblem, GatheringOptions } from './evidence-gathering.ts';
import { trustedCertificatesOf } from './officer-session.ts';
import { createRevocationSource } from './revocation.ts';
import { createTimestampAuthorities } from './timestamping.ts';
import type { TimestampAuthorities } from './timestamping.ts';

export type EvidenceContext = Pick<
  ServiceContext,
  'configuration' | 'clock' | 'fetchBytes' | 'downloadBytes' | 'desk' | 'events' | 'log' | 'statusChanged'
>;

type Pending = Readonly<{ recordId: string; documentId: string; sha256: string; level: SignatureLevel }>;
type Outcome = 'completed' | 'improved' | EvidenceProblem;
type Run = Readonly<{ gathering: GatheringOptions; timestamps: TimestampAuthorities }>;
/** When a document was tried in vain, and when it is tried again. */
type Attempt = Readonly<{ failedAt: number; pauseMs: number; nextAt: number }>;

const batchSize = 1_000;
const timestampAnswerMs = 10_000;
/** With the authorities away each document fails alike: the others wait for the next connection. */
const failuresPerRun = 25;
const firstPauseMs = 60_000;
const longestPauseMs = 6 * 60 * 60_000;

/**
 * Completes what was signed without a line: revocation data and a document time stamp follow as an incremental update
 * of the registered bytes, under the same verification code (ordinance arts. 47.2, 68.1). A version is kept only when it
 * extends the former one and our own verifier passes it at the level that it claims. The function that is returned runs
 * once over what is pending and tells how many versions were added; it remembers answers and failures between runs.
 */
export function createEvidenceCompletion(context: EvidenceContext): (signal: AbortSignal) => Promise<number> {
  const revocation = createRevocationSource(context);
  const attempts = new Map<string, Attempt>();

  return async (signal) => {
    const pending = inOrder(context.desk().store.listPendingEvidence(batchSize), attempts, context.clock.now());
    if (pending.length === 0) return 0;
    const now = context.clock.now();
    const trusted = trustedCertificatesOf(getReferenceData(context));
    const run: Run = {
      gathering: { trusted, revocation, at: now, since: now, signal },
      timestamps: createTimestampAuthorities(context, { answerMs: timestampAnswerMs, signal }),
    };
    let added = 0;
    let failures = 0;
    for (const document of pending) {
      if (signal.aborted || failures >= failuresPerRun) break;
      // Without a stamp only what has one already gets any further.
      if (!run.timestamps.hasAnswering() && document.level !== 'B-T') continue;
      const key = `${document.recordId} ${document.documentId}`;
      const outcome = await tryDocument(context, document, run);
      if (outcome === 'completed' || outcome === 'improved') added += 1;
      else failures += 1;
      if (outcome === 'completed') attempts.delete(key);
      else attempts.set(key, nextAttempt(attempts.get(key), outcome, context.clock.now()));
    }
    if (added > 0) context.statusChanged();
    return added;
  };
}

/** What has never failed first; what failed for a reason of its own not before its pause is over. */
function inOrder(pending: readonly Pending[], attempts: ReadonlyMap<string, Attempt>, now: Date): readonly Pending[] {
  const attemptOf = ({ recordId, documentId }: Pending) => attempts.get(`${recordId} ${documentId}`);
  return pending
    .filter((document) => (attemptOf(document)?.nextAt ?? 0) <= now.getTime())
    .toSorted((left, right) => (attemptOf(left)?.failedAt ?? 0) - (attemptOf(right)?.failedAt ?? 0));
}

function nextAttempt(last: Attempt | undefined, outcome: Outcome | 'noAnswer' | 'failed', now: Date): Attempt {
  const failedAt = now.getTime();
  // An authority that does not answer is asked again at the next connection.
  if (outcome === 'noAnswer' || outcome === 'improved') return { failedAt, pauseMs: 0, nextAt: 0 };
  const pauseMs = Math.min(Math.max(firstPauseMs, (last?.pauseMs ?? 0) * 2), longestPauseMs);
  return { failedAt, pauseMs, nextAt: failedAt + pauseMs };
}

async function tryDocument(
  context: EvidenceContext,
  pending: Pending,
  run: Run,
): Promise<Outcome | 'noAnswer' | 'failed'> {
  try {
    const outcome = await completeDocument(context, pending, run);
    if (outcome !== 'completed' && outcome !== 'improved') appendProblem(context, pending, outcome);
    return outcome;
  } catch (error) {
    const code = error instanceof AppError ? error.code : 'internal.unexpected';
    const reason = error instanceof AppError ? (error.details['reason'] ?? '') : '';
    context.log.info('evidence.postponed', { code, reason });
    if (code === 'internal.unexpected') context.log.error('evidence.failed', error);
    return code.startsWith('timestamp.') || code.startsWith('revocation.') ? 'noAnswer' : 'failed';
  }
}

async function completeDocument(context: EvidenceContext, pending: Pending, run: Run): Promise<Outcome> {
  const { store, blobs } = context.desk();
  const former = await blobs.get(pending.sha256);
  const gathered = await gatherEvidence(former, run.gathering);
  if (gathered.outcome === 'problem') return gathered.problem;
  const { pdf, timestampError } = await completePdf(former, {
    ...gathered.evidence,
    documentTimestamp: run.timestamps.source,
  });
  const level = await judgeVersion(context, pdf, former, run.gathering);
  // The same evidence once more would only make the file longer.
  if (!isHigherLevel(level, pending.level)) throw timestampError ?? new AppError('signature.failed', { reason: level });
  const sha256 = await blobs.put(pdf, 'application/pdf');
  const at = formatOfficialInstant(context.clock.now());
  const event: RecordEvent = {
    type: 'versionAdded',
    at,
    documentId: pending.documentId,
    extendsSha256: pending.sha256,
    sha256,
    byteLength: pdf.length,
    signatureLevel: level,
  };
  const blob = {
    sha256,
    byteLength: pdf.length,
    mediaType: 'application/pdf',
    documentId: pending.documentId,
    part: 'document' as const,
  };
  store.appendRecordEvent(pending.recordId, event, [blob], {
    action: 'document.completed',
    officerId: null,
    subjectId: pending.recordId,
    details: { documentId: pending.documentId, sha256, level },
  });
  context.events.publish('record.changed', { recordId: pending.recordId, at });
  return level === 'B-LTA' ? 'completed' : 'improved';
}

/**
 * The level that our own verifier finds in a version: whatever an authority answered, nothing is stored as complete that
 * does not pass. Throws `signature.failed` with the verdict's reason.
 */
async function judgeVersion(
  context: EvidenceContext,
  version: Uint8Array,
  former: Uint8Array,
  gathering: GatheringOptions,
): Promise<SignatureLevel> {
  assertExtends(version, former);
  const newest = readSignatures(version).at(-1);
  const stamped =
    newest?.type === 'documentTimestamp'
      ? await gatherTimestampEvidence(newest.contents, gathering)
      : { ocsps: [], crls: [] };
  const verification = verifyPdfAgainst(version, {
    anchors: gathering.trusted.map(plainAnchor),
    at: context.clock.now(),
    ocsps: stamped.ocsps,
    crls: stamped.crls,
  });
  const { signatures, verdict, subIndication } = verification;
  // The last one covers whatever was wrong with an earlier one, whose authority may have been revoked since.
  const areStampsTrusted = signatures.every(({ timestamps }) => timestamps.at(-1)?.isTrusted === true);
  if (verdict !== 'passed' || !areStampsTrusted)
    throw new AppError('signature.failed', { reason: subIndication ?? 'timestamp' });
  return levelOfDocument(verification);
}

/** Told, not hidden; an unknown state is told once and asked for again. */
function appendProblem(context: EvidenceContext, { recordId, documentId }: Pending, problem: EvidenceProblem): void {
  const { store } = context.desk();
  const isTold = store
    .findRecord(recordId)
    ?.events.some(
      (event) => event.type === 'evidenceProblem' && event.documentId === documentId && event.problem === problem,
    );
  if (isTold === true) return;
  const at = formatOfficialInstant(context.clock.now());
  store.appendRecordEvent(recordId, { type: 'evidenceProblem', at, documentId, problem }, [], {
    action: 'document.evidenceProblem',
    officerId: null,
    subjectId: recordId,
    details: { documentId, problem },
  });
  context.events.publish('record.changed', { recordId, at });
}
