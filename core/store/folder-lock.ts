import { join } from 'node:path';
import Sqlite from 'better-sqlite3-multiple-ciphers';
import { AppError } from '../contract/errors.ts';
import { errorCode, toStoreError } from './store-errors.ts';

export type FolderLock = Readonly<{ release: () => void }>;

/**
 * One program per folder, by a lock of the operating system on `desk.lock` (held through an empty SQLite file, the one
 * locking that is the same everywhere): it ends with its process, however that dies. `desk.alreadyOpen` otherwise.
 */
export function lockFolder(folder: string): FolderLock {
  let database: Sqlite.Database | null = null;
  try {
    database = new Sqlite(join(folder, 'desk.lock'), { timeout: 0 });
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    if (errorCode(error)?.startsWith('SQLITE_BUSY') === true)
      throw new AppError('desk.alreadyOpen', {}, { cause: error });
    throw toStoreError(error, folder);
  }
  const held = database;
  return {
    release: () => {
      held.close();
    },
  };
}
