import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ArrivedPage } from '../services/ports/store.ts';
import { openPageSpool } from './page-spool.ts';

const keys = { wrapping: randomBytes(32), names: randomBytes(32) };
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-spool-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function arrived(sequence: number): ArrivedPage {
  const samples = randomBytes(300_000);
  const attentionId = randomUUID();
  return {
    pageId: randomUUID(),
    order: {
      input: { attentionId, profileId: 'gris', target: { kind: 'newDocument', role: 'annex' } },
      profile: {
        id: 'gris',
        version: 1,
        title: 'Gris',
        source: 'feeder',
        dpi: 200,
        colorMode: 'gray',
        areaMm: { width: 210, height: 297 },
        image: {
          straighten: true,
          crop: true,
          turnUpright: true,
          background: 'whiten',
          dropBlankSides: true,
          jpegQuality: 75,
        },
        digest: '0'.repeat(64),
      },
      scanner: {
        device: { driver: 'sane', maker: 'M', model: 'N', serial: 'S-1', connection: null },
        qualificationId: null,
        standing: 'never',
      },
    },
    page: {
      sequence,
      widthPixels: 600,
      heightPixels: 500,
      dpi: 200,
      colorMode: 'gray',
      samples,
      sha256: 'a'.repeat(64),
    },
  };
}

test('the last three pages that arrived are there in their order after the end of the program, and not in clear', async () => {
  expect(await openPageSpool(folder, keys).list()).toEqual([]);
  const [first, second, third, fourth] = [arrived(1), arrived(2), arrived(3), arrived(4)];
  const spool = openPageSpool(folder, keys);
  await Promise.all([first, second, third, fourth].map((page) => spool.put(page)));
  expect(await openPageSpool(folder, keys).list()).toEqual([second, third, fourth]);
  const files = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
  expect(files).toHaveLength(3);
  for (const { page, order } of [second, third, fourth]) {
    expect(files.some((file) => file.includes(Buffer.from(page.samples.subarray(0, 16))))).toBe(false);
    expect(files.some((file) => file.includes(order.input.attentionId))).toBe(false);
  }
  await spool.remove(second);
  expect(await spool.list()).toEqual([third, fourth]);
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
