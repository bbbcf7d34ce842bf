import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { findPostgres, startPostgres } from '../../central/testing/postgresql.ts';
import { runCampaign } from './campaign.ts';
import { compileIoFault, compilePowerCut } from './compiled.ts';
import { canCutPower, runPowerCuts } from './power-cuts.ts';

vi.setConfig({ testTimeout: 300_000 });

/* A short run of `npm run faults`, with seeds of its own. */

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-faults-test-'));
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
    const ioFaultLibrary = compileIoFault(folder);
    const result = await runCampaign({ seed: 20_261_129, rounds: 3, databaseUrl, ioFaultLibrary });
    expect(result.problems).toEqual([]);
    expect(result.shown).toBeGreaterThan(5);
    expect(result.lineFaults.size).toBeGreaterThan(1);
  } finally {
    await cluster.stop();
  }
});

const isRoot = canCutPower();
if (!isRoot) console.info('Not root, or mounting is not allowed: no power was cut.');

test.runIf(isRoot)('a desk whose power is cut has all that was shown', async () => {
  const result = await runPowerCuts({ seed: 7, rounds: 2, powerCutProgram: compilePowerCut(folder) });
  expect(result.problems).toEqual([]);
  expect(result.shown).toBeGreaterThanOrEqual(2);
});
