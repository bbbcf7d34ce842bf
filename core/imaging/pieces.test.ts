import { describe, expect, it, vi } from 'vitest';
import { drawPage, textLines, trialProfile } from './drawn-page.ts';
import type { DrawnPage } from './drawn-page.ts';
import { openKernels } from './kernels/kernels.ts';
import { optimizePage } from './optimize-page.ts';
import { findPieces } from './pieces.ts';

vi.setConfig({ testTimeout: 60_000 });

/** A glass of A4 seen as a sheet of the bed's colour, with pieces on it; tenths of a millimetre. */
async function drawGlass(pieces: string, more: Partial<DrawnPage> = {}) {
  return drawPage({ content: pieces, paper: '#121212', bed: 18, around: 0, dpi: 150, noise: 3, ...more });
}

function card(x: number, y: number, turned: number): string {
  return `<g transform="translate(${x} ${y}) rotate(${turned})"><rect width="856" height="540" fill="#cfe0ea"/>
    <rect x="50" y="100" width="250" height="320" fill="#78909c"/><rect x="350" y="150" width="400" height="20" fill="#222"/></g>`;
}

function sheet(x: number, y: number, width: number, height: number): string {
  return `<g transform="translate(${x} ${y})"><rect width="${width}" height="${height}" fill="#f4f2ec"/>
    <svg width="${width - 60}" height="${height - 60}">${textLines(18, { top: 120 })}</svg></g>`;
}

describe('pieces on one glass', () => {
  it('are the two sides of a card, each straightened to its size', async () => {
    const glass = await drawGlass(card(300, 300, 4) + card(700, 1700, -6));
    const pieces = findPieces(glass);
    expect(pieces.length).toBe(2);
    const skews: number[] = [];
    for (const { page, operation } of pieces) {
      expect(operation).toMatchObject({ name: 'cutOut', parameters: { captureSha256: glass.sha256 } });
      expect(page.sha256).not.toBe(glass.sha256);
      const made = await optimizePage(openKernels(), page, trialProfile('text'), () => undefined);
      expect(made.paperMm.width).toBeCloseTo(85.6, 0);
      expect(made.paperMm.height).toBeCloseTo(54, 0);
      skews.push(made.skewDegrees);
    }
    expect(skews[0]).toBeCloseTo(4, 1);
    expect(skews[1]).toBeCloseTo(-6, 1);
  });

  it('come row by row, with all their pixels', async () => {
    const glass = await drawGlass(sheet(1200, 260, 570, 900) + sheet(200, 300, 800, 1100) + card(300, 1900, 0));
    const pieces = findPieces(glass);
    const lefts = pieces.map(({ operation }) => operation?.parameters['left']);
    expect(lefts.length).toBe(3);
    expect(Number(lefts[0])).toBeLessThan(Number(lefts[1]));
    const [first] = pieces;
    const { left, top } = first?.operation?.parameters ?? {};
    const at = (Number(top) * glass.widthPixels + Number(left)) * 3;
    expect(Buffer.from(first?.page.samples.subarray(0, 300) ?? [])).toEqual(
      Buffer.from(glass.samples.subarray(at, at + 300)),
    );
  });

  it.each([
    ['one sheet', sheet(200, 200, 1480, 2100)],
    ['the two pages of a book', sheet(60, 300, 960, 1400) + sheet(1060, 310, 960, 1400)],
    ['a piece that touches another', card(300, 300, 0) + card(400, 860, 0)],
    [
      'a torn piece, which is no rectangle, beside a card',
      `${card(300, 300, 0)}<path d="M300 1500L1500 1600L400 2400z" fill="#eee"/>`,
    ],
    [
      'a small label beside a card',
      `${card(300, 300, 0)}<rect x="1400" y="1900" width="250" height="120" fill="#eee"/>`,
    ],
  ])('stay together: %s', async (_, content) => {
    const glass = await drawGlass(content);
    expect(findPieces(glass)).toEqual([{ page: glass, operation: null }]);
  });

  it('stay together where paper reaches the border of the glass', async () => {
    const page = await drawPage({ content: textLines(20), around: 0, dpi: 150 });
    expect(findPieces(page).length).toBe(1);
  });
});
