import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openConnection } from './database.ts';
import { changeDeskSecret, deriveKey, unlockMasterKey } from './master-key.ts';
import { createDesk, deskExists, openDesk } from './open-desk.ts';
import { sql } from './sql.ts';
import {
  auditEntry,
  attentionForm,
  createDeskFixture,
  person,
  registerInput,
  seriesGrant,
  settableClock,
  storedAttention,
  testKeyWrapper,
} from './store-fixture.ts';
import type { DeskFixture } from './store-fixture.ts';
import { isEveryCase } from '../testing/every-case.ts';

const clock = settableClock('2026-11-20T09:42:07Z');
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-open-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function passphrase(text: string) {
  return { kind: 'passphrase' as const, passphrase: new TextEncoder().encode(text) };
}

describe('a passphrase', () => {
  test('opens the desk, is wiped, is changed, and has the recovery key beside it', async () => {
    expect(deskExists(folder)).toBe(false);
    const first = passphrase('sol de mayo en la plaza');
    const { recoveryKey } = await createDesk({ folder, secret: first, clock });
    expect(first.passphrase.every((byte) => byte === 0)).toBe(true);
    expect(deskExists(folder)).toBe(true);
    expect(readFileSync(join(folder, 'key.json'), 'utf8')).toMatch(/"memoryKib":65536/u);
    expect(statSync(join(folder, 'key.json')).mode & 0o777).toBe(0o600);

    const wrong = passphrase('luna de mayo');
    await expect(openDesk({ folder, secret: wrong, clock })).rejects.toMatchObject({
      code: 'desk.passphraseIncorrect',
    });
    expect(wrong.passphrase.every((byte) => byte === 0)).toBe(true);
    await expect(openDesk({ folder, secret: passphrase(''), clock })).rejects.toMatchObject({
      code: 'desk.passphraseIncorrect',
    });

    await changeDeskSecret(folder, { kind: 'recoveryKey', recoveryKey }, passphrase('nueva'));
    await expect(openDesk({ folder, secret: passphrase('sol de mayo en la plaza'), clock })).rejects.toMatchObject({
      code: 'desk.passphraseIncorrect',
    });
    const desk = await openDesk({ folder, secret: passphrase('nueva'), clock });
    expect(desk.verifyAudit()).toMatchObject({ result: 'intact', rows: 1 });
    await desk.store.close();
    const recovered = await openDesk({ folder, secret: { kind: 'recoveryKey', recoveryKey }, clock });
    await recovered.store.close();
  });
});

describe('the key', () => {
  let fixture: DeskFixture;
  beforeEach(async () => {
    fixture = await createDeskFixture(folder);
  });

  test('another key store, a wrong recovery key and another desk’s are refused', async () => {
    const secret = { kind: 'keyWrapper' as const, keyWrapper: testKeyWrapper() };
    await expect(openDesk({ folder: fixture.folder, secret, clock })).rejects.toMatchObject({
      code: 'desk.passphraseIncorrect',
    });
    const other = await createDeskFixture(folder);
    for (const recoveryKey of [other.recoveryKey, 'AAAAA']) {
      const attempt = openDesk({ folder: fixture.folder, secret: { kind: 'recoveryKey', recoveryKey }, clock });
      await expect(attempt).rejects.toMatchObject({ code: 'desk.recoveryKeyIncorrect' });
    }
    await (await fixture.open()).store.close();
  });

  test('a missing or altered key file is told, and never taken for a new desk', async () => {
    const keyFile = join(fixture.folder, 'key.json');
    const text = readFileSync(keyFile, 'utf8');
    writeFileSync(keyFile, text.slice(0, -20));
    await expect(fixture.open()).rejects.toMatchObject({ code: 'desk.storeDamaged' });
    rmSync(keyFile);
    expect(deskExists(fixture.folder)).toBe(true);
    await expect(fixture.open()).rejects.toMatchObject({ code: 'desk.storeDamaged' });
    await expect(createDesk({ folder: fixture.folder, secret: fixture.secret, clock })).rejects.toMatchObject({
      code: 'desk.alreadyOpen',
    });
    writeFileSync(keyFile, text);
    await (await fixture.open()).store.close();
  });

  test('a database of another desk is refused', async () => {
    const other = await createDeskFixture(folder);
    writeFileSync(join(fixture.folder, 'desk.db'), readFileSync(join(other.folder, 'desk.db')));
    await expect(fixture.open()).rejects.toMatchObject({ code: 'desk.storeDamaged' });
  });

  test('derives an own key for each purpose', async () => {
    const masterKey = await unlockMasterKey(fixture.folder, fixture.secret);
    const derived = (['database', 'blobs', 'blob-names', 'anchor'] as const).map((purpose) =>
      Buffer.from(deriveKey(masterKey, purpose)).toString('hex'),
    );
    expect(new Set(derived).size).toBe(4);
  });
});

describe('an open desk', () => {
  let fixture: DeskFixture;
  beforeEach(async () => {
    fixture = await createDeskFixture(folder);
  });

  test('commits durably: the settings are those after a write', async () => {
    const desk = await fixture.open();
    const masterKey = await unlockMasterKey(fixture.folder, fixture.secret);
    const connection = openConnection({ path: join(fixture.folder, 'desk.db'), key: deriveKey(masterKey, 'database') });
    connection.transaction(() => connection.run(sql`UPDATE store_state SET open_count = open_count + 1`));
    expect(
      ['synchronous', 'journal_mode', 'foreign_keys', 'trusted_schema', 'temp_store', 'recursive_triggers'].map(
        (name) => connection.pragma(name),
      ),
    ).toEqual([2, 'wal', 1, 0, 2, 1]);
    connection.pragma('synchronous = NORMAL');
    connection.close();
    await desk.store.close();
  });

  test('refuses to go on when commits would not be durable', async () => {
    const masterKey = await unlockMasterKey(fixture.folder, fixture.secret);
    const connection = openConnection({ path: join(fixture.folder, 'desk.db'), key: deriveKey(masterKey, 'database') });
    connection.pragma('synchronous = NORMAL');
    expect(() => connection.transaction(() => connection.run(sql`UPDATE store_state SET open_count = 9`))).toThrow(
      'desk.storeDamaged',
    );
    connection.close();
  });

  test('is one program’s at a time', async () => {
    const desk = await fixture.open();
    await expect(fixture.open()).rejects.toMatchObject({ code: 'desk.alreadyOpen' });
    await expect(createDesk({ folder: fixture.folder, secret: fixture.secret, clock })).rejects.toMatchObject({
      code: 'desk.alreadyOpen',
    });
    await desk.store.close();
    await desk.store.close();
    await (await fixture.open()).store.close();
  });

  test('a desk half made by a crash is made again', async () => {
    rmSync(join(fixture.folder, 'key.json.new'), { force: true });
    const keyFile = readFileSync(join(fixture.folder, 'key.json'));
    rmSync(join(fixture.folder, 'key.json'));
    writeFileSync(join(fixture.folder, 'key.json.new'), keyFile);
    expect(deskExists(fixture.folder)).toBe(false);
    await expect(fixture.open()).rejects.toMatchObject({ code: 'desk.notOpened' });
    await createDesk({ folder: fixture.folder, secret: fixture.secret, clock });
    expect(existsSync(join(fixture.folder, 'key.json.new'))).toBe(false);
    await (await fixture.open()).store.close();
  });

  test('keeps nothing of an anchor or a key file that a crash left half written', async () => {
    for (const name of ['.anchor.json.new', '.key.json.new'])
      writeFileSync(join(fixture.folder, name), '{"version":1,');
    await (await fixture.open()).store.close();
    const left = readdirSync(fixture.folder).filter((name) => /anchor|key/u.test(name));
    expect(left.toSorted()).toEqual(['anchor.json', 'key.json']);
  });

  test('keeps no clear text in any file', async () => {
    const { store, blobs } = await fixture.open();
    const presenter = person({ givenName: 'Zuriñe', surname1: 'Quintanilla', identifier: '99887766X' });
    store.putSeries(seriesGrant());
    const attention = storedAttention({ form: attentionForm(presenter) });
    store.createAttention(attention, auditEntry);
    store.register(
      registerInput(attention.attentionId, seriesGrant().seriesId, { presenter, interestedParties: [presenter] }),
    );
    await blobs.put(new TextEncoder().encode('Zuriñe Quintanilla 99887766X '.repeat(100)), 'text/plain');
    await store.searchRecords({ text: 'Quintanilla', fromDate: null, toDate: null, cursor: null, limit: 5 });
    const inspect = () => {
      const paths = readdirSync(fixture.folder, { recursive: true, encoding: 'utf8' }).map((name) =>
        join(fixture.folder, name),
      );
      for (const path of paths.filter((name) => statSync(name).isFile())) {
        const bytes = readFileSync(path);
        for (const secret of [
          'Quintanilla',
          'quintanilla',
          'Zuriñe',
          '99887766',
          'SQLite format',
          'CREATE TABLE',
          'record_number',
        ]) {
          // The lock file is empty; SQLite's own header is in no file.
          expect(bytes.includes(secret), `${secret} in ${path}`).toBe(false);
        }
      }
      return paths.map((path) => path.slice(fixture.folder.length + 1));
    };
    expect(inspect()).toContain('desk.db-wal');
    await store.close();
    inspect();
  });
});

describe('a changed byte in the database', () => {
  test('is noticed, whichever page it is in', async () => {
    const fixture = await createDeskFixture(folder);
    const desk = await fixture.open();
    desk.checkDatabase();
    await desk.store.close();
    const path = join(fixture.folder, 'desk.db');
    const whole = readFileSync(path);
    const pages = whole.length / 4096;
    expect(pages).toBeGreaterThan(20);
    const step = isEveryCase ? 1 : Math.ceil(pages / 12);
    for (let page = 0; page < pages; page += step) {
      const file = openSync(path, 'r+');
      const position = page * 4096 + (randomBytes(2).readUInt16BE() % 4096);
      writeSync(file, Buffer.from([(whole[position] ?? 0) ^ 0x10]), 0, 1, position);
      closeSync(file);
      const attempt = fixture.open().then(async (opened) => {
        try {
          opened.checkDatabase();
        } finally {
          await opened.store.close();
        }
      });
      await expect(attempt, `byte ${position}`).rejects.toMatchObject({ code: 'desk.storeDamaged' });
      rmSync(`${path}-wal`, { force: true });
      rmSync(`${path}-shm`, { force: true });
      writeFileSync(path, whole);
    }
  });
});
