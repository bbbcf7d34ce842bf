import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { speakWithProcess, startCentreProcess } from '../centre-process.ts';
import type { CentreProcess } from '../centre-process.ts';
import { drawAttack } from './attacks.ts';
import type { Attack } from './attacks.ts';
import { prepareHostileWorld } from './hostile-world.ts';
import type { HostileWorld } from './hostile-world.ts';
import { createDraw } from './random.ts';
import { sendRaw } from './raw-request.ts';
import type { RawAnswer } from './raw-request.ts';

export type HostileReport = Readonly<{
  rounds: number;
  /** What should not be, one line each. */
  findings: readonly string[];
  /** Answers by status. */
  statuses: Readonly<Record<string, number>>;
  attacks: Readonly<Record<string, number>>;
  /** Resident memory of the centre after a tenth of the rounds and after the last one. */
  memoryMebibytes: readonly [number, number];
}>;

export type HostileRun = Readonly<{
  rounds: number;
  seed: number;
  dataFolder: string;
  /** Null: the embedded database. */
  databaseUrl: string | null;
  onProgress?: (round: number) => void;
}>;

/** What tells of the machine or the program, and is nobody's business. */
const tellTales = [
  /node_modules/u,
  /node:internal/u,
  /\n? {4}at /u,
  /\.ts\b/u,
  /\b(?:SELECT|INSERT|UPDATE) /u,
  /\b(?:postgres|pglite|fastify|FST_|zod)/iu,
  /<script/iu,
  /root:.*:0:0:/u,
  /PRIVATE KEY/u,
];
const silenceMs = 250;
const mostWaiting = 40;
const mostMemoryGrowthMebibytes = 200;

/**
 * Attacks the centre, a process of its own, from outside, and looks at every answer, at the log, at what is stored and at
 * the memory. The same seed draws the same attacks.
 */
export async function runHostile(run: HostileRun): Promise<HostileReport> {
  const database = run.databaseUrl === null ? [] : ['--database-url', run.databaseUrl];
  // Behind a proxy each attack may come from somewhere else, so that the limits do not stop them all at the door.
  const exchange = ['--exchange', join(run.dataFolder, 'exchange')];
  const centre = startCentreProcess(run.dataFolder, '--behind-proxy', '--verbose', ...exchange, ...database);
  try {
    const spoken = await speakWithProcess(centre);
    const port = Number(new URL(spoken.url).port);
    const world = await prepareHostileWorld(spoken, async (bytes) => (await sendRaw(port, [bytes])).statuses);
    return await attack(run, centre, world);
  } finally {
    await centre.end('SIGTERM');
  }
}

async function attack(run: HostileRun, centre: CentreProcess, world: HostileWorld): Promise<HostileReport> {
  const { rounds, seed, dataFolder, databaseUrl } = run;
  const draw = createDraw(seed);
  const findings: string[] = [];
  const statuses: Record<string, number> = {};
  const attacks: Record<string, number> = {};
  const before = await fingerprint(dataFolder, databaseUrl, world);
  const waiting: Promise<void>[] = [];
  let memoryEarly = 0;
  for (let round = 0; round < rounds; round += 1) {
    if (round === Math.ceil(rounds / 10)) memoryEarly = readMemory(centre.pid);
    const drawn = drawAttack(world, draw);
    const from = `10.${draw.below(256)}.${draw.below(256)}.${draw.below(256)}`;
    const pieces = drawn.pieces.map((piece) => comeFrom(piece, from));
    attacks[drawn.kind] = (attacks[drawn.kind] ?? 0) + 1;
    const look = (answer: RawAnswer) => {
      const [status = 'none'] = answer.statuses;
      statuses[status] = (statuses[status] ?? 0) + 1;
      for (const finding of judge(drawn, answer, [...world.secrets, dataFolder])) {
        findings.push(`seed ${seed} round ${round}, ${drawn.kind}: ${finding} ← ${excerpt(pieces)}`);
      }
    };
    // Those that wait for more wait beside one another and beside the rest.
    if (drawn.isTorn === true) waiting.push(sendRaw(world.port, pieces, silenceMs).then(look));
    else look(await sendRaw(world.port, pieces));
    if (waiting.length === mostWaiting || round === rounds - 1) await Promise.all(waiting.splice(0));
    if (round % 1_000 === 999) run.onProgress?.(round + 1);
  }
  const memoryLate = readMemory(centre.pid);
  if (memoryLate - memoryEarly > mostMemoryGrowthMebibytes) {
    findings.push(`memory grew from ${memoryEarly} to ${memoryLate} MiB`);
  }
  const after = await fingerprint(dataFolder, databaseUrl, world);
  for (const [name, value] of Object.entries(before)) {
    if (after[name] !== value) findings.push(`${name} changed`);
  }
  for (const name of Object.keys(after)) if (before[name] === undefined) findings.push(`${name} came`);
  for (const secret of [...world.secrets.filter((each) => !identifiers(world).includes(each)), '<script']) {
    if (centre.output().includes(secret)) findings.push(`the log holds ${secret}`);
  }
  if (/\b10\.\d+\.\d+\.\d+/u.test(centre.output())) findings.push('the log holds an address');
  const ready = await fetch(`http://127.0.0.1:${world.port}/ready`);
  if (ready.status !== 200) findings.push(`not ready: ${ready.status}`);
  return { rounds, findings, statuses, attacks, memoryMebibytes: [memoryEarly, memoryLate] };
}

/** What the log may name: no person is behind it. */
function identifiers({ victim, victimRecord }: HostileWorld): readonly string[] {
  return [victim.incoming.seriesId, victim.deskId, victimRecord.recordNumber];
}

/** As a proxy on this machine says it. */
function comeFrom(piece: Buffer, address: string): Buffer {
  const host = Buffer.from('host: 127.0.0.1\r\n');
  const place = piece.indexOf(host);
  if (place === -1) return piece;
  const end = place + host.length;
  return Buffer.concat([piece.subarray(0, end), Buffer.from(`x-forwarded-for: ${address}\r\n`), piece.subarray(end)]);
}

function judge({ expected, pieces }: Attack, answer: RawAnswer, secrets: readonly string[]): readonly string[] {
  const findings: string[] = [];
  const [status] = answer.statuses;
  if (!answer.hasEnded) findings.push('no end within the patience');
  // Who gave up was gone before the answer could come.
  if (status === undefined && answer.hasGivenUp && answer.text === '') return findings;
  if (status === undefined) return answer.text === '' ? [...findings, 'no answer'] : [...findings, 'no HTTP'];
  if (answer.statuses.some((each) => each >= 500)) findings.push(`failed with ${answer.statuses.join(' ')}`);
  const isAccepted = status < 400;
  if (expected === 'refused' && isAccepted) findings.push(`accepted with ${status}`);
  if (expected === 'kept' && status !== 200) findings.push(`not kept: ${status}`);
  const sent = Buffer.concat(pieces).toString('latin1');
  for (const secret of secrets) {
    const words = Buffer.from(secret).toString('latin1');
    if (answer.text.includes(words) && !sent.includes(words)) findings.push(`tells ${secret}`);
  }
  for (const tellTale of tellTales) {
    if (tellTale.test(answer.text)) findings.push(`tells ${String(tellTale)}`);
  }
  return findings.map((finding) => `${finding} (${answer.text.slice(-200)})`);
}

function excerpt(pieces: readonly Buffer[]): string {
  return JSON.stringify(Buffer.concat(pieces).toString('latin1').slice(0, 300));
}

function readMemory(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kibibytes) / 1024);
}

/** What must not change: everything but the attacker's own series and what counts requests. */
async function fingerprint(
  dataFolder: string,
  databaseUrl: string | null,
  { victim, attacker }: HostileWorld,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  const files = join(dataFolder, 'blobs');
  for (const entry of readdirSync(files, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) {
      const path = join(entry.parentPath, entry.name);
      found[`file ${path.slice(files.length)}`] = String(statSync(path).size);
    }
  }
  const path = `/api/v1/series/${victim.incoming.seriesId}/cursor`;
  found[path] = JSON.stringify(await victim.get(path, { time: new Date() }));
  if (databaseUrl === null) return found;
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'",
    );
    const { rows: records } = await client.query<{ id: string }>(
      'SELECT record_id AS id FROM record WHERE office_code = $1',
      [attacker.officeCode],
    );
    for (const { name } of tables) {
      if (countingTables.has(name)) continue;
      const { rows } = await client.query<{ line: string }>(`SELECT t::text AS line FROM "${name}" AS t ORDER BY 1`);
      const own = [attacker.officeCode, attacker.deskId, ...records.map(({ id }) => id)];
      const lines = rows.map(({ line }) => line).filter((line) => !own.some((word) => line.includes(word)));
      found[`table ${name}`] = createHash('sha256').update(lines.join('\n')).digest('hex');
    }
  } finally {
    await client.end();
  }
  return found;
}

/** Prefixes stand alone; the rest counts requests. */
const countingTables: ReadonlySet<string> = new Set(['request_nonce', 'rate_limit', 'code_prefix']);
