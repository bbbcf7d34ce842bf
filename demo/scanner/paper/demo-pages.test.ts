import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp, { type Region } from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drawDemoPages, signAndScanPaper, type DemoPages } from './demo-pages.ts';

let folder = '';
let pages: DemoPages;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'ventanilla-pages-'));
  pages = await drawDemoPages(folder);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(file: string | undefined): string {
  return execFileSync('tesseract', [file ?? '', '-', '-l', 'spa', '--psm', '4'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, OMP_THREAD_LIMIT: '1' },
  });
}

/** `stats()` of sharp looks at the whole file whatever was extracted: the samples are read instead. */
function cut(file: string, region: Region): Promise<Buffer> {
  return sharp(file).extract(region).grayscale().raw().toBuffer();
}

function digest(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

test('each side is a scan of an A4 sheet with the bed around it', async () => {
  const files = Object.values(pages).flat();
  expect(files.map((file) => path.basename(file))).toEqual([
    '1-instancia.jpg',
    '2-certificado.jpg',
    '3-identidad.jpg',
    '4-carta-anverso.jpg',
    '4-carta-reverso.jpg',
    '5-consentimiento.jpg',
  ]);
  for (const file of files) {
    const { width, height, density } = await sharp(file).metadata();
    expect([width, height, density]).toEqual([2551, 3591, 300]);
    const corner = await cut(file, { left: 0, top: 0, width: 8, height: 8 });
    expect(Math.max(...corner)).toBeLessThan(70);
  }
});

test('a reader that is not ours reads the paper', () => {
  expect(read(pages.certificate[0])).toMatch(/CERTIFICADO DE APROVECHAMIENTO[\s\S]*SOLER, con NIF/u);
  expect(read(pages.letter[0]).replaceAll(/\s+/gu, ' ')).toContain('restauración de los bancos de la ermita');
}, 120_000);

test('what was lost is drawn again, byte for byte', async () => {
  const [file = ''] = pages.letter;
  const before = digest(file);
  rmSync(file);
  await drawDemoPages(folder);
  expect(digest(file)).toBe(before);
}, 60_000);

test('a page that the program printed comes back signed, or unsigned where nobody signed', async () => {
  const printedPage = path.join(folder, 'printed.png');
  await sharp({ create: { width: 1240, height: 1754, channels: 3, background: 'white' } })
    .png()
    .toFile(printedPage);
  const [signed, unsigned] = ['signed.jpg', 'unsigned.jpg'].map((name) => path.join(folder, name)) as [string, string];
  await signAndScanPaper({ printedPage, signatureAt: { xMm: 80, yMm: 150 }, output: signed, seed: 7 });
  await signAndScanPaper({ printedPage, signatureAt: null, output: unsigned, seed: 7 });
  const darkest = async (file: string): Promise<number> => {
    const middle = await cut(file, { left: 500, top: 1400, width: 1500, height: 600 });
    return middle.reduce((least, sample) => Math.min(least, sample), 255);
  };
  expect(await darkest(signed)).toBeLessThan(110);
  expect(await darkest(unsigned)).toBeGreaterThan(200);
}, 60_000);
