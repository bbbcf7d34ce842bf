import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackupProgress } from '../../services/ports/backup.ts';
import { openDesk } from '../open-desk.ts';
import type { OpenDesk } from '../open-desk.ts';
import {
  auditEntry,
  createDeskFixture,
  registerInput,
  seriesGrant,
  storedAttention,
  testKeyWrapper,
} from '../store-fixture.ts';
import type { DeskFixture } from '../store-fixture.ts';
import { canMount, mountSmallDisk } from '../small-disk-fixture.ts';
import { copyNames } from './backup-format.ts';
import { restoreDesk } from './restore-desk.ts';

/* One desk, copied while it works, and made again elsewhere. */

let folder: string;
let disk: string;
let fixture: DeskFixture;
let desk: OpenDesk;
const contents: Uint8Array[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-backup-'));
  disk = join(folder, 'disk');
  mkdirSync(disk);
  fixture = await createDeskFixture(folder);
  desk = await fixture.open();
  desk.store.putSeries(seriesGrant());
  await addWork();
});
afterAll(async () => {
  await desk.store.close();
  rmSync(folder, { recursive: true });
});

async function addWork(): Promise<string> {
  const content = randomBytes(150_000);
  contents.push(content);
  await desk.blobs.put(content, 'application/pdf');
  const attention = storedAttention();
  desk.store.createAttention(attention, auditEntry);
  return desk.store.register(registerInput(attention.attentionId, seriesGrant().seriesId)).recordNumber;
}

const never = new AbortController().signal;
const backUp = (signal = never, report: (progress: BackupProgress) => void = () => undefined) =>
  desk.backUp({ folder: disk, signal, report });

function restore(name: string, change: Partial<Parameters<typeof restoreDesk>[0]> = {}) {
  const secret = { kind: 'keyWrapper' as const, keyWrapper: testKeyWrapper() };
  const to = join(folder, name);
  const { recoveryKey, clock } = fixture;
  const report = () => undefined;
  const options = { folder: disk, to, recoveryKey, secret, clock, signal: never, report, ...change };
  return { to, secret, summary: restoreDesk(options) };
}

const copiesFolder = () => join(disk, readdirSync(disk)[0] ?? '', 'copies');
const blobPaths = () => {
  const blobs = join(copiesFolder(), '..', 'blobs');
  return readdirSync(blobs, { recursive: true, encoding: 'utf8' })
    .filter((path) => /^[0-9a-f]{2}\/./u.test(path))
    .map((path) => join(blobs, path));
};

test('a copy made while records are written is the desk of one moment, with every file that it names', async () => {
  const steps = new Set<string>();
  const writes: Promise<string>[] = [];
  const summary = await backUp(never, ({ step }) => {
    steps.add(step);
    // The desk goes on meanwhile.
    if (writes.length < 3) writes.push(addWork());
  });
  await Promise.all(writes);
  expect(summary).toMatchObject({ fileCount: expect.any(Number) as number });
  expect([...steps]).toEqual(['database', 'files', 'finishing']);
  await addWork();
  const { to, secret, summary: restored } = restore('elsewhere');
  expect(await restored).toMatchObject({ damagedFiles: 0 });
  const other = await openDesk({ folder: to, secret, clock: fixture.clock });
  other.checkDatabase();
  expect(other.verifyAudit()).toMatchObject({ result: 'intact' });
  const found = await other.store.searchRecords({ text: '', fromDate: null, toDate: null, cursor: null, limit: 9 });
  expect(found.records.map(({ recordNumber }) => recordNumber)).toEqual(['O00009999e2603A00001']);
  expect(Buffer.from(contents[0] ?? []).equals(await other.blobs.get(digestOf(0)))).toBe(true);
  // Nobody knows how far the series had come: it numbers no more.
  expect(other.store.listSealedSeries()).toEqual([seriesGrant().seriesId]);
  expect(other.store.findRecovery()).toMatchObject({ cause: 'restored', entriesAt: null, finishedAt: null });
  await other.store.close();
  await expect(restore('elsewhere').summary).rejects.toMatchObject({ code: 'desk.alreadyOpen' });
  // No passphrase is to be guessed on a disk that was lost.
  expect(readFileSync(join(copiesFolder(), readdirSync(copiesFolder())[0] ?? '', 'key.json'), 'utf8')).not.toContain(
    'daily',
  );
});

function digestOf(index: number): string {
  const content = contents[index];
  if (content === undefined) throw new Error('no such content');
  return createHash('sha256').update(content).digest('hex');
}

test('a copy that is cancelled is none; the next one takes only what is new, and the oldest goes', async () => {
  const before = readdirSync(copiesFolder());
  const cancelled = new AbortController();
  const attempt = backUp(cancelled.signal, ({ step }) => {
    if (step === 'files') cancelled.abort();
  });
  await expect(attempt).rejects.toMatchObject({ code: 'request.cancelled' });
  expect(readdirSync(copiesFolder())).toEqual(before);
  await addWork();
  expect(await backUp()).toMatchObject({ fileCount: contents.length, freshCount: expect.any(Number) as number });
  expect(await backUp()).toMatchObject({ fileCount: contents.length, freshCount: 0 });
  await backUp();
  expect(readdirSync(copiesFolder())).toHaveLength(3);
});

test('a copy that was killed in the same second is not in the way of the next, which takes it away', async () => {
  const name = basename((await backUp()).folder).slice(0, 15);
  let count = 2;
  while (existsSync(join(copiesFolder(), `${name}-${count}`))) count += 1;
  const killed = join(copiesFolder(), `${name}-${count}`);
  mkdirSync(killed);
  writeFileSync(join(killed, `${copyNames.database}.new`), 'half');
  await backUp();
  expect(existsSync(killed)).toBe(false);
});

test('a file that was damaged in the copy is left out and counted; a damaged database or manifest is not used', async () => {
  const [first = ''] = blobPaths();
  const sound = readFileSync(first);
  writeFileSync(first, Buffer.concat([sound.subarray(0, -1), Buffer.from([0])]));
  expect(await restore('one-damaged').summary).toMatchObject({ damagedFiles: 1 });
  writeFileSync(first, sound);

  const newest = join(copiesFolder(), readdirSync(copiesFolder()).toSorted().at(-1) ?? '');
  for (const [name, position] of [
    ['desk.db', 5_000],
    ['files.txt', 70],
  ] as const) {
    const path = join(newest, name);
    const whole = readFileSync(path);
    const changed = Buffer.from(whole);
    changed[position] = (changed[position] ?? 0) ^ 1;
    writeFileSync(path, changed);
    const { to, summary } = restore(`damaged-${name}`, { folder: newest });
    await expect(summary).rejects.toMatchObject({ code: 'backup.damaged' });
    expect(existsSync(join(to, 'key.json'))).toBe(false);
    writeFileSync(path, whole);
    // What was left half made is made again.
    await restore(`damaged-${name}`, { folder: newest }).summary;
  }
  const manifest = join(newest, 'copy.json');
  const text = readFileSync(manifest, 'utf8');
  writeFileSync(manifest, text.replace(/"createdAt":"2026/u, '"createdAt":"2027'));
  await expect(restore('forged', { folder: newest }).summary).rejects.toMatchObject({ code: 'backup.damaged' });
  writeFileSync(manifest, text);
});

test('another recovery key, a folder without copies, and folders that cannot take one', async () => {
  const other = await createDeskFixture(folder);
  const wrong = restore('wrong-key', { recoveryKey: other.recoveryKey });
  await expect(wrong.summary).rejects.toMatchObject({ code: 'desk.recoveryKeyIncorrect' });
  const nowhere = restore('nowhere', { folder });
  await expect(nowhere.summary).rejects.toMatchObject({ code: 'backup.notFound' });
  for (const [target, code] of [
    [fixture.folder, 'backup.targetInvalid'],
    [join(fixture.folder, 'blobs'), 'backup.targetInvalid'],
    ['disk', 'backup.targetInvalid'],
    [join(folder, 'unplugged'), 'backup.targetGone'],
    ['/dev/full/x', 'backup.targetGone'],
  ] as const) {
    const attempt = desk.backUp({ folder: target, signal: never, report: () => undefined });
    await expect(attempt).rejects.toMatchObject({ code });
  }
});

describe('a disk of copies', () => {
  const canTry = canMount();

  if (!canTry) console.info('Not root, or mounting is not allowed: no disk of copies was filled or pulled.');

  test.runIf(canTry)(
    'that is full, or pulled while a file is copied, gives no copy; with room and plugged in it does',
    async () => {
      const small = mountSmallDisk(join(folder, 'small'), 1);
      try {
        const attempt = (report: (progress: BackupProgress) => void = () => undefined) =>
          desk.backUp({ folder: small.folder, signal: never, report });
        for (let count = 0; count < 8; count += 1) await addWork();
        await expect(attempt()).rejects.toMatchObject({ code: 'backup.targetFull' });
        small.resize(12);
        const pulled = attempt(({ step, done }) => {
          if (step === 'files' && done === 2) small.pull();
        });
        await expect(pulled).rejects.toMatchObject({ code: 'backup.targetGone' });
        // Nothing went to the desk's own disk in its place.
        expect(readdirSync(small.folder)).toEqual([]);
      } finally {
        small.remove();
      }
      const other = mountSmallDisk(join(folder, 'other'), 12);
      try {
        const summary = await desk.backUp({ folder: other.folder, signal: never, report: () => undefined });
        expect(summary).toMatchObject({ fileCount: contents.length, freshCount: contents.length });
      } finally {
        other.remove();
      }
    },
  );
});
