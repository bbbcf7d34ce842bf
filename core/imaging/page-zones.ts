import type { CopyImage, PageZone } from '../services/ports/imaging.ts';
import { compareWithCapture } from './copy-comparison.ts';
import type { GrayImage, Point } from './gray-image.ts';
import { mmPerInch } from './gray-image.ts';
import type { InkMask } from './ink.ts';
import type { Kernels } from './kernels/kernels.ts';
import type { Edges, InkEdges, Legibility } from './legibility.ts';
import { measureLegibility } from './legibility.ts';
import type { PaperEdges } from './paper-edges.ts';
import type { Placement } from './placement.ts';
import { copyPlacer, toCopy } from './placement.ts';
import type { ZoneMm } from './zones.ts';
import { clipZone, groupCells } from './zones.ts';

export type ZoneRequest = Readonly<{
  /** The capture at about 150 dpi, `scale` times smaller than it was taken. */
  analysis: GrayImage;
  scale: number;
  placement: Placement;
  /** In the capture's own pixels, as `paper`. */
  edges: InkEdges;
  legibility: Legibility;
  paper: PaperEdges;
  anyInk: InkMask;
  copy: CopyImage;
}>;

/** Places of the finished page that an officer should look at before confirming it (ordinance art. 54.4.c). */
export async function findZones(kernels: Kernels, request: ZoneRequest): Promise<readonly PageZone[]> {
  const { analysis, scale, placement, paper, copy } = request;
  const { missing, added } = await compareWithCapture(kernels, {
    capture: analysis,
    scale,
    placement,
    paper: paper.corners,
    copy,
  });
  const zones = (kind: PageZone['kind'], places: readonly ZoneMm[]): readonly PageZone[] =>
    places.map((placeMm) => ({ kind, placeMm }));
  return [
    ...zones('inkMissing', missing),
    ...zones('inkAdded', added),
    ...zones('cutOff', cutEdges(request)),
    ...zones('illegible', blurredFields(request)),
  ];
}

const fieldMm = 30;
const fewestEdgesOfField = 40;
/** Of a field's pixels: more of them between paper and ink is a photograph, which is soft by nature. */
const mostHalftones = 0.3;

/** Fields of blurred ink on a page that is sharp elsewhere: a fold, a sheet that lay hollow. A page blurred all over needs none. */
function blurredFields({ analysis, scale, placement, edges, legibility, copy }: ZoneRequest): readonly ZoneMm[] {
  if (legibility.verdict !== 'good') return [];
  const pixelsPerMm = copy.dpi / mmPerInch;
  const paperMm = { width: placement.widthPixels / pixelsPerMm, height: placement.heightPixels / pixelsPerMm };
  const columns = Math.ceil(paperMm.width / fieldMm);
  const rows = Math.ceil(paperMm.height / fieldMm);
  const place = copyPlacer(placement);
  const fieldOf = (point: Point): number | null => {
    const { x, y } = place(point);
    const column = Math.floor(x / pixelsPerMm / fieldMm);
    const row = Math.floor(y / pixelsPerMm / fieldMm);
    return column < 0 || row < 0 || column >= columns || row >= rows ? null : row * columns + column;
  };
  const byField = ({ widths, lines, starts }: Edges, areRows: boolean): readonly Float64Array[] => {
    const fields = Array.from({ length: columns * rows }, () => [] as number[]);
    for (let i = 0; i < widths.length; i += 1) {
      const [line, along] = [lines[i]!, starts[i]!];
      const field = fieldOf(areRows ? { x: along, y: line } : { x: line, y: along });
      if (field !== null) fields[field]!.push(widths[i]!);
    }
    return fields.map((field) => Float64Array.from(field));
  };
  const [inRows, inColumns] = [byField(edges.rows, true), byField(edges.columns, false)];
  const soft = Uint8Array.from(inRows, (widths, index) => {
    const field = { rows: { widths }, columns: { widths: inColumns[index]! } };
    const { verdict } = measureLegibility(field, pixelsPerMm, fewestEdgesOfField);
    return verdict === 'poor' || verdict === 'unreadable' ? 1 : 0;
  });
  if (!soft.includes(1)) return [];
  const halftones = halftoneShares(analysis, columns * rows, (x, y) => fieldOf({ x: x * scale, y: y * scale }));
  const marked = soft.map((isSoft, index) => (isSoft === 1 && (halftones[index] ?? 1) < mostHalftones ? 1 : 0));
  return groupCells(marked, columns, fieldMm, paperMm);
}

/** Share of each field's pixels that are neither paper nor ink, on a sparse sample. */
function halftoneShares(
  image: GrayImage,
  count: number,
  fieldOf: (x: number, y: number) => number | null,
): readonly number[] {
  const between = new Uint32Array(count);
  const all = new Uint32Array(count);
  for (let y = 0; y < image.height; y += 6) {
    for (let x = 0; x < image.width; x += 6) {
      const field = fieldOf(x, y);
      if (field === null) continue;
      const value = image.data[y * image.width + x]!;
      all[field]! += 1;
      if (value > 70 && value < 190) between[field]! += 1;
    }
  }
  return Array.from(between, (some, field) => some / Math.max(1, all[field]!));
}

/** How far from the capture's border ink counts as cut; the zone shown is deeper, to be seen. */
const reachMm = 1;
const shownMm = 6;

/** Where ink lies closer than 1 mm to a border of the capture that cuts the paper. */
function cutEdges({ analysis, scale, placement, paper, anyInk, copy }: ZoneRequest): readonly ZoneMm[] {
  const { width, height, mask } = anyInk;
  const reach = Math.max(2, Math.round(reachMm * analysis.pixelsPerMm));
  const shown = shownMm * analysis.pixelsPerMm;
  const limit = 2 * analysis.pixelsPerMm ** 2;
  const pixelsPerMm = copy.dpi / mmPerInch;
  const paperMm = { width: placement.widthPixels / pixelsPerMm, height: placement.heightPixels / pixelsPerMm };
  const zones: ZoneMm[] = [];
  const look = (side: PaperEdges['sides'][number], strip: Box, grow: (box: Box) => Box): void => {
    if (paper.sides.includes(side)) return;
    const ink = inkIn(mask, width, strip);
    if (ink === null || ink.count <= limit) return;
    const { left, top, right, bottom } = grow(ink.box);
    const corners = [
      { x: left, y: top },
      { x: right, y: top },
      { x: right, y: bottom },
      { x: left, y: bottom },
    ].map((corner) => toCopy(placement, { x: corner.x * scale, y: corner.y * scale }));
    const xs = corners.map(({ x }) => x / pixelsPerMm);
    const ys = corners.map(({ y }) => y / pixelsPerMm);
    const x = Math.min(...xs);
    const y = Math.min(...ys);
    zones.push(clipZone({ x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y }, paperMm));
  };
  look('left', { left: 0, top: 0, right: reach, bottom: height }, (box) => ({ ...box, left: 0, right: shown }));
  look('right', { left: width - reach, top: 0, right: width, bottom: height }, (box) => ({
    ...box,
    left: width - shown,
    right: width,
  }));
  look('top', { left: 0, top: 0, right: width, bottom: reach }, (box) => ({ ...box, top: 0, bottom: shown }));
  look('bottom', { left: 0, top: height - reach, right: width, bottom: height }, (box) => ({
    ...box,
    top: height - shown,
    bottom: height,
  }));
  return zones;
}

type Box = Readonly<{ left: number; top: number; right: number; bottom: number }>;

function inkIn(mask: Uint8Array, width: number, strip: Box): Readonly<{ box: Box; count: number }> | null {
  let count = 0;
  const box = { left: strip.right, top: strip.bottom, right: strip.left, bottom: strip.top };
  for (let y = strip.top; y < strip.bottom; y += 1) {
    for (let x = strip.left; x < strip.right; x += 1) {
      if (mask[y * width + x] !== 1) continue;
      count += 1;
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x + 1);
      box.top = Math.min(box.top, y);
      box.bottom = Math.max(box.bottom, y + 1);
    }
  }
  return count === 0 ? null : { box, count };
}
