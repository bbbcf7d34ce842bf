import { describe, expect, it } from 'vitest';
import {
  captureQuarterTurns,
  captureRatio,
  fittedScale,
  fittedView,
  mapToCapture,
  nudge,
  panBy,
  viewOfZone,
  zoomBy,
} from './collation-view.ts';

type Page = Parameters<typeof mapToCapture>[0];

/** A page of 200 × 300 in the middle of a capture, turned by `degrees` clockwise and scanned `ratio` times as fine. */
function turnedPage(degrees: number, ratio: number): Page {
  const width = 200;
  const height = 300;
  const side = 1000;
  const angle = (degrees * Math.PI) / 180;
  const corner = (sx: number, sy: number) => {
    const x = (sx * width * ratio) / 2;
    const y = (sy * height * ratio) / 2;
    return {
      x: 0.5 + (x * Math.cos(angle) - y * Math.sin(angle)) / side,
      y: 0.5 + (x * Math.sin(angle) + y * Math.cos(angle)) / side,
    };
  };
  return {
    widthPixels: width,
    heightPixels: height,
    captureWidthPixels: side,
    captureHeightPixels: side,
    captureCorners: [corner(-1, -1), corner(1, -1), corner(1, 1), corner(-1, 1)],
  };
}

describe('where a point of the copy is in the capture', () => {
  it('keeps corners and middle, whatever the turn', () => {
    for (const degrees of [0, 1.3, 90, 181, 270]) {
      const page = turnedPage(degrees, 2);
      const middle = mapToCapture(page, { x: 0.5, y: 0.5 });
      expect(middle.x).toBeCloseTo(500, 6);
      expect(middle.y).toBeCloseTo(500, 6);
      const corner = mapToCapture(page, { x: 1, y: 0 });
      expect(corner.x).toBeCloseTo((page.captureCorners[1]?.x ?? 0) * 1000, 6);
      expect(corner.y).toBeCloseTo((page.captureCorners[1]?.y ?? 0) * 1000, 6);
    }
  });

  it('follows the paper: a step to the right of a page on its side goes down in the capture', () => {
    const page = turnedPage(90, 1);
    const from = mapToCapture(page, { x: 0.5, y: 0.5 });
    const to = mapToCapture(page, { x: 0.6, y: 0.5 });
    expect(to.x - from.x).toBeCloseTo(0, 6);
    expect(to.y - from.y).toBeCloseTo(20, 6);
  });

  it('takes the whole capture where no corners were found', () => {
    const page: Page = { ...turnedPage(0, 1), captureCorners: [] };
    expect(mapToCapture(page, { x: 1, y: 1 })).toEqual({ x: 1000, y: 1000 });
    expect(captureQuarterTurns(page)).toBe(0);
  });
});

describe('how the capture is shown', () => {
  it('finds the quarter turn next to a crooked page', () => {
    expect([0, 1.3, 89, 92, 181, 268, -2].map((degrees) => captureQuarterTurns(turnedPage(degrees, 1)))).toEqual([
      0, 0, 1, 1, 2, 3, 0,
    ]);
  });

  it('finds how much finer it was scanned', () => {
    expect(captureRatio(turnedPage(17, 2.5))).toBeCloseTo(2.5, 6);
  });

  it('fits copy and whole capture in the pane', () => {
    const page = turnedPage(90, 2);
    const scale = fittedScale(page, { width: 400, height: 300 });
    expect(200 * scale).toBeLessThanOrEqual(400);
    expect(300 * scale).toBeLessThanOrEqual(300);
    expect((1000 / captureRatio(page)) * scale).toBeCloseTo(300, 6);
  });
});

describe('a zone that is shown', () => {
  const page = { paperMm: { width: 200, height: 300 } };

  it('stands in the middle, enlarged as far as what is around it can be seen', () => {
    const view = viewOfZone(page, { x: 90, y: 270, width: 20, height: 10 });
    expect(view.zoom).toBeCloseTo(4, 6);
    expect(view.centre.x).toBeCloseTo(0.5, 6);
    expect(view.centre.y).toBeCloseTo(275 / 300, 6);
    expect(viewOfZone(page, { x: 0, y: 0, width: 2.5, height: 2.5 }).zoom).toBe(6);
  });

  it('as large as the page shows the page', () => {
    expect(viewOfZone(page, { x: 0, y: 0, width: 200, height: 100 })).toEqual(fittedView);
  });
});

describe('moving both panes', () => {
  it('zooms out to the fitted view and not beyond', () => {
    expect(zoomBy({ zoom: 1.2, centre: { x: 0.9, y: 0.1 } }, 0.5)).toEqual(fittedView);
    expect(zoomBy(fittedView, 1000).zoom).toBe(12);
  });

  it('pans by screen pixels and stops at the page', () => {
    const page = turnedPage(0, 1);
    const view = { zoom: 2, centre: { x: 0.5, y: 0.5 } };
    expect(panBy(view, page, 2, -40, 60).centre).toEqual({ x: 0.6, y: 0.4 });
    expect(panBy(view, page, 2, 9000, 0).centre.x).toBe(0);
  });

  it('moves a fifth of what is seen by keyboard', () => {
    expect(nudge({ zoom: 4, centre: { x: 0.5, y: 0.5 } }, 1, 0).centre.x).toBeCloseTo(0.55, 6);
  });
});
