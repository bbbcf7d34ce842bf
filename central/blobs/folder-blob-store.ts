import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { CentreError } from '../centre-error.ts';
import type { DataKey } from '../encryption/data-key.ts';
import { chunkLength, contentLengthOf, sealFile, uploadKeyOf } from './blob-format.ts';
import type { BlobProgress, BlobStore, BlobUpload } from './blob-store.ts';
import { isFileError, syncFolder } from './durable-folder.ts';
import { readEncryptedFile, writeEncryptedFile } from './encrypted-file.ts';
import { sizeOf, writeAt } from './file-bytes.ts';
import { cutUpload, growUpload, measureUpload, readUpload } from './upload-file.ts';

const dayMs = 86_400_000;
/** Of what an instance makes within seconds. */
const unfinishedDays = 1;
/** Of an upload: a desk without a line sends on after weeks, one that broke or was withdrawn never does. */
const abandonedDays = 90;

/**
 * Encrypted files under `<folder>/<first two digits>/<sha256>`; uploads under way under `<folder>/partial`. `onDamaged`
 * hears of each file that does not open.
 */
export async function openFolderBlobStore(folder: string, dataKey: DataKey, onDamaged: () => void): Promise<BlobStore> {
  const partialFolder = join(folder, 'partial');
  await mkdir(partialFolder, { recursive: true, mode: 0o700 });
  await removeForgotten(partialFolder);
  await createFolders(folder);
  const filesKey = dataKey.derive('files');
  const uploadsKey = dataKey.derive('uploads');
  const uploads = new Map<string, Promise<unknown>>();

  const pathOf = (sha256: string) => join(folder, sha256.slice(0, 2), sha256);
  const partialPathOf = ({ sha256, officeCode }: BlobUpload) => join(partialFolder, `${sha256}-${officeCode}`);

  /**
   * One write at a time for each upload. Where two instances write one upload at once, chunks of one may cut those of the
   * other: they do not open, and the sender is told to go on before them.
   */
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

  async function append(upload: BlobUpload, offset: number, content: Uint8Array): Promise<BlobProgress> {
    const partialPath = partialPathOf(upload);
    const piece = { offset, content, byteLength: upload.byteLength };
    const received = await growUpload(partialPath, uploadKeyOf(uploadsKey, upload), piece);
    const isWhole = received === upload.byteLength && offset + content.length === received;
    return isWhole ? finish(upload, partialPath) : { state: 'partial', offset: received };
  }

  /** Into a file of its own: nobody who still writes to the upload can reach what was acknowledged. */
  async function finish(upload: BlobUpload, partialPath: string): Promise<BlobProgress> {
    const newPath = join(partialFolder, `new-${randomUUID()}`);
    try {
      const copied = await copyUpload(upload, partialPath, newPath);
      if (copied.state === 'damaged') {
        onDamaged();
        await cutUpload(partialPath, copied.soundChunks);
        return { state: 'partial', offset: copied.soundChunks * chunkLength };
      }
      if (copied.sha256 !== upload.sha256) {
        await rm(partialPath, { force: true });
        return { state: 'partial', offset: 0 };
      }
      const path = pathOf(upload.sha256);
      await rename(newPath, path);
      await syncFolder(dirname(path));
    } catch (error) {
      // Another instance took the upload away in between: it finished it or threw it away, and its row tells which.
      if (isFileError(error, 'ENOENT') && (await sizeOf(partialPath)) === null) return { state: 'partial', offset: 0 };
      throw error;
    } finally {
      await rm(newPath, { force: true });
    }
    await rm(partialPath, { force: true });
    return { state: 'complete' };
  }

  async function copyUpload(upload: BlobUpload, partialPath: string, newPath: string): Promise<Copied> {
    const hash = createHash('sha256');
    const file = await writeEncryptedFile(newPath, filesKey, upload.sha256);
    let length = 0;
    let soundChunks = 0;
    try {
      for await (const chunk of readUpload(partialPath, uploadKeyOf(uploadsKey, upload))) {
        if (chunk === null) return { state: 'damaged', soundChunks };
        hash.update(chunk);
        length += chunk.length;
        soundChunks += 1;
        await file.add(chunk, length === upload.byteLength);
      }
    } finally {
      await file.close();
    }
    return { state: 'whole', sha256: hash.digest('hex') };
  }

  /** In its place when it resolves; its name is not durable yet. */
  async function place({ sha256, content }: WholeUpload): Promise<void> {
    const newPath = join(partialFolder, `new-${randomUUID()}`);
    try {
      const file = await open(newPath, 'wx', 0o600);
      try {
        await writeAt(file, 0, sealFile(filesKey, sha256, content));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(newPath, pathOf(sha256));
    } catch (error) {
      await rm(newPath, { force: true });
      throw error;
    }
  }

  /** All at once: the disk makes many files durable in the time of one. */
  async function putWhole(uploads: readonly WholeUpload[]): Promise<ReadonlySet<string>> {
    const sound = uploads.filter(isSound);
    await allOf(sound.map(place));
    await allOf([...new Set(sound.map(({ sha256 }) => dirname(pathOf(sha256))))].map(syncFolder));
    return new Set(sound.map(({ sha256 }) => sha256));
  }

  async function discard(uploads: readonly BlobUpload[]): Promise<void> {
    const paths = uploads.map(partialPathOf);
    await allOf(paths.map((path) => inTurn(path, () => rm(path, { force: true }))));
  }

  async function* readSound(sha256: string, firstChunk = 0): AsyncGenerator<Buffer> {
    for await (const chunk of readEncryptedFile(pathOf(sha256), filesKey, sha256, firstChunk)) {
      if (chunk === null) {
        onDamaged();
        throw new CentreError('stored.damaged');
      }
      yield chunk;
    }
  }

  return {
    // Whole but not finished (the program ended in between): the sender has nothing left and finishes it with no bytes.
    getOffset: (upload) => measureUpload(partialPathOf(upload), uploadKeyOf(uploadsKey, upload)),
    append: (upload, offset, content) => inTurn(partialPathOf(upload), () => append(upload, offset, content)),
    putWhole,
    discard,
    async open(sha256) {
      if ((await sizeOf(pathOf(sha256))) === null) return null;
      let byteLength = 0;
      // Once through before the first byte leaves: afterwards no error answer is possible, only a cut line.
      for await (const chunk of readSound(sha256)) byteLength += chunk.length;
      return { byteLength, stream: () => Readable.from(readSound(sha256), { objectMode: false }) };
    },
    async read(sha256) {
      const size = await sizeOf(pathOf(sha256));
      if (size === null) return null;
      // A length that no file has is found out by reading.
      const content = new Uint8Array(contentLengthOf(size) ?? 0);
      let length = 0;
      for await (const chunk of readSound(sha256)) {
        content.set(chunk, length);
        length += chunk.length;
      }
      return content;
    },
    async readPiece(sha256, offset, byteLength) {
      if ((await sizeOf(pathOf(sha256))) === null) return null;
      const chunks: Buffer[] = [];
      const skipped = offset % chunkLength;
      let length = -skipped;
      for await (const chunk of readSound(sha256, Math.floor(offset / chunkLength))) {
        chunks.push(chunk);
        length += chunk.length;
        if (length >= byteLength) break;
      }
      return Buffer.concat(chunks).subarray(skipped, skipped + byteLength);
    },
    async check() {
      const path = join(partialFolder, `check-${randomUUID()}`);
      await (await open(path, 'wx', 0o600)).close();
      await rm(path);
    },
  };
}

type Copied = Readonly<{ state: 'whole'; sha256: string }> | Readonly<{ state: 'damaged'; soundChunks: number }>;

type WholeUpload = BlobUpload & Readonly<{ content: Uint8Array }>;

function isSound({ sha256, byteLength, content }: WholeUpload): boolean {
  return content.length === byteLength && createHash('sha256').update(content).digest('hex') === sha256;
}

/** Rejects when one did, but not before all have ended. */
async function allOf(works: readonly Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(works)).find((work) => work.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** All of them at once: a folder made later would have to be durable before its first file. */
async function createFolders(folder: string): Promise<void> {
  const present = new Set(await readdir(folder));
  for (let index = 0; index < 256; index += 1) {
    const name = index.toString(16).padStart(2, '0');
    if (!present.has(name)) await mkdir(join(folder, name), { recursive: true, mode: 0o700 });
  }
  await syncFolder(folder);
  // Its own name, without which none of its files is there.
  await syncFolder(dirname(folder));
}

/**
 * What an instance that was killed left half made, and parts of uploads that nobody continued: a desk that does so after all is
 * told to begin anew. Another instance may be at either now, so only old ones.
 */
async function removeForgotten(partialFolder: string): Promise<void> {
  for (const name of await readdir(partialFolder)) {
    const days = /^(?:new|check)-/u.test(name) ? unfinishedDays : abandonedDays;
    const path = join(partialFolder, name);
    const isForgotten = await stat(path).then(
      ({ mtimeMs }) => mtimeMs < Date.now() - days * dayMs,
      (error: unknown) => {
        if (isFileError(error, 'ENOENT')) return false;
        throw error;
      },
    );
    if (isForgotten) await rm(path, { force: true });
  }
}
