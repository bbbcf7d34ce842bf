import { createHash } from 'node:crypto';
import { AppError } from '../../contract/errors.ts';
import type { RawPage } from '../../services/ports/scanner.ts';

export type PageHeader = Readonly<{
  sequence: number;
  widthPixels: number;
  heightPixels: number | null;
  dpi: number;
  colorMode: RawPage['colorMode'];
}>;

export type PageAssembly = Readonly<{
  header: PageHeader;
  /** Throws `scanner.failed` when the strip does not continue the page and `image.tooLarge` when it never ends. */
  add(offset: number, bytes: Uint8Array): void;
  /** 0 to 1; 0 while the height is unknown. */
  fraction(): number;
  /** Throws `scanner.imageTruncated` when rows are missing, `scanner.failed` when the digest is another one. */
  finish(rows: number, sha256: string): RawPage;
}>;

/** A3 in colour at 600 dots per inch is 209 MB: nothing at a counter is larger. */
const largestPage = 256 * 1024 * 1024;
const unknownHeightStart = 8 * 1024 * 1024;

function rowBytes(header: PageHeader): number {
  switch (header.colorMode) {
    case 'bitonal':
      return Math.ceil(header.widthPixels / 8);
    case 'gray':
      return header.widthPixels;
    case 'color':
      return header.widthPixels * 3;
  }
}

/** Puts a page together from its strips and proves that it is the page that the bridge sent. */
export function createPageAssembly(header: PageHeader): PageAssembly {
  const bytesPerRow = rowBytes(header);
  const expected = header.heightPixels === null ? null : bytesPerRow * header.heightPixels;
  if (expected !== null && expected > largestPage) throw new AppError('image.tooLarge');
  const hash = createHash('sha256');
  let samples = new Uint8Array(expected ?? unknownHeightStart);
  let length = 0;

  function makeRoom(needed: number): void {
    if (needed <= samples.length) return;
    if (expected !== null) throw new AppError('scanner.failed');
    if (needed > largestPage) throw new AppError('image.tooLarge');
    const larger = new Uint8Array(Math.min(Math.max(samples.length * 2, needed), largestPage));
    larger.set(samples.subarray(0, length));
    samples = larger;
  }

  return {
    header,
    add(offset, bytes) {
      if (offset !== length) throw new AppError('scanner.failed');
      makeRoom(length + bytes.length);
      samples.set(bytes, length);
      hash.update(bytes);
      length += bytes.length;
    },
    fraction: () => (expected === null ? 0 : length / expected),
    finish(rows, sha256) {
      if (length === 0) throw new AppError('scanner.imageEmpty');
      if (length !== rows * bytesPerRow || (expected !== null && length !== expected))
        throw new AppError('scanner.imageTruncated');
      if (hash.digest('hex') !== sha256) throw new AppError('scanner.failed');
      return {
        sequence: header.sequence,
        widthPixels: header.widthPixels,
        heightPixels: rows,
        dpi: header.dpi,
        colorMode: header.colorMode,
        samples: length === samples.length ? samples : samples.slice(0, length),
        sha256,
      };
    },
  };
}
