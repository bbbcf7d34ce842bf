import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { errorCode } from '../store-errors.ts';
import { copyNames, readManifest } from './backup-format.ts';
import type { ManifestContent } from './backup-format.ts';

/** A copy that says it is whole; whether it is, its desk's key and the digests tell. */
export type FoundCopy = Readonly<{
  folder: string;
  name: string;
  /** Where the files of all copies lie. */
  blobsFolder: string;
  content: ManifestContent;
  mac: string;
}>;

/** Copies of one desk, `root` being its folder `ventanilla-…` on the disk; newest first. */
export async function listCopies(root: string): Promise<readonly FoundCopy[]> {
  const found: FoundCopy[] = [];
  for (const name of await listNames(join(root, 'copies'))) {
    const copy = await findCopy(join(root, 'copies', name));
    if (copy !== null) found.push(copy);
  }
  return found.toSorted(byAge);
}

/**
 * Copies of any desk, newest first, in what a person may point at: the disk or folder that was given for them, the folder of
 * one desk there, or one copy.
 */
export async function findCopies(folder: string): Promise<readonly FoundCopy[]> {
  const own = await findCopy(folder);
  if (own !== null) return [own];
  const found = [...(await listCopies(folder))];
  for (const name of await listNames(folder)) {
    if (name.startsWith('ventanilla-')) found.push(...(await listCopies(join(folder, name))));
  }
  return found.toSorted(byAge);
}

async function findCopy(folder: string): Promise<FoundCopy | null> {
  const text = await readFile(join(folder, copyNames.manifest), 'utf8').catch(ignoreAbsent);
  const manifest = text === null ? null : readManifest(text);
  if (manifest === null) return null;
  return { folder, name: basename(folder), blobsFolder: join(folder, '..', '..', 'blobs'), ...manifest };
}

async function listNames(folder: string): Promise<readonly string[]> {
  return (await readdir(folder).catch(ignoreAbsent)) ?? [];
}

function ignoreAbsent(error: unknown): null {
  if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return null;
  throw error;
}

function byAge(one: FoundCopy, other: FoundCopy): number {
  return Date.parse(other.content.createdAt) - Date.parse(one.content.createdAt) || (one.name < other.name ? 1 : -1);
}
