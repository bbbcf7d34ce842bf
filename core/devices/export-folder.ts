import { mkdir, open, rename } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { AppError } from '../contract/errors.ts';
import type { ExportPort } from '../services/ports/surroundings.ts';

/** Exports under `folder`, readable by its owner only: what an officer takes out is in clear, on purpose. */
export function createExportFolder(folder: string): ExportPort {
  return {
    async writeFolder(name, files) {
      const target = join(folder, name);
      if (!isInside(folder, target)) throw new AppError('export.failed');
      try {
        for (const file of files) {
          const path = join(target, file.path);
          if (!isInside(target, path)) throw new AppError('export.failed');
          await mkdir(dirname(path), { recursive: true, mode: 0o700 });
          await writeWhole(path, file.content);
        }
      } catch (error) {
        if (error instanceof AppError) throw error;
        const isFull = error instanceof Error && 'code' in error && error.code === 'ENOSPC';
        throw new AppError(isFull ? 'desk.diskFull' : 'export.failed', {}, { cause: error });
      }
      return target;
    },
  };
}

function isInside(folder: string, path: string): boolean {
  return resolve(path).startsWith(resolve(folder) + sep);
}

async function writeWhole(path: string, content: Uint8Array): Promise<void> {
  const partial = `${path}.partial`;
  const file = await open(partial, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(partial, path);
}
