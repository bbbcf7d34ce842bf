import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { DeskOrder } from './working-desk.ts';

/** What the officer was shown: records by number, with the digests of their files, and the deliveries that were noted. */
export type Shown = Readonly<{
  records: Map<number, Readonly<{ recordId: string; digests: readonly string[] }>>;
  delivered: Set<string>;
}>;

export type DeskRun = Readonly<{
  child: ChildProcess;
  /** Once it has ended, by itself or not: the lines that it said. */
  ended: Promise<Readonly<{ lines: readonly string[]; told: string; signal: NodeJS.Signals | null }>>;
  /** The lines that it said until now. */
  linesSoFar: () => readonly string[];
  /** When so many records were said, or at its end. */
  untilShown: (records: number) => Promise<void>;
}>;

/** Starts a desk at work; `environment` may preload what makes its disk fail. */
export function startDesk(order: DeskOrder, environment: NodeJS.ProcessEnv = {}): DeskRun {
  const child = fork(fileURLToPath(new URL('./working-desk.ts', import.meta.url)), [], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, ...environment },
  });
  let text = '';
  let told = '';
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    child.emit('said');
  });
  child.stderr?.setEncoding('utf8').on('data', (part: string) => (told += part));
  const closed = once(child, 'close');
  // A desk that died while it was told its order has ended, and that is what is waited for.
  child.send(order, () => undefined);
  const countRecords = (): number => text.split('\nrecord ').length - (text.startsWith('record ') ? 0 : 1);
  return {
    child,
    ended: closed.then(() => ({ lines: text.split('\n').slice(0, -1), told, signal: child.signalCode })),
    linesSoFar: () => text.split('\n').slice(0, -1),
    async untilShown(records) {
      while (countRecords() < records && child.exitCode === null && child.signalCode === null)
        await Promise.race([once(child, 'said'), closed]);
    },
  };
}

/** Notes what a desk said. Returns what must not happen: a number that was shown before. */
export function noteShown({ records, delivered }: Shown, lines: readonly string[]): readonly string[] {
  const problems: string[] = [];
  for (const line of lines) {
    const [kind, ...words] = line.split(' ');
    if (kind === 'event') delivered.add(words[0] ?? '');
    if (kind !== 'record') continue;
    const [sequence = '', recordId = '', ...digests] = words;
    if (records.has(Number(sequence))) problems.push(`number ${sequence} shown twice`);
    records.set(Number(sequence), { recordId, digests });
  }
  return problems;
}
