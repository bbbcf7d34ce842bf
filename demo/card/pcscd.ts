import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';

export type VirtualReaders =
  | Readonly<{ available: true; startedHere: boolean; release: () => Promise<void> }>
  | Readonly<{ available: false; reason: 'notInstalled' | 'notPermitted' | 'busy' | 'failed' }>;

const lockFile = '/tmp/ventanilla-pcsc.lock';
const daemon = '/usr/sbin/pcscd';
const driver = '/usr/lib/pcsc/drivers/serial/libifdvpcd.so';
const socketPath = '/run/pcscd/pcscd.comm';

/**
 * Two virtual readers, ours alone until `release()`: a machine has one pcscd, so whoever uses it holds a lock.
 * A running pcscd with vpcd is used; otherwise one is started, which ends with this process.
 */
export async function acquireVirtualReaders(options: Readonly<{ waitSeconds?: number }> = {}): Promise<VirtualReaders> {
  if (!existsSync(daemon) || !existsSync(driver)) return { available: false, reason: 'notInstalled' };
  // `cat` holds the lock until our end of its pipe closes, also when this process is killed.
  const wait = String(options.waitSeconds ?? 300);
  const lock = spawn('flock', ['--no-fork', '--timeout', wait, lockFile, 'sh', '-c', 'echo locked; exec cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  if (!(await saysAnything(lock))) return { available: false, reason: existsSync(lockFile) ? 'busy' : 'failed' };
  const release = () => end(lock, () => lock.stdin?.end());
  if (await accepts(socketPath)) return { available: true, startedHere: false, release };
  if (process.getuid?.() !== 0) {
    await release();
    return { available: false, reason: 'notPermitted' };
  }
  const pcscd = spawn('setpriv', ['--pdeathsig', 'TERM', daemon, '--foreground', '--critical'], {
    stdio: 'ignore',
  });
  if (!(await comesUp(pcscd))) {
    await end(pcscd, () => pcscd.kill());
    await release();
    return { available: false, reason: 'failed' };
  }
  return {
    available: true,
    startedHere: true,
    async release() {
      await end(pcscd, () => pcscd.kill());
      await release();
    },
  };
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
