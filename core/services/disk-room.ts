import { AppError } from '../contract/errors.ts';
import type { BlobStore } from './ports/store.ts';

/** From here on the window warns: some thousand pages are left. */
const lowBytes = 2 * 1024 ** 3;
/** Kept for what is under way: a scanned page and its previews, documents, signatures, record and receipt end well within it. */
const reservedBytes = 256 * 1024 ** 2;

export type DiskState = 'ok' | 'low' | 'full';

export function diskStateOf(blobs: Pick<BlobStore, 'freeBytes'>): DiskState {
  const free = blobs.freeBytes();
  return free < reservedBytes ? 'full' : free < lowBytes ? 'low' : 'ok';
}

/** Before work that takes room begins, and before each page of it: throws `desk.diskFull` while what is there can be ended. */
export function requireRoom(blobs: Pick<BlobStore, 'freeBytes'>): void {
  if (diskStateOf(blobs) === 'full') throw new AppError('desk.diskFull');
}
