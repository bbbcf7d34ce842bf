import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildNativePart } from './native-parts.ts';

export type VirtualReaders =
  | Readonly<{
      available: true;
      startedHere: boolean;
      /** The addresses of the readers with a PIN pad that were asked for. */
      pinPads: readonly string[];
      release: () => Promise<void>;
    }>
  | Readonly<{ available: false; reason: 'notInstalled' | 'notPermitted' | 'busy' | 'failed' }>;

const lockFile = '/tmp/ventanilla-pcsc.lock';
const daemon = '/usr/sbin/pcscd';
const driver = '/usr/lib/pcsc/drivers/serial/libifdvpcd.so';
const socketPath = '/run/pcscd/pcscd.comm';

/**
 * Two virtual readers, ours alone until `release()`: a machine has one pcscd, so whoever uses it holds a lock.
 * A running pcscd with vpcd is used; otherwise one is started, which ends with this process. `pinPads`: so many readers
 * of ours with a PIN pad besides, which a pcscd that others started does not have (`busy`).
 */
export async function acquireVirtualReaders(
  options: Readonly<{ waitSeconds?: number; pinPads?: 0 | 1 | 2 }> = {},
): Promise<VirtualReaders> {
  const padCount = options.pinPads ?? 0;
  if (!existsSync(daemon) || !existsSync(driver)) return { available: false, reason: 'notInstalled' };
  // `cat` holds the lock until our end of its pipe closes, also when this process is killed.
  const wait = String(options.waitSeconds ?? 300);
  const lock = spawn('flock', ['--no-fork', '--timeout', wait, lockFile, 'sh', '-c', 'echo locked; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  if (!(await saysAnything(lock))) return { available: false, reason: existsSync(lockFile) ? 'busy' : 'failed' };
  const release = () => end(lock, () => lock.stdin?.end());
  if (await accepts(socketPath)) {
    if (padCount === 0) return { available: true, startedHere: false, pinPads: [], release };
    await release();
    return { available: false, reason: 'busy' };
  }
  if (process.getuid?.() !== 0) {
    await release();
    return { available: false, reason: 'notPermitted' };
  }
  const pads = padCount === 0 ? null : await configurePads(padCount);
  const configuration = pads === null ? [] : ['--config', pads.configuration];
  const pcscd = spawn('setpriv', ['--pdeathsig', 'TERM', daemon, '--foreground', '--critical', ...configuration], {
    stdio: 'ignore',
  });
  async function endAll(): Promise<void> {
    await end(pcscd, () => pcscd.kill());
    if (pads !== null) await rm(pads.folder, { recursive: true, force: true });
    await release();
  }
  if (!(await comesUp(pcscd))) {
    await endAll();
    return { available: false, reason: 'failed' };
  }
  return { available: true, startedHere: true, pinPads: pads?.sockets ?? [], release: endAll };
}

/** A reader.conf of our own, outside /etc: vpcd as Debian's package states it, and our readers with a PIN pad. */
async function configurePads(
  count: number,
): Promise<Readonly<{ folder: string; configuration: string; sockets: readonly string[] }>> {
  const folder = await mkdtemp(join(tmpdir(), 'ventanilla-readers-'));
  const sockets = Array.from({ length: count }, (_, index) => join(folder, `reader-${index}`));
  const entries = [
    { name: 'Virtual PCD', device: '/dev/null:0x8C7B', library: driver },
    ...sockets.map((socket) => ({
      name: 'Virtual PIN pad',
      device: `/dev/null:${socket}`,
      library: buildNativePart('pin-pad-reader'),
    })),
  ];
  const lines = entries.flatMap(({ name, device, library }, index) => [
    `FRIENDLYNAME "${name}"`,
    `DEVICENAME ${device}`,
    `LIBPATH ${library}`,
    `CHANNELID 0x${(0x8c7b + index).toString(16)}`,
    '',
  ]);
  const configuration = join(folder, 'reader.conf.d');
  await mkdir(configuration);
  await writeFile(join(configuration, 'readers'), lines.join('\n'));
  return { folder, configuration, sockets };
}

/** Runs `work` with the two readers and gives them back whatever happens. Throws when there are none. */
export async function withVirtualReaders<T>(work: () => Promise<T>): Promise<T> {
  const readers = await acquireVirtualReaders();
  if (!readers.available) throw new Error(`no virtual readers: ${readers.reason}`);
  try {
    return await work();
  } finally {
    await readers.release();
  }
}

async function comesUp(pcscd: ChildProcess): Promise<boolean> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (pcscd.exitCode !== null || pcscd.signalCode !== null) return false;
    if (await accepts(socketPath)) return true;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return false;
}

function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function saysAnything(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    child.stdout?.once('data', () => resolve(true));
    child.once('error', () => resolve(false));
    child.once('exit', () => resolve(false));
  });
}

async function end(child: ChildProcess, ask: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  ask();
  await exited;
}
