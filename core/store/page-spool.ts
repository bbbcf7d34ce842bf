import { createHmac } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArrivedPage, PageSpool } from '../services/ports/store.ts';
import { openBlob, readBlobHeader, sealBlob } from './blob-format.ts';
import type { BlobKeys } from './blob-store.ts';
import { writeFileDurably } from './durable-file.ts';
import { errorCode, toStoreError } from './store-errors.ts';
import { arrivedPageSchema } from './stored-shapes.ts';

/*
 * `<folder>/arrived-page-0` to `-3`, in the form of a blob: 4 bytes with the length of the description (big-endian), the
 * description in JSON, the samples. Four files that are written again and again: in the blob store a raw page would stay until
 * the next opening, and a stack of 500 would take 13 GB.
 */
const lengthBytes = 4;
const places = [0, 1, 2, 3] as const;

export function openPageSpool(folder: string, keys: BlobKeys): PageSpool {
  const pathOf = (place: number): string => join(folder, `arrived-page-${place}`);
  const unfinishedPath = join(folder, 'arrived-page.new');
  const nameOf = (place: number): string =>
    createHmac('sha256', keys.names).update(`arrived page ${place}`).digest('hex');
  const placeOf = ({ page }: ArrivedPage): number => page.sequence % places.length;
  let last: Promise<unknown> = Promise.resolve();

  /** One after another, whoever asks: what is cleared is not written afterwards. */
  function inOrder<Result>(work: () => Promise<Result>): Promise<Result> {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next.catch((error: unknown) => {
      throw toStoreError(error, folder);
    });
  }

  async function write(arrived: ArrivedPage): Promise<void> {
    const { page: described, ...rest } = arrived;
    const { samples, ...page } = described;
    const place = placeOf(arrived);
    const [path, name] = [pathOf(place), nameOf(place)];
    const description = Buffer.from(JSON.stringify({ ...rest, page }));
    const length = Buffer.alloc(lengthBytes);
    length.writeUInt32BE(description.length);
    const pieces = [length, description, samples];
    const parts = sealBlob(keys.wrapping, { name, sha256: page.sha256, mediaType: 'application/octet-stream', pieces });
    await rm(unfinishedPath, { force: true });
    await writeFileDurably(path, unfinishedPath, parts);
  }

  async function read(place: number): Promise<ArrivedPage | null> {
    const name = nameOf(place);
    const file = await readFile(pathOf(place)).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return null;
      throw error;
    });
    if (file === null) return null;
    const header = readBlobHeader(keys.wrapping, name, file);
    const content = Buffer.concat([...openBlob(header, name, file)]);
    header.blobKey.fill(0);
    const samplesStart = lengthBytes + content.readUInt32BE(0);
    const description: unknown = JSON.parse(content.toString('utf8', lengthBytes, samplesStart));
    const { page, ...rest } = arrivedPageSchema.parse(description);
    const samples = content.subarray(samplesStart);
    return { ...rest, page: { ...page, samples } };
  }

  async function readAll(): Promise<readonly ArrivedPage[]> {
    // What a crash left half written; its sheet is not through.
    await rm(unfinishedPath, { force: true });
    const pages = [];
    for (const place of places) pages.push(await read(place));
    return pages.filter((page) => page !== null).toSorted((a, b) => a.page.sequence - b.page.sequence);
  }

  async function clear(): Promise<void> {
    for (const place of places) await rm(pathOf(place), { force: true });
  }

  return {
    put: (page) => inOrder(() => write(page)),
    list: () => inOrder(readAll),
    remove: (page) => inOrder(() => rm(pathOf(placeOf(page)), { force: true })),
    clear: () => inOrder(clear),
  };
}
