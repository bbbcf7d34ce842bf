import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BlobProgress, BlobStore, BlobUpload } from './blob-store.ts';
import { isFileError, syncFolder } from './durable-folder.ts';

/** Files under `<folder>/<first two digits>/<sha256>`; uploads under way under `<folder>/partial`. */
export async function openFolderBlobStore(folder: string): Promise<BlobStore> {
  const partialFolder = join(folder, 'partial');
  await mkdir(partialFolder, { recursive: true, mode: 0o700 });
  const uploads = new Map<string, Promise<unknown>>();

  const pathOf = (sha256: string) => join(folder, sha256.slice(0, 2), sha256);
  const partialPathOf = ({ sha256, officeCode }: BlobUpload) => join(partialFolder, `${sha256}-${officeCode}`);

  /** One write at a time for each upload. Two instances on one folder write the same bytes at the same places. */
  async function inTurn<Output>(key: string, work: () => Promise<Output>): Promise<Output> {
    const before = uploads.get(key);
    const turn = (async () => {
      await before?.catch(() => undefined);
      return work();
    })();
    uploads.set(key, turn);
    try {
      return await turn;
    } finally {
      if (uploads.get(key) === turn) uploads.delete(key);
    }
  }

  async function finish(upload: BlobUpload, partialPath: string): Promise<BlobProgress> {
    if ((await hashFile(partialPath)) !== upload.sha256) {
      await rm(partialPath, { force: true });
      return { state: 'partial', offset: 0 };
    }
    const path = pathOf(upload.sha256);
    await syncFile(partialPath);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await syncFolder(folder);
    await rename(partialPath, path);
    await syncFolder(dirname(path));
    await syncFolder(partialFolder);
    return { state: 'complete' };
  }

  async function append(upload: BlobUpload, offset: number, content: Uint8Array): Promise<BlobProgress> {
    const partialPath = partialPathOf(upload);
    const received = (await sizeOf(partialPath)) ?? 0;
    if (offset !== received || received + content.length > upload.byteLength) {
      return { state: 'partial', offset: received };
    }
    if (content.length > 0) await writeAt(partialPath, offset, content);
    const size = received + content.length;
    return size === upload.byteLength ? finish(upload, partialPath) : { state: 'partial', offset: size };
  }

  return {
    // Whole but not finished (the program ended in between): the sender has nothing left and finishes it with no bytes.
    getOffset: async (upload) => (await sizeOf(partialPathOf(upload))) ?? 0,
    append: (upload, offset, content) => inTurn(partialPathOf(upload), () => append(upload, offset, content)),
    async open(sha256) {
      const byteLength = await sizeOf(pathOf(sha256));
      return byteLength === null ? null : { byteLength, stream: () => createReadStream(pathOf(sha256)) };
    },
    async read(sha256) {
      try {
        return await readFile(pathOf(sha256));
      } catch (error) {
        if (isFileError(error, 'ENOENT')) return null;
        throw error;
      }
    },
    async check() {
      const path = join(partialFolder, `check-${randomUUID()}`);
      await (await open(path, 'wx', 0o600)).close();
      await rm(path);
    },
  };
}

async function writeAt(path: string, offset: number, content: Uint8Array): Promise<void> {
  const handle = await openForWriting(path);
  try {
    let written = 0;
    // A nearly full disk writes short without an error.
    while (written < content.length) {
      const { bytesWritten } = await handle.write(content, written, content.length - written, offset + written);
      written += bytesWritten;
    }
  } finally {
    await handle.close();
  }
}

async function openForWriting(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if (!isFileError(error, 'ENOENT')) throw error;
    return open(path, 'w+', 0o600);
  }
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isFileError(error, 'ENOENT')) return null;
    throw error;
  }
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
