import { join } from 'node:path';

/* What lies where in the folder that is recorded for a scene. */

export function deskFolderOf(folder: string): string {
  return join(folder, 'desk');
}

/** The disk of the copies. */
export function diskFolderOf(folder: string): string {
  return join(folder, 'disk');
}
