import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DocumentVerdict, DocumentVerification } from '../contract/schemas/verification.ts';
import type { DeskStore } from '../services/ports/store.ts';
import {
  auditEntry,
  createDeskFixture,
  recordDocument,
  registerInput,
  seriesGrant,
  storedAttention,
} from './store-fixture.ts';
import type { DeskFixture } from './store-fixture.ts';
import { refusalFixture } from './refusal-fixture.ts';

let fixture: DeskFixture;
let store: DeskStore;

beforeEach(async () => {
  fixture = await createDeskFixture();
  ({ store } = await fixture.open());
  store.putSeries(seriesGrant());
});
afterEach(async () => {
  await store.close();
  fixture.remove();
});

const at = '2026-11-20T10:45:00+01:00';

function verification(verdict: DocumentVerdict): DocumentVerification {
  return {
    verdict,
    subIndication: null,
    format: 'pdf',
    reasons: [],
    signatures: [],
    signatureCount: 0,
    verifiedAt: at,
    wasOnline: false,
    revocationAnswers: [],
  };
}

test('a brought document has one version without level, and waits for its verification and for nothing else', () => {
  const attention = storedAttention();
  store.createAttention(attention, auditEntry);
  const brought = recordDocument({ signatureLevel: null, verification: verification('indeterminate') });
  const passed = recordDocument({ role: 'annex', signatureLevel: null, verification: verification('passed') });
  const { recordId } = store.register(
    registerInput(attention.attentionId, seriesGrant().seriesId, { documents: [brought, passed] }),
  );
  const { documentId } = brought;
  expect(store.findRecord(recordId)?.versions.map(({ level }) => level)).toEqual([null, null]);
  expect(store.listPendingEvidence(10)).toEqual([]);
  expect(store.evidenceStates(recordId)).toEqual({});
  expect(store.listIndeterminate()).toEqual([{ recordId, documentId }]);
  const event = { type: 'verificationUpdated' as const, at, documentId, verification: verification('failed') };
  store.appendRecordEvent(recordId, event, [], auditEntry);
  expect(store.listIndeterminate()).toEqual([]);
  expect(store.findRecord(recordId)?.events).toEqual([event]);
  expect(store.findRecord(recordId)?.record.documents[0]?.verification?.verdict).toBe('indeterminate');
});

test('incidents are found again, the newest first, with their audit rows', () => {
  const refusals = ['0', '1', '2'].map((sign) =>
    refusalFixture({ refusalId: `00000000-0000-4000-8000-00000000000${sign}` }),
  );
  for (const refusal of refusals)
    store.addRefusal(refusal, { ...auditEntry, action: 'file.refused', subjectId: refusal.refusalId });
  expect(store.listRefusals(2)).toEqual([refusals[2], refusals[1]]);
  expect(store.findRefusal(refusals[0]?.refusalId ?? '')).toEqual(refusals[0]);
  expect(store.findRefusal('00000000-0000-4000-8000-000000000009')).toBeNull();
  expect(store.listAudit(refusals[1]?.refusalId ?? '')).toMatchObject([{ action: 'file.refused' }]);
});
