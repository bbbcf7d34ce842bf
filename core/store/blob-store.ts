import { createHash, createHmac, randomUUID } from 'node:crypto';
import { closeSync, existsSync, openSync, readSync, statfsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { AppError } from '../contract/errors.ts';
import { digestSchema } from '../contract/schemas/common.ts';
import type { BlobStore } from '../services/ports/store.ts';
import { blobFileLength, blobPrefixLength, lengthOfPieces, openBlob, readBlobHeader, sealBlob } from './blob-format.ts';
import { syncFolder, writeFileDurably } from './durable-file.ts';
import { errorCode, toStoreError } from './store-errors.ts';

export type BlobKeys = Readonly<{ wrapping: Uint8Array; names: Uint8Array }>;

/** What is worked on before others get the thread again: a few milliseconds of hashing and encryption. */
const sliceLength = 4 * 1024 * 1024;

/**
 * Files under `<folder>/ab/cdef…`, named by HMAC-SHA256 of the content's SHA-256: neither name nor content tells what is
 * inside, and the same content is stored once. What is written halfway lies in `<folder>/new` and is removed at opening.
 * `content` must not change until `put` settles.
 */
export async function openBlobStore(folder: string, keys: BlobKeys): Promise<BlobStore> {
  const newFolder = join(folder, 'new');
  try {
    await rm(newFolder, { recursive: true, force: true });
    await mkdir(newFolder, { recursive: true, mode: 0o700 });
    await createBlobFolders(folder);
  } catch (error) {
    throw toStoreError(error, folder);
  }
  const putNames = new Set<string>();

  function nameOf(digest: string): string {
    if (!digestSchema.safeParse(digest).success) throw new AppError('request.invalid');
    return nameOfBlob(keys.names, digest);
  }

  function pathOf(name: string): string {
    return join(folder, name.slice(0, 2), name.slice(2));
  }

  /** A file that is there counts only when it is whole: what a failing disk left is written again. */
  async function isWhole(name: string, byteLength: number): Promise<boolean> {
    try {
      const path = pathOf(name);
      if ((await stat(path)).size !== blobFileLength(byteLength)) return false;
      return readBlobHeader(keys.wrapping, name, readPrefix(path)).byteLength === byteLength;
    } catch {
      return false;
    }
  }

  async function write(
    name: string,
    digest: string,
    blob: Readonly<{ pieces: readonly Uint8Array[]; mediaType: string }>,
  ): Promise<void> {
    const parts = sealBlob(keys.wrapping, { name, sha256: digest, ...blob });
    await writeFileDurably(pathOf(name), join(newFolder, randomUUID()), parts);
  }

  return {
    put: async (content, mediaType) => {
      const { pieces, sha256: digest } =
        content instanceof Uint8Array ? { pieces: [content], sha256: await sha256Of(content) } : content;
      const name = nameOf(digest);
      putNames.add(name);
      try {
        // Its name may not be on the disk yet: the put before this one may have failed just there.
        if (await isWhole(name, lengthOfPieces(pieces))) await syncFolder(dirname(pathOf(name)));
        else await write(name, digest, { pieces, mediaType });
      } catch (error) {
        throw toStoreError(error, folder);
      }
      return digest;
    },
    get: async (digest) => {
      const name = nameOf(digest);
      const file = await readFile(pathOf(name)).catch(rejectUnreadable);
      const header = readBlobHeader(keys.wrapping, name, file);
      const content = new Uint8Array(header.byteLength <= file.length ? header.byteLength : 0);
      let length = 0;
      for (const chunk of openBlob(header, name, file)) {
        content.set(chunk, length);
        length += chunk.length;
        if (length % sliceLength === 0) await setImmediate();
      }
      header.blobKey.fill(0);
      if ((await sha256Of(content)) !== digest) throw new AppError('blob.damaged');
      return content;
    },
    getMediaType: (digest) => {
      const name = nameOf(digest);
      try {
        return readBlobHeader(keys.wrapping, name, readPrefix(pathOf(name))).mediaType;
      } catch (error) {
        return rejectUnreadable(error);
      }
    },
    has: (digest) => existsSync(pathOf(nameOf(digest))),
    remove: async (digests) => {
      for (const digest of digests) {
        const name = nameOf(digest);
        // What was put since the store was opened may not be named by anything yet.
        if (!putNames.has(name)) await rm(pathOf(name), { force: true });
      }
    },
    freeBytes: () => {
      const room = statfsSync(folder);
      return room.bavail * room.bsize;
    },
  };
}

/**
 * A file of the store as it lies on a disk, outside of any store: it opens from end to end and is what its name says.
 * Throws `blob.damaged`.
 */
export async function checkBlobFile(keys: BlobKeys, name: string, file: Uint8Array): Promise<void> {
  const header = readBlobHeader(keys.wrapping, name, file);
  const hash = createHash('sha256');
  let length = 0;
  try {
    for (const chunk of openBlob(header, name, file)) {
      hash.update(chunk);
      length += chunk.length;
      if (length % sliceLength === 0) await setImmediate();
    }
  } finally {
    header.blobKey.fill(0);
  }
  const isNamed = nameOfBlob(keys.names, header.sha256) === name;
  if (!isNamed || hash.digest('hex') !== header.sha256) throw new AppError('blob.damaged');
}

function nameOfBlob(namesKey: Uint8Array, digest: string): string {
  return createHmac('sha256', namesKey).update(Buffer.from(digest, 'hex')).digest('hex');
}

/** All of them at once: a folder made later would have to be durable before its first file. */
export async function createBlobFolders(folder: string): Promise<void> {
  const present = new Set(await readdir(folder));
  for (let index = 0; index < 256; index += 1) {
    const name = index.toString(16).padStart(2, '0');
    if (!present.has(name)) await mkdir(join(folder, name), { mode: 0o700 });
  }
  await syncFolder(folder);
  // Its own name, without which none of its files is there.
  await syncFolder(dirname(folder));
}

function readPrefix(path: string): Uint8Array {
  const prefix = new Uint8Array(blobPrefixLength);
  const file = openSync(path, 'r');
  try {
    let length = 0;
    for (;;) {
      const read = readSync(file, prefix, length, prefix.length - length, length);
      length += read;
      if (read === 0 || length === prefix.length) return prefix.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}

function rejectUnreadable(error: unknown): never {
  if (error instanceof AppError) throw error;
  throw new AppError(errorCode(error) === 'ENOENT' ? 'blob.notFound' : 'blob.damaged', {}, { cause: error });
}

async function sha256Of(content: Uint8Array): Promise<string> {
  const hash = createHash('sha256');
  for (let start = 0; start < content.length; start += sliceLength) {
    if (start > 0) await setImmediate();
    hash.update(content.subarray(start, start + sliceLength));
  }
  return hash.digest('hex');
}
