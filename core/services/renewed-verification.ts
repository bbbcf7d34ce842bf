import type { RecordEvent } from '../contract/schemas/record.ts';
import type { DocumentVerification } from '../contract/schemas/verification.ts';
import { formatOfficialInstant } from '../domain/official-time.ts';
import { verifyBrought, verifyDocumentAgain } from './brought-documents.ts';
import type { ServiceContext } from './context.ts';
import { getStoredRecord, newestVerifications } from './records.ts';
import { evidenceReferences } from './verification-report.ts';

/** What is asked without a change since is not asked again sooner: an authority that is down stays so for a while. */
const pauseMs = 60 * 60_000;

/**
 * Verifies again what was left indeterminate, once there is a line (ordinance art. 70: such documents are admitted and marked).
 * Returns how many results were appended. A failure found late is told in the record, which stays.
 */
export function createRenewedVerification(context: ServiceContext): (signal: AbortSignal) => Promise<number> {
  const tried = new Map<string, Readonly<{ at: number; referenceVersion: number | null }>>();

  function isWorthwhile(documentId: string, last: DocumentVerification): boolean {
    // The first time with a line, and later when the authorities known have changed or an answer may have come.
    if (!last.wasOnline) return true;
    const before = tried.get(documentId);
    const { at, referenceVersion } = now();
    return before === undefined || before.referenceVersion !== referenceVersion || at - before.at > pauseMs;
  }

  function now() {
    return {
      at: context.clock.now().getTime(),
      referenceVersion: context.desk().store.getReference()?.version ?? null,
    };
  }

  async function renewRegistered(recordId: string, documentId: string, signal: AbortSignal): Promise<boolean> {
    const { store } = context.desk();
    const { record, events } = getStoredRecord(context, recordId);
    const document = record.documents.find((candidate) => candidate.documentId === documentId);
    const last = newestVerifications(record, events)[documentId];
    if (document === undefined || last === undefined || !isWorthwhile(documentId, last)) return false;
    tried.set(documentId, now());
    const { verification } = await verifyBrought(context, { file: document.file, verification: last });
    // What ended because the desk is closing says nothing of the file.
    if (signal.aborted || !hasChanged(last, verification)) return false;
    const at = formatOfficialInstant(context.clock.now());
    const event: RecordEvent = { type: 'verificationUpdated', at, documentId, verification };
    store.appendRecordEvent(recordId, event, evidenceReferences(documentId, verification), {
      action: 'document.verifiedAgain',
      officerId: null,
      subjectId: recordId,
      details: { documentId, verdict: verification.verdict, subIndication: verification.subIndication ?? '' },
    });
    context.events.publish('record.changed', { recordId, at });
    return true;
  }

  async function renewDrafts(signal: AbortSignal): Promise<void> {
    const { store } = context.desk();
    for (const { attentionId, recordId } of store.listOpenAttentions()) {
      if (recordId !== null) continue;
      for (const { documentId, removedAt, verification } of store.listDocuments(attentionId)) {
        if (signal.aborted || removedAt !== null || verification?.verdict !== 'indeterminate') continue;
        if (!isWorthwhile(documentId, verification)) continue;
        tried.set(documentId, now());
        await verifyDocumentAgain(context, documentId);
      }
    }
  }

  return async (signal) => {
    let appended = 0;
    for (const { recordId, documentId } of context.desk().store.listIndeterminate()) {
      if (signal.aborted) return appended;
      try {
        if (await renewRegistered(recordId, documentId, signal)) appended += 1;
      } catch (error) {
        // One file that is damaged must not keep the others from their turn.
        context.log.error('verification.renewal', error);
      }
    }
    await renewDrafts(signal);
    return appended;
  };
}

function hasChanged(before: DocumentVerification, after: DocumentVerification): boolean {
  const essence = ({ verdict, subIndication, reasons, wasOnline, revocationAnswers }: DocumentVerification): string =>
    JSON.stringify([verdict, subIndication, reasons, wasOnline, revocationAnswers.map(({ sha256 }) => sha256)]);
  return essence(before) !== essence(after);
}
