import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

// Samples that the repository does not hold; tests do with fewer cases where they are missing.
const sharedFolder = join(import.meta.dirname, '../../../../../shared');

/** Paths of the files in a folder of ../shared that end as given; none when the folder is missing. */
export function listSharedFiles(folder: string, ending: string): readonly string[] {
  const path = join(sharedFolder, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => name.endsWith(ending))
    .map((name) => join(path, name));
}
