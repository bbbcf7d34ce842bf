import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const binaries = path.join(root, 'node_modules', '.bin');

/** The Node 24 of the project, which runs TypeScript; this file may be running on an older one. */
export const projectNode = path.join(binaries, 'node');

const graceMilliseconds = 3000;

export function environment(extra = {}) {
  return { ...process.env, PATH: `${binaries}${path.delimiter}${process.env.PATH ?? ''}`, ...extra };
}

/**
 * Runs a program to its end in a process group of its own, passes signals on to the whole group, and ends whatever the
 * program leaves behind in it. A Node program gets an IPC channel whose `disconnect` tells that this process died.
 * @returns {Promise<number>} its exit code; 128 + n when signal n ended it
 */
export function run(file, commandArguments, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, commandArguments, {
      cwd: root,
      env: environment(options.env),
      detached: true,
      stdio: file === projectNode ? ['inherit', 'inherit', 'inherit', 'ipc'] : 'inherit',
    });
    const forward = (signal) => signalGroup(child.pid, signal);
    const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of forwarded) process.on(signal, forward);
    const finish = async (code) => {
      await endGroup(child.pid);
      for (const signal of forwarded) process.removeListener(signal, forward);
      resolve(code);
    };
    child.on('error', (error) => {
      console.error(`${path.basename(file)}: ${error.message}`);
      void finish(127);
    });
    child.on('exit', (code, signal) => void finish(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

async function endGroup(group) {
  if (!signalGroup(group, 'SIGTERM')) return;
  const deadline = Date.now() + graceMilliseconds;
  while (signalGroup(group, 0)) {
    if (Date.now() > deadline) {
      signalGroup(group, 'SIGKILL');
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** @returns {boolean} whether anybody was there to hear it */
function signalGroup(group, signal) {
  if (group === undefined) return false;
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}
