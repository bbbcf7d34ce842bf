import type { MethodInput, MethodOutput } from '../contract/methods.ts';
import { AppError } from '../contract/errors.ts';
import type { RecordEvent, RecordView, RegisteredRecord } from '../contract/schemas/record.ts';
import { getReferenceData } from './context.ts';
import type { ServiceContext } from './context.ts';
import { fullNameOfOfficer } from './officer-session.ts';
import type { StoredRecord } from './ports/store.ts';

export async function searchRecords(
  context: ServiceContext,
  query: MethodInput<'records.search'>,
): Promise<MethodOutput<'records.search'>> {
  context.officer();
  const { records, nextCursor } = await context.desk().store.searchRecords(query);
  return { records: [...records], nextCursor };
}

export function getStoredRecord(context: ServiceContext, recordId: string): StoredRecord {
  const record = context.desk().store.findRecord(recordId);
  if (record === null) throw new AppError('record.notFound');
  return record;
}

/** A record with its versions and history, as the officer consults it. The consultation itself is audited (art. 60). */
export function getRecordView(context: ServiceContext, recordId: string): RecordView {
  const { officer } = context.officer();
  const { store } = context.desk();
  const { record, events, state, syncState, versions } = getStoredRecord(context, recordId);
  const officers = new Map(
    (store.getReference() === null ? [] : getReferenceData(context).officers).map((each) => [
      each.officerId,
      fullNameOfOfficer(each),
    ]),
  );
  const history = store.listAudit(recordId).map(({ at, action, officerId, details }) => ({
    at,
    action,
    officerName: officerId === null ? '' : (officers.get(officerId) ?? officerId),
    details: { ...details },
  }));
  store.appendAudit({ action: 'record.consulted', officerId: officer.officerId, subjectId: recordId, details: {} });
  const byDocument: RecordView['versions'] = {};
  for (const { documentId, sha256, byteLength, level, at } of versions) {
    (byDocument[documentId] ??= []).push({ sha256, byteLength, signatureLevel: level, at });
  }
  return {
    record,
    ordinaryNumber: events.find((event) => event.type === 'numbered')?.recordNumber ?? null,
    state,
    syncState,
    versions: byDocument,
    evidence: { ...store.evidenceStates(recordId) },
    verifications: newestVerifications(record, events),
    history,
  };
}

/** Of each brought document, what was found last. */
export function newestVerifications(
  record: RegisteredRecord,
  events: readonly RecordEvent[],
): RecordView['verifications'] {
  const newest: RecordView['verifications'] = {};
  for (const { documentId, verification } of record.documents)
    if (verification !== null) newest[documentId] = verification;
  for (const event of events) if (event.type === 'verificationUpdated') newest[event.documentId] = event.verification;
  return newest;
}
