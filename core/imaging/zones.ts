import { findComponents } from './components.ts';

/** A rectangle of the copy in millimetres from its top left. */
export type ZoneMm = Readonly<{ x: number; y: number; width: number; height: number }>;

/** More of them on one page say no more than one around them all, and nobody would look at each. */
const mostZones = 12;

/**
 * Rectangles around the groups of marked cells of a grid, in reading order; cells that touch at a corner are one group.
 * @param cells 1 where marked, row by row
 */
export function groupCells(
  cells: Uint8Array,
  columns: number,
  cellMm: number,
  paperMm: Readonly<{ width: number; height: number }>,
): readonly ZoneMm[] {
  const groups = findComponents({ mask: cells, width: columns, height: cells.length / columns }, 1);
  const zones = groups.map((box) =>
    clipZone(
      {
        x: box.left * cellMm,
        y: box.top * cellMm,
        width: (box.right - box.left) * cellMm,
        height: (box.bottom - box.top) * cellMm,
      },
      paperMm,
    ),
  );
  return zones.length > mostZones ? [aroundAll(zones)] : zones;
}

/** The part of a zone that lies on the paper, to a tenth of a millimetre. */
export function clipZone(zone: ZoneMm, paperMm: Readonly<{ width: number; height: number }>): ZoneMm {
  const x = Math.min(paperMm.width, Math.max(0, zone.x));
  const y = Math.min(paperMm.height, Math.max(0, zone.y));
  const right = Math.min(paperMm.width, zone.x + zone.width);
  const bottom = Math.min(paperMm.height, zone.y + zone.height);
  const tenths = (value: number): number => Math.round(Math.max(0, value) * 10) / 10;
  return { x: tenths(x), y: tenths(y), width: tenths(right - x), height: tenths(bottom - y) };
}

function aroundAll(zones: readonly ZoneMm[]): ZoneMm {
  const x = Math.min(...zones.map((zone) => zone.x));
  const y = Math.min(...zones.map((zone) => zone.y));
  const width = Math.max(...zones.map((zone) => zone.x + zone.width)) - x;
  const height = Math.max(...zones.map((zone) => zone.y + zone.height)) - y;
  return { x, y, width, height };
}
