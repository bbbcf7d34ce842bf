import { AppError } from '../../contract/errors.ts';
import type { CardPort, CardReader, PinPadAsked } from '../../services/ports/card.ts';
import type { SpawnBridge } from '../bridge-channel.ts';
import type { CardModule } from './card-modules.ts';
import { mergeReaders, splitReaderId } from './merge-readers.ts';
import { createModuleLine, type ModuleLine } from './module-line.ts';

/** Milliseconds that a module may take before its process is replaced. */
export type CardLimits = Readonly<{
  list: number;
  /** What a list waits for modules that have not shown yet that they work, once one that works has answered. */
  unprovenList: number;
  login: number;
  /** While a person types on the reader, which gives up by itself after about 30 s. */
  pinPad: number;
  sign: number;
}>;

const usualLimits: CardLimits = { list: 30_000, unprovenList: 2500, login: 30_000, pinPad: 60_000, sign: 45_000 };

/**
 * The services' hold on cards: one bridge process for each module, so that a card that hangs in one takes neither the
 * other readers nor the seal's session along. A card that two modules can read is shown once.
 */
export function createCardClient(
  options: Readonly<{
    spawnBridge: SpawnBridge;
    modules: readonly CardModule[];
    limits?: Partial<CardLimits>;
  }>,
): CardPort {
  const limits = { ...usualLimits, ...options.limits };
  const listeners = new Set<(readers: readonly CardReader[]) => void>();
  const padListeners = new Set<(asked: PinPadAsked | null) => void>();
  const sessions = new Map<string, ModuleLine>();
  let isClosed = false;

  const lines: readonly ModuleLine[] = options.modules.map((module) => {
    const line: ModuleLine = createModuleLine({
      spawnBridge: options.spawnBridge,
      module,
      pinPadLimit: limits.pinPad,
      onReaders: tell,
      onPinPad(asked) {
        for (const listener of padListeners) listener(asked);
      },
      onEnd() {
        for (const [sessionId, owner] of sessions) if (owner === line) sessions.delete(sessionId);
      },
    });
    return line;
  });

  function readersNow(): CardReader[] {
    return mergeReaders(
      options.modules.map(({ watch, answersToReset }, index) => ({
        watch: watch ?? 'readers',
        ownCards: answersToReset ?? null,
        readers: lines[index]?.readers() ?? [],
      })),
    );
  }

  function tell(): void {
    if (isClosed) return;
    const readers = readersNow();
    for (const listener of listeners) listener(readers);
  }

  return {
    async listReaders() {
      const asked = lines.map((line) => ({ isProven: line.isProven(), answer: line.list(limits.list) }));
      const all = Promise.allSettled(asked.map(({ answer }) => answer));
      // One library that is missing, breaks or hangs must not hide the cards that the others read.
      const proven = asked.filter(({ isProven }) => isProven).map(({ answer }) => answer);
      const late =
        proven.length === asked.length
          ? null
          : delayAfter(
              Promise.all([Promise.any(asked.map(({ answer }) => answer)), Promise.allSettled(proven)]),
              limits.unprovenList,
            );
      try {
        const results = (await Promise.race(late === null ? [all] : [all, late.ended])) ?? [];
        const failures = results.filter((result) => result.status === 'rejected');
        if (failures.length > 0 && failures.length === results.length) throw failures[0]?.reason;
        return readersNow();
      } finally {
        late?.stop();
      }
    },

    onReadersChanged(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },

    onPinPadAsked(listener) {
      padListeners.add(listener);
      return () => void padListeners.delete(listener);
    },

    async login({ readerId, pin }) {
      try {
        const place = splitReaderId(readerId);
        const line = place === null ? undefined : lines[place.moduleIndex];
        if (place === null || line === undefined) throw new AppError('card.readerAbsent');
        const answer = await line.call({ type: 'login', readerId: place.ownId, pin }, limits.login);
        if (answer.type !== 'loggedIn') throw new AppError('card.failed');
        if (answer.outcome.outcome === 'ok') sessions.set(answer.outcome.sessionId, line);
        return answer.outcome;
      } catch (error) {
        if (error instanceof AppError && error.code === 'card.moduleCrashed') return { outcome: 'moduleCrashed' };
        throw error;
      } finally {
        pin?.fill(0);
      }
    },

    async sign({ sessionId, certificateId, algorithm, data, pin }) {
      try {
        const line = sessions.get(sessionId);
        if (line === undefined) throw new AppError('card.removed');
        const request = { type: 'sign', sessionId, certificateId, algorithm, data, pin: pin ?? null } as const;
        const answer = await line.call(request, limits.sign);
        if (answer.type !== 'signed') throw new AppError('card.failed');
        return answer.signature;
      } finally {
        pin?.fill(0);
      }
    },

    async logout(sessionId) {
      const line = sessions.get(sessionId);
      sessions.delete(sessionId);
      if (line !== undefined) await line.call({ type: 'logout', sessionId }, limits.sign);
    },

    async close() {
      isClosed = true;
      const logouts = [...sessions].map(([sessionId, line]) => line.call({ type: 'logout', sessionId }, closingMs));
      sessions.clear();
      const patience = Promise.withResolvers<void>();
      const timer = setTimeout(patience.resolve, closingMs);
      await Promise.race([Promise.allSettled(logouts), patience.promise]);
      clearTimeout(timer);
      for (const line of lines) line.close();
    },
  };
}

/** Ends so long after `work` has succeeded; never when it fails. */
function delayAfter(
  work: Promise<unknown>,
  milliseconds: number,
): Readonly<{ ended: Promise<null>; stop: () => void }> {
  const ended = Promise.withResolvers<null>();
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  work.then(
    () => {
      if (!isStopped) timer = setTimeout(() => ended.resolve(null), milliseconds);
    },
    () => undefined,
  );
  return {
    ended: ended.promise,
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

/** Leaving is not held up by a card that does not answer: ending its bridge ends its sessions too. */
const closingMs = 3000;
