import { expect, test } from 'vitest';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDeskFixture } from '../store/store-fixture.ts';
import { diskStateOf, requireRoom } from './disk-room.ts';

const mebibyte = 1024 * 1024;

function mount(megabytes: number): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'ventanilla-room-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmSync(folder, { recursive: true });
    return null;
  }
}

test('a disk that is filling up warns, then lets nothing begin, while what is open can still be ended', async () => {
  const folder = mount(300);
  if (folder === null) {
    console.info('Not root, or mounting is not allowed: the filling disk was not tried.');
    return;
  }
  let close = async () => {};
  try {
    const fixture = await createDeskFixture(folder);
    const { store, blobs } = await fixture.open();
    close = () => store.close();
    expect(diskStateOf(blobs)).toBe('low');
    expect(() => requireRoom(blobs)).not.toThrow();
    writeFileSync(join(folder, 'others'), Buffer.alloc(60 * mebibyte));
    expect(diskStateOf(blobs)).toBe('full');
    expect(() => requireRoom(blobs)).toThrow('desk.diskFull');
    // The reserve is for what is under way.
    const page = new Uint8Array(30 * mebibyte);
    const digest = await blobs.put(page, 'image/png');
    expect((await blobs.get(digest)).length).toBe(page.length);
    rmSync(join(folder, 'others'));
    expect(() => requireRoom(blobs)).not.toThrow();
  } finally {
    await close();
    execFileSync('umount', [folder]);
    rmSync(folder, { recursive: true });
  }
});

test('a disk with room is no matter', () => {
  expect(diskStateOf({ freeBytes: () => 3 * 1024 * mebibyte })).toBe('ok');
});
