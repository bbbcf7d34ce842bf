import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { findPostgres, startPostgres } from '../../central/testing/postgresql.ts';
import type { PostgresCluster } from '../../central/testing/postgresql.ts';
import { runLiarCampaign } from './liar-campaign.ts';
import { runLineCampaign } from './line-campaign.ts';
import { canMountDisk } from './own-disk.ts';
import { runPowerCampaign } from './power-campaign.ts';
import { makePrograms } from './programs.ts';
import type { Programs } from './programs.ts';

vi.setConfig({ testTimeout: 300_000 });

/* A short run of `npm run faults`, with seeds of its own. */

const postgres = findPostgres();
if (postgres === null) console.info('No PostgreSQL: desk and centre were not tried together.');
let folder = '';
let programs: Programs;
let cluster: PostgresCluster | null = null;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-faults-test-'));
  programs = await makePrograms(folder);
  cluster = postgres === null ? null : await startPostgres(postgres);
});
afterAll(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
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
