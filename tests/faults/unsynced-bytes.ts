/*
 * What a power cut leaves of bytes that were written and not synced. The system writes a file back in its own order, a page (4096
 * bytes) or a sector (512) at a time, as it stood at some moment since the last sync; a sector does not tear, and what lies beside
 * the written bytes of a sector stays (SQLite's "powersafe overwrite"). The length of the file may be that of another moment:
 * what it has grown by without its bytes are zeros, or whatever lay there before (SQLite expects that as well; ext4 with
 * data=ordered shows zeros). A file that was cut shorter never shows what it was cut of. After a sync that failed Linux takes
 * all for written: every reader sees it, and no later sync brings it to the disk.
 */

const sectorBytes = 512;
const pageBytes = 4096;

type Change = Readonly<{ at: number; bytes: Uint8Array }> | Readonly<{ length: number }>;

/** The bytes of a file as every reader sees them, and as they were at its last sync. */
export type RecordedBytes = Readonly<{
  write: (at: number, bytes: Uint8Array) => void;
  resize: (length: number) => void;
  sync: () => void;
  failSync: () => void;
  current: () => Uint8Array;
  /** As it would be after one more write. */
  currentWith: (at: number, bytes: Uint8Array) => Uint8Array;
  afterPowerCut: (random: () => number) => Uint8Array;
}>;

export function recordBytes(first: Uint8Array): RecordedBytes {
  const current = growingBytes(first);
  const synced = growingBytes(first);
  let pending: Change[] = [];

  function change(each: Change): void {
    applyTo(current, each);
    pending.push(each);
  }

  return {
    write: (at, bytes) => {
      change({ at, bytes });
    },
    resize: (length) => {
      change({ length });
    },
    sync: () => {
      for (const each of pending) applyTo(synced, each);
      pending = [];
    },
    failSync: () => {
      pending = [];
    },
    current: current.get,
    currentWith: (at, bytes) => {
      const next = growingBytes(current.get());
      next.write(at, bytes);
      return next.get();
    },
    afterPowerCut: (random) => (pending.length === 0 ? synced.get() : survive(synced.get(), pending, random)),
  };
}

type GrowingBytes = Readonly<{
  get: () => Buffer;
  write: (at: number, bytes: Uint8Array) => void;
  resize: (length: number) => void;
}>;

function growingBytes(first: Uint8Array): GrowingBytes {
  let buffer = Buffer.from(first);
  let length = first.length;

  function resize(next: number): void {
    if (next > buffer.length) {
      const larger = Buffer.alloc(Math.max(next, 2 * buffer.length));
      buffer.copy(larger, 0, 0, length);
      buffer = larger;
    }
    if (next < length) buffer.fill(0, next, length);
    length = next;
  }

  return {
    get: () => buffer.subarray(0, length),
    write: (at, bytes) => {
      if (at + bytes.length > length) resize(at + bytes.length);
      buffer.set(bytes, at);
    },
    resize,
  };
}

function applyTo(bytes: GrowingBytes, change: Change): void {
  if ('bytes' in change) bytes.write(change.at, change.bytes);
  else bytes.resize(change.length);
}

function survive(synced: Uint8Array, pending: readonly Change[], random: () => number): Uint8Array {
  const lengths = lengthsAfter(synced.length, pending);
  const lengthAfter = (count: number): number => lengths[count] ?? 0;
  const cuts = [...lengths.keys()].filter((count) => count > 0 && lengthAfter(count) < lengthAfter(count - 1));
  // The last cut that is kept, and the first that is not: between them the file only grows.
  const keptCuts = upTo(cuts.length, random);
  const grownFrom = cuts[keptCuts - 1] ?? 0;
  const end = keptCuts < cuts.length ? (cuts[keptCuts] ?? 0) - 1 : pending.length;
  const isNoisy = random() < 0.5;
  const { unitBytes, reached } = chooseReached(pending, random);

  const bytes = growingBytes(synced);
  for (const [index, change] of pending.slice(0, end).entries()) {
    if (index === grownFrom) grow(bytes, lengthAfter(end), isNoisy, random);
    if ('length' in change) {
      if (index < grownFrom) bytes.resize(Math.min(bytes.get().length, change.length));
      continue;
    }
    const { at } = change;
    for (let start = at; start < at + change.bytes.length;) {
      const unit = Math.floor(start / unitBytes);
      const stop = Math.min((unit + 1) * unitBytes, at + change.bytes.length);
      if (reached(unit) > index) bytes.write(start, change.bytes.subarray(start - at, stop - at));
      start = stop;
    }
  }
  bytes.resize(random() < 0.5 ? lengthAfter(end) : lengthAfter(grownFrom + upTo(end - grownFrom, random)));
  return bytes.get();
}

function lengthsAfter(first: number, pending: readonly Change[]): readonly number[] {
  const lengths = [first];
  let length = first;
  for (const change of pending) {
    length = 'bytes' in change ? Math.max(length, change.at + change.bytes.length) : change.length;
    lengths.push(length);
  }
  return lengths;
}

function grow(bytes: GrowingBytes, length: number, isNoisy: boolean, random: () => number): void {
  const before = bytes.get().length;
  bytes.resize(length);
  if (isNoisy && length > before) bytes.write(before, noise(length - before, random));
}

/** For each unit of the file, how many of the pending changes its bytes have seen. */
type WrittenBack = Readonly<{ unitBytes: number; reached: (unit: number) => number }>;

function chooseReached(pending: readonly Change[], random: () => number): WrittenBack {
  const unitBytes = random() < 0.5 ? sectorBytes : pageBytes;
  const all = pending.length;
  const way = Math.floor(random() * 4);
  if (way === 0) {
    const count = upTo(all, random);
    return { unitBytes, reached: () => count };
  }
  if (way === 1) {
    // All was written back but one place, or nothing but one.
    const only = placeIn(pending, random);
    const isMissing = random() < 0.5;
    return { unitBytes, reached: (unit) => ((unit === Math.floor(only / unitBytes)) === isMissing ? 0 : all) };
  }
  const counts = new Map<number, number>();
  return {
    unitBytes,
    reached: (unit) => {
      const known = counts.get(unit);
      if (known !== undefined) return known;
      const drawn = random();
      const count = drawn < 0.3 ? 0 : drawn < 0.6 ? all : upTo(all, random);
      counts.set(unit, count);
      return count;
    },
  };
}

/** Of some byte that was written. */
function placeIn(pending: readonly Change[], random: () => number): number {
  const writes = pending.filter((change) => 'bytes' in change);
  const chosen = writes[upTo(writes.length - 1, random)];
  return chosen === undefined ? 0 : chosen.at + upTo(chosen.bytes.length - 1, random);
}

/** What lay on the disk before: of no use to anybody. */
export function noise(length: number, random: () => number): Buffer {
  const block = Buffer.alloc(Math.min(length, pageBytes));
  for (let index = 0; index < block.length; index += 1) block[index] = Math.floor(random() * 256);
  return Buffer.alloc(length, block);
}

function upTo(limit: number, random: () => number): number {
  return Math.floor(random() * (limit + 1));
}
