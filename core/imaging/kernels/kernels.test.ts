import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it, vi } from 'vitest';
import { wrapGroup4 } from '../group4-tiff.ts';
import { buildKernels, findCompilerMajor, kernelsCompilerMajor } from './build-kernels.ts';
import { openKernels } from './kernels.ts';

vi.setConfig({ testTimeout: 60_000 });

const kernels = openKernels();

function encodeGroup4(bits: Uint8Array, width: number, height: number): Uint8Array<ArrayBuffer> {
  const mark = kernels.mark();
  const source = kernels.allocate(bits.length);
  const target = kernels.allocate(width * height + 64);
  const scratch = kernels.allocate(2 * (width + 8) * 4);
  kernels.bytes(source, bits.length).set(bits);
  const length = kernels.functions.group4_encode(source, width, height, target, scratch);
  const data = kernels.bytes(target, length).slice();
  kernels.release(mark);
  return data;
}

/** libtiff's decoder, which is not ours. */
async function decodeGroup4(data: Uint8Array, widthPixels: number, heightPixels: number): Promise<Uint8Array> {
  const tiff = wrapGroup4({ data, widthPixels, heightPixels, dpi: 300 });
  return sharp(tiff).toColourspace('b-w').extractChannel(0).raw().toBuffer();
}

function randomBits(width: number, height: number, runLength: () => number): Uint8Array {
  const stride = Math.ceil(width / 8);
  const bits = new Uint8Array(stride * height);
  for (let y = 0; y < height; y += 1) {
    let color = 0;
    for (let x = 0; x < width;) {
      const end = Math.min(width, x + runLength());
      for (; x < end; x += 1) if (color === 1) bits[y * stride + (x >> 3)]! |= 0x80 >> (x & 7);
      color ^= 1;
    }
  }
  return bits;
}

const hasCompiler = findCompilerMajor() === kernelsCompilerMajor;
if (!hasCompiler)
  process.stdout.write(`without clang ${String(kernelsCompilerMajor)} kernels.wasm is not rebuilt and compared\n`);

describe('kernels.wasm', () => {
  it.runIf(hasCompiler)('is what the committed source compiles to', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kernels-'));
    try {
      const rebuilt = join(folder, 'kernels.wasm');
      buildKernels(rebuilt);
      const committed = readFileSync(new URL('./kernels.wasm', import.meta.url));
      expect(readFileSync(rebuilt).equals(committed)).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('gives its memory out in steps and takes it back', () => {
    const mark = kernels.mark();
    const large = kernels.allocate(40_000_000);
    expect(large).toBeGreaterThanOrEqual(mark);
    expect(kernels.size()).toBeGreaterThanOrEqual(40_000_000);
    kernels.release(mark);
    expect(kernels.mark()).toBe(mark);
  });
});

describe('Group 4', () => {
  let state = 7;
  const random = (most: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
  const cases: readonly (readonly [string, number, number, () => number])[] = [
    ['a text-like page', 2481, 60, () => 1 + random(40)],
    ['every run length, make-up codes and runs over 2560', 9000, 80, () => 1 + random(random(3) === 0 ? 6000 : 200)],
    ['noise', 333, 90, () => 1 + random(2)],
    ['white', 1000, 20, () => 5000],
    ['one column', 1, 9, () => 1],
    ['lines that begin black', 64, 30, () => random(5)],
  ];
  it.each(cases)('is read back by libtiff: %s', async (_, width, height, runLength) => {
    const bits = randomBits(width, height, runLength);
    const decoded = await decodeGroup4(encodeGroup4(bits, width, height), width, height);
    const stride = Math.ceil(width / 8);
    let different = 0;
    for (let y = 0; y < height; y += 1)
      for (let x = 0; x < width; x += 1) {
        const isBlack = ((bits[y * stride + (x >> 3)]! >> (7 - (x & 7))) & 1) === 1;
        if (isBlack !== (decoded[y * width + x] === 0)) different += 1;
      }
    expect(decoded.length).toBe(width * height);
    expect(different).toBe(0);
  });
});

describe('image kernels', () => {
  it('turns by whole quarters without changing a pixel', () => {
    const width = 130;
    const height = 70;
    const image = Uint8Array.from({ length: width * height }, (_, i) => (i * 37) % 251);
    const mark = kernels.mark();
    const source = kernels.allocate(image.length);
    const target = kernels.allocate(image.length);
    kernels.bytes(source, image.length).set(image);
    kernels.functions.rotate_crop(source, width, height, target, height, width, 0, 1, width / 2, height / 2, 1, 255);
    const turned = kernels.bytes(target, image.length).slice();
    kernels.release(mark);
    // What lay turned clockwise is turned back: the source's right column becomes the top row.
    const expected = Uint8Array.from(image, (_, i) => {
      const x = i % height;
      const y = Math.floor(i / height);
      return image[x * width + (width - 1 - y)]!;
    });
    expect(turned).toEqual(expected);
  });

  it('averages boxes', () => {
    const mark = kernels.mark();
    const source = kernels.allocate(8);
    const target = kernels.allocate(2);
    kernels.bytes(source, 8).set([10, 20, 200, 200, 30, 40, 220, 221]);
    kernels.functions.shrink(source, 4, 2, 1, 2, target);
    expect([...kernels.bytes(target, 2)]).toEqual([25, 210]);
    kernels.release(mark);
  });
});
