import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile, realpath, rm, stat } from 'node:fs/promises';
import { isAbsolute, join, relative } from 'node:path';
import { AppError } from '../../contract/errors.ts';
import { formatOfficialInstant } from '../../domain/official-time.ts';
import type { BackupOptions, BackupSummary } from '../../services/ports/backup.ts';
import { replaceFile, syncFolder, writeFileDurably } from '../durable-file.ts';
import type { DatabaseFreezer } from '../frozen-database.ts';
import { exportRecoverableKey } from '../master-key.ts';
import { errorCode, toStoreError } from '../store-errors.ts';
import { throwIfCancelled, toTargetError } from './backup-errors.ts';
import { copyNames, readFileList, writeFileList, writeManifest } from './backup-format.ts';
import type { CopiedFile, ManifestPart } from './backup-format.ts';
import { listCopies } from './find-copies.ts';
import type { FoundCopy } from './find-copies.ts';

/** The newest ones stay; a fault that is noticed late has some of before it. */
const keptCopies = 3;

type Source = Readonly<{
  folder: string;
  storeId: string;
  freezer: DatabaseFreezer;
  /** Of the purpose `backup`. */
  key: Uint8Array;
}>;

/**
 * Copies the desk to `folder` while it works. First the database as it stands at one moment, then the files: a file is there
 * before the first row that names it, so whatever the copied database names is found. The manifest comes last, durably; until
 * then the copy before it is the newest. Files that an earlier copy has are not copied again.
 *
 * Rejects with `backup.targetInvalid` (no absolute folder, or one of the desk's own), `backup.targetFull`,
 * `backup.targetGone` (not there, not writable, pulled), `backup.busy`, `desk.storeDamaged`, `request.cancelled`.
 */
export async function writeBackup(source: Source, now: Date, options: BackupOptions): Promise<BackupSummary> {
  const { signal, report } = options;
  try {
    const root = await prepareTarget(source, options.folder);
    const earlier = await listCopies(root);
    const moment = formatOfficialInstant(now);
    const copies = join(root, 'copies');
    // Also of one that did not end: its files would be in the way.
    const copy = join(copies, nameOfCopy(moment, new Set(await readdir(copies))));
    await mkdir(copy, { recursive: true, mode: 0o700 });
    try {
      const database = await copyDatabase(source, copy, options);
      const files = await copyFiles(source, root, await newestFiles(earlier), options);
      const { freshCount, list } = files;
      report({ step: 'finishing', done: list.length, total: list.length });
      const key = await writePart(copy, copyNames.key, await exportRecoverableKey(source.folder));
      const anchorText = await readFile(join(source.folder, copyNames.anchor), 'utf8').catch(() => null);
      const anchor = anchorText === null ? null : await writePart(copy, copyNames.anchor, anchorText);
      const listed = await writePart(copy, copyNames.files, writeFileList(list));
      const content = {
        version: 1 as const,
        storeId: source.storeId,
        createdAt: moment,
        database,
        key,
        anchor,
        files: { ...listed, count: list.length },
      };
      throwIfCancelled(signal);
      await syncFolder(copies);
      await syncFolder(root);
      await writePart(copy, copyNames.manifest, writeManifest(content, source.key));
      const summary = { createdAt: moment, folder: copy, fileCount: list.length, freshCount };
      await removeOldest(root, copy, earlier, new Set(list.map(({ name }) => name)));
      return summary;
    } catch (error) {
      await rm(join(copy, copyNames.manifest), { force: true }).catch(() => undefined);
      await rm(copy, { recursive: true, force: true }).catch(() => undefined);
      throw error;
    }
  } catch (error) {
    throw toTargetError(error);
  }
}

async function prepareTarget({ folder, storeId }: Source, target: string): Promise<string> {
  if (!isAbsolute(target)) throw new AppError('backup.targetInvalid');
  // Not made here: where a disk is not mounted, its folder would fill the desk's own.
  const real = await realpath(target);
  const inside = relative(await realpath(folder), real);
  if (inside === '' || (!inside.startsWith('..') && !isAbsolute(inside))) throw new AppError('backup.targetInvalid');
  const root = join(real, `ventanilla-${storeId}`);
  await rm(join(root, 'blobs', 'new'), { recursive: true, force: true });
  await mkdir(join(root, 'blobs', 'new'), { recursive: true, mode: 0o700 });
  await mkdir(join(root, 'copies'), { recursive: true, mode: 0o700 });
  await syncFolder(real);
  return root;
}

function nameOfCopy(moment: string, taken: ReadonlySet<string>): string {
  const name = moment.replaceAll(/[^0-9T]/gu, '').slice(0, 15);
  for (let count = 1; ; count += 1) {
    const candidate = count === 1 ? name : `${name}-${count}`;
    if (!taken.has(candidate)) return candidate;
  }
}

async function copyDatabase(
  { freezer }: Source,
  copy: string,
  { signal, report }: BackupOptions,
): Promise<ManifestPart> {
  const frozen = await freezer.freeze();
  try {
    const hash = createHash('sha256');
    let done = 0;
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for await (const piece of frozen.read()) {
        throwIfCancelled(signal);
        hash.update(piece);
        yield piece;
        done += piece.length;
        report({ step: 'database', done, total: frozen.byteLength });
      }
    }
    const path = join(copy, copyNames.database);
    await writeFileDurably(path, `${path}.new`, pieces());
    return { byteLength: frozen.byteLength, sha256: hash.digest('hex') };
  } finally {
    frozen.release();
  }
}

async function copyFiles(
  { folder }: Source,
  root: string,
  known: ReadonlyMap<string, CopiedFile>,
  { signal, report }: BackupOptions,
): Promise<Readonly<{ list: readonly CopiedFile[]; freshCount: number }>> {
  const own = join(folder, 'blobs');
  const names = (await readOwn(() => readdir(own), own)).filter((name) => /^[0-9a-f]{2}$/u.test(name)).toSorted();
  const waiting: string[] = [];
  for (const prefix of names) {
    const rests = await readOwn(() => readdir(join(own, prefix)), own);
    for (const rest of rests.toSorted()) if (/^[0-9a-f]{62}$/u.test(rest)) waiting.push(prefix + rest);
  }
  const list: CopiedFile[] = [];
  const touched = new Set<string>();
  let freshCount = 0;
  for (const [index, name] of waiting.entries()) {
    throwIfCancelled(signal);
    const source = join(own, name.slice(0, 2), name.slice(2));
    const target = join(root, 'blobs', name.slice(0, 2), name.slice(2));
    const byteLength = await sizeOf(source);
    if (byteLength === null) continue;
    const before = known.get(name);
    const isThere = (await sizeOf(target)) === byteLength;
    if (before?.byteLength === byteLength && isThere) {
      list.push(before);
    } else {
      await ensureFolder(join(root, 'blobs', name.slice(0, 2)));
      // One that lies there whole was left by a copy that did not end.
      const sha256 = isThere
        ? await digestOf(source)
        : await copyFile(source, target, join(root, 'blobs', 'new', name));
      list.push({ name, byteLength, sha256 });
      touched.add(name.slice(0, 2));
      freshCount += 1;
    }
    report({ step: 'files', done: index + 1, total: waiting.length });
  }
  for (const prefix of touched) await syncFolder(join(root, 'blobs', prefix));
  await syncFolder(join(root, 'blobs'));
  return { list, freshCount };
}

/** Not with the folders above it: of a disk that was pulled meanwhile, they would be made on the desk's own. */
async function ensureFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

async function copyFile(source: string, target: string, temporary: string): Promise<string> {
  const hash = createHash('sha256');
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for await (const piece of readPieces(source)) {
      hash.update(piece);
      yield piece;
    }
  }
  await rm(temporary, { force: true });
  await replaceFile(target, temporary, pieces());
  return hash.digest('hex');
}

async function digestOf(source: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of readPieces(source)) hash.update(piece);
  return hash.digest('hex');
}

/** What fails here is the desk's own disk, not the other one. */
async function* readPieces(source: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of createReadStream(source, { highWaterMark: 1024 * 1024 })) yield piece as Uint8Array;
  } catch (error) {
    throw toStoreError(error, source);
  }
}

async function readOwn<Result>(work: () => Promise<Result>, folder: string): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw toStoreError(error, folder);
  }
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

async function writePart(copy: string, name: string, text: string): Promise<ManifestPart> {
  const bytes = Buffer.from(text);
  await writeFileDurably(join(copy, name), join(copy, `${name}.new`), [bytes]);
  return { byteLength: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

async function newestFiles(earlier: readonly FoundCopy[]): Promise<ReadonlyMap<string, CopiedFile>> {
  const [newest] = earlier;
  if (newest === undefined) return new Map();
  const text = await readFile(join(newest.folder, copyNames.files), 'utf8');
  const isWhole = createHash('sha256').update(text).digest('hex') === newest.content.files.sha256;
  return isWhole ? readFileList(text) : new Map();
}

/** Copies beyond the newest ones, what a copy that did not end left, and files that no copy names any more. */
async function removeOldest(
  root: string,
  newest: string,
  earlier: readonly FoundCopy[],
  named: Set<string>,
): Promise<void> {
  const kept = earlier.slice(0, keptCopies - 1);
  const stay = new Set([newest, ...kept.map(({ folder }) => folder)]);
  const gone = (await readdir(join(root, 'copies'))).map((name) => join(root, 'copies', name));
  for (const folder of gone.filter((path) => !stay.has(path))) {
    // First what makes it a copy.
    await rm(join(folder, copyNames.manifest), { force: true });
    await rm(folder, { recursive: true, force: true });
  }
  if (gone.length === stay.size) return;
  for (const copy of kept) {
    for (const name of readFileList(await readFile(join(copy.folder, copyNames.files), 'utf8')).keys()) named.add(name);
  }
  for (const prefix of await readdir(join(root, 'blobs'))) {
    if (!/^[0-9a-f]{2}$/u.test(prefix)) continue;
    for (const rest of await readdir(join(root, 'blobs', prefix))) {
      if (!named.has(prefix + rest)) await rm(join(root, 'blobs', prefix, rest), { force: true });
    }
  }
}
