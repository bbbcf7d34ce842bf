import type { KeyObject } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { chunkLength, openUploadChunk, sealUploadChunk, uploadChunkLength } from './blob-format.ts';
import { isFileError } from './durable-folder.ts';
import { readAt, writeAt } from './file-bytes.ts';

/** Where an upload goes on: bytes of content that are there whole, and those of them in an unfilled last chunk. */
type UploadEnd = Readonly<{ received: number; unfilled: Uint8Array }>;

const nothing: UploadEnd = { received: 0, unfilled: new Uint8Array(0) };

/** Bytes of content that an upload may go on from; 0 when there is none. */
export async function measureUpload(path: string, uploadKey: KeyObject): Promise<number> {
  const handle = await openIfThere(path, constants.O_RDONLY);
  if (handle === null) return 0;
  try {
    return (await findEnd(handle, uploadKey)).received;
  } finally {
    await handle.close();
  }
}

/** Writes content at `offset` and gives the bytes that are there then; at another offset than the one due, nothing. */
export async function growUpload(
  path: string,
  uploadKey: KeyObject,
  piece: Readonly<{ offset: number; content: Uint8Array; byteLength: number }>,
): Promise<number> {
  const { offset, content, byteLength } = piece;
  const handle = await openIfThere(path, offset === 0 ? constants.O_RDWR | constants.O_CREAT : constants.O_RDWR);
  if (handle === null) return 0;
  try {
    const { received, unfilled } = await findEnd(handle, uploadKey);
    if (offset !== received || received + content.length > byteLength || content.length === 0) return received;
    const first = Math.floor(received / chunkLength);
    // What a kill left behind the last whole chunk must not be taken for more of it.
    if (unfilled.length === 0) await handle.truncate(first * uploadChunkLength);
    let taken = 0;
    for (let index = first; taken < content.length; index += 1) {
      const before = index === first ? unfilled : nothing.unfilled;
      const next = content.subarray(taken, taken + chunkLength - before.length);
      const sealed = sealUploadChunk(uploadKey, index, Buffer.concat([before, next]));
      await writeAt(handle, index * uploadChunkLength, sealed);
      taken += next.length;
    }
    return received + content.length;
  } finally {
    await handle.close();
  }
}

/** The content, chunk by chunk; null in the place of the first chunk that does not open, and then no more. */
export async function* readUpload(path: string, uploadKey: KeyObject): AsyncGenerator<Buffer | null> {
  const handle = await open(path, 'r');
  try {
    for (let index = 0; ; index += 1) {
      const sealed = await readAt(handle, index * uploadChunkLength, uploadChunkLength);
      if (sealed.length === 0) return;
      const chunk = openUploadChunk(uploadKey, index, sealed);
      yield chunk;
      if (chunk === null) return;
    }
  } finally {
    await handle.close();
  }
}

/** Keeps that many chunks of the upload. */
export async function cutUpload(path: string, chunkCount: number): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.truncate(chunkCount * uploadChunkLength);
  } finally {
    await handle.close();
  }
}

/** The last chunk that opens: a kill or a power cut leaves torn ones behind it. */
async function findEnd(handle: FileHandle, uploadKey: KeyObject): Promise<UploadEnd> {
  const { size } = await handle.stat();
  for (let index = Math.ceil(size / uploadChunkLength) - 1; index >= 0; index -= 1) {
    const sealed = await readAt(handle, index * uploadChunkLength, uploadChunkLength);
    const chunk = openUploadChunk(uploadKey, index, sealed);
    if (chunk === null) continue;
    const received = index * chunkLength + chunk.length;
    return { received, unfilled: chunk.length === chunkLength ? nothing.unfilled : chunk };
  }
  return nothing;
}

async function openIfThere(path: string, flags: number): Promise<FileHandle | null> {
  try {
    return await open(path, flags, 0o600);
  } catch (error) {
    if (isFileError(error, 'ENOENT')) return null;
    throw error;
  }
}
