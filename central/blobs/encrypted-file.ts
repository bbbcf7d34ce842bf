import type { KeyObject } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import {
  chunkLength,
  contentLengthOf,
  fileChunkLength,
  filePrefixLength,
  openFileChunk,
  readPrefix,
  sealFileChunk,
  startFile,
} from './blob-format.ts';
import { readAt, writeAt } from './file-bytes.ts';

/** A new file, durable when `close` resolves. Chunks come full but the last, which says that it is. */
export async function writeEncryptedFile(
  path: string,
  filesKey: KeyObject,
  sha256: string,
): Promise<Readonly<{ add(chunk: Uint8Array, isLast: boolean): Promise<void>; close(): Promise<void> }>> {
  const handle = await open(path, 'wx', 0o600);
  const { prefix, fileKey } = startFile(filesKey, sha256);
  let index = 0;
  let position = 0;

  async function write(bytes: Uint8Array): Promise<void> {
    await writeAt(handle, position, bytes);
    position += bytes.length;
  }

  try {
    await write(prefix);
  } catch (error) {
    await handle.close();
    throw error;
  }
  return {
    async add(chunk, isLast) {
      await write(sealFileChunk(fileKey, { sha256, index, isLast }, chunk));
      index += 1;
    },
    async close() {
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    },
  };
}

/** The content, chunk by chunk from one on; null in the place of the first chunk that does not open, and then no more. */
export async function* readEncryptedFile(
  path: string,
  filesKey: KeyObject,
  sha256: string,
  firstChunk = 0,
): AsyncGenerator<Buffer | null> {
  const handle = await open(path, 'r');
  try {
    const fileKey = readPrefix(filesKey, sha256, await readAt(handle, 0, filePrefixLength));
    const byteLength = contentLengthOf((await handle.stat()).size);
    if (fileKey === null || byteLength === null) {
      yield null;
      return;
    }
    yield* readChunks(handle, fileKey, { sha256, byteLength, firstChunk });
  } finally {
    await handle.close();
  }
}

async function* readChunks(
  handle: FileHandle,
  fileKey: KeyObject,
  { sha256, byteLength, firstChunk }: Readonly<{ sha256: string; byteLength: number; firstChunk: number }>,
): AsyncGenerator<Buffer | null> {
  const count = Math.ceil(byteLength / chunkLength);
  for (let index = firstChunk; index < count; index += 1) {
    const sealed = await readAt(handle, filePrefixLength + index * fileChunkLength, fileChunkLength);
    const chunk = openFileChunk(fileKey, { sha256, index, isLast: index === count - 1 }, sealed);
    yield chunk;
    if (chunk === null) return;
  }
}
