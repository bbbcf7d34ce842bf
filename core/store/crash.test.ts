import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { DeskStore } from '../services/ports/store.ts';
import type { OpenDesk } from './open-desk.ts';
import { journalGenesis, journalHash } from './series-store.ts';
import { canMount, mountSmallDisk } from './small-disk-fixture.ts';
import { auditEntry, createDeskFixture, registerInput, seriesGrant, storedAttention } from './store-fixture.ts';
import type { DeskFixture } from './store-fixture.ts';

vi.setConfig({ testTimeout: 120_000 });

const { seriesId } = seriesGrant();
// Kills at every call: tests/faults.
const rounds = Number(process.env['VENTANILLA_KILL_ROUNDS'] ?? 1);
let parent = '';

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'ventanilla-crash-'));
});
afterEach(() => {
  rmSync(parent, { recursive: true, force: true });
});

/** What the officer was shown: records by sequence, and the deliveries that were noted. */
type Shown = { records: Map<number, Readonly<{ recordId: string; sha256: string }>>; delivered: Set<string> };

/** Runs the child until it has shown `lines` lines, then kills it somewhere in what it does next. */
async function runAndKill(fixture: DeskFixture, shown: Shown, lines: number): Promise<void> {
  const child = fork(fileURLToPath(new URL('./crash-child.ts', import.meta.url)), [], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => {
      resolve();
    });
  });
  let text = '';
  let count = 0;
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    count += part.split('\n').length - 1;
    if (count >= lines) child.kill('SIGKILL');
  });
  child.send({ folder: fixture.folder, recoveryKey: fixture.recoveryKey });
  await closed;
  expect(child.signalCode).toBe('SIGKILL');
  for (const line of text.split('\n').slice(0, -1)) {
    const [kind, ...words] = line.split(' ');
    if (kind === 'event') shown.delivered.add(words[0] ?? '');
    else {
      expect(shown.records.has(Number(words[0])), `number ${words[0]} shown twice`).toBe(false);
      shown.records.set(Number(words[0]), { recordId: words[1] ?? '', sha256: words[2] ?? '' });
    }
  }
}

/** Numbers 1..n without gap or repetition, the journal whole and chained; gives the records by sequence. */
function checkJournal(store: DeskStore): ReadonlyMap<number, string> {
  const records = new Map<number, string>();
  let previousHash = journalGenesis(seriesId);
  let sequence = 0;
  for (const entry of store.listEntriesAfter(seriesId, 0, 1_000_000)) {
    sequence += 1;
    expect([entry.sequence, entry.previousHash, entry.hash]).toEqual([
      sequence,
      previousHash,
      journalHash(previousHash, entry.body),
    ]);
    previousHash = entry.hash;
    const body: { kind: string; record: { sequence: number; recordId: string } } = JSON.parse(entry.body);
    if (body.kind === 'record') records.set(body.record.sequence, body.record.recordId);
  }
  expect(store.listSeries()).toMatchObject([{ lastSequence: records.size, lastJournalSequence: sequence }]);
  expect([...records.keys()]).toEqual(Array.from({ length: records.size }, (_value, index) => index + 1));
  return records;
}

async function checkShown(desk: OpenDesk, shown: Shown): Promise<void> {
  const records = checkJournal(desk.store);
  for (const [sequence, { recordId, sha256 }] of shown.records) {
    expect(records.get(sequence)).toBe(recordId);
    expect((await desk.blobs.get(sha256)).length).toBe(30_000);
    if (shown.delivered.has(recordId))
      expect(desk.store.findRecord(recordId)?.events).toMatchObject([{ type: 'delivered' }]);
  }
  expect(desk.verifyAudit()).toMatchObject({ result: 'intact' });
  desk.checkDatabase();
}

describe('a desk that is killed', () => {
  test('opens again with all that was shown, no number twice, none left out', async () => {
    const fixture = await createDeskFixture(parent);
    const first = await fixture.open();
    first.store.putSeries(seriesGrant());
    await first.store.close();
    const shown: Shown = { records: new Map(), delivered: new Set() };
    for (let round = 0; round < rounds; round += 1) {
      await runAndKill(fixture, shown, 5 + ((round * 37) % 90));
      const desk = await fixture.open();
      await checkShown(desk, shown);
      expect(readdirSync(join(fixture.folder, 'blobs', 'new'))).toEqual([]);
      await desk.store.close();
    }
    expect(shown.records.size).toBeGreaterThanOrEqual(rounds);
  });
});

describe('a full disk', () => {
  const canTry = canMount();

  if (!canTry) console.info('Not root, or mounting is not allowed: the full disk was not tried.');

  test.runIf(canTry)('stops the work, with all that was shown, and goes on when there is room', async () => {
    const small = mountSmallDisk(join(parent, 'small'), 3);
    try {
      const fixture = await createDeskFixture(small.folder);
      const desk = await fixture.open();
      desk.store.putSeries(seriesGrant());
      const shown: string[] = [];
      const registerOne = () => {
        const attention = storedAttention();
        desk.store.createAttention(attention, auditEntry);
        shown.push(desk.store.register(registerInput(attention.attentionId, seriesId)).recordId);
      };
      expect(() => {
        for (;;) registerOne();
      }).toThrow(expect.objectContaining({ code: 'desk.diskFull' }));
      expect(shown.length).toBeGreaterThan(5);
      expect([...checkJournal(desk.store).values()]).toEqual(shown);

      await expect(desk.blobs.put(new Uint8Array(randomBytes(4_000_000)), 'application/pdf')).rejects.toMatchObject({
        code: 'desk.diskFull',
      });
      expect(readdirSync(join(fixture.folder, 'blobs', 'new'))).toEqual([]);

      small.resize(12);
      registerOne();
      expect([...checkJournal(desk.store).values()]).toEqual(shown);
      const digest = await desk.blobs.put(new Uint8Array(randomBytes(1_000_000)), 'application/pdf');
      expect((await desk.blobs.get(digest)).length).toBe(1_000_000);
      await desk.store.close();
      const again = await fixture.open();
      expect([...checkJournal(again.store).values()]).toEqual(shown);
      expect(again.verifyAudit()).toMatchObject({ result: 'intact' });
      again.checkDatabase();
      await again.store.close();
    } finally {
      small.remove();
    }
  });
});
