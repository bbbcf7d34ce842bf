import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { loadDocumentAssets } from '../documents/assets.ts';
import { buildImagePdf } from '../documents/copy.ts';
import { checkPdfA } from '../documents/pdf/pdfa-checker.ts';
import { complaints, extractImages, pageSizes } from '../documents/testing/pdf-tools.ts';
import { drawPage, textLines } from '../imaging/drawn-page.ts';
import { encodeJbig2 } from '../imaging/jbig2.ts';
import { openKernels } from '../imaging/kernels/kernels.ts';

vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(path.join(tmpdir(), 'optimize-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the optimize command', () => {
  it('writes a PDF/A of the page: the same bytes for the same file, of the paper’s size, small', async () => {
    const page = await drawPage({ content: textLines(30), dpi: 200, skewDegrees: 2 });
    const input = path.join(folder, 'page.png');
    const raw = { width: page.widthPixels, height: page.heightPixels, channels: 3 as const };
    writeFileSync(input, await sharp(page.samples, { raw }).withMetadata({ density: 200 }).png().toBuffer());
    utimesSync(input, 1_780_000_000, 1_780_000_000);
    const [first, second] = ['a.pdf', 'b.pdf'].map((name) => {
      const output = path.join(folder, name);
      const command = new URL('optimize-command.ts', import.meta.url).pathname;
      const line = execFileSync(process.execPath, [command, input, output, '--json'], { encoding: 'utf8' });
      expect(JSON.parse(line)).toMatchObject({ quarterTurns: 0, blank: false });
      return readFileSync(output);
    });
    const pdf = first ?? Buffer.alloc(0);
    expect(second?.equals(pdf)).toBe(true);
    expect(checkPdfA(pdf)).toEqual([]);
    expect(complaints(pdf)).toBe('');
    expect(extractImages(pdf)).toMatchObject([{ encoding: 'jbig2', ppi: 200 }]);
    const [size] = pageSizes(pdf);
    const [width, height] = size ?? [0, 0];
    expect(Math.abs(((width / 72) * 25.4) / 210 - 1)).toBeLessThan(0.005);
    expect(Math.abs(((height / 72) * 25.4) / 297 - 1)).toBeLessThan(0.005);
    expect(pdf.length).toBeLessThan(35 * 1024);
  });
});

describe('what it is not given', () => {
  const command = new URL('optimize-command.ts', import.meta.url).pathname;
  const output = path.join(folder, 'never.png');
  it.each([
    ['an option that is none', ['--perfil', 'text', 'a.png', output], 2, /^Uso: optimize/u],
    ['a resolution that is no number', ['a.png', output, '--dpi', 'mucha'], 2, /^Uso: optimize/u],
    ['a file that is not there', [path.join(folder, 'none.png'), output], 1, /image\.unreadable \(ENOENT/u],
  ])('%s ends with a sentence', (_, words, status, said) => {
    const ended = spawnSync(process.execPath, [command, ...words], { encoding: 'utf8' });
    expect(ended).toMatchObject({ status });
    expect(ended.stderr).toMatch(said);
    expect(ended.stderr).not.toContain('    at ');
    expect(existsSync(output)).toBe(false);
  });
});

describe('the JBIG2 of a copy', () => {
  it('is read by poppler as it was written', async () => {
    const kernels = openKernels();
    const [width, height] = [333, 210];
    let state = 11;
    const samples = Uint8Array.from({ length: width * height }, (_, i) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      const y = Math.floor(i / width);
      // Noise, white rows, stripes that repeat, and a black field.
      if (y < 60) return state >>> 31 === 1 ? 0 : 255;
      if (y < 100) return 255;
      return y < 160 ? ((i % width) % 7 < 3 ? 0 : 255) : 0;
    });
    const gray = kernels.allocate(samples.length);
    kernels.bytes(gray, samples.length).set(samples);
    const data = encodeJbig2(kernels, gray, width, height, 72);
    const page = {
      format: 'jbig2',
      colorMode: 'bitonal',
      widthPixels: width,
      heightPixels: height,
      dpi: 72,
      data,
    } as const;
    const input = {
      pages: [page],
      title: 'JBIG2',
      author: 'Ventanilla',
      language: 'es',
      createdAt: '2026-11-22T10:15:03+01:00',
    };
    const file = path.join(folder, 'patterns.pdf');
    writeFileSync(file, buildImagePdf(input, loadDocumentAssets()));
    execFileSync('pdfimages', ['-png', file, path.join(folder, 'patterns')]);
    const read = await sharp(path.join(folder, 'patterns-000.png'))
      .toColourspace('b-w')
      .extractChannel(0)
      .raw()
      .toBuffer();
    expect(read.equals(samples)).toBe(true);
  });
});
