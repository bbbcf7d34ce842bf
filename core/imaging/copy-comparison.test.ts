import { describe, expect, it, vi } from 'vitest';
import type { RawPage } from '../services/ports/scanner.ts';
import { alteredCopy, comparisonOf } from './copy-comparison.fixture.ts';
import { compareWithCapture } from './copy-comparison.ts';
import { drawPage, textLines, trialProfile } from './drawn-page.ts';
import { openKernels } from './kernels/kernels.ts';
import type { OptimizedPageWithLegibility } from './optimize-page.ts';
import { optimizePage } from './optimize-page.ts';
import type { ZoneMm } from './zones.ts';
import { groupCells } from './zones.ts';

vi.setConfig({ testTimeout: 60_000 });

const kernels = openKernels();
// Tenths of a millimetre, as textLines.
const stamp = '<circle cx="1500" cy="2300" r="150" fill="none" stroke="#b03040" stroke-width="12"/>';
const pencil = '<path d="M400 2500 q80 -60 160 0 t160 0" fill="none" stroke="#c4c4c4" stroke-width="6"/>';
const photograph = `<defs><linearGradient id="g" x2="1" y2="1"><stop offset="0" stop-color="#455"/><stop offset="1" stop-color="#cba"/></linearGradient></defs>
  <rect x="300" y="1900" width="400" height="400" fill="url(#g)"/>`;
const content = textLines(22) + stamp + pencil + photograph;

type Made = Readonly<{ raw: RawPage; page: OptimizedPageWithLegibility }>;
const drawn = new Map<string, Promise<Made>>();

function makePage(profile: 'text' | 'gray', skewDegrees: number, quarterTurns: 0 | 1 | 2 | 3, inside = content) {
  const key = JSON.stringify([profile, skewDegrees, quarterTurns, inside.length]);
  const known = drawn.get(key) ?? make(profile, skewDegrees, quarterTurns, inside);
  drawn.set(key, known);
  return known;
}

async function make(profile: 'text' | 'gray', skewDegrees: number, quarterTurns: 0 | 1 | 2 | 3, inside: string) {
  const raw = await drawPage({ content: inside, dpi: 200, skewDegrees, quarterTurns });
  return { raw, page: await optimizePage(kernels, raw, trialProfile(profile), () => undefined) };
}

async function differences({ raw, page }: Made, alteration: string) {
  const copy = await alteredCopy(kernels, page.copy, alteration);
  return compareWithCapture(kernels, await comparisonOf(raw, page, copy));
}

/** Whether a zone reaches over a point of the paper. */
function isOver(zones: readonly ZoneMm[], xMm: number, yMm: number): boolean {
  return zones.some(({ x, y, width, height }) => xMm >= x && xMm <= x + width && yMm >= y && yMm <= y + height);
}

describe('a copy that shows what the capture shows', () => {
  it.each([
    ['text', 3.1, 0],
    ['gray', 0.7, 2],
  ] as const)('has no differing zone: %s, %d°, %d quarter turns', async (profile, skew, turns) => {
    const { page } = await makePage(profile, skew, turns);
    expect(page.zones).toEqual([]);
  });

  it('of plain text, in one bit a pixel, has none either', async () => {
    const { page } = await makePage('text', 1.2, 0, textLines(35));
    expect(page.copy.format).toBe('jbig2');
    expect(page.zones).toEqual([]);
  });
});

describe('an altered copy', () => {
  const white = (x: number, y: number, width: number, height: number) =>
    `<rect x="${String(x)}" y="${String(y)}" width="${String(width)}" height="${String(height)}" fill="#fff"/>`;

  it.each([
    ['a stamp', white(1300, 2100, 400, 400), 150, 215],
    ['a pencil mark', white(350, 2420, 420, 160), 48, 247.5],
    ['a photograph', white(300, 1900, 400, 400), 50, 210],
    ['one word', white(350, 300 - 40, 140, 56), 42, 29],
  ])('lacks %s: the zone says where', async (_, alteration, x, y) => {
    const { missing, added } = await differences(await makePage('text', 3.1, 0), alteration);
    expect(isOver(missing, x, y)).toBe(true);
    expect(missing.length).toBe(1);
    expect(added).toEqual([]);
  });

  it.each([
    ['a figure', '<text x="1000" y="2650" font-family="Noto Sans" font-size="42">7</text>', 101, 263.5],
    ['a line', '<path d="M300 2700 h600" stroke="#000" stroke-width="4"/>', 60, 270],
  ])('has %s more: the zone says where', async (_, alteration, x, y) => {
    const { missing, added } = await differences(await makePage('gray', 0.7, 2), alteration);
    expect(isOver(added, x, y)).toBe(true);
    expect(missing).toEqual([]);
  });
});

describe('cells of a grid', () => {
  const paper = { width: 10, height: 7 };

  it('become one rectangle for each group, within the paper', () => {
    const cells = Uint8Array.from([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
    expect(groupCells(cells, 4, 2.5, paper)).toEqual([
      { x: 0, y: 0, width: 5, height: 5 },
      { x: 7.5, y: 5, width: 2.5, height: 2 },
    ]);
  });

  it('become one around all when there are too many to look at', () => {
    const cells = new Uint8Array(32 * 2);
    for (let i = 0; i < 32; i += 2) cells[i] = 1;
    expect(groupCells(cells, 32, 2, { width: 64, height: 4 })).toEqual([{ x: 0, y: 0, width: 62, height: 2 }]);
  });
});
