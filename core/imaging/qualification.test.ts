import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SheetMeasurement } from '../contract/schemas/qualification.ts';
import { loadDocumentAssets } from '../documents/assets.ts';
import { buildTestSheetPdf } from '../documents/test-sheet.ts';
import { judgeMeasurement } from '../domain/qualification-rules.ts';
import type { RawPage } from '../services/ports/scanner.ts';
import { textLines, drawPage } from './drawn-page.ts';
import { printByLaser, renderSheet, scanSheet } from './drawn-test-sheet.ts';
import type { DrawnScanner, RenderedSheet } from './drawn-test-sheet.ts';
import { createImaging } from './imaging.ts';
import { measureTestSheet } from './qualification.ts';

const folder = mkdtempSync(join(tmpdir(), 'sheet-'));
const pdfFile = join(folder, 'sheet.pdf');
let sheet: RenderedSheet;

beforeAll(async () => {
  const input = {
    sheetId: '0F3A5B7C9D1E2F40',
    officeName: 'Oficina Centro',
    createdAt: '2026-11-22T10:15:03+01:00',
  };
  writeFileSync(pdfFile, buildTestSheetPdf(input, loadDocumentAssets()));
  sheet = await renderSheet(pdfFile, 200);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function measure(scanner: DrawnScanner): Promise<SheetMeasurement> {
  return present(await measureTestSheet(scanSheet(sheet, scanner), 200));
}

function present(measurement: SheetMeasurement | null): SheetMeasurement {
  if (measurement === null) throw new Error('no sheet was found');
  return measurement;
}

function failedCriteria(measurement: SheetMeasurement): readonly string[] {
  return judgeMeasurement(measurement)
    .filter(({ isPassed }) => !isPassed)
    .map(({ criterion }) => criterion);
}

/** The page that poppler drew, as if it had been captured like that. */
function asCapture({ share, width, height, dpi }: RenderedSheet): RawPage {
  return {
    sequence: 1,
    widthPixels: width,
    heightPixels: height,
    dpi: 2 * dpi,
    colorMode: 'gray',
    samples: share,
    sha256: '',
  };
}

describe('a scanner without faults', () => {
  it.each([
    ['gray', {}],
    ['color', { colorMode: 'color' }],
    ['with the sheet askew', { skewDegrees: 1.7 }],
    ['with the sheet upside down', { isUpsideDown: true, skewDegrees: -1 }],
  ] as const)('passes, %s', async (_, scanner: DrawnScanner) => {
    const found = await measure(scanner);
    expect(failedCriteria(found)).toEqual([]);
    expect(found.sheetId).toBe('0F3A5B7C9D1E2F40');
    expect(found.dpiAcross / 200).toBeCloseTo(1, 3);
    expect(found.dpiAlong / 200).toBeCloseTo(1, 3);
    expect(found.skewDegrees).toBeCloseTo(scanner.skewDegrees ?? 0, 1);
    expect(Math.abs(found.shearDegrees)).toBeLessThan(0.01);
    expect(found.bowMm).toBeLessThan(0.02);
    expect(found.gamma).toBeCloseTo(1, 2);
    expect(found.chroma === null).toBe(scanner.colorMode !== 'color');
    expect(Math.abs(found.whiteLevel - 244)).toBeLessThan(0.5);
    expect(Math.abs(found.blackLevel - 24)).toBeLessThan(0.5);
  });

  it.each([300, 400])('is measured alike at %d dots per inch', async (dpi) => {
    const page = asCapture(dpi === 400 ? sheet : await renderSheet(pdfFile, dpi / 2));
    const found = present(await measureTestSheet(page, dpi));
    expect(failedCriteria(found)).toEqual([]);
    expect(found.dpiAcross / dpi).toBeCloseTo(1, 3);
    expect(found.dpiAlong / dpi).toBeCloseTo(1, 3);
    expect(found.samplingEfficiency).toBe(1);
  });

  it('passes on a sheet from a laser printer: screened greys, specks, ragged edges', async () => {
    const page = scanSheet(printByLaser(sheet), { skewDegrees: 0.8, blurMm: 0.05, noise: 2.5, white: 238, black: 40 });
    const found = present(await measureTestSheet(page, 200));
    expect(failedCriteria(found)).toEqual([]);
    expect(found.dpiAcross / 200).toBeCloseTo(1, 3);
    expect(found.samplingEfficiency).toBeGreaterThan(0.8);
    expect(found.noise).toBeGreaterThan(2.5 * lightnessSlope(238));
  });

  it('gives the same figures for the same samples, and nearly the same for another scan of the sheet', async () => {
    const page = scanSheet(sheet);
    const first = present(await measureTestSheet(page, 200));
    const imaging = createImaging({ workers: 1 });
    try {
      expect(await imaging.measureSheet(page, 200)).toEqual(first);
    } finally {
      await imaging.close();
    }
    const again = await measure({ seed: 7, skewDegrees: -0.4 });
    expect(Math.abs(again.dpiAcross - first.dpiAcross)).toBeLessThan(0.05);
    expect(Math.abs(again.dpiAlong - first.dpiAlong)).toBeLessThan(0.05);
    expect(Math.abs(again.shearDegrees - first.shearDegrees)).toBeLessThan(0.01);
    expect(Math.abs(again.noise - first.noise)).toBeLessThan(0.05);
  });
});

describe('a fault shows in its own figure, and fails that alone', () => {
  it('a resolution that is not the one asked for', async () => {
    const found = await measure({ scaleAcross: 1.01, scaleAlong: 1.01 });
    expect(found.dpiAcross).toBeCloseTo(202, 0);
    expect(found.dpiAlong).toBeCloseTo(202, 0);
    expect(failedCriteria(found)).toEqual(['resolution']);
  });

  it('a driver that captures at another resolution than it says', async () => {
    const found = present(await measureTestSheet({ ...scanSheet(sheet), dpi: 300 }, 300));
    expect(found.dpiAcross).toBeCloseTo(200, 0);
    expect(failedCriteria(found)).toEqual(['resolution']);
  });

  it('a feed that slips', async () => {
    const found = await measure({ scaleAlong: 0.99 });
    expect(found.dpiAlong / found.dpiAcross).toBeCloseTo(0.99, 3);
    expect(failedCriteria(found)).toEqual(['proportions']);
  });

  it('a sensor that does not stand at right angles to the feed', async () => {
    const found = await measure({ shearDegrees: 0.5, skewDegrees: 0.6 });
    expect(Math.abs(found.shearDegrees - 0.5)).toBeLessThan(0.01);
    expect(failedCriteria(found)).toEqual(['squareness']);
  });

  it('a path that is not straight', async () => {
    const found = await measure({ bowMm: 1 });
    expect(Math.abs(found.bowMm - 1)).toBeLessThan(0.03);
    expect(failedCriteria(found)).toEqual(['straightness']);
  });

  it.each([
    [0.1, []],
    [0.16, ['sharpness']],
  ] as const)('a blur of %d mm', async (blurMm, failed) => {
    const found = await measure({ blurMm });
    expect(Math.abs(found.samplingEfficiency / (expectedMtf10(blurMm, 200) / 0.5) - 1)).toBeLessThan(0.04);
    expect(failedCriteria(found)).toEqual(failed);
  });

  it('noise', async () => {
    const found = await measure({ noise: 8, black: 60 });
    expect(Math.abs(found.noise / (8 * lightnessSlope(60)) - 1)).toBeLessThan(0.05);
    expect(failedCriteria(found)).toEqual(['noise']);
  });

  it.each([
    ['dead', { column: 385, level: 0 }, 'dark', 244],
    ['hot', { column: 900, level: 255 }, 'light', 231],
    ['weak', { column: 500, added: -30 }, 'dark', 30],
  ] as const)('a column that is %s', async (_, line, kind, levels) => {
    const found = await measure({ lines: [line] });
    expect(found.deadLines).toHaveLength(1);
    expect(found.deadLines[0]?.kind).toBe(kind);
    expect(Math.abs((found.deadLines[0]?.levels ?? 0) - levels)).toBeLessThan(4);
    // The sheet begins 24 pixels from the left.
    expect(found.deadLines[0]?.atMm).toBeCloseTo(((line.column - 24) / 200) * 25.4, 0);
    expect(failedCriteria(found)).toEqual(['lines']);
  });

  it('a column that is dead, with the sheet upside down', async () => {
    const found = await measure({ lines: [{ column: 700, level: 0 }], isUpsideDown: true });
    expect(found.deadLines[0]?.atMm).toBeCloseTo(((700 - 24) / 200) * 25.4, 0);
    expect(failedCriteria(found)).toEqual(['lines']);
  });

  it('linear data taken for sRGB, and sRGB data taken for linear', async () => {
    const dark = await measure({ gamma: 2.2, black: 0, white: 255, noise: 0 });
    expect(Math.abs(dark.gamma - 2.2)).toBeLessThan(0.03);
    expect(failedCriteria(dark)).toEqual(['toneCurve']);
    const flat = await measure({ gamma: 1 / 2.2 });
    expect(flat.blackLevel).toBeCloseTo(255 * (24 / 255) ** (1 / 2.2), 0);
    expect(failedCriteria(flat)).toEqual(['contrast']);
  });

  it('a lamp that no longer gives light', async () => {
    const found = await measure({ white: 160, black: 40 });
    expect(Math.abs(found.whiteLevel - found.blackLevel - 120)).toBeLessThan(1);
    expect(failedCriteria(found)).toEqual(['contrast']);
  });

  it('a colour that is too weak', async () => {
    const found = await measure({ colorMode: 'color', tint: [1, 1, 0.85] });
    // CIE a*, b* of sRGB (244, 244, 207): -6.7, 17.4.
    expect(Math.abs((found.chroma ?? 0) - 18.7)).toBeLessThan(0.5);
    expect(failedCriteria(found)).toEqual(['colorCast']);
  });
});

describe('what is no capture of the sheet', () => {
  it('another paper has no sheet in it', async () => {
    expect(await measureTestSheet(await drawPage({ content: textLines(30) }), 200)).toBeNull();
  });

  it('a sheet that went in askew has to go in again', async () => {
    await expect(measure({ skewDegrees: 4 })).rejects.toMatchObject({ code: 'qualification.sheetAskew' });
  });

  it('a sheet whose end is missing cannot be measured', async () => {
    const page = scanSheet(sheet);
    const heightPixels = page.heightPixels - 200;
    const samples = page.samples.slice(0, page.widthPixels * heightPixels);
    await expect(measureTestSheet({ ...page, heightPixels, samples }, 200)).rejects.toMatchObject({
      code: 'qualification.sheetUnusable',
    });
  });
});

/** Cycles a pixel at which a Gaussian blur and the pixel itself leave a tenth of the contrast. */
function expectedMtf10(blurMm: number, dpi: number): number {
  const sigma = (blurMm / 25.4) * dpi;
  let frequency = 0.001;
  for (; frequency < 0.5; frequency += 0.0001) {
    const pixel = Math.sin(Math.PI * frequency) / (Math.PI * frequency);
    if (pixel * Math.exp(-2 * (Math.PI * sigma * frequency) ** 2) < 0.1) break;
  }
  return frequency;
}

/** How much L* changes with one level of sRGB there. */
function lightnessSlope(level: number): number {
  const lightness = (value: number): number => {
    const share = value / 255;
    const linear = share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    return linear > 0.008856 ? 116 * Math.cbrt(linear) - 16 : 903.3 * linear;
  };
  return (lightness(level + 1) - lightness(level - 1)) / 2;
}
