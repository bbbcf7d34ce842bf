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
  run([...asPostgres, join(binaries, 'initdb'), ...setUp]);
  const command = [...asPostgres, join(binaries, 'postgres'), '-D', data, '-k', folder, '-c', 'listen_addresses='];
  const server = spawn(command[0] ?? '', command.slice(1), { stdio: 'ignore', cwd: folder });
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
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
    async stop() {
      // SIGINT: a fast shutdown that breaks connections.
      server.kill('SIGINT');
      await ended;
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

function run([program = '', ...rest]: readonly string[]): void {
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
