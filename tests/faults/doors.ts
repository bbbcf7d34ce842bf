import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runHostile } from '../../central/testing/hostile/hostile-run.ts';
import { findPostgres, startPostgres } from '../../central/testing/postgresql.ts';

/*
 * `npm run faults -- doors [--rounds N] [--seed S] [--embedded]`: hostile requests at the doors of a centre on PostgreSQL,
 * where that is installed. Ends with what was found, one line each, and exit code 1 if anything was.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    embedded: { type: 'boolean', default: false },
  },
});
const [rounds, seed] = [Number(values.rounds), Number(values.seed)];
// No round at all finds nothing, and would look like a run that found nothing.
if (!Number.isInteger(rounds) || rounds < 1 || !Number.isInteger(seed)) {
  process.stderr.write('Uso: npm run faults -- doors [--rounds N] [--seed S] [--embedded]\n');
  process.exit(2);
}
const binaries = values.embedded ? null : findPostgres();
const cluster = binaries === null ? null : await startPostgres(binaries);
const dataFolder = mkdtempSync(join(tmpdir(), 'ventanilla-doors-'));
try {
  const report = await runHostile({
    rounds,
    seed,
    dataFolder,
    databaseUrl: (await cluster?.createDatabase()) ?? null,
    onProgress: (round) => process.stdout.write(`${round} peticiones\n`),
  });
  const { findings, ...figures } = report;
  process.stdout.write(`${JSON.stringify({ on: cluster === null ? 'PGlite' : 'PostgreSQL', ...figures }, null, 2)}\n`);
  for (const finding of findings) process.stdout.write(`${finding}\n`);
  process.stdout.write(`${findings.length} hallazgos\n`);
  process.exitCode = findings.length === 0 ? 0 : 1;
} finally {
  await cluster?.stop();
  rmSync(dataFolder, { recursive: true, force: true });
}
