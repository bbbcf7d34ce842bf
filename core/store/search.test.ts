import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RecordSummary } from '../contract/schemas/record.ts';
import type { DeskStore } from '../services/ports/store.ts';
import { databaseFileName, openConnection } from './database.ts';
import { deriveKey, unlockMasterKey } from './master-key.ts';
import { auditEntry, createDeskFixture, person, registerInput, seriesGrant, storedAttention } from './store-fixture.ts';
import type { DeskFixture } from './store-fixture.ts';

const { seriesId } = seriesGrant();
let fixture: DeskFixture;
let store: DeskStore;

beforeEach(async () => {
  fixture = await createDeskFixture();
  store = (await fixture.open()).store;
  store.putSeries(seriesGrant());
});
afterEach(async () => {
  await store.close();
  fixture.remove();
});

function registerNew(change: Parameters<typeof registerInput>[2]) {
  const attention = storedAttention();
  store.createAttention(attention, auditEntry);
  return store.register(registerInput(attention.attentionId, seriesId, change));
}

async function found(
  text: string,
  change: Readonly<{ fromDate?: string; toDate?: string }> = {},
): Promise<readonly string[]> {
  const page = await store.searchRecords({ text, fromDate: null, toDate: null, cursor: null, limit: 50, ...change });
  return page.records.map((record) => record.recordNumber.slice(-2));
}

describe('searching records', () => {
  test('finds by the start of words, without accents or case', async () => {
    registerNew({ presenter: person({ givenName: 'Begoña', surname1: 'Íñiguez' }), summary: 'Vado permanente' });
    registerNew({
      presenter: person({ givenName: 'Martín', surname1: 'Ibáñez', surname2: '', identifier: 'X1234567L' }),
      interestedParties: [
        person({ personType: 'legal', businessName: 'Áridos del Ebro, S.L.', identifier: 'B99999999' }),
      ],
      summary: 'Licencia de obra',
    });
    expect(await found('begon')).toEqual(['01']);
    expect(await found('BEGOÑA inig')).toEqual(['01']);
    expect(await found('iban mart')).toEqual(['02']);
    expect(await found('aridos')).toEqual(['02']);
    expect(await found('x-1234567-l')).toEqual(['02']);
    expect(await found('X12345')).toEqual(['02']);
    expect(await found('licencia')).toEqual(['02']);
    expect(await found('O00009999e2603A00001')).toEqual(['01']);
    expect(await found('00002')).toEqual(['02']);
    // Beginnings that all numbers share, and what else is looked for with them.
    for (const beginning of ['O0000', 'o00009999e26', 'O00009999-e2603.A'])
      expect(await found(beginning)).toEqual(['02', '01']);
    expect(await found('O00009999e2603A licencia')).toEqual(['02']);
    expect(await found('O00009999e2603A0000')).toEqual(['02', '01']);
    expect(await found('O00009999e2603B')).toEqual([]);
    expect(await found('O00008888')).toEqual([]);
    expect(await found('instancia')).toEqual(['02', '01']);
    expect(await found('')).toEqual(['02', '01']);
    expect(await found('egoña')).toEqual([]);
    expect(await found('vado licencia')).toEqual([]);
  });

  test('finds what an earlier program registered', async () => {
    registerNew({ presenter: person({ givenName: 'Wenceslao' }), summary: 'Terraza de verano' });
    await store.close();
    const masterKey = await unlockMasterKey(fixture.folder, fixture.secret);
    const path = join(fixture.folder, databaseFileName);
    const connection = openConnection({ path, key: deriveKey(masterKey, 'database') });
    connection.execute('DROP INDEX blobs_unacknowledged; DROP INDEX evidence_problems;');
    connection.execute('DROP TABLE search_vocabulary; DROP TABLE record_search; PRAGMA user_version = 10;');
    connection.execute(
      "CREATE VIRTUAL TABLE record_search USING fts5(number, names, identifiers, summary, content = '', detail = none)",
    );
    connection.close();
    ({ store } = await fixture.open());
    registerNew({ presenter: person({ givenName: 'Wenceslada' }) });
    expect(await found('wencesla')).toEqual(['02', '01']);
    expect(await found('wenceslao terra')).toEqual(['01']);
    expect(await found('wen')).toEqual(['02', '01']);
    expect(await found('O00009999e26')).toEqual(['02', '01']);
  });

  test('finds a number that another record names, whole or by its beginning', async () => {
    registerNew({ summary: 'Rectifica el asiento O00001111e2501A00033' });
    registerNew({});
    expect(await found('O00001111e2501A00033')).toEqual(['01']);
    expect(await found('O00001111e25')).toEqual(['01']);
    store.putSeries(
      seriesGrant({ seriesId: 'O00001111-25-i-01-A', officeCode: 'O00001111', deskNumber: '01', year: 2025 }),
    );
    expect(await found('O00001111e25')).toEqual(['01']);
  });

  test('a beginning that very many words have', async () => {
    const words = Array.from(
      { length: 60 },
      (_none, index) => `padron${String.fromCharCode(97 + (index % 26), 97 + index / 26)}`,
    );
    for (let start = 0; start < words.length; start += 20)
      registerNew({ summary: words.slice(start, start + 20).join(' ') });
    // The last of them in the order of words.
    registerNew({ summary: 'Padronzuelo' });
    expect(await found('padron')).toEqual(['04', '03', '02', '01']);
    expect(await found('padronaa')).toEqual(['01']);
    expect(await found('padrona')).toEqual(['03', '02', '01']);
    expect(await found('padronac bego')).toEqual(['03']);
  });

  test.each(['"', '* AND', 'NEAR(a b)', 'names:a', "'; DROP TABLE records; --", '%', '🙂', 'a"b', '½', '१२', '가'])(
    'takes «%s» as text',
    async (text) => {
      registerNew({});
      expect((await found(text)).length).toBeLessThanOrEqual(1);
      expect(store.listSeries()[0]?.lastSequence).toBe(1);
    },
  );

  test('pages from the newest without missing or repeating one, also while more arrive', async () => {
    for (let count = 0; count < 7; count += 1) registerNew({});
    const seen: RecordSummary[] = [];
    let cursor: string | null = null;
    do {
      const page = await store.searchRecords({ text: 'bego', fromDate: null, toDate: null, cursor, limit: 3 });
      seen.push(...page.records);
      cursor = page.nextCursor;
      if (seen.length === 3) registerNew({});
    } while (cursor !== null);
    expect(seen.map((record) => record.recordNumber.slice(-1))).toEqual(['7', '6', '5', '4', '3', '2', '1']);
  });

  test('a day is the official one, both ends included', async () => {
    fixture.clock.set('2026-11-20T22:59:59Z');
    registerNew({});
    fixture.clock.set('2026-11-20T23:00:00Z');
    registerNew({});
    fixture.clock.set('2026-11-24T12:00:00Z');
    registerNew({});
    expect(await found('', { toDate: '2026-11-20' })).toEqual(['01']);
    expect(await found('bego', { fromDate: '2026-11-21', toDate: '2026-11-23' })).toEqual(['02']);
    expect(await found('', { fromDate: '2026-11-24' })).toEqual(['03']);
    expect(await found('', { fromDate: '2026-11-25' })).toEqual([]);
    expect(await found('', { fromDate: '2026-11-22', toDate: '2026-11-21' })).toEqual([]);
  });

  test('a line of the list tells the record and where it stands', async () => {
    const record = registerNew({});
    store.appendRecordEvent(
      record.recordId,
      { type: 'annulled', at: '2026-11-20T12:30:00+01:00', reason: 'duplicado', supervisorId: 'F-9' },
      [],
      auditEntry,
    );
    const { records } = await store.searchRecords({ text: '', fromDate: null, toDate: null, cursor: null, limit: 1 });
    expect(records).toEqual([
      {
        recordId: record.recordId,
        recordNumber: record.recordNumber,
        direction: 'incoming',
        recordedAt: '2026-11-20T10:42:07+01:00',
        presentedAt: '2026-11-20T10:42:07+01:00',
        presenterName: 'Begoña Íñiguez Pardo-Muñoz',
        presenterIdentifier: '00000000T',
        procedureTitle: 'Instancia general',
        unitName: 'Servicio de Vía Pública',
        summary: 'Solicitud de vado permanente',
        documentCount: 1,
        state: 'annulled',
        syncState: 'pending',
        evidenceState: 'pending',
        foundIn: 'record',
      },
    ]);
  });

  test('refuses what is not a query, and a closed desk', async () => {
    const query = { text: '', fromDate: null, toDate: null, cursor: null, limit: 10 };
    await expect(store.searchRecords({ ...query, cursor: '1 OR 1' })).rejects.toThrow('request.invalid');
    await expect(store.searchRecords({ ...query, fromDate: '20/11/2026' })).rejects.toThrow('request.invalid');
    await expect(store.searchRecords({ ...query, limit: 0 })).rejects.toThrow('request.invalid');
    await store.close();
    await expect(store.searchRecords(query)).rejects.toThrow('desk.notOpened');
  });
});
