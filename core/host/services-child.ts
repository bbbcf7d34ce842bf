import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { BridgeMessage, RequestMessage } from '../contract/transport.ts';

/** The services in a process of their own, started again with growing pauses when it ends by itself. */
export type ServicesChild = Readonly<{
  /** Before the services are ready it waits for them. */
  send(request: RequestMessage): void;
  /** Ends it and waits; what is on disk stays as it is. */
  close(): Promise<void>;
}>;

const firstPauseMs = 300;
const longestPauseMs = 10_000;
const patienceMs = 8_000;

/**
 * What the process of the services starts with. Raw pages and their files take tens of megabytes each: without a limit that
 * stays where it is, glibc soon keeps as much in its heaps, in pieces, instead of giving it back.
 */
export function servicesEnvironment(settingsFile: string): NodeJS.ProcessEnv {
  // What the machine's administrator says comes last, and counts.
  const tunables = ['glibc.malloc.mmap_threshold=1048576', 'glibc.malloc.hugetlb=1', process.env['GLIBC_TUNABLES']];
  return {
    ...process.env,
    GLIBC_TUNABLES: tunables.filter((tunable) => tunable !== undefined).join(':'),
    VENTANILLA_SETTINGS: settingsFile,
  };
}

/**
 * Flags of V8 for the same process. Its young generation doubles each time that enough of it lives on, which pages under way
 * do, and is not given back: over a stack of four hundred pages that was 80 MB, with no page less of work for it.
 */
export const servicesFlags: readonly string[] = ['--max-semi-space-size=4'];

/** `nodePath`: a Node 24 where the platform's own lacks Node-API 10 (Electron 33); by default the one that runs this. */
export function startServicesChild(
  options: Readonly<{
    entry: string;
    settingsFile: string;
    nodePath?: string;
    /** Answers and events for the window. */
    onMessage: (message: BridgeMessage) => void;
    /**
     * The services ended by themselves. Session and open store went with them, so the shell closes the window's bridge:
     * the window says so, and asks everything anew when it connects again.
     */
    onGone: () => void;
  }>,
): ServicesChild {
  let waiting: RequestMessage[] = [];
  let child: ChildProcess | null = null;
  let isReady = false;
  let isClosing = false;
  let pauseMs = firstPauseMs;
  let timer: NodeJS.Timeout | null = null;

  function start(): void {
    const started = fork(options.entry, [], {
      serialization: 'advanced',
      execArgv: [...servicesFlags],
      env: servicesEnvironment(options.settingsFile),
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      ...(options.nodePath === undefined ? {} : { execPath: options.nodePath }),
    });
    child = started;
    started.on('message', (message: BridgeMessage | { type: 'ready' }) => receive(started, message));
    // Without a process number it never ran, and no `exit` follows.
    started.on('error', () => (started.pid === undefined ? ended() : started.kill('SIGKILL')));
    started.on('exit', ended);
  }

  function receive(from: ChildProcess, message: BridgeMessage | { type: 'ready' }): void {
    if (message.type !== 'ready') {
      options.onMessage(message);
      return;
    }
    isReady = true;
    pauseMs = firstPauseMs;
    const early = waiting;
    waiting = [];
    for (const request of early) deliver(from, request);
  }

  function ended(): void {
    isReady = false;
    child = null;
    waiting = [];
    if (isClosing) return;
    timer = setTimeout(start, pauseMs);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    options.onGone();
  }

  start();
  return {
    send(request) {
      if (isClosing) return;
      if (isReady && child !== null) deliver(child, request);
      else waiting.push(request);
    },
    async close() {
      isClosing = true;
      if (timer !== null) clearTimeout(timer);
      const last = child;
      if (last === null) return;
      await new Promise<void>((resolve) => {
        const impatience = setTimeout(() => last.kill('SIGKILL'), patienceMs);
        last.once('exit', () => {
          clearTimeout(impatience);
          resolve();
        });
        last.kill('SIGTERM');
      });
    },
  };
}

/** A channel that broke meanwhile is told by the process' end, not here. */
function deliver(child: ChildProcess, request: RequestMessage): void {
  child.send(request, () => undefined);
}
