import { fork } from 'node:child_process';
import type { ChildProcess, Serializable } from 'node:child_process';
import { once } from 'node:events';
import type { Programs } from './programs.ts';
import { saidSchema } from './shown.ts';
import type { Said } from './shown.ts';
import type { DeskOrder } from './desk-order.ts';

export type DeskRun = Readonly<{
  child: ChildProcess;
  /** Once it has ended, by itself or not. `told`: standard error. */
  ended: Promise<Readonly<{ said: readonly Said[]; told: string; signal: NodeJS.Signals | null }>>;
  saidSoFar: () => readonly Said[];
  /** When so many things of a kind were said, or at its end. */
  untilSaid: (kind: Said['said'], count: number) => Promise<void>;
}>;

/** Starts a desk at work; `environment` may preload what makes its disk fail. */
export function startDesk(
  programs: Programs,
  order: Omit<DeskOrder, 'searchWorker'>,
  environment: NodeJS.ProcessEnv = {},
): DeskRun {
  const whole: DeskOrder = { ...order, searchWorker: programs.searchWorker.href };
  return startProgram(programs.desk, whole, { ...programs.environment, ...environment });
}

/** Starts a program that is told its order over the channel and says what is durable. */
export function startProgram(path: string, order: Serializable, environment: NodeJS.ProcessEnv): DeskRun {
  const child = fork(path, [], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: environment });
  const said: Said[] = [];
  let rest = '';
  let told = '';
  child.stdout?.setEncoding('utf8').on('data', (part: string) => {
    const lines = (rest + part).split('\n');
    rest = lines.pop() ?? '';
    said.push(...lines.map((line) => saidSchema.parse(JSON.parse(line))));
    child.emit('said');
  });
  child.stderr?.setEncoding('utf8').on('data', (part: string) => (told += part));
  const closed = once(child, 'close');
  // A desk that died while it was told its order has ended, and that is what is waited for.
  child.send(order, () => undefined);
  return {
    child,
    ended: closed.then(() => ({ said, told, signal: child.signalCode })),
    saidSoFar: () => [...said],
    async untilSaid(kind, count) {
      const isEnough = () => said.filter((each) => each.said === kind).length >= count;
      while (!isEnough() && child.exitCode === null && child.signalCode === null)
        await Promise.race([once(child, 'said'), closed]);
    },
  };
}
