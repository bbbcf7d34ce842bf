import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { findPostgres, startPostgres } from '../../central/testing/postgresql.ts';
import { runCampaign } from './campaign.ts';
import { compileIoFault, compilePowerCut } from './compiled.ts';
import { canCutPower, runPowerCuts } from './power-cuts.ts';

const root = join(import.meta.dirname, '..', '..');
const kinds = ['line', 'power', 'disk'] as const;
const usage = `Uso: npm run faults -- --rounds N [opciones]

  --rounds N       rondas de cada clase; cada una acaba con el puesto muerto o sin luz, y se comprueba todo
  --kinds LISTA    line (puesto y centro que mueren, línea que falla; pide PostgreSQL),
                   power (cortes de luz; pide root), disk (errores del disco). Por omisión, todas
  --seed N         primera semilla; por omisión, la que sigue a las ya hechas
  --tally ARCHIVO  cuenta de lo hecho, que se va sumando (test-results/faults/tally.json)`;

const tallySchema = z.strictObject({
  nextSeed: z.int(),
  deskKills: z.int(),
  centreKills: z.int(),
  powerCuts: z.int(),
  lineFaults: z.record(z.string(), z.int()),
  shown: z.int(),
  problems: z.array(z.string()),
});
type Tally = z.infer<typeof tallySchema>;

type Added = Readonly<Omit<Tally, 'nextSeed' | 'problems'> & { problems: readonly string[] }>;
const noFaults = { deskKills: 0, centreKills: 0, powerCuts: 0, lineFaults: {}, shown: 0 };

// What one desk goes through before another takes its place, so that comparing stays cheap.
const roundsOfCampaign = 20;

process.exitCode = await main();

async function main(): Promise<number> {
  const options = readOptions();
  if (options === null) {
    console.error(usage);
    return 2;
  }
  const folder = mkdtempSync(join(tmpdir(), 'ventanilla-faults-run-'));
  try {
    let isFine = true;
    if (options.kinds.has('line')) isFine = (await runLine(options, folder)) && isFine;
    if (options.kinds.has('power')) isFine = (await runPower(options, folder)) && isFine;
    if (options.kinds.has('disk')) isFine = runDisk(options.rounds) && isFine;
    const { problems, ...tally } = readTally(options.tally);
    console.log(`En total, con las veces anteriores: ${JSON.stringify(tally)}; problemas: ${problems.length}`);
    return isFine && problems.length === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Options = Readonly<{
  rounds: number;
  kinds: ReadonlySet<(typeof kinds)[number]>;
  seed: number | null;
  tally: string;
}>;

function readOptions(): Options | null {
  try {
    const { values } = parseArgs({
      options: {
        rounds: { type: 'string', default: '20' },
        kinds: { type: 'string', default: kinds.join(',') },
        seed: { type: 'string' },
        tally: { type: 'string', default: join(root, 'test-results', 'faults', 'tally.json') },
      },
    });
    const rounds = Number(values.rounds);
    const seed = values.seed === undefined ? null : Number(values.seed);
    const asked = values.kinds.split(',');
    const known = kinds.filter((kind) => asked.includes(kind));
    const isSound =
      Number.isInteger(rounds) &&
      rounds > 0 &&
      (seed === null || Number.isInteger(seed)) &&
      known.length === asked.length;
    return isSound ? { rounds, kinds: new Set(known), seed, tally: resolve(values.tally) } : null;
  } catch {
    return null;
  }
}

async function runLine(options: Options, folder: string): Promise<boolean> {
  const binaries = findPostgres();
  if (binaries === null) {
    console.log('Sin PostgreSQL: no se han matado el puesto y el centro.');
    return true;
  }
  const cluster = await startPostgres(binaries);
  try {
    const ioFaultLibrary = compileIoFault(folder);
    return await eachCampaign(options, async (seed, rounds) => {
      const databaseUrl = await cluster.createDatabase();
      const result = await runCampaign({ seed, rounds, databaseUrl, ioFaultLibrary });
      const lineFaults = Object.fromEntries(result.lineFaults);
      const faults = [...result.lineFaults.values()].reduce((sum, count) => sum + count, 0);
      tell(
        `puesto muerto ${result.deskKills} veces, centro ${result.centreKills}, línea ${faults}`,
        seed,
        rounds,
        'line',
        result,
      );
      return { ...noFaults, ...result, lineFaults };
    });
  } finally {
    await cluster.stop();
  }
}

async function runPower(options: Options, folder: string): Promise<boolean> {
  if (!canCutPower()) {
    console.log('Sin permiso para montar un disco propio: no se ha cortado la luz.');
    return true;
  }
  const powerCutProgram = compilePowerCut(folder);
  return eachCampaign(options, async (seed, rounds) => {
    const result = await runPowerCuts({ seed, rounds, powerCutProgram });
    tell(`${result.powerCuts} cortes de luz`, seed, rounds, 'power', result);
    return { ...noFaults, ...result };
  });
}

/** The store's own tests: one error at each of so many changes to the disk, a full disk, kills without a centre. */
function runDisk(rounds: number): boolean {
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

/** Campaigns until the rounds are done; each is in the tally before the next begins. */
async function eachCampaign(options: Options, run: (seed: number, rounds: number) => Promise<Added>): Promise<boolean> {
  let { seed } = options;
  for (let left = options.rounds; left > 0; left -= roundsOfCampaign) {
    const tally = readTally(options.tally);
    const current = seed ?? tally.nextSeed;
    if (seed !== null) seed += 1;
    const added = await run(current, Math.min(left, roundsOfCampaign));
    writeTally(options.tally, {
      nextSeed: Math.max(tally.nextSeed, current + 1),
      deskKills: tally.deskKills + added.deskKills,
      centreKills: tally.centreKills + added.centreKills,
      powerCuts: tally.powerCuts + added.powerCuts,
      lineFaults: sum(tally.lineFaults, added.lineFaults),
      shown: tally.shown + added.shown,
      problems: [...tally.problems, ...added.problems.map((problem) => `semilla ${current}: ${problem}`)],
    });
    if (added.problems.length > 0) return false;
  }
  return true;
}

function tell(
  faults: string,
  seed: number,
  rounds: number,
  kind: string,
  { shown, problems }: Readonly<{ shown: number; problems: readonly string[] }>,
): void {
  const verdict = problems.length === 0 ? 'nada perdido' : `PROBLEMAS: ${problems.slice(0, 5).join('; ')}`;
  console.log(`Semilla ${seed}: ${faults}; ${shown} asientos enseñados; ${verdict}`);
  if (problems.length > 0)
    console.log(`  Se repite con: npm run faults -- --kinds ${kind} --seed ${seed} --rounds ${rounds}`);
}

function sum(one: Readonly<Record<string, number>>, other: Readonly<Record<string, number>>): Record<string, number> {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...names].map((name) => [name, (one[name] ?? 0) + (other[name] ?? 0)]));
}

function readTally(path: string): Tally {
  try {
    return tallySchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return { ...noFaults, nextSeed: 1, problems: [] };
  }
}

function writeTally(path: string, tally: Tally): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, `${JSON.stringify(tally, null, 2)}\n`);
  renameSync(`${path}.new`, path);
}
