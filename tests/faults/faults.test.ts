import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { findPostgres, startPostgres } from '../../central/testing/postgresql.ts';
import { runLineCampaign } from './line-campaign.ts';
import { canMountDisk } from './own-disk.ts';
import { runPowerCampaign } from './power-campaign.ts';
import { makePrograms } from './programs.ts';
import type { Programs } from './programs.ts';

vi.setConfig({ testTimeout: 300_000 });

/* A short run of `npm run faults`, with seeds of its own. */

let folder = '';
let programs: Programs;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-faults-test-'));
  programs = await makePrograms(folder);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const postgres = findPostgres();
if (postgres === null) console.info('No PostgreSQL: desk and centre were not killed together.');

test.runIf(postgres !== null)('a desk and a centre that are killed, on a line that fails, lose nothing', async () => {
  const cluster = await startPostgres(postgres ?? '');
  try {
    const databaseUrl = await cluster.createDatabase();
    const result = await runLineCampaign({ seed: 20_261_129, rounds: 3, databaseUrl, programs });
    expect(result.problems).toEqual([]);
    expect(result.shown).toBeGreaterThan(5);
    expect(Object.keys(result.faults).length).toBeGreaterThan(3);
  } finally {
    await cluster.stop();
  }
});

const isRoot = canMountDisk();
if (!isRoot) console.info('Not root, or mounting is not allowed: no power was cut.');

test.runIf(isRoot)('a desk whose power is cut has all that was shown', async () => {
  const result = await runPowerCampaign({ seed: 7, rounds: 2, programs });
  expect(result.problems).toEqual([]);
  expect(result.shown).toBeGreaterThanOrEqual(2);
});
