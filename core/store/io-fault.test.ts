import { execFileSync, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { journalBodySchema } from '../contract/sync-protocol.ts';
import { createDeskFixture, seriesGrant } from './store-fixture.ts';

vi.setConfig({ testTimeout: 1_200_000 });

const { seriesId } = seriesGrant();
let parent = '';
let library = '';

beforeAll(() => {
  parent = mkdtempSync(join(tmpdir(), 'ventanilla-io-fault-'));
  library = join(parent, 'io-fault.so');
  execFileSync('cc', [
    '-shared',
    '-fPIC',
    '-O1',
    '-o',
    library,
    fileURLToPath(new URL('./io-fault.c', import.meta.url)),
    '-ldl',
  ]);
});
afterAll(() => {
  rmSync(parent, { recursive: true, force: true });
});

async function runChild(
  folder: string,
  recoveryKey: string,
  environment: NodeJS.ProcessEnv,
): Promise<Readonly<{ shown: string; faults: number }>> {
  const child = fork(fileURLToPath(new URL('./io-fault-child.ts', import.meta.url)), [], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...environment },
  });
  let shown = '';
  let told = '';
  child.stdout?.setEncoding('utf8').on('data', (part: string) => (shown += part));
  child.stderr?.setEncoding('utf8').on('data', (part: string) => (told += part));
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  child.send({ folder, recoveryKey });
  expect(await closed, told).toBe(0);
  return { shown, faults: told.split('fault\n').length - 1 };
}

// Every step up to the given one, for a long run by hand.
const sweep = Number(process.env['VENTANILLA_FAULT_STEPS'] ?? 0);

// A step is one changing call to the kernel; ten citizens make about two hundred of them.
test.each([
  ['eio', [4, 33]],
  ['enospc', [22, 61]],
  ['late', [20, 59]],
] as const)('a disk that fails once (%s) loses nothing and repeats nothing that was shown', async (mode, chosen) => {
  const steps = sweep > 0 ? Array.from({ length: sweep }, (_value, index) => index + 1) : chosen;
  let faults = 0;
  for (const step of steps) {
    const fixture = await createDeskFixture(parent);
    const first = await fixture.open();
    first.store.putSeries(seriesGrant());
    await first.store.close();
    const environment = {
      LD_PRELOAD: library,
      IO_FAULT: mode,
      IO_FAULT_AT: String(step),
      IO_FAULT_FOLDER: fixture.folder,
    };
    const outcome = await runChild(fixture.folder, fixture.recoveryKey, environment);
    faults += outcome.faults;

    const desk = await fixture.open();
    const records = desk.store
      .listEntriesAfter(seriesId, 0, 1000)
      .map((entry) => journalBodySchema.parse(JSON.parse(entry.body)))
      .flatMap((body) =>
        body.kind === 'record'
          ? [`${body.record.sequence} ${body.record.recordId} ${body.record.documents[0]?.sha256}`]
          : [],
      );
    const lines = outcome.shown.split('\n').filter((line) => line.startsWith('record '));
    expect(
      lines.map((line) => line.slice('record '.length)),
      `${mode} at ${step}: ${outcome.shown}`,
    ).toEqual(records);
    expect(records.map((line) => z.coerce.number().parse(line.split(' ')[0]))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    const told = outcome.shown.match(/error .*/gu) ?? [];
    expect(told.filter((line) => !/^error desk\.(?:commitUncertain|diskFull|storeDamaged)$/u.test(line))).toEqual([]);
    for (const line of lines) expect((await desk.blobs.get(line.split(' ')[3] ?? '')).length).toBe(30_000);
    expect(desk.verifyAudit()).toMatchObject({ result: 'intact' });
    desk.checkDatabase();
    await desk.store.close();
    fixture.remove();
  }
  // Some step is past what this run needed.
  expect(faults).toBeGreaterThanOrEqual(Math.min(steps.length - 1, 90));
});
