import { readdirSync, readFileSync } from 'node:fs';

/** Processes below one, by /proc. */
export function descendantsOf(pid: number): readonly number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .map(Number)
    .filter((candidate) => readStat(candidate)?.parent === pid);
  return [...children, ...children.flatMap(descendantsOf)];
}

/** A process that has ended and waits for its parent runs no more. */
export function isRunning(pid: number): boolean {
  const stat = readStat(pid);
  return stat !== null && stat.state !== 'Z';
}

function readStat(pid: number): Readonly<{ state: string; parent: number }> | null {
  try {
    const [state = '', parent = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /su, '')
      .split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return null;
  }
}
