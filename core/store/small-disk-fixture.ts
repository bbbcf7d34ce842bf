import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/* A file system of a few MiB in memory, for disks that are full or pulled; mounting needs root. */

export type SmallDisk = Readonly<{
  folder: string;
  resize: (mebibytes: number) => void;
  /** As a plug that is pulled: the folder is there, and what was mounted on it is not. */
  pull: () => void;
  remove: () => void;
}>;

export function mountSmallDisk(folder: string, mebibytes: number): SmallDisk {
  mkdirSync(folder);
  mount(['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder]);
  let isMounted = true;
  return {
    folder,
    resize: (size) => mount(['-o', `remount,size=${size}m`, folder]),
    pull: () => {
      execFileSync('umount', ['--lazy', folder]);
      isMounted = false;
    },
    remove: () => {
      if (isMounted) execFileSync('umount', [folder]);
      rmSync(folder, { recursive: true });
    },
  };
}

export function canMount(): boolean {
  if (process.getuid?.() !== 0) return false;
  const parent = mkdtempSync(join(tmpdir(), 'ventanilla-mount-'));
  try {
    mountSmallDisk(join(parent, 'disk'), 1).remove();
    return true;
  } catch {
    return false;
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

function mount(options: readonly string[]): void {
  execFileSync('mount', options, { stdio: 'ignore' });
}
