import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ArrivedPage } from '../services/ports/store.ts';
import { openPageSpool } from './page-spool.ts';
import { arrivedPage } from './store-fixture.ts';

const keys = { wrapping: randomBytes(32), names: randomBytes(32) };
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-spool-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const arrived = (sequence: number): ArrivedPage => arrivedPage(randomUUID(), sequence);

test('the last four pages that arrived are there in their order after the end of the program, and not in clear', async () => {
  expect(await openPageSpool(folder, keys).list()).toEqual([]);
  const [first, second, third, ...rest] = [arrived(1), arrived(2), arrived(3), arrived(4), arrived(5)];
  const spool = openPageSpool(folder, keys);
  await Promise.all([first, second, third, ...rest].map((page) => spool.put(page)));
  expect(await openPageSpool(folder, keys).list()).toEqual([second, third, ...rest]);
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
  expect(files).toHaveLength(4);
  for (const { page, order } of [second, third, ...rest]) {
    expect(files.some((file) => file.includes(Buffer.from(page.samples.subarray(0, 16))))).toBe(false);
    expect(files.some((file) => file.includes(order.input.attentionId))).toBe(false);
  }
  await spool.remove(second);
  expect(await spool.list()).toEqual([third, ...rest]);
});

test('what is cleared does not come back, also when it was still being written', async () => {
  const spool = openPageSpool(folder, keys);
  await Promise.all([spool.put(arrived(1)), spool.clear()]);
  expect(await spool.list()).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

test('a byte that was changed is noticed', async () => {
  const spool = openPageSpool(folder, keys);
  await spool.put(arrived(1));
  const file = join(folder, 'arrived-page-1');
  const bytes = readFileSync(file);
  bytes[bytes.length - 30] = (bytes[bytes.length - 30] ?? 0) ^ 1;
  writeFileSync(file, bytes);
  await expect(spool.list()).rejects.toMatchObject({ code: 'blob.damaged' });
});
