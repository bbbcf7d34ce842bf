import { statfsSync } from 'node:fs';
import { AppError } from '../contract/errors.ts';

const fullCodes = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'SQLITE_FULL']);
// What cannot be written any more (a failing or read-only disk) asks for the same step as what was altered: help.
const damagedCodes = new Set([
  'SQLITE_CORRUPT',
  'SQLITE_NOTADB',
  'SQLITE_FORMAT',
  'SQLITE_READONLY',
  'EIO',
  'EROFS',
  'EACCES',
  'EPERM',
]);
/** SQLite reports a file that it cannot grow (the -shm above all) as an I/O error: below this, it is the disk. */
const smallestFreeBytes = 256 * 1024;

/** The closed code of what SQLite or the file system said about the folder. An AppError passes unchanged. */
export function toStoreError(error: unknown, folder: string): unknown {
  if (error instanceof AppError) return error;
  const code = errorCode(error);
  if (code === null) return error;
  if (isFullDisk(code)) return new AppError('desk.diskFull', {}, { cause: error });
  const family = code.split('_').slice(0, 2).join('_');
  if (damagedCodes.has(family)) return new AppError('desk.storeDamaged', {}, { cause: error });
  if (family === 'SQLITE_IOERR' || family === 'SQLITE_CANTOPEN') {
    return new AppError(isFull(folder) ? 'desk.diskFull' : 'desk.storeDamaged', {}, { cause: error });
  }
  return error;
}

/** Of a commit that may be on the disk or not. */
export function toCommitError(error: unknown, folder: string): AppError {
  if (error instanceof AppError) return error;
  return new AppError(isFull(folder) ? 'desk.diskFull' : 'desk.commitUncertain', {}, { cause: error });
}

export function errorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

export function isFullDisk(code: string): boolean {
  return fullCodes.has(code);
}

function isFull(folder: string): boolean {
  try {
    const room = statfsSync(folder);
    return room.bavail * room.bsize < smallestFreeBytes;
  } catch {
    // The folder itself is gone: not a full disk.
    return false;
  }
}
