import { stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { isFileError } from './durable-folder.ts';

/** All of the bytes: a nearly full disk writes short without an error. */
export async function writeAt(handle: FileHandle, position: number, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}

/** Fewer bytes than asked for only where the file ends. */
export async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let total = 0;
  for (;;) {
    const { bytesRead } = await handle.read(bytes, total, length - total, position + total);
    total += bytesRead;
    if (bytesRead === 0 || total === length) return bytes.subarray(0, total);
  }
}

export async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isFileError(error, 'ENOENT')) return null;
    throw error;
  }
}
