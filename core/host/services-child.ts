import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { AppError, toErrorMessage } from '../contract/errors.ts';
import type { BridgeMessage, RequestMessage } from '../contract/transport.ts';

/** The services in a process of their own, started again with growing pauses when it ends by itself. */
export type ServicesChild = Readonly<{
  send(request: RequestMessage): void;
  /** Ends it and waits; what is on disk stays as it is. */
  close(): Promise<void>;
}>;

const firstPauseMs = 300;
const longestPauseMs = 10_000;

/** `nodePath`: a Node 24 where the platform's own lacks Node-API 10 (Electron 33); by default the one that runs this. */
export function startServicesChild(
  options: Readonly<{
    entry: string;
    settingsFile: string;
    nodePath?: string;
    /** Answers and events for the window. */
    onMessage: (message: BridgeMessage) => void;
  }>,
): ServicesChild {
  const pending = new Set<number>();
  const early: RequestMessage[] = [];
  let child: ChildProcess | null = null;
  let isReady = false;
  let isClosing = false;
  let pauseMs = firstPauseMs;
  let timer: NodeJS.Timeout | null = null;

  function start(): void {
    const started = fork(options.entry, [], {
      serialization: 'advanced',
      execArgv: [],
      env: { ...process.env, VENTANILLA_SETTINGS: options.settingsFile },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      ...(options.nodePath === undefined ? {} : { execPath: options.nodePath }),
    });
    child = started;
    started.on('message', (message: BridgeMessage | { type: 'ready' }) => receive(message));
    started.on('error', () => started.kill('SIGKILL'));
    started.on('exit', ended);
  }

  function receive(message: BridgeMessage | { type: 'ready' }): void {
    if (message.type === 'ready') {
      isReady = true;
      pauseMs = firstPauseMs;
      for (const request of early.splice(0)) child?.send(request);
      return;
    }
    if (message.type === 'response') pending.delete(message.id);
    options.onMessage(message);
  }

  function ended(): void {
    isReady = false;
    child = null;
    const error = toErrorMessage(new AppError('internal.unexpected'));
    for (const id of pending) options.onMessage({ type: 'response', id, ok: false, error });
    pending.clear();
    if (isClosing) return;
    timer = setTimeout(start, pauseMs);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }

  start();
  return {
    send(request) {
      if (isClosing) return;
      pending.add(request.id);
      if (isReady) child?.send(request);
      else early.push(request);
    },
    async close() {
      isClosing = true;
      if (timer !== null) clearTimeout(timer);
      const last = child;
      if (last === null) return;
      await new Promise<void>((resolve) => {
        const impatience = setTimeout(() => last.kill('SIGKILL'), 8_000);
        last.once('exit', () => {
          clearTimeout(impatience);
          resolve();
        });
        last.kill('SIGTERM');
      });
    },
  };
}
