import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { findPostgres, startPostgres } from '../../central/testing/postgresql.ts';
import type { PostgresCluster } from '../../central/testing/postgresql.ts';
import { seededRandom } from '../../core/documents/signing/testing/mutations.ts';
import { receiving } from './centre-scene.ts';
import { copying } from './copy-scene.ts';
import { creating } from './creation-scene.ts';
import { runLiarCampaign } from './liar-campaign.ts';
import { runLineCampaign } from './line-campaign.ts';
import { canMountDisk } from './own-disk.ts';
import { runPowerCampaign } from './power-campaign.ts';
import { makePrograms } from './programs.ts';
import type { Programs } from './programs.ts';
import type { RecordedStep } from './recorded-calls.ts';
import { readRecording, record } from './recording.ts';
import type { Scene } from './recording.ts';
import { diesOfItsLog, registering } from './register-scene.ts';
import { sending } from './send-scene.ts';
import { scanning } from './scan-scene.ts';
import { checkStates, killed, makeStatesFolder, powerless, unsynced } from './state-campaign.ts';
import type { Way } from './state-campaign.ts';

vi.setConfig({ testTimeout: 300_000 });

/* A short run of `npm run faults`, with seeds of its own. */

const postgres = findPostgres();
if (postgres === null) console.info('No PostgreSQL: desk and centre were not tried together.');
let folder = '';
const folders: string[] = [];
let programs: Programs;
let cluster: PostgresCluster | null = null;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-faults-test-'));
  programs = await makePrograms(folder);
  cluster = postgres === null ? null : await startPostgres(postgres);
});
afterAll(async () => {
  await cluster?.stop();
  for (const each of [folder, ...folders]) rmSync(each, { recursive: true, force: true });
});

const createDatabase = async () => (await cluster?.createDatabase()) ?? '';

test.runIf(postgres !== null)('a desk and a centre that are killed, on a line that fails, lose nothing', async () => {
  const databaseUrl = await createDatabase();
  const result = await runLineCampaign({ seed: 20_261_129, rounds: 2, databaseUrl, programs });
  expect(result.problems).toEqual([]);
  expect(result.shown).toBeGreaterThan(3);
  expect(Object.keys(result.faults).length).toBeGreaterThan(3);
});

test.runIf(postgres !== null)(
  'a centre that forgets is sent everything again; who invents a cursor changes nothing',
  async () => {
    const databaseUrl = await createDatabase();
    const result = await runLiarCampaign({ seed: 449, rounds: 2, databaseUrl, programs });
    expect(result.problems).toEqual([]);
    expect(Object.keys(result.faults)).toEqual(['forgets', 'cursorAhead']);
  },
);

const isRoot = canMountDisk();
if (!isRoot) console.info('Not root, or mounting is not allowed: no power was cut.');

test.runIf(isRoot)('a desk whose power is cut has all that was shown', async () => {
  const result = await runPowerCampaign({ seed: 7, rounds: 1, programs });
  expect(result.problems).toEqual([]);
  expect(result.shown).toBeGreaterThanOrEqual(1);
});

type Made = Readonly<{
  outcome: Awaited<ReturnType<typeof record>>;
  steps: readonly RecordedStep[];
  /** What is wrong in states of the recording, or of some of its steps. */
  check: (order: Readonly<{ way: Way; steps: readonly RecordedStep[]; rounds: number }>) => Promise<readonly string[]>;
}>;

async function makeRecording(scene: Scene, seed: number, faults = scene.kills): Promise<Made> {
  const parent = makeStatesFolder();
  folders.push(parent);
  const place = join(parent, 'recording');
  const outcome = await record(programs, place, seededRandom(seed), scene, faults);
  const recording = readRecording(place);
  return {
    outcome,
    steps: recording.steps,
    check: async ({ way, steps, rounds }) =>
      (await checkStates({ ...recording, steps }, scene, way, { seed: 11, rounds, state: null, programs, parent }))
        .problems,
  };
}

/** One recording for the tests of a group. */
function useRecording(scene: Scene, seed: number): () => Made {
  let made: Made | null = null;
  beforeAll(async () => {
    made = await makeRecording(scene, seed);
  });
  return () => made ?? expect.unreachable('nothing was recorded');
}

describe('a recorded desk', () => {
  const made = useRecording(registering, 3);
  const check = (way: Way, steps: readonly RecordedStep[], rounds: number) => made().check({ way, steps, rounds });

  test('leaves, killed for real, what the recording says', () => {
    expect(made().outcome).toEqual({ kills: 1, problems: [] });
  });

  test('has all that was shown, killed at whichever call', async () => {
    expect(await check(killed, made().steps, 20)).toEqual([]);
  });

  test('has all that was shown, whatever a power cut takes of what was not synced', async () => {
    expect(await check(powerless, made().steps, 20)).toEqual([]);
  });

  test('has all that was shown after a sync of its log failed, though what had been written could be read', async () => {
    const unsyncedDesk = await makeRecording(registering, 5, diesOfItsLog);
    expect(unsyncedDesk.outcome).toEqual({ kills: 1, problems: [] });
    expect(await unsyncedDesk.check({ way: unsynced, steps: unsyncedDesk.steps, rounds: 8 })).toEqual([]);
  });

  test('is found out when it says too early what is durable', async () => {
    const said = made().steps.filter(({ kind }) => kind === 'said');
    const steps = made().steps.filter(({ kind }) => kind !== 'said');
    expect(await check(killed, [...said, ...steps], 4)).not.toEqual([]);
  });

  test('is found out when it does not sync what it says', async () => {
    expect(
      await check(
        powerless,
        made().steps.filter(({ kind }) => kind !== 'sync'),
        6,
      ),
    ).not.toEqual([]);
  });
});

describe.each([
  { name: 'a desk that is created', scene: creating, kind: 'rename', path: /key\.json\.new$/u },
  { name: 'a desk that scans', scene: scanning, kind: 'unlink', path: /arrived-page-\d$/u },
  { name: 'a desk that is copied', scene: copying, kind: 'rename', path: /\/copies\/.*\.new$/u },
  { name: 'a desk whose files end', scene: sending, kind: 'unlink', path: /^desk\/blobs\/[0-9a-f]{2}\//u },
  { name: 'a centre that takes files', scene: receiving, kind: 'rename', path: /\/partial\/new-/u },
])('$name', ({ scene, kind, path }) => {
  const made = useRecording(scene, 6);
  const check = (way: Way, steps: readonly RecordedStep[], rounds: number) => made().check({ way, steps, rounds });

  test('keeps what was said, killed at whichever call and without power at whichever moment', async () => {
    expect(made().outcome).toEqual({ kills: 1, problems: [] });
    expect(made().steps.some((step) => step.kind === kind && 'path' in step && path.test(step.path))).toBe(true);
    expect(await check(killed, made().steps, 10)).toEqual([]);
    expect(await check(powerless, made().steps, 20)).toEqual([]);
  });

  test('is found out when it does not sync what it says', async () => {
    const steps = made().steps.filter(({ kind }) => kind !== 'sync');
    expect(await check(powerless, steps, 8)).not.toEqual([]);
  });
});
