import { AppError, fromErrorMessage } from '../../contract/errors.ts';
import type { PinPadAsked } from '../../services/ports/card.ts';
import type { SpawnBridge } from '../bridge-channel.ts';
import { createBridgeSupervisor, SupervisorClosedError } from '../bridge-supervisor.ts';
import { cardEventSchema, type BridgeReader, type CardEvent, type CardRequest } from './card-messages.ts';
import type { CardModule } from './card-modules.ts';

type WithoutId<T> = T extends { requestId: number } ? Omit<T, 'requestId'> : never;
export type ModuleCall = WithoutId<CardRequest>;
type Answer = Exclude<CardEvent, { type: 'readers' | 'moduleMissing' | 'failed' | 'pinPad' }>;
type PendingCall = Readonly<{
  requestId: number;
  resolve: (answer: Answer) => void;
  reject: (error: AppError) => void;
  /** Starts the time anew: a person at the reader's keys takes as long as the reader lets them. */
  allow: (limitMs: number) => void;
  limitMs: number;
}>;

/** The line to the bridge process of one module. Calls queue: a card is a mutex, and so is its module. */
export type ModuleLine = Readonly<{
  /**
   * Rejects with `card.moduleCrashed` when the process dies, `card.timedOut` after `limitMs` in the card (the process is
   * then replaced: nothing else frees a hanging module), or what the bridge says.
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
  let turn: Promise<unknown> = Promise.resolve();
  let lastId = 0;
  let generation = 0;
  let pending: PendingCall | null = null;
  let listing: Promise<unknown> | null = null;
  let isProven = false;
  let isPadWaiting = false;
  /** Until a process that was told to end has ended: whoever asks meanwhile asks the next one. */
  let ending: PromiseWithResolvers<void> | null = null;

  const supervisor = createBridgeSupervisor({
    start: () => options.spawnBridge('card'),
    onStarted: () => supervisor.post(load),
    onMessage(message) {
      const parsed = cardEventSchema.safeParse(message);
      if (parsed.success) receive(parsed.data);
      else replaceProcess();
    },
    onExit() {
      if (ending === null) generation += 1;
      ending?.resolve();
      ending = null;
      readers = [];
      isProven = false;
      tellPad(null);
      pending?.reject(new AppError('card.moduleCrashed'));
      options.onEnd();
      options.onReaders();
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
    if (pending === null || event.requestId !== pending.requestId) return;
    if (event.type === 'failed') pending.reject(fromErrorMessage(event.failure));
    else if (event.type === 'pinPad') {
      const { readerName, seconds } = event;
      pending.allow(seconds === null ? pending.limitMs : options.pinPadLimit);
      tellPad(seconds === null ? null : { readerName, seconds });
    } else {
      if (event.type === 'listed') readers = event.readers;
      pending.resolve(event);
    }
  }

  function tellPad(asked: PinPadAsked | null): void {
    if (asked === null && !isPadWaiting) return;
    isPadWaiting = asked !== null;
    options.onPinPad(asked);
  }

  function replaceProcess(): void {
    if (ending !== null || !supervisor.isUp()) return;
    generation += 1;
    ending = Promise.withResolvers<void>();
    supervisor.restart();
  }

  async function serve(request: ModuleCall, limitMs: number, asked: number): Promise<Answer> {
    await ending?.promise;
    if (asked !== generation) throw new AppError('card.moduleCrashed');
    const answer = Promise.withResolvers<Answer>();
    const requestId = (lastId += 1);
    let timer: NodeJS.Timeout | undefined;
    function allow(milliseconds: number): void {
      clearTimeout(timer);
      timer = setTimeout(() => {
        answer.reject(new AppError('card.timedOut'));
        replaceProcess();
      }, milliseconds);
    }
    allow(limitMs);
    pending = { requestId, resolve: answer.resolve, reject: answer.reject, allow, limitMs };
    try {
      supervisor.ready().then(
        () => {
          if (pending?.requestId === requestId) supervisor.post({ ...request, requestId });
        },
        () => answer.reject(new AppError('card.moduleCrashed')),
      );
      return await answer.promise;
    } finally {
      clearTimeout(timer);
      pending = null;
    }
  }

  supervisor.ready().catch((error: unknown) => {
    if (!(error instanceof SupervisorClosedError)) throw error;
  });

  function call(request: ModuleCall, limitMs: number): Promise<Answer> {
    const asked = generation;
    const answer = turn.then(() => serve(request, limitMs, asked));
    turn = answer.catch(() => undefined);
    return answer;
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
      ending?.resolve();
      pending?.reject(new AppError('card.moduleCrashed'));
    },
  };
}
