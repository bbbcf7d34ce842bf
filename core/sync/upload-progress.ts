import type { UploadProgress } from '../services/desk-status.ts';
import type { DeskStore } from '../services/ports/store.ts';

type FileOnItsWay = Readonly<{ sha256: string; byteLength: number }>;

/** What is being sent, told at most once a second, and not at all when it is over by then. */
export type UploadProgressKeeper = Readonly<{
  /** A turn of sending begins: files up to `largestBytes`. */
  begin(largestBytes: number): void;
  /** So many bytes of this file are at the centre; the one in hand. */
  reached(file: FileOnItsWay, bytes: number): void;
  /** It is there whole. */
  completed(file: FileOnItsWay): void;
  /** Nothing is being sent any more: all has gone, or the line. */
  end(): void;
}>;

const tellEveryMs = 1_000;
/** The rate is that of the last half minute. */
const rateWindowMs = 30_000;

export function createUploadProgress(
  options: Readonly<{
    store: Pick<DeskStore, 'measureWaitingFiles' | 'findFileOwner'>;
    tell: (progress: UploadProgress | null) => void;
    now?: () => number;
  }>,
): UploadProgressKeeper {
  const { store, tell, now = () => performance.now() } = options;
  let begunAt: number | null = null;
  let toldAt: number | null = null;
  let waitingBytes = 0;
  let completedBytes = 0;
  const partial = new Map<string, number>();
  let current: FileOnItsWay | null = null;
  /** In the order of time. */
  let steps: Readonly<{ at: number; bytes: number }>[] = [];

  const inParts = () => [...partial.values()].reduce((sum, bytes) => sum + bytes, 0);

  function step(bytes: number): void {
    const at = now();
    if (bytes > 0) steps.push({ at, bytes });
    while ((steps[0]?.at ?? at) < at - rateWindowMs) steps.shift();
    if (begunAt !== null && at - (toldAt ?? begunAt) >= tellEveryMs) {
      toldAt = at;
      tell(describe(at));
    }
  }

  function describe(at: number): UploadProgress {
    const sentBytes = completedBytes + inParts();
    const totalBytes = completedBytes + waitingBytes;
    const since = Math.max(begunAt ?? at, at - rateWindowMs);
    const rate = steps.reduce((sum, { bytes }) => sum + bytes, 0) / Math.max(at - since, 1);
    const owner = current === null ? null : store.findFileOwner(current.sha256);
    return {
      sentBytes,
      totalBytes,
      secondsLeft: rate === 0 ? null : Math.ceil((totalBytes - sentBytes) / rate / 1_000),
      current:
        current === null || owner === null
          ? null
          : { ...owner, sentBytes: partial.get(current.sha256) ?? 0, byteLength: current.byteLength },
    };
  }

  return {
    begin(largestBytes) {
      begunAt ??= now();
      const waiting = store.measureWaitingFiles(largestBytes);
      waitingBytes = waiting.bytes - waiting.largeBytes;
      partial.clear();
    },
    reached(file, bytes) {
      const before = partial.get(file.sha256);
      partial.set(file.sha256, bytes);
      current = file;
      // What was there before is no work of this line.
      step(before === undefined ? 0 : bytes - before);
    },
    completed({ sha256, byteLength }) {
      const before = partial.get(sha256) ?? 0;
      partial.delete(sha256);
      completedBytes += byteLength;
      waitingBytes = Math.max(0, waitingBytes - byteLength);
      if (current?.sha256 === sha256) current = null;
      step(byteLength - before);
    },
    end() {
      if (toldAt !== null) tell(null);
      begunAt = null;
      toldAt = null;
      completedBytes = 0;
      steps = [];
      partial.clear();
      current = null;
    },
  };
}
