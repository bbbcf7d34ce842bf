import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../contract/errors.ts';
import type { Restore, RestoreSummary } from '../../services/ports/backup.ts';
import { checkBlobFile, createBlobFolders } from '../blob-store.ts';
import type { BlobKeys } from '../blob-store.ts';
import { databaseFileName, openConnection } from '../database.ts';
import { makeFolder, replaceFile, syncFolder, writeFileDurably } from '../durable-file.ts';
import { lockFolder } from '../folder-lock.ts';
import { completeRecoverableKey, deriveKey, keyFileName, saveKeyFile, unlockRecoverableKey } from '../master-key.ts';
import type { DailySecret, MasterKey } from '../master-key.ts';
import { migrate } from '../migrations.ts';
import { checkStore, deskExists, unfinishedKeyName } from '../open-desk.ts';
import { beginRecovery } from '../recovery-store.ts';
import { errorCode, toStoreError } from '../store-errors.ts';
import type { ClockPort } from '../../services/ports/surroundings.ts';
import { throwIfCancelled, toTargetError } from './backup-errors.ts';
import { checkManifest, copyNames, readFileList } from './backup-format.ts';
import type { CopiedFile, ManifestPart } from './backup-format.ts';
import { findCopies } from './find-copies.ts';
import type { FoundCopy } from './find-copies.ts';

type RestoreDesk = Parameters<Restore>[0] & Readonly<{ to: string; secret: DailySecret; clock: ClockPort }>;

/**
 * Makes a desk of the newest copy that the recovery key opens, in a folder that has none. Every byte is checked: manifest by
 * its MAC, database and files by their digests, each file by opening it. A file that is damaged or missing in the copy is left
 * out and counted: the centre may have it. The desk numbers again once it has spoken with the centre, in a new epoch. A folder
 * that was left half made is made again; an anchor that lies there stays and tells what the copy lacks.
 *
 * Rejects with `backup.notFound`, `backup.damaged`, `backup.targetGone` (of the copy's disk), `desk.recoveryKeyIncorrect`,
 * `desk.alreadyOpen` (there is a desk), `desk.diskFull`, `request.cancelled`. Passphrase bytes are wiped.
 */
export async function restoreDesk(options: RestoreDesk): Promise<RestoreSummary> {
  const { to, secret } = options;
  try {
    const { copy, keyText, masterKey } = await chooseCopy(options);
    try {
      await makeFolder(to);
      const lock = lockFolder(to);
      try {
        if (deskExists(to)) throw new AppError('desk.alreadyOpen', { reason: 'exists' });
        return await restoreLocked(options, copy, keyText, masterKey);
      } finally {
        lock.release();
      }
    } finally {
      masterKey.bytes.fill(0);
    }
  } catch (error) {
    throw toStoreError(error, to);
  } finally {
    if (secret.kind === 'passphrase') secret.passphrase.fill(0);
  }
}

type ChosenCopy = Readonly<{ copy: FoundCopy; keyText: string; masterKey: MasterKey }>;

async function chooseCopy({ folder, recoveryKey }: RestoreDesk): Promise<ChosenCopy> {
  const copies = await fromCopy(() => findCopies(folder));
  if (copies.length === 0) throw new AppError('backup.notFound');
  let refusal: unknown = null;
  for (const copy of copies) {
    const keyText = await fromCopy(() => readFile(join(copy.folder, copyNames.key), 'utf8'));
    try {
      return { copy, keyText, masterKey: unlockRecoverableKey(keyText, recoveryKey) };
    } catch (error) {
      refusal ??= error;
    }
  }
  throw refusal;
}

async function restoreLocked(
  options: RestoreDesk,
  copy: FoundCopy,
  keyText: string,
  masterKey: MasterKey,
): Promise<RestoreSummary> {
  const { to, secret, clock } = options;
  const { content, mac } = copy;
  const databaseKey = deriveKey(masterKey, 'database');
  const backupKey = deriveKey(masterKey, 'backup');
  const blobKeys = { wrapping: deriveKey(masterKey, 'blobs'), names: deriveKey(masterKey, 'blob-names') };
  try {
    if (content.storeId !== masterKey.storeId) throw new AppError('backup.damaged');
    checkManifest(content, mac, backupKey);
    checkPart(keyText, content.key);
    const files = readFileList(await readPart(copy, copyNames.files, content.files));
    const anchor = content.anchor === null ? null : await readPart(copy, copyNames.anchor, content.anchor);
    // From here on the folder says that its desk is not finished.
    await saveKeyFile(to, unfinishedKeyName, await completeRecoverableKey(keyText, masterKey, secret));
    for (const name of [databaseFileName, `${databaseFileName}-wal`, `${databaseFileName}-shm`]) {
      await rm(join(to, name), { force: true });
    }
    await copyDatabase(options, copy);
    const damaged = await copyFiles(options, copy, [...files.values()], blobKeys);
    if (anchor !== null) await keepAnchor(to, anchor);
    const connection = openConnection({ path: join(to, databaseFileName), key: databaseKey });
    try {
      if (connection.pragma('integrity_check') !== 'ok') throw new AppError('backup.damaged');
      migrate(connection);
      checkStore(connection, masterKey.storeId);
      beginRecovery({ connection, storeId: masterKey.storeId, clock }, 'restored', content.createdAt);
    } finally {
      connection.close();
    }
    // The key file's name is the moment from which the desk exists.
    await rename(join(to, unfinishedKeyName), join(to, keyFileName));
    await syncFolder(to);
    return { copiedAt: content.createdAt, fileCount: files.size - damaged, damagedFiles: damaged };
  } finally {
    for (const key of [databaseKey, backupKey, blobKeys.wrapping, blobKeys.names]) key.fill(0);
  }
}

async function copyDatabase({ to, signal, report }: RestoreDesk, { folder, content }: FoundCopy): Promise<void> {
  const hash = createHash('sha256');
  let done = 0;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    const stream = createReadStream(join(folder, copyNames.database), { highWaterMark: 1024 * 1024 });
    try {
      for await (const piece of stream) {
        throwIfCancelled(signal);
        const bytes = piece as Uint8Array;
        hash.update(bytes);
        done += bytes.length;
        yield bytes;
        report({ step: 'database', done, total: content.database.byteLength });
      }
    } catch (error) {
      throw toTargetError(error);
    }
    if (hash.digest('hex') !== content.database.sha256) throw new AppError('backup.damaged');
  }
  const path = join(to, databaseFileName);
  await rm(`${path}.new`, { force: true });
  await writeFileDurably(path, `${path}.new`, pieces());
}

/** How many of them are damaged or missing in the copy. */
async function copyFiles(
  { to, signal, report }: RestoreDesk,
  { blobsFolder }: FoundCopy,
  files: readonly CopiedFile[],
  keys: BlobKeys,
): Promise<number> {
  const own = join(to, 'blobs');
  const news = join(own, 'new');
  await rm(news, { recursive: true, force: true });
  await mkdir(news, { recursive: true, mode: 0o700 });
  await createBlobFolders(own);
  let damaged = 0;
  for (const [index, file] of files.entries()) {
    throwIfCancelled(signal);
    const path = join(file.name.slice(0, 2), file.name.slice(2));
    const bytes = await readSound(join(blobsFolder, path), file, keys);
    if (bytes === null) damaged += 1;
    else await replaceFile(join(own, path), join(news, file.name), [bytes]);
    report({ step: 'checking', done: index + 1, total: files.length });
  }
  for (const prefix of new Set(files.map(({ name }) => name.slice(0, 2)))) await syncFolder(join(own, prefix));
  return damaged;
}

/** Null: not there, not what was copied, or it does not open. */
async function readSound(path: string, { name, sha256 }: CopiedFile, keys: BlobKeys): Promise<Uint8Array | null> {
  try {
    const bytes = await readFile(path);
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) return null;
    await checkBlobFile(keys, name, bytes);
    return bytes;
  } catch (error) {
    if (error instanceof AppError && error.code === 'blob.damaged') return null;
    // One sector that cannot be read costs its file; a disk that was pulled is told by the next look at it.
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'EIO') return null;
    throw toTargetError(error);
  }
}

/** One that lies there is of the desk that broke: it knows more than the copy. */
async function keepAnchor(to: string, text: string): Promise<void> {
  const path = join(to, copyNames.anchor);
  const isThere = await readFile(path).then(
    () => true,
    (error: unknown) => {
      if (errorCode(error) === 'ENOENT') return false;
      throw error;
    },
  );
  if (!isThere) await writeFileDurably(path, `${path}.new`, [Buffer.from(text)]);
}

async function readPart({ folder }: FoundCopy, name: string, part: ManifestPart): Promise<string> {
  const text = await fromCopy(() => readFile(join(folder, name), 'utf8'));
  checkPart(text, part);
  return text;
}

function checkPart(text: string, part: ManifestPart): void {
  if (createHash('sha256').update(text).digest('hex') !== part.sha256) throw new AppError('backup.damaged');
}

async function fromCopy<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw toTargetError(error);
  }
}
