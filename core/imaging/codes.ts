import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';
import type { ReadInputBarcodeFormat, ReadResult } from 'zxing-wasm/reader';
import type { PageCode } from '../services/ports/imaging.ts';
import type { Box } from './code-regions.ts';
import { findCodeRegions } from './code-regions.ts';
import type { GrayImage, Point } from './gray-image.ts';
import { mmPerInch } from './gray-image.ts';
import type { PaperBrightness } from './ink.ts';
import { boxOfInk, findInk } from './ink.ts';
import type { Kernels } from './kernels/kernels.ts';
import { findPatchCodes } from './patch-code.ts';
import type { Placement } from './placement.ts';
import { toCopy } from './placement.ts';

/** What forms, expedientes and separator sheets carry. Codes of shops, whose few digits chance also draws, are left out. */
const formats: readonly ReadInputBarcodeFormat[] = ['Code128', 'Code39', 'QRCode', 'DataMatrix', 'PDF417', 'Aztec'];
const quietZoneMm = 4;
/** Shadows lie along the paper's edge: a code that reaches out to it has most of itself further inside. */
const edgeMm = 4;
/** Of the paper's brightness: the reader tells no bars that are brighter. */
const faintest = 0.88;

let isReady = false;

/** A code in the pixels of the image that it was read in; corners as in PageCode. */
export type FoundCode = Readonly<{ format: string; text: string; corners: readonly Point[] }>;

/**
 * Reads the page's codes, in whatever direction they lie.
 * @param small the capture at about 150 dots per inch
 * @param field where in `small` a code may stand; null: nowhere
 * @param full the capture itself, `scale` times as large: whatever looks like a code in `small` and was not read there is
 * cut out of it and read again
 * @returns codes in the capture's pixels; the same code twice is two
 */
export async function findPageCodes(
  kernels: Kernels,
  small: GrayImage,
  field: Box | null,
  full: GrayImage,
  scale: number,
): Promise<readonly FoundCode[]> {
  const inField = field === null ? [] : await findCodes(cutOut(small, field));
  const inSmall = inField.map((code) => moved(code, field?.left ?? 0, field?.top ?? 0, 1));
  const found = [...inSmall, ...findPatchCodes(small)].map((code) => moved(code, 0, 0, scale));
  if (scale > 1) {
    for (const region of findCodeRegions(kernels, small)) {
      const box = grown(region, scale, full, quietZoneMm);
      if (found.some(({ corners }) => corners.some((corner) => isInside(box, corner)))) continue;
      const codes = await read(cutOut(full, box));
      found.push(...codes.map((code) => moved(code, box.left, box.top, 1)));
    }
  }
  return found;
}

/**
 * The part of the page that has ink, with the white that codes need around: the reader takes as long for white as for text.
 * @param corners the paper, clockwise
 * @returns null on a page without any ink
 */
export function findCodeField(
  kernels: Kernels,
  image: GrayImage,
  brightness: PaperBrightness,
  corners: readonly Point[],
): Box | null {
  const mark = kernels.mark();
  const box = boxOfInk(kernels, findInk(kernels, image, brightness, corners, edgeMm, faintest));
  kernels.release(mark);
  return box === null ? null : grown(box, 1, image, edgeMm + quietZoneMm);
}

/** The codes with their place in the copy, in the order in which they stand there. */
export function placeCodes(found: readonly FoundCode[], placement: Placement, dpi: number): readonly PageCode[] {
  const toMm = (point: Point): Point => {
    const { x, y } = toCopy(placement, point);
    return { x: rounded((x / dpi) * mmPerInch), y: rounded((y / dpi) * mmPerInch) };
  };
  return found
    .map(({ format, text, corners }) => ({ format, text, cornersMm: corners.map(toMm) }))
    .toSorted((a, b) => topOf(a) - topOf(b));
}

/** The codes of an image, where they stand in it. */
export async function findCodes(image: GrayImage): Promise<readonly FoundCode[]> {
  await prepareReader();
  return read(image);
}

/** How the codes lie: the quarter that most of them are turned clockwise by; null when there are none, or as many say otherwise. */
export function quarterTurnsOfCodes(found: readonly FoundCode[]): 0 | 1 | 2 | 3 | null {
  const votes = [0, 0, 0, 0];
  for (const { format, corners } of found) {
    // Patches look the same both ways up.
    if (format === 'PatchT') continue;
    const [from, to] = corners;
    if (from === undefined || to === undefined) continue;
    const quarter = (Math.round(Math.atan2(to.y - from.y, to.x - from.x) / (Math.PI / 2)) + 4) % 4;
    votes[quarter] = (votes[quarter] ?? 0) + 1;
  }
  const most = Math.max(...votes);
  const best = votes.indexOf(most);
  if (most === 0 || votes.lastIndexOf(most) !== best) return null;
  return best === 0 ? 0 : best === 1 ? 1 : best === 2 ? 2 : 3;
}

function topOf(code: PageCode): number {
  return Math.min(...code.cornersMm.map(({ y }) => y));
}

function moved(code: FoundCode, left: number, top: number, scale: number): FoundCode {
  return { ...code, corners: code.corners.map(({ x, y }) => ({ x: x * scale + left, y: y * scale + top })) };
}

/** The region in an image that is `scale` times as large, with a margin. */
function grown(region: Box, scale: number, full: GrayImage, marginMm: number): Box {
  const margin = Math.round(marginMm * full.pixelsPerMm);
  return {
    left: Math.max(0, region.left * scale - margin),
    top: Math.max(0, region.top * scale - margin),
    right: Math.min(full.width, region.right * scale + margin),
    bottom: Math.min(full.height, region.bottom * scale + margin),
  };
}

function isInside(box: Box, { x, y }: Point): boolean {
  return x >= box.left && x < box.right && y >= box.top && y < box.bottom;
}

function cutOut(image: GrayImage, { left, top, right, bottom }: Box): GrayImage {
  const width = right - left;
  const data = new Uint8Array(width * (bottom - top));
  for (let y = top; y < bottom; y += 1) {
    const start = y * image.width + left;
    data.set(image.data.subarray(start, start + width), (y - top) * width);
  }
  return { data, width, height: bottom - top, pixelsPerMm: image.pixelsPerMm };
}

async function prepareReader(): Promise<void> {
  if (isReady) return;
  // The package would fetch its file from the network otherwise.
  const file = createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm');
  const wasmBinary = new Uint8Array(readFileSync(file)).buffer;
  await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
  isReady = true;
}

async function read(image: GrayImage): Promise<readonly FoundCode[]> {
  const results = await readBarcodes(portableGraymap(image), {
    formats: [...formats],
    tryHarder: true,
    tryInvert: false,
    tryDownscale: false,
    maxNumberOfSymbols: 32,
  });
  return results.map(toFoundCode);
}

function toFoundCode({ format, text, position }: ReadResult): FoundCode {
  const { topLeft, topRight, bottomRight, bottomLeft } = position;
  return { format, text, corners: [topLeft, topRight, bottomRight, bottomLeft] };
}

/** The samples as a file of one byte a pixel: the package's other way in takes four. */
function portableGraymap(image: GrayImage): Uint8Array<ArrayBuffer> {
  const header = new TextEncoder().encode(`P5 ${String(image.width)} ${String(image.height)} 255\n`);
  const file = new Uint8Array(header.length + image.data.length);
  file.set(header);
  file.set(image.data, header.length);
  return file;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
