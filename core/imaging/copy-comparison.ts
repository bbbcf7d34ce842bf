import { smoothBrightness } from './background.ts';
import { decodeGray } from './codecs.ts';
import type { GrayImage, Point } from './gray-image.ts';
import { mmPerInch, rowSpans } from './gray-image.ts';
import { measurePaperBrightness } from './ink.ts';
import type { Kernels } from './kernels/kernels.ts';
import type { Placement } from './placement.ts';
import { cutOut, toCopy } from './placement.ts';
import type { ZoneMm } from './zones.ts';
import { groupCells } from './zones.ts';
import type { CopyImage } from '../services/ports/imaging.ts';

/** 1 for each tile of a page, row by row, in which something is missing or too much. */
export type DifferingTiles = Readonly<{ missing: Uint8Array; added: Uint8Array }>;

/** Where the copy lacks what the capture shows, and where it shows what the capture lacks. */
export type CopyDifferences = Readonly<{ missing: readonly ZoneMm[]; added: readonly ZoneMm[] }>;

export type ComparisonRequest = Readonly<{
  /** The capture at about 150 dpi, `scale` times smaller than it was taken. */
  capture: GrayImage;
  scale: number;
  placement: Placement;
  /** The paper in the capture's own pixels, clockwise. */
  paper: readonly Point[];
  /** As it goes into the PDF: what is compared is what will be signed. */
  copy: CopyImage;
}>;

const tileMm = 2.5;
/** Shadows and the bed lie along the paper's edge, where the copy is made white on purpose. */
const edgeMm = 2;
/** Darker than the paper by so much is ink that a copy has to keep: pencil is, the grain of paper is not. */
export const surelyInk = 0.12;
/** A copy whitens by 6 % at most: ink of the capture is at least so dark in it. */
const hardlyInk = 0.035;
/** What the copy may not show where the capture has nothing. */
const boldInk = 0.3;
/** Millimetres by which the two may be out of step, and by which a threshold may fatten a stroke. */
const slackMm = 0.34;
/** mm² in one tile from which a difference counts: a full stop of 9-point type has half as much. */
const leastMm2 = 0.3;
const leastPartMm2 = 0.08;
const leastAroundMm2 = 0.45;

/**
 * Compares the finished copy with the raw capture, tile by tile, after the same turn and crop: a second opinion that shares
 * nothing with whitening, threshold and encoding (ordinance art. 54.4.b, NTI digitisation IV.3).
 */
export async function compareWithCapture(kernels: Kernels, request: ComparisonRequest): Promise<CopyDifferences> {
  const { capture, scale, placement, copy } = request;
  const width = Math.floor(placement.widthPixels / scale);
  const height = Math.floor(placement.heightPixels / scale);
  const tile = Math.round(tileMm * capture.pixelsPerMm);
  if (width < 2 * tile || height < 2 * tile) return { missing: [], added: [] };
  const mark = kernels.mark();
  const decoded = await decodeGray(kernels, copy, scale);
  const { pixelsPerMm } = capture;
  const raw = darkness(kernels, { data: turned(kernels, request, width, height), width, height, pixelsPerMm });
  const made = darkness(kernels, { data: decoded, width, height, pixelsPerMm });
  const corners = request.paper.map((corner) => {
    const { x, y } = toCopy(placement, corner);
    return { x: x / scale, y: y / scale };
  });
  const paperMm = {
    width: (placement.widthPixels / copy.dpi) * mmPerInch,
    height: (placement.heightPixels / copy.dpi) * mmPerInch,
  };
  const differences = findDifferences(kernels, raw, made, { width, height, corners, pixelsPerMm }, paperMm);
  kernels.release(mark);
  return differences;
}

/** Darkness of ink that has to be in both, of what at least stands for it in the other, and by how much the two may be apart. */
type Limits = Readonly<{ sure: number; hardly: number; slackMm: number }>;

/**
 * Tiles of `raw` whose ink `made` lacks, and the other way round, as zones of the page.
 * @param raw both as `darkness` gives them, of the grid's size
 * @param known tiles that differ in another way
 */
export function findDifferences(
  kernels: Kernels,
  raw: Uint8Array,
  made: Uint8Array,
  page: Omit<Grid, 'tile'>,
  paperMm: Readonly<{ width: number; height: number }>,
  limits: Limits = { sure: surelyInk, hardly: hardlyInk, slackMm },
  known?: (tile: number) => DifferingTiles,
): CopyDifferences {
  const { width, pixelsPerMm } = page;
  const tile = Math.round(tileMm * pixelsPerMm);
  const grid: Grid = { ...page, tile };
  const columns = Math.ceil(width / tile);
  const group = (cells: Uint8Array): readonly ZoneMm[] => groupCells(cells, columns, tile / pixelsPerMm, paperMm);
  const others = known?.(tile);
  const withKnown = (cells: Uint8Array, kind: keyof DifferingTiles): Uint8Array =>
    others === undefined ? cells : cells.map((cell, index) => cell | others[kind][index]!);
  return {
    missing: group(withKnown(unmatchedTiles(kernels, raw, made, limits, grid), 'missing')),
    added: group(withKnown(unmatchedTiles(kernels, made, raw, { ...limits, sure: boldInk }, grid), 'added')),
  };
}

/** The capture at about 150 dpi, turned and cut as the copy was. */
function turned(kernels: Kernels, { capture, scale, placement }: ComparisonRequest, width: number, height: number) {
  const cut = cutOut(kernels, kernels.load(capture.data), capture, 1, placement, scale);
  return kernels.bytes(cut, width * height);
}

/** How much darker than the paper around, 0 to 255. */
export function darkness(kernels: Kernels, image: GrayImage): Uint8Array {
  const { data, width, height } = image;
  const brightness = measurePaperBrightness(kernels, image);
  const { tiles, tile } = smoothBrightness(kernels, brightness) ?? brightness;
  const target = kernels.allocate(width * height);
  const mark = kernels.mark();
  kernels.functions.darkness(kernels.load(data), width, height, tile, kernels.load(tiles), target);
  kernels.release(mark);
  return kernels.bytes(target, width * height);
}

type Grid = Readonly<{
  width: number;
  height: number;
  tile: number;
  corners: readonly Point[];
  pixelsPerMm: number;
}>;

/** Tiles in which too much that is surely ink has nothing near it in the other image that is even hardly so. */
function unmatchedTiles(kernels: Kernels, from: Uint8Array, other: Uint8Array, limits: Limits, grid: Grid): Uint8Array {
  const { width, height, tile, corners, pixelsPerMm } = grid;
  const columns = Math.ceil(width / tile);
  const tiles = columns * Math.ceil(height / tile);
  const spans = rowSpans(corners, { from: 0.5, step: 1, count: height }, width, edgeMm * pixelsPerMm);
  const mark = kernels.mark();
  const target = kernels.allocate(4 * tiles);
  kernels.functions.count_unmatched(
    kernels.load(from),
    kernels.load(other),
    width,
    height,
    tile,
    kernels.load(spans),
    Math.ceil(9 * limits.sure * 255),
    Math.ceil(limits.hardly * 255),
    Math.max(1, Math.round(limits.slackMm * pixelsPerMm)),
    target,
  );
  const counts = kernels.words(target, tiles).slice();
  kernels.release(mark);
  return markTiles(counts, columns, pixelsPerMm ** 2);
}

/** Tiles with enough by themselves, and those that have some with enough around them: a thin line crosses many. */
function markTiles(counts: Int32Array, columns: number, pixelsPerMm2: number): Uint8Array {
  const rows = counts.length / columns;
  return Uint8Array.from(counts, (count, index) => {
    if (count >= leastMm2 * pixelsPerMm2) return 1;
    if (count < leastPartMm2 * pixelsPerMm2) return 0;
    const x = index % columns;
    const y = (index - x) / columns;
    let around = 0;
    for (let ny = Math.max(0, y - 1); ny <= Math.min(rows - 1, y + 1); ny += 1)
      for (let nx = Math.max(0, x - 1); nx <= Math.min(columns - 1, x + 1); nx += 1)
        around += counts[ny * columns + nx]!;
    return around >= leastAroundMm2 * pixelsPerMm2 ? 1 : 0;
  });
}
