import { fork } from 'node:child_process';
import path from 'node:path';
import { AppError } from '../../core/contract/errors.ts';
import type { BridgeMessage, RequestMessage, ResponseMessage } from '../../core/contract/transport.ts';
import { startNodeBridge } from '../../core/devices/node-bridge-channel.ts';
import { createNodeHost } from '../../core/host/node-host.ts';
import { servicesEnvironment, servicesFlags } from '../../core/host/services-child.ts';
import { readHostSettings, scannerEnvironmentOf } from '../../core/host/settings.ts';
import type { AnyEvent } from '../../core/services/event-bus.ts';

/** The services as a window sees them, in this process or in their own. */
export type ServicesLink = Readonly<{
  handle(request: RequestMessage): Promise<ResponseMessage>;
  onEvent(listener: (event: AnyEvent) => void): void;
  close(): Promise<void>;
  /** Null in this process. */
  pid: number | null;
  /** kill -9 and wait for the end. Only a process of its own can be killed. */
  kill(): Promise<void>;
}>;

const repository = path.join(import.meta.dirname, '..', '..');
const bridgeEntries = {
  card: 'card-bridge/main.ts',
  scanner: 'twain-scanner-bridge/main.ts',
  hid: 'hid-bridge/main.ts',
} as const;

export function startServicesHere(settingsFile: string): ServicesLink {
  const settings = readHostSettings(settingsFile);
  const services = createNodeHost(settings, {
    spawnBridge: (name) =>
      startNodeBridge({
        entry: path.join(repository, 'native', bridgeEntries[name]),
        ...(name === 'scanner' ? { environment: { ...process.env, ...scannerEnvironmentOf(settings) } } : {}),
      }),
  });
  return {
    handle: (request) => services.handle(request),
    onEvent(listener) {
      services.onEvent(listener);
    },
    close: () => services.close(),
    pid: null,
    kill: () => Promise.reject(new Error('the services of this test are in its own process')),
  };
}

/** Forks core/host/services-process.ts, as a shell does, but never starts it again by itself. */
export async function startServicesProcess(
  settingsFile: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<ServicesLink> {
  const child = fork(path.join(repository, 'core/host/services-process.ts'), [], {
    serialization: 'advanced',
    execArgv: [...servicesFlags],
    env: { ...servicesEnvironment(settingsFile), ...environment },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, (response: ResponseMessage) => void>();
  const listeners: ((event: AnyEvent) => void)[] = [];
  const ready = Promise.withResolvers<void>();
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      ready.reject(new Error('the services process ended before it was ready'));
      const { code, details, supportNumber } = new AppError('internal.servicesGone');
      for (const [id, answer] of waiting)
        answer({ type: 'response', id, ok: false, error: { code, details, supportNumber } });
      waiting.clear();
      resolve();
    });
  });
  child.on('message', (message: BridgeMessage | Readonly<{ type: 'ready' }>) => {
    if (message.type === 'ready') ready.resolve();
    else if (message.type === 'response') {
      waiting.get(message.id)?.(message);
      waiting.delete(message.id);
    } else if (message.type === 'event') {
      for (const listener of listeners) listener(message as unknown as AnyEvent);
    }
  });
  await ready.promise;
  return {
    handle: (request) =>
      new Promise((answer) => {
        waiting.set(request.id, answer);
        child.send(request, (error) => {
          if (error !== null) child.kill('SIGKILL');
        });
      }),
    pid: child.pid ?? null,
    onEvent(listener) {
      listeners.push(listener);
    },
    async close() {
      child.kill('SIGTERM');
      await ended;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
