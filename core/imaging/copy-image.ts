import type { ScanProfile } from '../contract/schemas/scan-profile.ts';
import type { ImageOperation } from '../services/ports/imaging.ts';
import { smoothBrightness } from './background.ts';
import type { Samples } from './codecs.ts';
import { findInkComponents } from './components.ts';
import { mmPerInch, quantile, rowSpans } from './gray-image.ts';
import { measurePaperBrightness } from './ink.ts';
import { encodeJbig2 } from './jbig2.ts';
import type { Kernels } from './kernels/kernels.ts';
import type { PageContent } from './page-content.ts';
import type { PaperEdges } from './paper-edges.ts';
import type { Placement } from './placement.ts';
import { cutOut, toCopy } from './placement.ts';
import { encodeBitonalPng } from './png.ts';

export type CopyRequest = Readonly<{
  capture: Readonly<{ samples: Samples; pointer: number; grayPointer: number }>;
  dpi: number;
  /** A capture of one bit stays so, whatever the profile wants to do with its background. */
  isBitonal: boolean;
  placement: Placement;
  /** Whatever lies outside of the paper becomes white; null keeps the bed. */
  paper: PaperEdges | null;
  content: PageContent;
  profile: ScanProfile;
  /** Factor to about 150 dpi. */
  scale: number;
  checkCancelled: () => void;
}>;

export type RenderedCopy = Readonly<{
  colorMode: 'bitonal' | 'gray' | 'color';
  operations: readonly ImageOperation[];
  image:
    | Readonly<{
        format: 'jbig2';
        bits: Uint8Array<ArrayBuffer>;
        /** The same for the screen: a PNG. */
        png: Uint8Array<ArrayBuffer>;
        reduced: Samples;
      }>
    | Readonly<{ format: 'jpeg'; samples: Samples }>;
}>;

/** Bed and shadow along the paper's edge. */
const edgeMm = 0.3;
const whitePaper = 252;
/** How far above white the paper's noise is lifted at most: marks of 6 % of black and more stay visible. */
const mostLift = 0.06;
const sauvolaStrength = 0.27;
/** Of 255, after whitening: darker is ink wherever it stands. */
const alwaysBlack = 80;
/** Where a pixel is smaller than what a pen or a printer draws: 0.085 mm. */
const leastSmoothedDpi = 300;
/** mm² of faint strokes that the threshold may lose before the copy stays gray. */
const mostLostMm2 = 1;

/** Cuts the copy out of the capture and prepares it as the profile says. */
export function renderCopy(kernels: Kernels, request: CopyRequest): RenderedCopy {
  const { capture, placement, profile } = request;
  const { widthPixels: width, heightPixels: height } = placement;
  const operations: ImageOperation[] = [];
  const wantsThreshold = profile.image.background === 'threshold' || profile.colorMode === 'bitonal';
  const isColorKept = wantsThreshold ? request.content.hasColor : profile.colorMode === 'color';
  const channels = capture.samples.channels === 3 && isColorKept ? 3 : 1;
  if (channels !== capture.samples.channels)
    operations.push({ name: 'grayscale', parameters: { weights: '77/150/29' } });
  const source = channels === 3 ? capture.pointer : capture.grayPointer;
  const pointer = cutOut(kernels, source, capture.samples, channels, placement);
  request.checkCancelled();

  const bitonal = (address: number, method: ImageOperation): RenderedCopy => ({
    colorMode: 'bitonal',
    operations: [...operations, method],
    image: {
      format: 'jbig2',
      bits: encodeJbig2(kernels, address, width, height, request.dpi),
      png: encodeBitonalPng(kernels, address, { width, height }, request.dpi),
      reduced: { ...shrunkGray(kernels, address, width, height, 1, request.scale), channels: 1 },
    },
  });
  const isWhitened = !request.isBitonal && (profile.image.background !== 'keep' || wantsThreshold);
  let white = 255;
  if (isWhitened) {
    const level = whiten(kernels, request, pointer, channels);
    if (level !== null) {
      white = level;
      operations.push({ name: 'whiten', parameters: { white, percentile: 85, tileMm: 3.2 } });
    }
    request.checkCancelled();
  }
  // After the paper's brightness was measured: white strips would brighten its outermost tiles.
  whitenOutside(kernels, request, pointer, channels);
  if (request.isBitonal) return bitonal(pointer, { name: 'threshold', parameters: { method: 'fixed', level: 128 } });
  if (wantsThreshold && channels === 1 && !request.content.hasHalftones) {
    const black = threshold(kernels, request, pointer);
    request.checkCancelled();
    if (lostMm2(kernels, request, pointer, black.pointer, white) <= mostLostMm2)
      return bitonal(black.pointer, {
        name: 'threshold',
        parameters: {
          method: 'sauvola',
          radiusPixels: black.radius,
          strength: sauvolaStrength,
          alwaysBlack,
          ...(black.isSmoothed ? { smoothedPixels: 1 } : {}),
        },
      });
  }
  const data = kernels.bytes(pointer, width * height * channels);
  return {
    colorMode: channels === 3 ? 'color' : 'gray',
    operations,
    image: { format: 'jpeg', samples: { data, width, height, channels } },
  };
}

function whitenOutside(kernels: Kernels, request: CopyRequest, pointer: number, channels: number): void {
  if (request.paper === null || !request.paper.found) return;
  const { placement, dpi } = request;
  const { widthPixels: width, heightPixels: height } = placement;
  const corners = request.paper.corners.map((corner) => toCopy(placement, corner));
  const pixels = kernels.bytes(pointer, width * height * channels);
  const spans = rowSpans(corners, { from: 0.5, step: 1, count: height }, width, (edgeMm * dpi) / mmPerInch);
  for (let y = 0; y < height; y += 1) {
    const first = spans[2 * y]!;
    const last = spans[2 * y + 1]!;
    const start = y * width * channels;
    if (first >= last) {
      pixels.fill(255, start, start + width * channels);
      continue;
    }
    pixels.fill(255, start, start + first * channels);
    pixels.fill(255, start + last * channels, start + width * channels);
  }
}

/**
 * Paper to white, by its brightness at 150 dpi; one gain for the three channels keeps hues and photographs.
 * @returns the level that the paper's brightness was given; above 255 the noise of the paper becomes white. Null: what is
 * no paper (a photograph) stays as it is
 */
function whiten(kernels: Kernels, request: CopyRequest, pointer: number, channels: number): number | null {
  const { widthPixels: width, heightPixels: height } = request.placement;
  const mark = kernels.mark();
  const noise = paperNoise(kernels, pointer, width, height, channels);
  // Brightness is the 85th percentile of the reduced pixels: so much of their noise above the paper's mean.
  const lift = (2.5 + 1 / request.scale) * noise;
  const white = Math.round(whitePaper * (1 + Math.min(mostLift, lift)));
  const small = shrunkGray(kernels, pointer, width, height, channels, request.scale);
  const pixelsPerMm = request.dpi / mmPerInch / request.scale;
  const brightness = smoothBrightness(kernels, measurePaperBrightness(kernels, { ...small, pixelsPerMm }));
  if (brightness === null) {
    kernels.release(mark);
    return null;
  }
  const tiles = kernels.allocate(brightness.tiles.length);
  kernels.bytes(tiles, brightness.tiles.length).set(brightness.tiles);
  const { columns, rows, tile } = brightness;
  kernels.functions.normalize_background(
    pointer,
    width,
    height,
    channels,
    tiles,
    columns,
    rows,
    tile * request.scale,
    white,
  );
  kernels.release(mark);
  return white;
}

/** Relative noise of the paper in full resolution: the middle of what neighbouring pixels differ where there is no ink. */
function paperNoise(kernels: Kernels, pointer: number, width: number, height: number, channels: number): number {
  const pixels = kernels.bytes(pointer, width * height * channels);
  const differences: number[] = [];
  const green = channels === 3 ? 1 : 0;
  for (let y = 50; y < height - 50; y += 61) {
    for (let x = 50; x < width - 50; x += 37) {
      const i = (y * width + x) * channels + green;
      const level = pixels[i]!;
      if (level > 90) differences.push(Math.abs(level - pixels[i + channels]!) / level);
    }
  }
  return differences.length < 50 ? 0 : quantile(differences, 0.5);
}

type SmallGray = Readonly<{ data: Uint8Array; width: number; height: number }>;

function shrunkGray(
  kernels: Kernels,
  pointer: number,
  width: number,
  height: number,
  channels: number,
  scale: number,
): SmallGray {
  const w = Math.floor(width / scale);
  const h = Math.floor(height / scale);
  const gray = kernels.allocate(w * h);
  const mark = kernels.mark();
  const colors = channels === 1 ? gray : kernels.allocate(w * h * channels);
  kernels.functions.shrink(pointer, width, height, channels, scale, colors);
  if (channels === 3) kernels.functions.gray_from_rgb(colors, gray, w * h);
  kernels.release(mark);
  return { data: kernels.bytes(gray, w * h), width: w, height: h };
}

function threshold(
  kernels: Kernels,
  request: CopyRequest,
  gray: number,
): Readonly<{ pointer: number; radius: number; isSmoothed: boolean }> {
  const { widthPixels: width, heightPixels: height } = request.placement;
  const pointer = kernels.allocate(width * height);
  const mark = kernels.mark();
  const sums = kernels.allocate(width * 4);
  const squares = kernels.allocate(width * 4);
  const radius = Math.min(127, Math.max(6, Math.round((request.dpi / 300) * 25)));
  kernels.functions.sauvola(gray, pointer, width, height, radius, sauvolaStrength, alwaysBlack, sums, squares);
  kernels.release(mark);
  if (request.dpi < leastSmoothedDpi) return { pointer, radius, isSmoothed: false };
  const smooth = kernels.allocate(width * height);
  kernels.functions.smooth_edges(pointer, width, height, smooth);
  return { pointer: smooth, radius, isSmoothed: true };
}

/** Of 255, in the reduced copy: a quarter of the pixel is black. */
const drawn = 200;

/** mm² of ink, however faint, near which the threshold kept no black pixel: pencil, pale stamps, thin rules, shading. */
function lostMm2(kernels: Kernels, request: CopyRequest, gray: number, black: number, white: number): number {
  const { widthPixels: width, heightPixels: height } = request.placement;
  const mark = kernels.mark();
  const whitened = shrunkGray(kernels, gray, width, height, 1, request.scale);
  const kept = shrunkGray(kernels, black, width, height, 1, request.scale);
  const pixelsPerMm = request.dpi / mmPerInch / request.scale;
  const { width: w, height: h } = whitened;
  const target = kernels.allocate(w * h);
  const limit = Math.ceil(9 * 0.92 * white);
  // A rule that breaks into dashes and pencil that comes and goes are lost as well: what is drawn has black close by.
  const reach = Math.max(1, Math.round(0.35 * pixelsPerMm));
  kernels.functions.lost_ink(kernels.load(whitened.data), kernels.load(kept.data), w, h, limit, drawn, reach, target);
  const ink = { mask: kernels.bytes(target, w * h), width: w, height: h, count: 0, pixelsPerMm };
  const pieces = findInkComponents(kernels, ink, Math.ceil(0.1 * pixelsPerMm ** 2));
  kernels.release(mark);
  return pieces.reduce((sum, piece) => sum + piece.area, 0) / pixelsPerMm ** 2;
}
