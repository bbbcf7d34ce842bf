import type { Readable } from 'node:stream';

/** What a write led to. `offset`: bytes that are there, from where the sender goes on. */
export type BlobProgress = Readonly<{ state: 'partial'; offset: number }> | Readonly<{ state: 'complete' }>;

/** An upload is of one office and one content: another office's bytes never complete it. */
export type BlobUpload = Readonly<{ officeCode: string; sha256: string; byteLength: number }>;

/** Keeps files by their SHA-256. A folder today; an object store would implement the same. */
export type BlobStore = Readonly<{
  /** Bytes received of an upload that is under way; 0 when there is none. */
  getOffset(upload: BlobUpload): Promise<number>;
  /**
   * Adds bytes at the offset. With the last byte the SHA-256 is checked and the file put in its place, durably; a
   * content that is not what its name says is thrown away and its offset is 0 again. Bytes at another offset than the one
   * that is due change nothing.
   */
  append(upload: BlobUpload, offset: number, content: Uint8Array): Promise<BlobProgress>;
  /**
   * Puts whole contents in their places, durably when it resolves, and gives the digests of those that were what they are
   * named. After a failure some may be in their places.
   */
  putWhole(uploads: readonly (BlobUpload & Readonly<{ content: Uint8Array }>)[]): Promise<ReadonlySet<string>>;
  /** Throws away what has come of uploads whose files are there already. */
  discard(uploads: readonly BlobUpload[]): Promise<void>;
  /** Null when it is not there. */
  open(sha256: string): Promise<Readonly<{ byteLength: number; stream: () => Readable }> | null>;
  read(sha256: string): Promise<Uint8Array | null>;
  /** Bytes from the offset on, fewer where the file ends; null when it is not there. */
  readPiece(sha256: string, offset: number, byteLength: number): Promise<Uint8Array | null>;
  /** Throws when nothing could be written. */
  check(): Promise<void>;
}>;
