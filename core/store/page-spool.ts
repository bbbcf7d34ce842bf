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
 * `<folder>/arrived-page`, in the form of a blob: 4 bytes with the length of the description (big-endian), the description
 * in JSON, the samples. One file that is written again and again: in the blob store a raw page would stay until the next
 * opening, and a stack of 500 would take 13 GB.
 */
const lengthBytes = 4;

export function openPageSpool(folder: string, keys: BlobKeys): PageSpool {
  const path = join(folder, 'arrived-page');
  const name = createHmac('sha256', keys.names).update('arrived page').digest('hex');
  let last: Promise<unknown> = Promise.resolve();

  /** One after another, whoever asks: what is cleared is not written afterwards. */
  function inOrder<Result>(work: () => Promise<Result>): Promise<Result> {
    const next = last.then(work, work);
    last = next.catch(() => undefined);
    return next.catch((error: unknown) => {
      throw toStoreError(error, folder);
    });
  }

  async function write({ page: { samples, ...page }, ...rest }: ArrivedPage): Promise<void> {
    const description = Buffer.from(JSON.stringify({ ...rest, page }));
    const length = Buffer.alloc(lengthBytes);
    length.writeUInt32BE(description.length);
    const pieces = [length, description, samples];
    const parts = sealBlob(keys.wrapping, { name, sha256: page.sha256, mediaType: 'application/octet-stream', pieces });
    await rm(`${path}.new`, { force: true });
    await writeFileDurably(path, `${path}.new`, parts);
  }

  async function read(): Promise<ArrivedPage | null> {
    const file = await readFile(path).catch((error: unknown) => {
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

  return {
    put: (page) => inOrder(() => write(page)),
    get: () => inOrder(read),
    clear: () => inOrder(() => rm(path, { force: true })),
  };
}
