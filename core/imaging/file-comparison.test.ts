import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { beforeAll, describe, expect, test } from 'vitest';
import type { FilePage, FilePageRequest } from '../services/ports/imaging.ts';
import type { RawPage } from '../services/ports/scanner.ts';
import { drawPage, rawPage, textLines, trialProfile } from './drawn-page.ts';
import { compareFilePage } from './file-comparison.ts';
import { decodeJbig2 } from './jbig2.ts';
import type { Kernels } from './kernels/kernels.ts';
import { openKernels } from './kernels/kernels.ts';
import { optimizePage } from './optimize-page.ts';
import { rawPageFromImage } from './raw-page-from-image.ts';

const profile = { ...trialProfile('color'), dpi: 200 };
const size = { widthMm: 148, heightMm: 210 };
const stamp = '<circle cx="1000" cy="1700" r="120" fill="none" stroke="#334" stroke-width="14"/>';
const amount = '<text x="200" y="1500" font-family="Noto Sans" font-size="34" fill="#111">Total: 1.250,00 €</text>';
const content = `${textLines(16)}${amount}${stamp}`;

let kernels: Kernels;
let request: FilePageRequest;
beforeAll(async () => {
  kernels = openKernels();
  const raw = await drawPage({ ...size, content, skewDegrees: 1.2 });
  const page = await optimizePage(kernels, raw, profile, () => undefined);
  request = {
    capturePng: page.capturePng,
    captureCorners: page.captureCorners.map(({ x, y }) => ({ x: x / raw.widthPixels, y: y / raw.heightPixels })),
    paperMm: page.paperMm,
    colorMode: page.copy.colorMode,
    profile,
  };
});

async function compare(page: RawPage, asked: FilePageRequest): Promise<FilePage> {
  return compareFilePage(kernels, { page, samplesDpi: page.dpi, operation: null }, asked);
}

/** The same sheet on the citizen's own scanner, which shows the paper alone. */
async function scanAtHome(drawn = content, dpi = 200, skewDegrees = 0): Promise<RawPage> {
  return drawPage({ ...size, content: drawn, dpi, skewDegrees, around: 0, bed: 255, noise: 2, shading: 0.03 });
}

async function altered(page: RawPage, change: (image: Sharp) => Sharp, dpi = page.dpi): Promise<RawPage> {
  const raw = { width: page.widthPixels, height: page.heightPixels, channels: 3 as const };
  const { data, info } = await change(sharp(page.samples, { raw })).raw().toBuffer({ resolveWithObject: true });
  return rawPage(new Uint8Array(data), info.width, info.height, dpi);
}

describe('a file of the same paper', () => {
  test.each([
    ['straight, at 200 dpi', 200, 0],
    ['at 300 dpi', 300, 0],
    ['somewhat askew', 200, 0.8],
  ])('%s stands for it', async (_, dpi, skewDegrees) => {
    const compared = await compare(await scanAtHome(content, dpi, skewDegrees), request);
    expect({ obstacles: compared.obstacles, zones: compared.zones }).toEqual({ obstacles: [], zones: [] });
    expect(Math.abs(compared.copy.dpi - dpi)).toBeLessThanOrEqual(2);
    expect(Math.abs(compared.paperMm.height - (dpi === 200 && skewDegrees > 0 ? 212 : 210))).toBeLessThan(2);
  });

  test('keeps its own pixels, and its corners are those of the paper in the capture', async () => {
    const file = await scanAtHome();
    const { copy, captureCorners } = await compare(file, request);
    expect([copy.widthPixels, copy.heightPixels, copy.colorMode]).toEqual([
      file.widthPixels,
      file.heightPixels,
      'color',
    ]);
    const kept = await sharp(copy.data).raw().toBuffer();
    let off = 0;
    for (const [index, value] of kept.entries()) off += Math.abs(value - file.samples[index]!) / kept.length;
    expect(off).toBeLessThan(3);
    captureCorners.forEach((corner, index) => {
      const expected = request.captureCorners[index];
      expect(Math.hypot(corner.x - (expected?.x ?? 9), corner.y - (expected?.y ?? 9))).toBeLessThan(0.02);
    });
  });

  test('in one bit a pixel is kept without loss, and stands only for what was scanned so', async () => {
    const { samples, widthPixels: width, heightPixels: height } = await scanAtHome();
    const png = await sharp(samples, { raw: { width, height, channels: 3 } })
      .toColourspace('b-w')
      .png()
      .toBuffer();
    const tiff = await sharp(png)
      .threshold(150)
      .toColourspace('b-w')
      .tiff({ bitdepth: 1, xres: 200 / 25.4, yres: 200 / 25.4 })
      .toBuffer();
    const file = await rawPageFromImage(new Uint8Array(tiff), 300, 0);
    expect(file.colorMode).toBe('bitonal');
    const compared = await compare(file, { ...request, colorMode: 'bitonal' });
    expect({ obstacles: compared.obstacles, zones: compared.zones }).toEqual({ obstacles: [], zones: [] });
    const kept = decodeJbig2(kernels, compared.copy);
    expect(
      kept.every((value, i) => {
        const [x, y] = [i % width, Math.floor(i / width)];
        const isBlack = (file.samples[y * Math.ceil(width / 8) + (x >> 3)]! & (0x80 >> (x & 7))) !== 0;
        return (value === 0) === isBlack;
      }),
    ).toBe(true);
    expect((await compare(file, { ...request, colorMode: 'color' })).obstacles).toEqual(['lessColor']);
  });
});

describe('a file that is not as the paper', () => {
  test('lacks an amount: the place is pointed out, and nothing else', async () => {
    const { obstacles, zones } = await compare(await scanAtHome(content.replace('1.250,00', '1.290,00')), request);
    expect(obstacles).toEqual([]);
    expect(zones.length).toBeGreaterThan(0);
    for (const { placeMm } of zones) {
      expect(placeMm.y).toBeGreaterThan(140);
      expect(placeMm.y + placeMm.height).toBeLessThan(155);
    }
  });

  test('without the stamp misses ink; with one more it shows ink too much', async () => {
    const without = await compare(await scanAtHome(content.replace(stamp, '')), request);
    expect(without.zones.map(({ kind }) => kind)).toContain('inkMissing');
    expect(without.zones.map(({ kind }) => kind)).not.toContain('inkAdded');
    const second = stamp.replace('cy="1700"', 'cy="1850"').replace('cx="1000"', 'cx="400"');
    const more = await compare(await scanAtHome(`${content}${second}`), request);
    expect(more.zones.map(({ kind }) => kind)).toContain('inkAdded');
    expect(more.zones.map(({ kind }) => kind)).not.toContain('inkMissing');
  });

  test('of another text differs', async () => {
    const other = `${textLines(9, { top: 420, size: 55 })}<rect x="200" y="1500" width="900" height="300" fill="#445"/>`;
    const { obstacles } = await compare(await scanAtHome(other), request);
    expect(obstacles).toEqual(['differs']);
  });

  test('cut at its foot does not hold the paper', async () => {
    const file = await scanAtHome();
    const height = Math.round(file.heightPixels * 0.75);
    const cut = await altered(file, (image) => image.extract({ left: 0, top: 0, width: file.widthPixels, height }));
    const { obstacles, zones } = await compare(cut, request);
    expect(obstacles).toEqual(['cutOff']);
    expect(zones.map(({ kind }) => kind)).toContain('inkMissing');
  });

  test('made larger than it was taken is measured on the paper, whatever it says', async () => {
    const small = await scanAtHome(content, 110);
    const { obstacles, copy } = await compare({ ...small, dpi: 300 }, request);
    expect(obstacles).toContain('lowResolution');
    expect(Math.abs(copy.dpi - 110)).toBeLessThanOrEqual(2);
  });
});
