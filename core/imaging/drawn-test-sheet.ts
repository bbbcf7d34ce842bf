import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { sheetSize } from '../domain/test-sheet.ts';
import type { RawPage } from '../services/ports/scanner.ts';

/** A scanner that the tests draw, with exactly the faults that it is given. Not part of the program. */
export type DrawnScanner = Readonly<{
  colorMode?: 'gray' | 'color';
  /** What the captured pixels are really apart, against what the scanner says. */
  scaleAcross?: number;
  scaleAlong?: number;
  /** Clockwise, of the sheet. */
  skewDegrees?: number;
  isUpsideDown?: boolean;
  shearDegrees?: number;
  bowMm?: number;
  /** Standard deviation of a Gaussian blur on the paper. */
  blurMm?: number;
  /** Standard deviation in levels. */
  noise?: number;
  /** Another one is another scan of the same sheet. */
  seed?: number;
  /** Columns of the capture, with the level that they always give, or what they add. */
  lines?: readonly Readonly<{ column: number; level?: number; added?: number }>[];
  gamma?: number;
  white?: number;
  black?: number;
  /** Factors of red, green and blue. */
  tint?: readonly [number, number, number];
}>;

/** A page rendered at twice the capture's resolution, 0 black to 255 white. */
export type RenderedSheet = Readonly<{ share: Uint8Array; width: number; height: number; dpi: number }>;

const run = promisify(execFile);
/** Bed around the sheet, in millimetres, and its level. */
const bed = { x: 3, y: 4, level: 34 };
const captured = { width: 216, height: 304 };

/** Poppler's picture of a PDF's first page, at twice `dpi`. */
export async function renderSheet(pdfFile: string, dpi: number): Promise<RenderedSheet> {
  const { stdout } = await run('pdftoppm', ['-r', String(2 * dpi), '-gray', '-singlefile', '-png', pdfFile], {
    encoding: 'buffer',
    maxBuffer: 1 << 28,
  });
  const { data, info } = await sharp(stdout, { limitInputPixels: false })
    .toColourspace('b-w')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { share: data, width: info.width, height: info.height, dpi };
}

/**
 * What a laser printer makes of the page: every dot is full or not, greys are screened with some 75 lines an inch at 45
 * degrees, toner lies where it should not and is missing where it should.
 */
export function printByLaser(sheet: RenderedSheet): RenderedSheet {
  const { width } = sheet;
  const turn = ((2 * Math.PI) / Math.SQRT2) * (75 / (2 * sheet.dpi));
  const random = uniformNumbers(1);
  const share = sheet.share.map((value, i) => {
    const chance = random();
    const [x, y] = [i % width, Math.floor(i / width)];
    const threshold = 0.5 + 0.25 * (Math.cos(turn * (x + y)) + Math.cos(turn * (x - y)));
    const hasToner = value === 0 || (value < 255 && threshold > value / 255);
    return (hasToner ? chance < 0.002 : chance >= 0.0004) ? 255 : 0;
  });
  return { ...sheet, share };
}

export function scanSheet(sheet: RenderedSheet, scanner: DrawnScanner = {}): RawPage {
  const { dpi } = sheet;
  const { white = 244, black = 24, noise = 1.5, gamma = 1, tint = [1, 1, 1], colorMode = 'gray' } = scanner;
  const width = Math.round((captured.width / 25.4) * dpi);
  const height = Math.round((captured.height / 25.4) * dpi);
  const light = blurred(toLight(sheet, black, white), ((scanner.blurMm ?? 0) / 25.4) * dpi);
  const levels = expose(light, dpi, scanner, width, height);
  const random = gaussian(scanner.seed ?? 20_260_314);
  const channels = colorMode === 'color' ? 3 : 1;
  const samples = new Uint8Array(width * height * channels);
  for (let i = 0; i < levels.length; i += 1) {
    const curved = gamma === 1 ? levels[i]! : 255 * (levels[i]! / 255) ** gamma;
    for (let channel = 0; channel < channels; channel += 1) {
      const value = curved * (channels === 3 ? (tint[channel] ?? 1) : 1) + noise * random();
      samples[i * channels + channel] = clamp(value);
    }
  }
  for (const { column, level, added = 0 } of scanner.lines ?? []) {
    for (let y = 0; y < height; y += 1)
      for (let channel = 0; channel < channels; channel += 1) {
        const at = (y * width + column) * channels + channel;
        samples[at] = clamp(level ?? samples[at]! + added);
      }
  }
  const sha256 = createHash('sha256').update(samples).digest('hex');
  return { sequence: 1, widthPixels: width, heightPixels: height, dpi, colorMode, samples, sha256 };
}

function clamp(value: number): number {
  return Math.max(0, Math.min(255, Math.round(value)));
}

const toLinear = Float32Array.from({ length: 1024 }, (_, index) => {
  const share = index / 1023;
  return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
});

const levelSteps = 65_535;
const toLevel = Float32Array.from({ length: levelSteps + 1 }, (_, index) => {
  const linear = index / levelSteps;
  return 255 * (linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055);
});

type Light = Readonly<{ data: Float32Array; width: number; height: number }>;

/** The light of each pixel: the mean of the four of the rendered page that it covers. */
function toLight(sheet: RenderedSheet, black: number, white: number): Light {
  const table = Float32Array.from({ length: 256 }, (_, value) => {
    const level = black + ((white - black) * value) / 255;
    return toLinear[Math.round((level / 255) * 1023)]!;
  });
  const { share } = sheet;
  const [width, height] = [sheet.width >> 1, sheet.height >> 1];
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const i = 2 * y * sheet.width + 2 * x;
      const upper = table[share[i]!]! + table[share[i + 1]!]!;
      const lower = table[share[i + sheet.width]!]! + table[share[i + sheet.width + 1]!]!;
      data[y * width + x] = (upper + lower) / 4;
    }
  }
  return { data, width, height };
}

function blurred(light: Light, sigma: number): Light {
  if (sigma === 0) return light;
  const { width, height } = light;
  const reach = Math.ceil(3.5 * sigma);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, index) =>
    Math.exp(-((index - reach) ** 2) / (2 * sigma ** 2)),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const pass = (
    from: Float32Array,
    stride: number,
    length: number,
    lines: number,
    lineStride: number,
  ): Float32Array => {
    const to = new Float32Array(from.length);
    for (let line = 0; line < lines; line += 1) {
      for (let i = 0; i < length; i += 1) {
        let sum = 0;
        for (let k = 0; k < weights.length; k += 1) {
          const place = Math.max(0, Math.min(length - 1, i + k - reach));
          sum += weights[k]! * from[line * lineStride + place * stride]!;
        }
        to[line * lineStride + i * stride] = sum / total;
      }
    }
    return to;
  };
  const rows = pass(light.data, 1, width, height, width);
  return { ...light, data: pass(rows, width, height, width, 1) };
}

/** Levels of the capture: the sheet on its bed, with the scanner's geometry. */
function expose(light: Light, dpi: number, scanner: DrawnScanner, width: number, height: number): Float32Array {
  const { scaleAcross = 1, scaleAlong = 1, skewDegrees = 0, shearDegrees = 0, bowMm = 0 } = scanner;
  const perMm = dpi / 25.4;
  const skew = ((skewDegrees + (scanner.isUpsideDown === true ? 180 : 0)) * Math.PI) / 180;
  const shear = Math.tan((shearDegrees * Math.PI) / 180);
  // Sheet to capture, about the middle of the sheet: shear, turn, then the scanner's own scales.
  const xx = scaleAcross * Math.cos(skew);
  const xy = scaleAcross * (-shear * Math.cos(skew) - Math.sin(skew));
  const yx = scaleAlong * Math.sin(skew);
  const yy = scaleAlong * (-shear * Math.sin(skew) + Math.cos(skew));
  const determinant = xx * yy - xy * yx;
  const middle = { x: (sheetSize.width / 2) * perMm, y: (sheetSize.height / 2) * perMm };
  // Whole pixels, so that an undistorted sheet needs no interpolation.
  const origin = { x: Math.round(bed.x * perMm), y: Math.round(bed.y * perMm) };
  const levels = new Float32Array(width * height).fill(bed.level);
  for (let v = 0; v < height; v += 1) {
    for (let u = 0; u < width; u += 1) {
      const p = u + 0.5 - origin.x - middle.x;
      const q = v + 0.5 - origin.y - middle.y;
      const y = (xx * q - yx * p) / determinant + middle.y - 0.5;
      const bow = bowMm === 0 ? 0 : bowMm * perMm * Math.sin((Math.PI * (y / perMm - 15)) / 267);
      const x = (yy * p - xy * q) / determinant + middle.x - 0.5 - bow;
      const left = Math.floor(x + 1e-6);
      const top = Math.floor(y + 1e-6);
      if (left < 0 || top < 0 || left + 1 >= light.width || top + 1 >= light.height) continue;
      const [fx, fy] = [Math.max(0, x - left), Math.max(0, y - top)];
      const i = top * light.width + left;
      const { data, width: stride } = light;
      const upper = data[i]! * (1 - fx) + data[i + 1]! * fx;
      const lower = data[i + stride]! * (1 - fx) + data[i + stride + 1]! * fx;
      levels[v * width + u] = toLevel[Math.round((upper * (1 - fy) + lower * fy) * levelSteps)]!;
    }
  }
  return levels;
}

/** Numbers of mean 0 and deviation 1, always the same: a sum of uniform ones, close enough to normal ones. */
function gaussian(seed: number): () => number {
  const uniform = uniformNumbers(seed);
  return () => (uniform() + uniform() + uniform() + uniform() - 2) * Math.sqrt(3);
}

function uniformNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
