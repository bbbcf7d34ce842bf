import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type { HashName } from './algorithms.ts';

/**
 * A document and the revision that is appended to it, as two pieces: joining twenty megabytes takes as long as hashing
 * them, and whoever writes to a disk or a line writes pieces just as well.
 */
export type AppendedPdf = Readonly<{ original: Buffer; tail: Buffer }>;

/** The whole document in one piece, copied. */
export function joinPdf({ original, tail }: AppendedPdf): Buffer {
  return Buffer.concat([original, tail]);
}

/** Gives the state of a digest that has taken in a document, each time a fresh copy; the document is read once for each algorithm. */
export type PrefixDigest = (hash: HashName) => Hash;

/** SHA-256 is taken in at once: it belongs to what is done before a card is asked, and names the signed document too. */
export function digestPrefix(original: Uint8Array): PrefixDigest {
  const states = new Map<HashName, Hash>([['sha256', createHash('sha256').update(original)]]);
  return (hash) => {
    const state = states.get(hash) ?? createHash(hash).update(original);
    states.set(hash, state);
    return state.copy();
  };
}
