import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DeskStore } from '../services/ports/store.ts';
import {
  attentionForm,
  auditEntry,
  createDeskFixture,
  person,
  seriesGrant,
  sha256Hex,
  storedAttention,
  storedDocument,
  storedPage,
} from './store-fixture.ts';
import type { DeskFixture } from './store-fixture.ts';

let fixture: DeskFixture;
let store: DeskStore;

beforeEach(async () => {
  fixture = await createDeskFixture();
  store = (await fixture.open()).store;
});
afterEach(async () => {
  await store.close();
  fixture.remove();
});

async function reopen(): Promise<void> {
  await store.close();
  store = (await fixture.open()).store;
}

describe('a draft', () => {
  test('is there as it was left when the desk opens again', async () => {
    const attention = storedAttention({
      consent: {
        consentId: randomUUID(),
        formDigest: sha256Hex('form'),
        preparedAt: '2026-11-20T10:50:00+01:00',
        contentDigest: sha256Hex('content'),
      },
    });
    const document = storedDocument(attention.attentionId, {
      prepared: { digest: sha256Hex('pdf'), byteLength: 10, pageCount: 1, sourceDigest: sha256Hex('source') },
      signed: { digest: sha256Hex('signed'), byteLength: 20, level: 'B-T', signedAt: '2026-11-20T10:55:00+01:00' },
    });
    const page = storedPage(document.documentId);
    store.createAttention(attention, auditEntry);
    store.putDocument(document);
    store.putPage(page);
    await reopen();
    expect(store.findAttention(attention.attentionId)).toEqual(attention);
    expect(store.findDocument(document.documentId)).toEqual(document);
    expect(store.findPage(page.pageId)).toEqual(page);
    expect([store.findAttention(randomUUID()), store.findDocument(randomUUID()), store.findPage(randomUUID())]).toEqual(
      [null, null, null],
    );
  });

  test('changes only for who saw its last version', () => {
    const attention = storedAttention();
    store.createAttention(attention, auditEntry);
    const changed = {
      ...attention,
      version: 2,
      stage: 'papers' as const,
      form: attentionForm(person({ givenName: 'Leire' })),
    };
    store.updateAttention(changed, 1, null);
    expect(store.findAttention(attention.attentionId)).toEqual(changed);
    expect(() => store.updateAttention({ ...attention, version: 2 }, 1, auditEntry)).toThrow(
      'attention.changedSinceReview',
    );
    expect(() => store.updateAttention({ ...attention, version: 2 }, 2, auditEntry)).toThrow('internal.unexpected');
    expect(() => store.updateAttention(storedAttention({ version: 2 }), 1, auditEntry)).toThrow('attention.notFound');
    expect(store.findAttention(attention.attentionId)).toEqual(changed);
  });

  test('is listed until it closes, the newest first', () => {
    const [first, second, third] = [storedAttention(), storedAttention(), storedAttention()];
    for (const attention of [first, second, third]) store.createAttention(attention, auditEntry);
    store.updateAttention(
      { ...second, version: 2, closedAt: '2026-11-20T11:00:00+01:00', closedAs: 'abandoned' },
      1,
      auditEntry,
    );
    expect(store.listOpenAttentions().map((attention) => attention.attentionId)).toEqual([
      third.attentionId,
      first.attentionId,
    ]);
  });

  test('keeps documents and pages in their places, removed ones included', () => {
    const attention = storedAttention();
    store.createAttention(attention, auditEntry);
    const application = storedDocument(attention.attentionId, { position: 1 });
    const annex = storedDocument(attention.attentionId, { role: 'annex', position: 0 });
    store.putDocument(application);
    store.putDocument(annex);
    const pages = [
      storedPage(application.documentId),
      storedPage(annex.documentId, { position: 1 }),
      storedPage(annex.documentId),
    ];
    for (const page of pages) store.putPage(page);
    const removed = { ...application, removedAt: '2026-11-20T11:00:00+01:00', position: 2 };
    store.putDocument(removed);
    expect(store.listDocuments(attention.attentionId)).toEqual([annex, removed]);
    expect(store.listPages(attention.attentionId).map((page) => page.pageId)).toEqual([
      pages[2]?.pageId,
      pages[1]?.pageId,
      pages[0]?.pageId,
    ]);
    store.putPage(storedPage(annex.documentId, { position: 4, removedAt: '2026-11-20T11:00:00+01:00' }));
    const ids = [annex.documentId, application.documentId, storedDocument(attention.attentionId).documentId];
    expect(ids.map((documentId) => store.nextPagePosition(documentId))).toEqual([5, 1, 0]);
  });
});

describe('a transaction', () => {
  test('keeps all of it or nothing', () => {
    const attention = storedAttention();
    expect(() =>
      store.transaction(() => {
        store.createAttention(attention, auditEntry);
        throw new Error('the officer left');
      }),
    ).toThrow('the officer left');
    expect(store.findAttention(attention.attentionId)).toBeNull();
    expect(
      store.transaction(() => {
        store.createAttention(attention, auditEntry);
        return store.findAttention(attention.attentionId);
      }),
    ).toEqual(attention);
  });

  test('a part that fails and is caught leaves nothing of itself', () => {
    const attention = storedAttention();
    store.transaction(() => {
      store.createAttention(attention, auditEntry);
      expect(() =>
        store.transaction(() => {
          store.putSeries(seriesGrant());
          store.updateAttention({ ...attention, version: 9 }, 8, auditEntry);
        }),
      ).toThrow('attention.changedSinceReview');
    });
    expect(store.findAttention(attention.attentionId)).toEqual(attention);
    expect(store.listSeries()).toEqual([]);
  });
});

describe('reference data and settings', () => {
  const data = {
    officers: [],
    offices: [],
    units: [],
    procedures: [],
    calendars: [{ year: 2026, nonWorkingDays: [] }],
    scanProfiles: [],
    trustAnchors: [],
  };

  test('an older version never takes the place of a newer one', () => {
    expect(store.getReference()).toBeNull();
    store.putReference({ version: 3, issuedAt: '2026-11-20T10:00:00+01:00', data, signature: 'c2ln' });
    store.putReference({
      version: 2,
      issuedAt: '2026-11-19T10:00:00+01:00',
      data: { ...data, calendars: [] },
      signature: 'c2ln',
    });
    expect(store.getReference()).toEqual({ version: 3, issuedAt: '2026-11-20T10:00:00+01:00', data });
    store.putReference({
      version: 4,
      issuedAt: '2026-11-21T10:00:00+01:00',
      data: { ...data, calendars: [] },
      signature: 'c2ln',
    });
    expect(store.getReference()).toMatchObject({ version: 4, data: { calendars: [] } });
  });

  test('a setting is what was put last', () => {
    expect(store.findSetting('desk.number')).toBeNull();
    store.putSetting('desk.number', '03');
    store.putSetting('desk.number', '04');
    expect(store.findSetting('desk.number')).toBe('04');
  });
});
