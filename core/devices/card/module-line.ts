import { AppError, fromErrorMessage } from '../../contract/errors.ts';
import type { SpawnBridge } from '../bridge-channel.ts';
import { createBridgeSupervisor, SupervisorClosedError } from '../bridge-supervisor.ts';
import { cardEventSchema, type BridgeReader, type CardEvent, type CardRequest } from './card-messages.ts';
import type { CardModule } from './card-modules.ts';

type WithoutId<T> = T extends { requestId: number } ? Omit<T, 'requestId'> : never;
export type ModuleCall = WithoutId<CardRequest>;
type Answer = Exclude<CardEvent, { type: 'readers' | 'moduleMissing' | 'failed' }>;

/** The line to the bridge process of one module. Calls queue: a card is a mutex, and so is its module. */
export type ModuleLine = Readonly<{
  /**
   * Rejects with `card.moduleCrashed` when the process dies, `card.timedOut` after `limitMs` in the card (the process is
   * then replaced: nothing else frees a hanging module), or what the bridge says.
   */
  call(request: ModuleCall, limitMs: number): Promise<Answer>;
  /** What the bridge told last; empty while it is down. */
  readers(): readonly BridgeReader[];
  close(): void;
}>;

export function createModuleLine(
  options: Readonly<{
    spawnBridge: SpawnBridge;
    module: CardModule;
    onReaders: () => void;
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
  let pending: { requestId: number; resolve: (answer: Answer) => void; reject: (error: AppError) => void } | null =
    null;

  const supervisor = createBridgeSupervisor({
    start: () => options.spawnBridge('card'),
    onStarted: () => supervisor.post(load),
    onMessage(message) {
      const parsed = cardEventSchema.safeParse(message);
      if (parsed.success) receive(parsed.data);
      else supervisor.restart();
    },
    onExit() {
      generation += 1;
      readers = [];
      pending?.reject(new AppError('card.moduleCrashed'));
      options.onEnd();
      options.onReaders();
    },
  });

  function receive(event: CardEvent): void {
    if (event.type === 'moduleMissing') return;
    if (event.type === 'readers') {
      readers = event.readers;
      options.onReaders();
      return;
    }
    if (pending === null || event.requestId !== pending.requestId) return;
    if (event.type === 'failed') pending.reject(fromErrorMessage(event.failure));
    else {
      if (event.type === 'listed') readers = event.readers;
      pending.resolve(event);
    }
  }

  async function serve(request: ModuleCall, limitMs: number, asked: number): Promise<Answer> {
    if (asked !== generation) throw new AppError('card.moduleCrashed');
    const answer = Promise.withResolvers<Answer>();
    const requestId = (lastId += 1);
    const timer = setTimeout(() => {
      answer.reject(new AppError('card.timedOut'));
      supervisor.restart();
    }, limitMs);
    pending = { requestId, resolve: answer.resolve, reject: answer.reject };
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

  return {
    call(request, limitMs) {
      const asked = generation;
      const answer = turn.then(() => serve(request, limitMs, asked));
      turn = answer.catch(() => undefined);
      return answer;
    },
    readers: () => readers,
    close() {
      supervisor.close();
      pending?.reject(new AppError('card.moduleCrashed'));
    },
  };
}
