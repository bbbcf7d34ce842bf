import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { dotClearance, dotDiameter, dots, grayPatches, sheetSize } from '../domain/test-sheet.ts';
import { loadDocumentAssets } from './assets.ts';
import { checkPdfA } from './pdf/pdfa-checker.ts';
import { buildTestSheetPdf } from './test-sheet.ts';
import { complaints, pageSizes, plainText } from './testing/pdf-tools.ts';

const input = {
  sheetId: '0F3A5B7C9D1E2F40',
  officeName: 'Oficina de Asistencia en Materia de Registros Centro',
  createdAt: '2026-11-22T10:15:03+01:00',
};
const pdf = buildTestSheetPdf(input, loadDocumentAssets());

describe('test sheet of the scanner', () => {
  it('is one A4 page of PDF/A-2b, the same bytes each time', () => {
    expect(checkPdfA(pdf)).toEqual([]);
    expect(complaints(pdf)).toBe('');
    const [[width, height] = [0, 0], ...others] = pageSizes(pdf);
    expect(others).toEqual([]);
    expect([(width / 72) * 25.4, (height / 72) * 25.4].map(Math.round)).toEqual([sheetSize.width, sheetSize.height]);
    expect(Buffer.from(buildTestSheetPdf(input, loadDocumentAssets())).equals(pdf)).toBe(true);
  });

  it('says which sheet it is and how to print it', () => {
    expect(plainText(pdf)).toContain('Hoja 0F3A5B7C9D1E2F40');
    expect(plainText(pdf)).toContain('100 %');
  });

  it('has every mark where the table says, nothing near it, and the grey of each patch', async () => {
    const { gray, width } = await render(254);
    const at = (x: number, y: number): number => gray[Math.round(y * 10) * width + Math.round(x * 10)] ?? -1;
    for (const { x, y } of dots) {
      let [dark, sumX, sumY] = [0, 0, 0];
      for (let dy = -dotClearance; dy <= dotClearance; dy += 0.1) {
        for (let dx = -dotClearance; dx <= dotClearance; dx += 0.1) {
          if (at(x + dx, y + dy) >= 128) continue;
          dark += 1;
          sumX += dx;
          sumY += dy;
        }
      }
      expect(dark / 100 / (Math.PI * (dotDiameter / 2) ** 2)).toBeCloseTo(1, 1);
      expect(Math.hypot(sumX, sumY) / dark).toBeLessThan(0.1);
    }
    for (const patch of grayPatches) {
      const value = at(patch.left + patch.width / 2, patch.top + patch.height / 2);
      expect(Math.abs(value - patch.gray * 255)).toBeLessThanOrEqual(1);
    }
  });
});

/** The page as poppler draws it. */
async function render(dpi: number): Promise<Readonly<{ gray: Uint8Array; width: number }>> {
  const folder = mkdtempSync(join(tmpdir(), 'sheet-'));
  try {
    writeFileSync(join(folder, 'sheet.pdf'), pdf);
    const png = execFileSync('pdftoppm', ['-r', String(dpi), '-png', '-gray', join(folder, 'sheet.pdf')]);
    const { data, info } = await sharp(png).toColourspace('b-w').raw().toBuffer({ resolveWithObject: true });
    return { gray: data, width: info.width };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
