import { createHash } from 'node:crypto';
import sharp from 'sharp';
import type { Samples } from '../../core/imaging/codecs.ts';
import type { Point } from '../../core/imaging/gray-image.ts';
import { mmPerInch } from '../../core/imaging/gray-image.ts';
import type { RawPage } from '../../core/services/ports/scanner.ts';
import type { Random } from './drawn-papers.ts';

/** A sheet before anybody scans it, and what an optimiser must find of it. */
export type Paper = Readonly<{
  kind: string;
  widthMm: number;
  heightMm: number;
  /** SVG in tenths of a millimetre. */
  svg: string;
  paper: string;
  /** Whether there is text whose head can be told. */
  hasHead: boolean;
  /** True: must be dropped; false: must not; null: either is right (what shows through from the other side). */
  isBlank: boolean | null;
  /** A colour that a copy in black and white would lose. */
  needsColor: boolean;
  /** Photographs: left, top, width, height in millimetres. */
  photographs: readonly (readonly [number, number, number, number])[];
}>;

/** How a sheet lies on the scanner's bed and what the scanner makes of it. */
export type Capture = Readonly<{
  dpi: number;
  colorMode: RawPage['colorMode'];
  skewDegrees: number;
  quarterTurns: 0 | 1 | 2 | 3;
  /** Gray of the bed; null: none is seen, the paper goes on to the image's border. */
  bed: number | null;
  /** Millimetres of bed at the left, the top, the right and the bottom; negative: the sheet is cut there. */
  around: readonly [number, number, number, number];
  shading: number;
  noise: number;
  blur: number;
  /** Quality of a JPEG that the scanner sent; null: raw samples. */
  jpeg: number | null;
  shadow: boolean;
}>;

export type DrawnScan = Readonly<{
  paper: Paper;
  capture: Capture;
  page: RawPage;
  /** The sheet itself, in the capture's resolution. */
  clean: Samples;
  /** From the sheet's pixels to the capture's. */
  toCapture: (point: Point) => Point;
}>;

/** Lays a drawn sheet on a scanner. */
export async function scanPaper(paper: Paper, capture: Capture, random: Random): Promise<DrawnScan> {
  const scale = capture.dpi / mmPerInch;
  const width = Math.round(paper.widthMm * scale);
  const height = Math.round(paper.heightMm * scale);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" height="${height}"
    viewBox="0 0 ${paper.widthMm * 10} ${paper.heightMm * 10}" preserveAspectRatio="none"><rect width="100%" height="100%" fill="${paper.paper}"/>${paper.svg}</svg>`;
  const drawn = await sharp(Buffer.from(svg), { limitInputPixels: false, unlimited: true })
    .flatten()
    .removeAlpha()
    .toColourspace('srgb')
    .raw()
    .toBuffer();
  const clean: Samples = { data: new Uint8Array(drawn), width, height, channels: 3 };
  const angle = ((capture.skewDegrees + 90 * capture.quarterTurns) * Math.PI) / 180;
  const cosine = Math.cos(angle);
  const sine = Math.sin(angle);
  const wide = Math.abs(width * cosine) + Math.abs(height * sine);
  const high = Math.abs(width * sine) + Math.abs(height * cosine);
  const [left, top, right, bottom] = capture.around.map((mm) => mm * scale) as [number, number, number, number];
  const outWidth = Math.round(wide + left + right);
  const outHeight = Math.round(high + top + bottom);
  const centre = { x: left + wide / 2, y: top + high / 2 };
  const toCapture = ({ x, y }: Point): Point => {
    const dx = x - width / 2;
    const dy = y - height / 2;
    return { x: centre.x + dx * cosine - dy * sine, y: centre.y + dx * sine + dy * cosine };
  };
  const samples = new Uint8Array(outWidth * outHeight * 3);
  const [paperRed, paperGreen, paperBlue] = [1, 3, 5].map((at) => Number.parseInt(paper.paper.slice(at, at + 2), 16));
  const bed = capture.bed === null ? [paperRed!, paperGreen!, paperBlue!] : [capture.bed, capture.bed, capture.bed];
  const shadowPixels = capture.shadow ? scale * 1.2 : 0;
  for (let y = 0; y < outHeight; y += 1) {
    for (let x = 0; x < outWidth; x += 1) {
      const dx = x + 0.5 - centre.x;
      const dy = y + 0.5 - centre.y;
      const u = dx * cosine + dy * sine + width / 2 - 0.5;
      const v = dy * cosine - dx * sine + height / 2 - 0.5;
      const at = (y * outWidth + x) * 3;
      // The part of the pixel that the sheet covers.
      const covered =
        Math.max(0, Math.min(1, u + 1)) *
        Math.max(0, Math.min(1, width - u)) *
        Math.max(0, Math.min(1, v + 1)) *
        Math.max(0, Math.min(1, height - v));
      let light = 1;
      if (covered < 1 && shadowPixels > 0) {
        // Light from the top left: the sheet throws its shadow to the right and below.
        const away = Math.max(u - width, v - height, 0);
        if (away < shadowPixels && u > 0 && v > 0 && (u > width - 1 || v > height - 1))
          light = 0.62 + (0.38 * away) / shadowPixels;
      }
      if (covered === 0) {
        for (let c = 0; c < 3; c += 1) samples[at + c] = bed[c]! * light;
        continue;
      }
      const cu = Math.max(0, Math.min(width - 1, u));
      const cv = Math.max(0, Math.min(height - 1, v));
      const u0 = Math.floor(cu);
      const v0 = Math.floor(cv);
      const u1 = Math.min(width - 1, u0 + 1);
      const v1 = Math.min(height - 1, v0 + 1);
      const fu = cu - u0;
      const fv = cv - v0;
      for (let c = 0; c < 3; c += 1) {
        const a = drawn[(v0 * width + u0) * 3 + c]!;
        const b = drawn[(v0 * width + u1) * 3 + c]!;
        const d = drawn[(v1 * width + u0) * 3 + c]!;
        const e = drawn[(v1 * width + u1) * 3 + c]!;
        const value = (a + (b - a) * fu) * (1 - fv) + (d + (e - d) * fu) * fv;
        samples[at + c] = value * covered + bed[c]! * light * (1 - covered) + 0.5;
      }
    }
  }
  const page = await degrade({ data: samples, width: outWidth, height: outHeight, channels: 3 }, capture, random);
  return { paper, capture, page, clean, toCapture };
}

async function degrade(image: Samples, capture: Capture, random: Random): Promise<RawPage> {
  const { width, height } = image;
  let data = image.data;
  const raw = { width, height, channels: 3 as const };
  if (capture.blur > 0.3)
    data = new Uint8Array(await sharp(data, { raw, limitInputPixels: false }).blur(capture.blur).raw().toBuffer());
  const fall = random.between(0, 6.28);
  const fx = Math.cos(fall) / width;
  const fy = Math.sin(fall) / height;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const i = (y * width + x) * 3;
      const gain = 1 - capture.shading * Math.abs(0.5 + (x - width / 2) * fx + (y - height / 2) * fy);
      const error = (random.next() + random.next() + random.next() - 1.5) * 2 * capture.noise;
      for (let c = 0; c < 3; c += 1) {
        const value = data[i + c]! * gain + error + 0.5;
        data[i + c] = value < 0 ? 0 : value > 255 ? 255 : value;
      }
    }
  }
  if (capture.jpeg !== null) {
    const jpeg = await sharp(data, { raw, limitInputPixels: false }).jpeg({ quality: capture.jpeg }).toBuffer();
    data = new Uint8Array(await sharp(jpeg, { limitInputPixels: false }).raw().toBuffer());
  }
  return toRawPage(data, width, height, capture);
}

function toRawPage(data: Uint8Array, width: number, height: number, capture: Capture): RawPage {
  let samples = data;
  if (capture.colorMode !== 'color') {
    const gray = new Uint8Array(width * height);
    for (let i = 0; i < gray.length; i += 1)
      gray[i] = 0.3 * data[3 * i]! + 0.59 * data[3 * i + 1]! + 0.11 * data[3 * i + 2]!;
    samples = capture.colorMode === 'gray' ? gray : toBits(gray, width, height);
  }
  return {
    sequence: 1,
    widthPixels: width,
    heightPixels: height,
    dpi: capture.dpi,
    colorMode: capture.colorMode,
    samples,
    sha256: createHash('sha256').update(samples).digest('hex'),
  };
}

function toBits(gray: Uint8Array, width: number, height: number): Uint8Array {
  const stride = (width + 7) >> 3;
  const bits = new Uint8Array(stride * height);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) if (gray[y * width + x]! < 140) bits[y * stride + (x >> 3)]! |= 0x80 >> (x & 7);
  return bits;
}
