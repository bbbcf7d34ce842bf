import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { loadDocumentAssets } from '../../core/documents/assets.ts';
import { checkPdfA } from '../../core/documents/pdf/pdfa-checker.ts';
import { buildSeparatorSheetPdf } from '../../core/documents/separator-sheet.ts';
import { plainText } from '../../core/documents/testing/pdf-tools.ts';
import { separatorOf } from '../../core/domain/separator-sheets.ts';
import { drawPage, trialProfile } from '../../core/imaging/drawn-page.ts';
import { openKernels } from '../../core/imaging/kernels/kernels.ts';
import { optimizePage } from '../../core/imaging/optimize-page.ts';

/* The sheet that the desk prints is the sheet that it knows when it comes through the scanner. */

const assets = loadDocumentAssets();
const makeSheet = (documentType: string | null): Promise<Uint8Array> =>
  buildSeparatorSheetPdf(
    { documentType, officeName: 'Oficina Centro', createdAt: '2026-11-29T10:00:00+01:00' },
    assets,
  );

async function printAndScan(pdf: Uint8Array, how: Readonly<{ skewDegrees: number; quarterTurns: 0 | 2 }>) {
  // Printed by a program that is not ours.
  const png = execFileSync('pdftoppm', ['-r', '150', '-png', '-gray'], { input: pdf, maxBuffer: 1 << 26 });
  const content = `<image href="data:image/png;base64,${png.toString('base64')}" width="2100" height="2970"/>`;
  const scan = await drawPage({ content, dpi: 150, noise: 6, ...how });
  const { codes } = await optimizePage(openKernels(), scan, trialProfile('gray'), () => undefined);
  return { formats: [...new Set(codes.map(({ format }) => format))].toSorted(), separator: separatorOf(codes) };
}

describe('a printed separator sheet', () => {
  test('says its type to people and in PDF/A', async () => {
    const pdf = await makeSheet('TD09');
    expect(checkPdfA(pdf)).toEqual([]);
    expect(plainText(pdf)).toContain('Acuse de recibo');
    expect(plainText(await makeSheet(null))).toContain('Documento nuevo');
  });

  test.each([
    ['TD09', { skewDegrees: 3.1, quarterTurns: 0 }],
    [null, { skewDegrees: -2, quarterTurns: 2 }],
  ] as const)('of the type %s is known by each of its codes, askew and upside down', async (documentType, how) => {
    expect(await printAndScan(await makeSheet(documentType), how)).toEqual({
      formats: ['Code128', 'PatchT', 'QRCode'],
      separator: { documentType },
    });
  });
});
