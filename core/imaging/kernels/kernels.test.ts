import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it, vi } from 'vitest';
import { findComponents, findInkComponents } from '../components.ts';
import { boxOfInk } from '../ink.ts';
import { decodeJbig2, encodeJbig2 } from '../jbig2.ts';
import { encodeBitonalPng, encodePng } from '../png.ts';
import { buildKernels, findCompilerMajor, kernelsCompilerMajor } from './build-kernels.ts';
import { openKernels } from './kernels.ts';

vi.setConfig({ testTimeout: 60_000 });

const kernels = openKernels();

/** Black and white samples of a page, 0 or 255, whose runs are as long as the function says. */
function randomSamples(width: number, height: number, runLength: () => number): Uint8Array {
  const samples = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    let color = 255;
    for (let x = 0; x < width;) {
      const end = Math.min(width, x + runLength());
      samples.fill(color, y * width + x, y * width + end);
      x = end;
      color ^= 255;
    }
  }
  return samples;
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

describe('pieces of ink', () => {
  let state = 3;
  const random = (): number => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;

  it.each([0.02, 0.2, 0.35, 0.5, 0.65, 0.95])(
    'are those that a fill finds pixel by pixel, with %f of black',
    (share) => {
      for (const [width, height] of [
        [1, 9],
        [17, 1],
        [64, 40],
        [133, 70],
      ] as const) {
        const mask = Uint8Array.from({ length: width * height }, () => (random() < share ? 1 : 0));
        const ink = { mask, width, height, count: 0, pixelsPerMm: 1 };
        const found = findInkComponents(kernels, ink, 2);
        expect(found).toEqual(findComponents(ink, 2));
        expect(findInkComponents(kernels, ink, 1).reduce((sum, { area }) => sum + area, 0)).toBe(
          mask.reduce((sum, pixel) => sum + pixel, 0),
        );
      }
    },
  );
});

it('the box of ink holds all of it and is as small as it can be', () => {
  for (const [width, height] of [
    [40, 9],
    [133, 70],
  ] as const) {
    const ink = { mask: new Uint8Array(width * height), width, height, count: 0, pixelsPerMm: 1 };
    expect(boxOfInk(kernels, ink)).toBeNull();
    ink.mask[3 * width + width - 2] = 1;
    expect(boxOfInk(kernels, ink)).toEqual({ left: width - 2, top: 3, right: width - 1, bottom: 4 });
    ink.mask[(height - 1) * width + 5] = 1;
    expect(boxOfInk(kernels, ink)).toEqual({ left: 5, top: 3, right: width - 1, bottom: height });
  }
});

describe('what lies in the kernels', () => {
  it('is shown as it is after their memory has grown, and is not loaded again', () => {
    const small = openKernels();
    const view = small.bytes(small.load(Uint8Array.of(1, 2, 3)), 3);
    small.allocate(100_000_000);
    expect([...view]).toEqual([1, 2, 3]);
    expect(small.load(view)).toBe(view.byteOffset);
    small.bytes(view.byteOffset, 3)[1] = 7;
    expect([...view]).toEqual([1, 7, 3]);
  });
});

// core/host/optimize-command.test.ts gives the same data to a decoder that is not ours.
describe('JBIG2', () => {
  let state = 7;
  const random = (most: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * most);
  };
  const cases: readonly (readonly [string, number, number, () => number])[] = [
    ['a text-like page', 2481, 60, () => 1 + random(40)],
    ['long runs', 9000, 80, () => 1 + random(random(3) === 0 ? 6000 : 200)],
    ['noise', 333, 90, () => 1 + random(2)],
    ['white', 1000, 20, () => 5000],
    ['one column', 1, 9, () => 1],
    ['rows that repeat', 64, 30, () => 7],
  ];
  it.each(cases)('comes back as it went: %s', (_, width, height, runLength) => {
    const samples = randomSamples(width, height, runLength);
    const mark = kernels.mark();
    const gray = kernels.allocate(samples.length);
    kernels.bytes(gray, samples.length).set(samples);
    const data = encodeJbig2(kernels, gray, width, height, 300);
    const back = decodeJbig2(kernels, { data, widthPixels: width, heightPixels: height });
    kernels.release(mark);
    expect(Buffer.from(back).equals(Buffer.from(samples))).toBe(true);
  });

  it('does not run away on data that is none', () => {
    const data = Uint8Array.from({ length: 200 }, () => random(256));
    expect(decodeJbig2(kernels, { data, widthPixels: 500, heightPixels: 40 }).length).toBe(500 * 40);
    expect(decodeJbig2(kernels, { data: data.subarray(0, 10), widthPixels: 9, heightPixels: 3 }).length).toBe(27);
  });
});

describe('PNG', () => {
  const runs = (i: number): number => (i % 700 < 650 ? 7 : (i * 37) % 256);
  const cases: readonly (readonly [string, number, number, 1 | 3, (index: number) => number])[] = [
    ['noise', 333, 300, 3, (i) => Math.imul(i, 0x9e3779b1) >>> 24],
    ['white', 700, 40, 3, () => 255],
    ['runs of every length', 701, 90, 1, runs],
    ['a shade', 40, 520, 1, (i) => Math.floor(i / 90)],
    ['one pixel', 1, 1, 3, () => 9],
  ];
  it.each(cases)('is read as it was written: %s', async (_, width, height, channels, level) => {
    const samples = Uint8Array.from({ length: width * height * channels }, (_sample, i) => level(i));
    const mark = kernels.mark();
    const png = encodePng(kernels, kernels.load(samples), { width, height, channels }, 300);
    kernels.release(mark);
    const image = sharp(png);
    expect(await image.metadata()).toMatchObject({ width, height, density: 300, depth: 'uchar' });
    const back = await (channels === 1 ? image.toColourspace('b-w') : image).raw().toBuffer();
    expect(back.equals(samples)).toBe(true);
  });

  it.each([1, 8, 333])('of one bit a pixel is read as it was written: %d wide', async (width) => {
    const height = 50;
    const samples = Uint8Array.from({ length: width * height }, (_, i) => ((i * i) % 7 < 3 ? 0 : 255));
    const mark = kernels.mark();
    const png = encodeBitonalPng(kernels, kernels.load(samples), { width, height }, 200);
    kernels.release(mark);
    const image = sharp(png);
    expect(await image.metadata()).toMatchObject({ width, height, density: 200, channels: 1 });
    expect((await image.toColourspace('b-w').raw().toBuffer()).equals(samples)).toBe(true);
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

  it.each([
    [1, 1],
    [2, 3],
    [3, 1],
  ] as const)('turns back by %d quarters of %d channels as turning in one pass does', (quarters, channels) => {
    const [width, height] = [130, 70];
    const image = Uint8Array.from({ length: width * height * channels }, (_, i) => (i * 37) % 251);
    const mark = kernels.mark();
    const source = kernels.load(image);
    const [turned, expected] = [kernels.allocate(image.length), kernels.allocate(image.length)];
    const [w, h] = quarters === 2 ? [width, height] : [height, width];
    const [cosine, sine] = [[1, 0, -1, 0][quarters]!, [0, 1, 0, -1][quarters]!];
    kernels.functions.turn_back(source, width, height, channels, quarters, turned);
    kernels.functions.rotate_crop(source, width, height, expected, w, h, cosine, sine, 65, 35, channels, 255);
    expect(kernels.bytes(turned, image.length)).toEqual(kernels.bytes(expected, image.length));
    kernels.release(mark);
  });

  /** Draws 24 x 20 pixels of which `#` is black, and smooths them. */
  const smoothed = (rows: readonly string[]): readonly string[] => {
    const [width, height] = [24, 20];
    const padded = Array.from({ length: height }, (_, y) => (rows[y - 4] ?? '').padEnd(width - 4, '.'));
    const text = padded.map((row) => `....${row}`).join('');
    const mark = kernels.mark();
    const source = kernels.load(Uint8Array.from(text, (c) => (c === '#' ? 0 : 255)));
    const target = kernels.allocate(width * height);
    kernels.functions.smooth_edges(source, width, height, target);
    const lines = Buffer.from(kernels.bytes(target, width * height).map((v) => (v === 0 ? 35 : 46))).toString();
    kernels.release(mark);
    return rows.map((row, y) => lines.slice((y + 4) * width + 4, (y + 4) * width + 4 + row.length));
  };

  it('takes bumps of a pixel from straight edges and fills such pits', () => {
    const stroke = '############';
    const rough = ['...#...##...', stroke, '###.########', stroke, stroke, '####..######'];
    const even = ['............', stroke, stroke, stroke, stroke, stroke];
    // The hole of one pixel has no edge; only the pits at the rim are filled.
    expect(smoothed(rough)).toEqual([even[0], stroke, rough[2], stroke, stroke, stroke]);
    const upright = smoothed(['.###', '####', '.###', '.###', '.#.#'].map((row) => `${row}....`));
    expect(upright.slice(0, 3)).toEqual(['.###....', '.###....', '.###....']);
  });

  it.each([
    ['a dot', ['#']],
    ['dots of two by two', ['##..##', '##..##']],
    ['a thin line', ['############']],
    ['a thin line that climbs', ['####........', '....####....', '........####']],
    ['the end of a stroke', ['##', '##', '##', '##']],
    ['a thin stem on a thin rule', ['.....#......', '.....#......', '############']],
    ['a serif of two pixels', ['....##......', '....##......', '############', '############']],
  ])('keeps %s', (_, rows) => {
    expect(smoothed(rows)).toEqual(rows);
  });

  it('averages boxes', () => {
    const mark = kernels.mark();
    const source = kernels.allocate(8);
    const target = kernels.allocate(8);
    kernels.bytes(source, 8).set([10, 20, 200, 200, 30, 40, 220, 221]);
    kernels.functions.shrink(source, 4, 2, 1, 2, target);
    expect([...kernels.bytes(target, 2)]).toEqual([25, 210]);
    kernels.functions.shrink(source, 4, 2, 1, 1, target);
    expect([...kernels.bytes(target, 8)]).toEqual([10, 20, 200, 200, 30, 40, 220, 221]);
    kernels.release(mark);
  });
});
