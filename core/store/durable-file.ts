import { chmod, mkdir, open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from './store-errors.ts';

/**
 * Writes a whole file so that a crash or a power cut leaves the old one or the new one, never a part: temporary file,
 * all bytes, fsync, rename, fsync of the folder. `temporary` is on the same file system; it is removed on failure.
 */
export async function writeFileDurably(
  path: string,
  temporary: string,
  parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  await replaceFile(path, temporary, parts);
  await syncFolder(dirname(path));
}

/** The same, but for its name, which is durable once the caller has synced the folder: after many files at once. */
export async function replaceFile(
  path: string,
  temporary: string,
  parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
): Promise<void> {
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      for await (const part of parts) await writeAll(file, part);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A folder for its owner alone, with those above it that are missing; their names are durable when it resolves. */
export async function makeFolder(path: string): Promise<void> {
  const first = (await mkdir(path, { recursive: true, mode: 0o700 })) ?? path;
  await chmod(path, 0o700);
  // Also of one that was there: a crash may have come between its making and this.
  for (let made = path; made.length >= first.length; made = dirname(made)) {
    await syncFolder(dirname(made)).catch((error: unknown) => {
      // Whoever may not look into the folder above made nothing there: an administrator did.
      if (errorCode(error) !== 'EACCES') throw error;
    });
  }
}

export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

// A nearly full disk takes a part of a write without an error; the next one then fails.
async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  let written = 0;
  while (written < bytes.length) written += (await file.write(bytes, written, bytes.length - written)).bytesWritten;
}
