import type { BridgeChannel } from './bridge-channel.ts';

export type BridgeSupervisorOptions = Readonly<{
  start: () => BridgeChannel;
  onMessage: (message: unknown) => void;
  /** The bridge is up; also after each restart. */
  onStarted?: () => void;
  /** The bridge has ended: calls that wait for it must fail now. It will be started again unless closed. */
  onExit: (reason: string) => void;
  /** Milliseconds before the first restart; doubles with each early death, up to `longestDelay`. */
  firstDelay?: number;
  longestDelay?: number;
  /** A bridge that lived this long (ms) starts again with the first delay. */
  steadyAfter?: number;
}>;

export type BridgeSupervisor = Readonly<{
  isUp(): boolean;
  /** Resolves when the bridge is up: at once, or after the back-off. Rejects when the supervisor is closed. */
  ready(): Promise<void>;
  /** False when the bridge is down: nothing was sent. */
  post(message: unknown): boolean;
  /** Ends this bridge and starts another one after the back-off: for a bridge that speaks nonsense or hangs. */
  restart(): void;
  /** Ends the bridge for good. Nothing is started afterwards. */
  close(): void;
}>;

export class SupervisorClosedError extends Error {}

/** Keeps one device program running. The first start happens with the first `ready()`. */
export function createBridgeSupervisor(options: BridgeSupervisorOptions): BridgeSupervisor {
  const firstDelay = options.firstDelay ?? 250;
  const longestDelay = options.longestDelay ?? 8_000;
  const steadyAfter = options.steadyAfter ?? 30_000;
  let channel: BridgeChannel | null = null;
  let timer: NodeJS.Timeout | null = null;
  let nextDelay = firstDelay;
  let isClosed = false;
  let waiting: PromiseWithResolvers<void> | null = null;

  function start(): void {
    timer = null;
    const started = options.start();
    const startedAt = performance.now();
    channel = started;
    started.onMessage((message) => {
      if (channel === started) options.onMessage(message);
    });
    started.onExit((reason) => {
      if (channel !== started) return;
      channel = null;
      if (isClosed) return;
      if (performance.now() - startedAt >= steadyAfter) nextDelay = firstDelay;
      timer = setTimeout(start, nextDelay);
      nextDelay = Math.min(nextDelay * 2, longestDelay);
      options.onExit(reason);
    });
    options.onStarted?.();
    waiting?.resolve();
    waiting = null;
  }

  return {
    isUp: () => channel !== null,
    ready() {
      if (isClosed) return Promise.reject(new SupervisorClosedError('closed'));
      if (channel === null && timer === null) start();
      if (channel !== null) return Promise.resolve();
      waiting ??= Promise.withResolvers<void>();
      return waiting.promise;
    },
    post(message) {
      if (channel === null) return false;
      channel.post(message);
      return true;
    },
    restart() {
      channel?.kill();
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
      timer = null;
      channel?.kill();
      channel = null;
      waiting?.reject(new SupervisorClosedError('closed'));
      waiting = null;
    },
  };
}
