import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deriveDataKey } from '../encryption/data-key.ts';
import { openFolderBlobStore } from './folder-blob-store.ts';

const dataKey = randomBytes(32);
const content = randomBytes(200_000);
const upload = {
  officeCode: 'O00009999',
  sha256: createHash('sha256').update(content).digest('hex'),
  byteLength: content.length,
};

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-blobs-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const openStore = () => openFolderBlobStore(folder, { derive: (use) => deriveDataKey(dataKey, use) }, () => undefined);

function makeOld(days: number): void {
  const then = new Date(Date.now() - days * 86_400_000);
  for (const name of readdirSync(join(folder, 'partial'))) utimesSync(join(folder, 'partial', name), then, then);
}

test('a desk goes on after months with what it had sent; after longer the rest is forgotten and it begins anew', async () => {
  const half = 150_000;
  await (await openStore()).append(upload, 0, content.subarray(0, half));
  makeOld(80);
  expect(await (await openStore()).getOffset(upload)).toBeGreaterThan(0);
  makeOld(100);
  const store = await openStore();
  expect(readdirSync(join(folder, 'partial'))).toEqual([]);
  expect(await store.getOffset(upload)).toBe(0);
  expect(await store.append(upload, 0, content)).toEqual({ state: 'complete' });
  expect(await store.read(upload.sha256)).toEqual(new Uint8Array(content));
});

test('what a killed instance was making goes after a day, what another one is making stays', async () => {
  await openStore();
  writeFileSync(join(folder, 'partial', 'new-1'), 'half');
  makeOld(2);
  writeFileSync(join(folder, 'partial', 'new-2'), 'half');
  await openStore();
  expect(readdirSync(join(folder, 'partial'))).toEqual(['new-2']);
});
