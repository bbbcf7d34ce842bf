import { AppError, fromErrorMessage } from '../../contract/errors.ts';
import type { PinPadAsked } from '../../services/ports/card.ts';
import type { SpawnBridge } from '../bridge-channel.ts';
import { createBridgeSupervisor, SupervisorClosedError } from '../bridge-supervisor.ts';
import { cardEventSchema, type BridgeReader, type CardEvent, type CardRequest } from './card-messages.ts';
import type { CardModule } from './card-modules.ts';

type WithoutId<T> = T extends { requestId: number } ? Omit<T, 'requestId'> : never;
export type ModuleCall = WithoutId<CardRequest>;
type Answer = Exclude<CardEvent, { type: 'readers' | 'moduleMissing' | 'failed' | 'pinPad' }>;
type LineCall = Readonly<{
  requestId: number;
  request: ModuleCall;
  limitMs: number;
  /** Of the process that it was meant for. */
  generation: number;
  resolve: (answer: Answer) => void;
  reject: (error: AppError) => void;
}> & { isPosted: boolean; timer: NodeJS.Timeout | null };

/**
 * Requests that the process holds: one in the card, one behind it, so that the card does not wait for the way there and
 * back. The process serves them in order.
 */
const window = 2;

/** Only signatures without a PIN lie there ahead: a PIN leaves this process when its request's turn has come, not before. */
function mayWaitThere(call: LineCall): boolean {
  return call.request.type === 'sign' && call.request.pin === null;
}

/** The line to the bridge process of one module. Calls queue: a card is a mutex, and so is its module. */
export type ModuleLine = Readonly<{
  /**
   * Rejects with `card.moduleCrashed` when the process dies, `card.timedOut` after `limitMs` in the card (the process is
   * then replaced: nothing else frees a hanging module), or what the bridge says. The time of waiting for others' turns
   * does not count.
   */
  call(request: ModuleCall, limitMs: number): Promise<Answer>;
  /** Asks who is there; whoever asks meanwhile waits for the same answer. Rejects as `call` does. */
  list(limitMs: number): Promise<unknown>;
  /** The process has told its readers since it was started: it neither hangs nor crashes at the first question. */
  isProven(): boolean;
  /** What the bridge told last; empty while it is down. */
  readers(): readonly BridgeReader[];
  close(): void;
}>;

export function createModuleLine(
  options: Readonly<{
    spawnBridge: SpawnBridge;
    module: CardModule;
    /** Milliseconds while a reader waits for a PIN on its own keys. */
    pinPadLimit: number;
    onReaders: () => void;
    onPinPad: (asked: PinPadAsked | null) => void;
    onEnd: () => void;
  }>,
): ModuleLine {
  const { module } = options;
  const load: CardRequest = {
    type: 'load',
    path: module.path,
    environment: module.environment ?? {},
    watch: module.watch ?? 'readers',
  };
  let readers: readonly BridgeReader[] = [];
  /** In order; the first one is in the card, or will be when there is a process. */
  let calls: readonly LineCall[] = [];
  let lastId = 0;
  let generation = 0;
  let listing: Promise<unknown> | null = null;
  let isProven = false;
  let isPadWaiting = false;
  /** Until a process that was told to end has ended: whoever asks meanwhile asks the next one. */
  let isEnding = false;

  const supervisor = createBridgeSupervisor({
    start: () => options.spawnBridge('card'),
    onStarted: () => supervisor.post(load),
    onMessage(message) {
      const parsed = cardEventSchema.safeParse(message);
      if (parsed.success) receive(parsed.data);
      else replaceProcess();
    },
    onExit() {
      if (!isEnding) generation += 1;
      isEnding = false;
      readers = [];
      isProven = false;
      tellPad(null);
      rejectAll(calls.filter((call) => call.generation !== generation));
      options.onEnd();
      options.onReaders();
      advance();
    },
  });

  function receive(event: CardEvent): void {
    if (event.type === 'moduleMissing') return;
    if (event.type === 'readers') {
      readers = event.readers;
      isProven = true;
      options.onReaders();
      return;
    }
    const [call] = calls;
    if (call === undefined || !call.isPosted || event.requestId !== call.requestId) return;
    if (event.type === 'pinPad') {
      const { readerName, seconds } = event;
      // A person at the reader's keys takes as long as the reader lets them.
      startTime(call, seconds === null ? call.limitMs : options.pinPadLimit);
      tellPad(seconds === null ? null : { readerName, seconds });
      return;
    }
    leave(call);
    if (event.type === 'failed') call.reject(fromErrorMessage(event.failure));
    else {
      if (event.type === 'listed') readers = event.readers;
      call.resolve(event);
    }
    advance();
  }

  function tellPad(asked: PinPadAsked | null): void {
    if (asked === null && !isPadWaiting) return;
    isPadWaiting = asked !== null;
    options.onPinPad(asked);
  }

  function replaceProcess(): void {
    if (isEnding || !supervisor.isUp()) return;
    generation += 1;
    isEnding = true;
    supervisor.restart();
  }

  function startTime(call: LineCall, milliseconds: number): void {
    if (call.timer !== null) clearTimeout(call.timer);
    call.timer = setTimeout(() => {
      leave(call);
      call.reject(new AppError('card.timedOut'));
      replaceProcess();
      advance();
    }, milliseconds);
  }

  function leave(call: LineCall): void {
    if (call.timer !== null) clearTimeout(call.timer);
    calls = calls.filter((other) => other !== call);
  }

  function rejectAll(rejected: readonly LineCall[]): void {
    for (const call of rejected) {
      leave(call);
      call.reject(new AppError('card.moduleCrashed'));
    }
  }

  function advance(): void {
    const [call] = calls;
    if (call === undefined || isEnding) return;
    if (call.timer === null) startTime(call, call.limitMs);
    supervisor.ready().then(postAhead, () => rejectAll(calls));
  }

  function postAhead(): void {
    if (isEnding) return;
    for (const [index, call] of calls.slice(0, window).entries()) {
      const before = calls[index - 1];
      if (before !== undefined && !(mayWaitThere(before) && mayWaitThere(call))) return;
      if (call.isPosted) continue;
      call.isPosted = supervisor.post({ ...call.request, requestId: call.requestId });
    }
  }

  supervisor.ready().catch((error: unknown) => {
    if (!(error instanceof SupervisorClosedError)) throw error;
  });

  function call(request: ModuleCall, limitMs: number): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const requestId = (lastId += 1);
    calls = [...calls, { requestId, request, limitMs, generation, resolve, reject, isPosted: false, timer: null }];
    advance();
    return promise;
  }

  return {
    call,
    list(limitMs) {
      listing ??= call({ type: 'list' }, limitMs).finally(() => {
        listing = null;
      });
      return listing;
    },
    isProven: () => isProven,
    readers: () => readers,
    close() {
      supervisor.close();
      isEnding = false;
      rejectAll(calls);
    },
  };
}
