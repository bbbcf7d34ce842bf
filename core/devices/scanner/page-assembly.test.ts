import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createPageAssembly, type PageHeader } from './page-assembly.ts';

const header: PageHeader = { sequence: 1, widthPixels: 10, heightPixels: 4, dpi: 300, colorMode: 'color' };
const samples = Uint8Array.from({ length: 120 }, (_, i) => i);
const sha256 = createHash('sha256').update(samples).digest('hex');

function codeOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return 'no error';
}

test('strips become the page that the bridge measured', () => {
  const page = createPageAssembly(header);
  page.add(0, samples.subarray(0, 50));
  expect(page.fraction()).toBeCloseTo(50 / 120);
  page.add(50, samples.subarray(50));
  expect(page.finish(4, sha256)).toEqual({
    sequence: 1,
    widthPixels: 10,
    heightPixels: 4,
    dpi: 300,
    colorMode: 'color',
    samples,
    sha256,
  });
});

test('a page whose height is known at the end grows as it comes', () => {
  const page = createPageAssembly({ ...header, widthPixels: 1000, heightPixels: null, colorMode: 'gray' });
  const strip = new Uint8Array(1_000_000);
  const hash = createHash('sha256');
  for (let i = 0; i < 20; i += 1) {
    page.add(i * strip.length, strip.fill(i));
    hash.update(strip);
  }
  const raw = page.finish(20_000, hash.digest('hex'));
  expect([raw.heightPixels, raw.samples.length, raw.samples.at(-1)]).toEqual([20_000, 20_000_000, 19]);
});

test('rows of bits are padded to a byte', () => {
  const page = createPageAssembly({ ...header, colorMode: 'bitonal' });
  const bits = new Uint8Array(8);
  page.add(0, bits);
  expect(page.finish(4, createHash('sha256').update(bits).digest('hex')).samples.length).toBe(8);
});

test.each([
  ['a digest of other bytes', 4, 'f'.repeat(64), samples, 'scanner.failed'],
  ['rows that never came', 4, sha256, samples.subarray(0, 90), 'scanner.imageTruncated'],
  ['a count of rows that the bytes deny', 3, sha256, samples, 'scanner.imageTruncated'],
  ['no bytes at all', 4, sha256, samples.subarray(0, 0), 'scanner.imageEmpty'],
])('%s is not a page', (_name, rows, stated, bytes, code) => {
  const page = createPageAssembly(header);
  page.add(0, bytes);
  expect(codeOf(() => page.finish(rows, stated))).toBe(code);
});

test('a strip out of place, a strip too many, and a page without end', () => {
  const page = createPageAssembly(header);
  expect(codeOf(() => page.add(1, samples.subarray(0, 10)))).toBe('scanner.failed');
  page.add(0, samples);
  expect(codeOf(() => page.add(120, samples.subarray(0, 1)))).toBe('scanner.failed');
  expect(codeOf(() => createPageAssembly({ ...header, widthPixels: 60_000, heightPixels: 60_000 }))).toBe(
    'image.tooLarge',
  );
});
