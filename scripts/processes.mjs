import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const binaries = path.join(root, 'node_modules', '.bin');

/** The Node 24 of the project, which runs TypeScript; this file may be running on an older one. */
export const projectNode = path.join(binaries, 'node');

const graceMilliseconds = 3000;
/** What is asked to end may have to finish what it has in hand; a second signal does not wait. */
const stopMilliseconds = 30_000;

/**
 * Each process that starts finds the code that it shares with others compiled already, and asks glibc for large pages of
 * memory: a program that starts others copies the table of its pages each time.
 */
export function environment(extra = {}) {
  return {
    GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
    ...process.env,
    PATH: `${binaries}${path.delimiter}${process.env.PATH ?? ''}`,
    NODE_COMPILE_CACHE: path.join(root, 'node_modules', '.cache', 'compiled'),
    ...extra,
  };
}

/**
 * Runs a program to its end in a process group of its own, passes signals on to the whole group (which is killed when it
 * has not ended some time after, or at the second signal), and ends whatever the program leaves behind in it. A Node program
 * gets an IPC channel whose `disconnect` tells that this process died.
 * @param {{ env?: Record<string, string>, isSetUp?: boolean, output?: number, niceness?: number }} options `isSetUp`: what it says is no
 *   answer of the command that was asked for, and goes to the error output; `output`: a file that takes all it says;
 *   `niceness`: how far it stands back for others
 * @returns {Promise<number>} its exit code; 128 + n when signal n ended it
 */
export function run(file, commandArguments, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, commandArguments, {
      cwd: root,
      env: environment(options.env),
      detached: true,
      stdio: [
        'inherit',
        options.output ?? (options.isSetUp ? 2 : 'inherit'),
        options.output ?? 'inherit',
        ...(file === projectNode ? ['ipc'] : []),
      ],
    });
    if (options.niceness !== undefined && child.pid !== undefined) standBack(child.pid, options.niceness);
    let impatience = null;
    const forward = (signal) => {
      signalGroup(child.pid, impatience === null ? signal : 'SIGKILL');
      impatience ??= setTimeout(() => signalGroup(child.pid, 'SIGKILL'), stopMilliseconds);
    };
    const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of forwarded) process.on(signal, forward);
    const finish = async (code) => {
      clearTimeout(impatience);
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

/** Linux shares the processor among sessions first (sched(7), autogroups), and the niceness of a process counts within its own. */
function standBack(pid, niceness) {
  setPriority(pid, niceness);
  try {
    writeFileSync(`/proc/${pid}/autogroup`, String(niceness));
  } catch {
    // A system without such groups.
  }
}

async function endGroup(group) {
  if (!signalGroup(group, 'SIGTERM') || !hasLivingMember(group)) return;
  const deadline = Date.now() + graceMilliseconds;
  while (hasLivingMember(group)) {
    if (Date.now() > deadline) signalGroup(group, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A process that ended and that nobody has asked after yet is still in its group, but there is nothing left to end. */
function hasLivingMember(group) {
  if (!existsSync('/proc/self/stat')) return signalGroup(group, 0);
  return readdirSync('/proc').some((name) => /^\d+$/u.test(name) && isLivingMember(name, group));
}

function isLivingMember(pid, group) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // State, parent and group follow the name in brackets, which may hold blanks (proc(5)).
    const [state, , processGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(processGroup) === group && state !== 'Z';
  } catch {
    return false;
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
