import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createCardClient, type CardLimits } from '../../core/devices/card/card-client.ts';
import type { CardModule } from '../../core/devices/card/card-modules.ts';
import type { SpawnBridge } from '../../core/devices/bridge-channel.ts';
import type { CardPort, CardReader } from '../../core/services/ports/card.ts';

/** A card client on real bridge processes whose every word is kept, for tests. */
export type BridgeRig = Readonly<{
  client: CardPort;
  /** Standard output and error of the bridges, and all messages in both directions except the PIN's own. */
  transcript(): string;
  /** Processes started so far, oldest first. */
  processes(): readonly ChildProcess[];
  /** Resolves with the first list, now or later, that satisfies `condition`. */
  until(condition: (readers: readonly CardReader[]) => boolean): Promise<readonly CardReader[]>;
}>;

export const bridgeEntry = join(import.meta.dirname, '..', '..', 'native', 'card-bridge', 'main.ts');

export function createBridgeRig(
  options: Readonly<{
    modules: readonly CardModule[];
    environment?: Readonly<Record<string, string>>;
    limits?: Partial<CardLimits>;
  }>,
): BridgeRig {
  const processes: ChildProcess[] = [];
  const words: string[] = [];
  const spawnBridge: SpawnBridge = () => {
    const child = fork(bridgeEntry, [], {
      serialization: 'advanced',
      execArgv: [],
      env: { ...process.env, ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    processes.push(child);
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => words.push(chunk.toString('latin1')));
    child.on('message', (message) => words.push(describe(message)));
    return {
      post: (message) => void (child.connected && child.send(message as object, () => undefined)),
      onMessage: (listener) => void child.on('message', listener),
      onExit: (listener) => void child.on('exit', (code, signal) => listener(`${String(code)} ${String(signal)}`)),
      kill: () => void child.kill('SIGKILL'),
    };
  };
  const client = createCardClient({
    spawnBridge,
    modules: options.modules,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  let latest: readonly CardReader[] = [];
  const waiting = new Set<() => void>();
  client.onReadersChanged((readers) => {
    latest = readers;
    for (const wake of waiting) wake();
  });
  return {
    client,
    transcript: () => words.join('\n'),
    processes: () => processes,
    async until(condition) {
      while (!condition(latest)) {
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            waiting.delete(wake);
            resolve();
          };
          waiting.add(wake);
        });
      }
      return latest;
    },
  };
}

function describe(message: unknown): string {
  return JSON.stringify(message, (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
  );
}
