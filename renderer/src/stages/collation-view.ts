import type { PageView } from '../../../core/contract/schemas/attention.ts';
import type { PageFlag } from '../../../core/contract/schemas/page-flag.ts';

export type Point = Readonly<{ x: number; y: number }>;

/** What both panes show: how much larger than fitted, and the point of the copy in their middle, in fractions of its size. */
export type SharedView = Readonly<{ zoom: number; centre: Point }>;

export const fittedView: SharedView = { zoom: 1, centre: { x: 0.5, y: 0.5 } };
const maximumZoom = 12;

type Geometry = Pick<
  PageView,
  'widthPixels' | 'heightPixels' | 'captureWidthPixels' | 'captureHeightPixels' | 'captureCorners'
>;

const wholeCapture: readonly [Point, Point, Point, Point] = [
  { x: 0, y: 0 },
  { x: 1, y: 0 },
  { x: 1, y: 1 },
  { x: 0, y: 1 },
];

function cornersInPixels(page: Geometry): readonly [Point, Point, Point, Point] {
  const [first, second, third, fourth] = page.captureCorners;
  const corners = first && second && third && fourth ? ([first, second, third, fourth] as const) : wholeCapture;
  const toPixels = ({ x, y }: Point): Point => ({ x: x * page.captureWidthPixels, y: y * page.captureHeightPixels });
  return [toPixels(corners[0]), toPixels(corners[1]), toPixels(corners[2]), toPixels(corners[3])];
}

/** The point of the capture, in its pixels, that shows what is at `point` (fractions) of the copy. */
export function mapToCapture(page: Geometry, { x, y }: Point): Point {
  const [topLeft, topRight, bottomRight, bottomLeft] = cornersInPixels(page);
  const blend = (axis: 'x' | 'y') =>
    (1 - x) * (1 - y) * topLeft[axis] +
    x * (1 - y) * topRight[axis] +
    x * y * bottomRight[axis] +
    (1 - x) * y * bottomLeft[axis];
  return { x: blend('x'), y: blend('y') };
}

/** Quarter turns that the capture is turned clockwise against the copy: the screen turns it back, to compare upright. */
export function captureQuarterTurns(page: Geometry): 0 | 1 | 2 | 3 {
  const [topLeft, topRight] = cornersInPixels(page);
  const angle = Math.atan2(topRight.y - topLeft.y, topRight.x - topLeft.x);
  const turns = ((Math.round(angle / (Math.PI / 2)) % 4) + 4) % 4;
  return turns === 1 || turns === 2 || turns === 3 ? turns : 0;
}

/** Capture pixels for each copy pixel. */
export function captureRatio(page: Geometry): number {
  const [topLeft, topRight] = cornersInPixels(page);
  return Math.hypot(topRight.x - topLeft.x, topRight.y - topLeft.y) / page.widthPixels;
}

/** Screen pixels for each copy pixel at which both, copy and whole capture, fit in a pane. */
export function fittedScale(page: Geometry, pane: Readonly<{ width: number; height: number }>): number {
  const ratio = captureRatio(page);
  const isSideways = captureQuarterTurns(page) % 2 === 1;
  const width = (isSideways ? page.captureHeightPixels : page.captureWidthPixels) / ratio;
  const height = (isSideways ? page.captureWidthPixels : page.captureHeightPixels) / ratio;
  return Math.min(pane.width / Math.max(width, page.widthPixels), pane.height / Math.max(height, page.heightPixels));
}

/** How much of a pane's width or height a zone takes at most when it is shown. */
const zoneShare = 0.4;
const mostZoneZoom = 6;

/** The view that shows a zone of the page with what stands around it. */
export function viewOfZone(page: Pick<PageView, 'paperMm'>, zone: NonNullable<PageFlag['placeMm']>): SharedView {
  const { width, height } = page.paperMm;
  const zoom = Math.min(
    mostZoneZoom,
    (zoneShare * width) / Math.max(1, zone.width),
    (zoneShare * height) / Math.max(1, zone.height),
  );
  if (zoom <= 1) return fittedView;
  return {
    zoom,
    centre: { x: clamp((zone.x + zone.width / 2) / width), y: clamp((zone.y + zone.height / 2) / height) },
  };
}

export function zoomBy(view: SharedView, factor: number): SharedView {
  const zoom = Math.min(maximumZoom, Math.max(1, view.zoom * factor));
  return zoom === 1 ? fittedView : { ...view, zoom };
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** Moves a fifth of what is seen, by keyboard. */
export function nudge(view: SharedView, right: number, down: number): SharedView {
  const step = 0.2 / view.zoom;
  return { ...view, centre: { x: clamp(view.centre.x + right * step), y: clamp(view.centre.y + down * step) } };
}

/** Moves by screen pixels; the middle never leaves the page. */
export function panBy(view: SharedView, page: Geometry, scale: number, dx: number, dy: number): SharedView {
  return {
    ...view,
    centre: {
      x: clamp(view.centre.x - dx / (page.widthPixels * scale)),
      y: clamp(view.centre.y - dy / (page.heightPixels * scale)),
    },
  };
}
