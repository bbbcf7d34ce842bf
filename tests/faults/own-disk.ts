import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own, mounted from a file; needs root. */
export type OwnDisk = Readonly<{
  folder: string;
  mount: () => void;
  unmount: () => void;
  /** Nothing is written any more, whoever has files open; until it is mounted again. */
  makeReadOnly: () => void;
}>;

const interruptions = ['SIGINT', 'SIGTERM'] as const;

export function canMountDisk(): boolean {
  if (process.getuid?.() !== 0) return false;
  const parent = mkdtempSync(join(tmpdir(), 'ventanilla-disk-'));
  try {
    const disk = makeDisk(parent);
    disk.mount();
    disk.unmount();
    return true;
  } catch {
    return false;
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

/** Works on a mounted ext4; afterwards, and when somebody interrupts, nothing of it is left. */
export async function withOwnDisk<Result>(work: (disk: OwnDisk) => Promise<Result>): Promise<Result> {
  const parent = mkdtempSync(join(tmpdir(), 'ventanilla-disk-'));
  const disk = makeDisk(parent);
  const remove = (): void => {
    // A desk may still have files open there, or nothing may be mounted.
    spawnSync('umount', ['--lazy', disk.folder], { stdio: 'ignore' });
    rmSync(parent, { recursive: true, force: true });
  };
  const leave = (): void => {
    remove();
    process.exit(130);
  };
  for (const signal of interruptions) process.once(signal, leave);
  disk.mount();
  try {
    return await work(disk);
  } finally {
    for (const signal of interruptions) process.off(signal, leave);
    remove();
  }
}

function makeDisk(parent: string): OwnDisk {
  const [image, folder] = [join(parent, 'disk.img'), join(parent, 'disk')];
  mkdirSync(folder);
  execFileSync('truncate', ['-s', '400M', image]);
  execFileSync('mkfs.ext4', ['-q', '-F', image]);
  return {
    folder,
    mount: () => void execFileSync('mount', ['-o', 'loop', image, folder]),
    unmount: () => void execFileSync('umount', [folder], { stdio: 'ignore' }),
    makeReadOnly: () => void execFileSync('mount', ['-o', 'remount,abort', folder], { stdio: 'ignore' }),
  };
}
