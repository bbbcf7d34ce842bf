import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { findPostgres, startPostgres } from '../../central/testing/postgresql.ts';
import type { PostgresCluster } from '../../central/testing/postgresql.ts';
import type { CampaignResult, StatePoint } from './campaign.ts';
import { kindNames, kinds } from './kinds.ts';
import type { Kind, KindName } from './kinds.ts';
import { canMountDisk } from './own-disk.ts';
import { makePrograms } from './programs.ts';
import type { Programs } from './programs.ts';
import { addToTally, readTally, tallyOf } from './tally.ts';

const root = join(import.meta.dirname, '..', '..');
// The store's own tests, which count their rounds themselves.
const storeTests = 'disk';
const allKinds = [...kindNames, storeTests] as const;
const usage = `Uso: npm run faults -- --rounds N [opciones]

  --rounds N       rondas de cada clase; después de cada una se compara todo con lo que se enseñó
  --kinds LISTA    clases, separadas por comas. Por omisión, todas:
${kindNames.map((name) => `                   ${name.padEnd(11)} ${kinds[name].help}`).join('\n')}
                   disk        errores de cada escritura, disco lleno
  --seed N         primera semilla; por omisión, la que sigue a las ya hechas de cada clase
  --state N.V      en crashpoints, lostwrites y failedsyncs, solo el estado N.V
  --tally ARCHIVO  cuenta de lo hecho, que se va sumando (test-results/faults/tally.json)`;

process.exitCode = await main();

type Options = Readonly<{
  rounds: number;
  kinds: ReadonlySet<(typeof allKinds)[number]>;
  seed: number | null;
  state: StatePoint | null;
  tally: string;
}>;

async function main(): Promise<number> {
  const options = readOptions();
  if (options === null) {
    console.error(usage);
    return 2;
  }
  let isFine = true;
  const asked = kindNames.filter((name) => options.kinds.has(name));
  if (asked.length > 0) isFine = await runCampaigns(options, asked);
  if (options.kinds.has(storeTests)) isFine = runStoreTests(options.rounds) && isFine;
  const { kinds: done, problems } = readTally(options.tally);
  console.log(`En total, con las veces anteriores: ${JSON.stringify(done)}; problemas: ${problems.length}`);
  return isFine && problems.length === 0 ? 0 : 1;
}

function readOptions(): Options | null {
  try {
    const { values } = parseArgs({
      options: {
        rounds: { type: 'string', default: '20' },
        kinds: { type: 'string', default: allKinds.join(',') },
        seed: { type: 'string' },
        state: { type: 'string' },
        tally: { type: 'string', default: join(root, 'test-results', 'faults', 'tally.json') },
      },
    });
    const rounds = Number(values.rounds);
    const seed = values.seed === undefined ? null : Number(values.seed);
    const state = values.state === undefined ? null : readStatePoint(values.state);
    const asked = values.kinds.split(',');
    const known = allKinds.filter((kind) => asked.includes(kind));
    const isSound =
      Number.isInteger(rounds) &&
      rounds > 0 &&
      (seed === null || Number.isInteger(seed)) &&
      known.length === asked.length;
    return isSound ? { rounds, kinds: new Set(known), seed, state, tally: resolve(values.tally) } : null;
  } catch {
    return null;
  }
}

function readStatePoint(text: string): StatePoint {
  const [steps, variant] = z.tuple([z.coerce.number().int(), z.coerce.number().int()]).parse(text.split('.'));
  return { steps, variant };
}

async function runCampaigns(options: Options, asked: readonly KindName[]): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), 'ventanilla-faults-run-'));
  const isNeeded = (what: Kind['needs']): boolean => asked.some((name) => kinds[name].needs === what);
  const binaries = isNeeded('postgresql') ? findPostgres() : null;
  const hasDisk = isNeeded('disk') && canMountDisk();
  const cluster = binaries === null ? null : await startPostgres(binaries);
  try {
    const programs = await makePrograms(folder);
    let isFine = true;
    for (const name of asked) {
      if (kinds[name].needs === 'postgresql' && cluster === null) console.log(`${name}: falta PostgreSQL, no se hace.`);
      else if (kinds[name].needs === 'disk' && !hasDisk) console.log(`${name}: sin permiso para montar un disco.`);
      else isFine = (await runKind(options, name, programs, cluster)) && isFine;
    }
    return isFine;
  } finally {
    await cluster?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Campaigns until the rounds are done; each is in the tally before the next begins. */
async function runKind(
  options: Options,
  name: KindName,
  programs: Programs,
  cluster: PostgresCluster | null,
): Promise<boolean> {
  const { needs, roundsOfCampaign, run } = kinds[name];
  let seed = options.seed ?? tallyOf(readTally(options.tally), name).nextSeed;
  for (let left = options.rounds; left > 0; left -= roundsOfCampaign, seed += 1) {
    const rounds = Math.min(left, roundsOfCampaign);
    const databaseUrl = needs === 'postgresql' && cluster !== null ? await cluster.createDatabase() : '';
    const recordings = join(dirname(options.tally), 'recordings');
    const result = await run({ seed, rounds, databaseUrl, programs, recordings, state: options.state });
    addToTally(options.tally, name, seed, rounds, result);
    tell(name, seed, rounds, result);
    if (result.problems.length > 0) return false;
  }
  return true;
}

/** One error at each of so many changes to the disk, a full disk, kills without a centre. */
function runStoreTests(rounds: number): boolean {
  const files = ['core/store/crash.test.ts', 'core/store/io-fault.test.ts'];
  const result = spawnSync(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--config',
      'scripts/vitest.config.mjs',
      '--testTimeout=86400000',
      ...files,
    ],
    {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, VENTANILLA_KILL_ROUNDS: String(rounds), VENTANILLA_FAULT_STEPS: String(rounds) },
    },
  );
  return result.status === 0;
}

function tell(name: KindName, seed: number, rounds: number, { faults, shown, problems }: CampaignResult): void {
  const counted = Object.entries(faults).map(([fault, count]) => `${fault} ${count}`);
  const verdict = problems.length === 0 ? 'nada perdido' : `PROBLEMAS: ${problems.slice(0, 5).join('; ')}`;
  console.log(`${name}, semilla ${seed}: ${counted.join(', ')}; ${shown} asientos enseñados; ${verdict}`);
  if (problems.length > 0)
    console.log(`  Se repite con: npm run faults -- --kinds ${name} --seed ${seed} --rounds ${rounds}`);
}
