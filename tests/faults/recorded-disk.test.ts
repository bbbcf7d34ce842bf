import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { seededRandom } from '../../core/documents/signing/testing/mutations.ts';
import type { DiskCall } from './recorded-calls.ts';
import { createRecordedDisk, listInodes } from './recorded-disk.ts';
import type { DiskState, RecordedDisk } from './recorded-disk.ts';
import { recordBytes } from './unsynced-bytes.ts';

let parent = '';
let image = '';

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'ventanilla-recorded-'));
  image = join(parent, 'image');
  for (const folder of ['', 'a', 'b']) mkdirSync(join(image, folder));
  writeFileSync(join(image, 'a', 'old'), 'old');
});
afterEach(() => {
  rmSync(parent, { recursive: true, force: true });
});

const made = 999_999_999;

function diskAfter(calls: (inode: (path: string) => number) => readonly DiskCall[]): RecordedDisk {
  const inodes = listInodes(image);
  const disk = createRecordedDisk({ folder: image, inodes });
  for (const call of calls((path) => inodes[path] ?? 0)) disk.apply(call);
  return disk;
}

/** The files of a state with what they hold: `a/old=old`. */
function filesOf(disk: RecordedDisk, state: DiskState): string {
  const folder = join(parent, 'state');
  disk.write(state, folder);
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    statSync(join(folder, path)).isFile(),
  );
  const files = paths.toSorted().map((path) => `${path}=${readFileSync(join(folder, path), 'latin1')}`);
  rmSync(folder, { recursive: true });
  return files.join(' ');
}

/** Every state that a power cut may leave, as far as so many seeds come upon it. */
function possible(disk: RecordedDisk): ReadonlySet<string> {
  return new Set(Array.from({ length: 80 }, (_value, seed) => filesOf(disk, disk.afterPowerCut(seededRandom(seed)))));
}

const createFile: DiskCall = { kind: 'create', path: 'a/file', inode: made };
const writeFile: DiskCall = { kind: 'write', inode: made, at: 0, bytes: Buffer.from('new') };
const syncFile: DiskCall = { kind: 'sync', inode: made };

describe('a kill', () => {
  test('leaves all that was done, with the last write whole, torn or missing', () => {
    const disk = diskAfter(() => [createFile, writeFile]);
    expect(filesOf(disk, disk.afterKill)).toBe('a/file=new a/old=old');
    const next = { kind: 'write', inode: made, at: 3, bytes: Buffer.from('er') } as const;
    expect(filesOf(disk, disk.afterKillIn(next, 1))).toBe('a/file=newe a/old=old');
    expect(filesOf(disk, disk.afterKill)).toBe('a/file=new a/old=old');
  });
});

describe('a power cut', () => {
  test('may take the bytes of a file whose name is safe, and the name of one whose bytes are', () => {
    const named = diskAfter((inode) => [createFile, writeFile, { kind: 'sync', inode: inode('a') }]);
    const left = possible(named);
    expect(left).toContain('a/file= a/old=old');
    expect(left).toContain('a/file=new a/old=old');
    expect(left).toContain('a/file=\0\0\0 a/old=old');
    expect(left).not.toContain('a/old=old');

    const nameless = diskAfter(() => [createFile, writeFile, syncFile]);
    expect(possible(nameless)).toEqual(new Set(['a/old=old', 'a/file=new a/old=old']));
  });

  test('takes nothing that was synced with its name', () => {
    const disk = diskAfter((inode) => [createFile, writeFile, syncFile, { kind: 'sync', inode: inode('a') }]);
    expect(possible(disk)).toEqual(new Set(['a/file=new a/old=old']));
  });

  test('leaves one of both files when one took the place of the other', () => {
    const rename: DiskCall = { kind: 'rename', path: 'a/file', to: 'a/old' };
    const disk = diskAfter((inode) => [createFile, writeFile, syncFile, { kind: 'sync', inode: inode('a') }, rename]);
    expect(possible(disk)).toEqual(new Set(['a/file=new a/old=old', 'a/old=new']));
  });

  test('never leaves a file that went to another folder without a name', () => {
    const rename: DiskCall = { kind: 'rename', path: 'a/old', to: 'b/old' };
    expect(possible(diskAfter(() => [rename]))).toEqual(new Set(['a/old=old', 'b/old=old', 'a/old=old b/old=old']));
    const arrived = diskAfter((inode) => [rename, { kind: 'sync', inode: inode('b') }]);
    expect(possible(arrived)).toEqual(new Set(['b/old=old', 'a/old=old b/old=old']));
    const left = diskAfter((inode) => [rename, { kind: 'sync', inode: inode('a') }]);
    expect(possible(left)).toEqual(new Set(['b/old=old']));
  });

  test('may bring a removed file back, until its folder is synced', () => {
    const remove: DiskCall = { kind: 'unlink', path: 'a/old' };
    expect(possible(diskAfter(() => [remove]))).toEqual(new Set(['', 'a/old=old']));
    expect(possible(diskAfter((inode) => [remove, { kind: 'sync', inode: inode('a') }]))).toEqual(new Set(['']));
  });

  test('mixes sectors of different moments, never within a sector, and spares what lies beside', () => {
    const bytes = recordBytes(Buffer.alloc(2048, 'a'));
    bytes.write(100, Buffer.alloc(1000, 'b'));
    bytes.write(100, Buffer.alloc(1000, 'c'));
    const seen = new Set<string>();
    for (let seed = 0; seed < 300; seed += 1) {
      const left = Buffer.from(bytes.afterPowerCut(seededRandom(seed))).toString('latin1');
      expect(left).toMatch(/^a{100}([abc])\1{411}([abc])\2{511}([abc])\3{75}a{948}$/u);
      seen.add([left[100], left[600], left[1050]].join(''));
    }
    for (const mixed of ['aac', 'aca', 'caa', 'acc', 'cca', 'cac', 'aaa', 'ccc', 'bbb']) expect(seen).toContain(mixed);
    bytes.sync();
    expect(Buffer.from(bytes.afterPowerCut(seededRandom(1))).toString('latin1')).toMatch(/^a{100}c{1000}a{948}$/u);
  });

  test('takes what a sync that failed left behind, also when the next one goes well', () => {
    const failed: DiskCall = { kind: 'failedSync', inode: made };
    const disk = diskAfter((inode) => [createFile, { kind: 'sync', inode: inode('a') }, writeFile, failed, syncFile]);
    expect(filesOf(disk, disk.afterKill)).toBe('a/file=new a/old=old');
    expect(possible(disk)).toEqual(new Set(['a/file= a/old=old']));
    for (const call of [writeFile, syncFile]) disk.apply(call);
    expect(possible(disk)).toEqual(new Set(['a/file=new a/old=old']));
  });

  test('never shows again what a file was cut of', () => {
    const bytes = recordBytes(Buffer.from('secret'));
    bytes.resize(0);
    bytes.write(0, Buffer.from('n'));
    const seen = new Set(
      Array.from({ length: 300 }, (_value, seed) =>
        Buffer.from(bytes.afterPowerCut(seededRandom(seed))).toString('latin1'),
      ),
    );
    expect(seen).toContain('secret');
    expect(seen).toContain('');
    expect(seen).toContain('n');
    for (const left of seen) expect(left === 'secret' || left.length <= 1, left).toBe(true);
  });
});
