import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';

export type PostgresCluster = Readonly<{
  /** A new, empty database. */
  createDatabase(): Promise<string>;
  /** Where the server keeps its files. */
  dataFolder: string;
  /** Brings everything that was committed to the files. */
  flush(): Promise<void>;
  /** Stops answering, and answers again with what it had. */
  halt(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}>;

const binariesFolder = '/usr/lib/postgresql';

/** Folder of the newest installed PostgreSQL's programs, or null. */
export function findPostgres(): string | null {
  if (!existsSync(binariesFolder)) return null;
  const [newest] = readdirSync(binariesFolder).toSorted((a, b) => Number(b) - Number(a));
  const folder = join(binariesFolder, newest ?? '', 'bin');
  return existsSync(join(folder, 'initdb')) ? folder : null;
}

/** A PostgreSQL of the test's own, in a temporary folder, on a socket in it; it ends with this process at the latest. */
export async function startPostgres(binaries: string): Promise<PostgresCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'ventanilla-postgresql-'));
  const asPostgres = becomePostgres(folder);
  const data = join(folder, 'data');
  const setUp = ['-D', data, '-U', 'ventanilla', '--auth=trust', '-E', 'UTF8', '--locale=C.UTF-8'];
  runProgram([...asPostgres, join(binaries, 'initdb'), ...setUp]);
  const program = [...asPostgres, join(binaries, 'postgres'), '-D', data, '-k', folder, '-c', 'listen_addresses='];
  let server = run();
  function run() {
    const child = spawn(program[0] ?? '', program.slice(1), { stdio: 'ignore', cwd: folder });
    return { child, ended: new Promise<void>((resolve) => child.once('exit', () => resolve())) };
  }
  async function halt(): Promise<void> {
    // SIGINT: a fast shutdown that breaks connections.
    server.child.kill('SIGINT');
    await server.ended;
  }
  const urlOf = (database: string) => `postgresql://ventanilla@/${database}?host=${encodeURIComponent(folder)}`;
  let count = 0;

  async function execute(statement: string): Promise<void> {
    const client = new Client({ connectionString: urlOf('postgres') });
    await client.connect();
    try {
      await client.query(statement);
    } finally {
      await client.end();
    }
  }

  await untilItAnswers(() => execute('SELECT 1'));
  return {
    async createDatabase() {
      count += 1;
      await execute(`CREATE DATABASE centre_${count}`);
      return urlOf(`centre_${count}`);
    },
    dataFolder: data,
    flush: () => execute('CHECKPOINT'),
    halt,
    async resume() {
      server = run();
      await untilItAnswers(() => execute('SELECT 1'));
    },
    async stop() {
      await halt();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root. */
function becomePostgres(folder: string): readonly string[] {
  const command = ['setpriv', '--pdeathsig', 'INT'];
  if (process.getuid?.() !== 0) return command;
  const idOf = (option: string) => Number(execFileSync('id', [option, 'postgres'], { encoding: 'utf8' }));
  chownSync(folder, idOf('-u'), idOf('-g'));
  return [...command, '--reuid', 'postgres', '--regid', 'postgres', '--clear-groups'];
}

function runProgram([program = '', ...rest]: readonly string[]): void {
  execFileSync(program, rest, { stdio: 'ignore', cwd: '/' });
}

async function untilItAnswers(ask: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await ask();
      return;
    } catch (error) {
      if (attempt === 150) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
