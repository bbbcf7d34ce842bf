/** What poppler and qpdf, programs that others wrote, say of a PDF. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

function withFile<Result>(pdf: Uint8Array, task: (path: string, folder: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'pdf-'));
  try {
    const path = join(folder, 'document.pdf');
    writeFileSync(path, pdf);
    return task(path, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(program: string, ...parameters: readonly string[]): string {
  return execFileSync(program, parameters, { encoding: 'utf8', maxBuffer: 1 << 26 });
}

/** Text of each page, in reading order, single spaces. */
export function pageTexts(pdf: Uint8Array): readonly string[] {
  const text = withFile(pdf, (path) => run('pdftotext', '-layout', path, '-'));
  return text
    .split('\f')
    .slice(0, -1)
    .map((page) => page.replaceAll(/\s+/g, ' ').trim());
}

/** Text of a page by lines, as it lies. */
export function plainText(pdf: Uint8Array): string {
  return withFile(pdf, (path) => run('pdftotext', '-layout', path, '-'));
}

export type PlacedWord = Readonly<{ text: string; left: number; top: number; right: number; bottom: number }>;

/** Words of a page with their boxes, in points from its top left. */
export function placedWords(pdf: Uint8Array, page: number): readonly PlacedWord[] {
  const xml = withFile(pdf, (path) => run('pdftotext', '-bbox', '-f', String(page), '-l', String(page), path, '-'));
  const pattern = /<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)<\/word>/gu;
  return [...xml.matchAll(pattern)].map(([, left, top, right, bottom, text = '']) => ({
    text,
    left: Number(left),
    top: Number(top),
    right: Number(right),
    bottom: Number(bottom),
  }));
}

export type ListedFont = Readonly<{ name: string; isEmbedded: boolean; isSubset: boolean; hasUnicode: boolean }>;

export function listFonts(pdf: Uint8Array): readonly ListedFont[] {
  const lines = withFile(pdf, (path) => run('pdffonts', path))
    .trim()
    .split('\n')
    .slice(2);
  return lines.map((line) => {
    const [embedded, subset, unicode] = line.slice(-24).match(/yes|no/g) ?? [];
    return {
      name: line.split(/\s/)[0] ?? '',
      isEmbedded: embedded === 'yes',
      isSubset: subset === 'yes',
      hasUnicode: unicode === 'yes',
    };
  });
}

/** Complaints of qpdf and poppler's reader; empty when there are none. */
export function complaints(pdf: Uint8Array): string {
  return withFile(pdf, (path) => {
    const qpdf = spawnSync('qpdf', ['--check', path], { encoding: 'utf8' });
    const poppler = spawnSync('pdftotext', [path, '-'], { encoding: 'utf8' });
    return (qpdf.status === 0 ? '' : qpdf.stdout + qpdf.stderr) + poppler.stderr;
  });
}

export function pageSizes(pdf: Uint8Array): readonly (readonly [number, number])[] {
  const text = withFile(pdf, (path) => run('pdfinfo', '-f', '1', '-l', '999', path));
  return [...text.matchAll(/^Page +\d+ size: +([\d.]+) x ([\d.]+)/gm)].map(
    (match) => [Number(match[1]), Number(match[2])] as const,
  );
}

/** The XMP packet, once xmllint has found it well-formed. */
export function metadataOf(pdf: Uint8Array): string {
  return withFile(pdf, (path) =>
    execFileSync('xmllint', ['--format', '--encode', 'utf8', '-'], {
      input: run('pdfinfo', '-meta', path),
      encoding: 'utf8',
    }),
  );
}

/** The files inside, by name. */
export function attachedFiles(pdf: Uint8Array): Readonly<Record<string, Buffer>> {
  return withFile(pdf, (path, folder) => {
    const names = [...run('pdfdetach', '-list', path).matchAll(/^\d+: (.*)$/gm)].map((match) => match[1] ?? '');
    run('pdfdetach', '-saveall', '-o', folder, path);
    return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name))]));
  });
}

export type GrayImage = Readonly<{
  width: number;
  height: number;
  samples: Buffer;
  at(x: number, y: number): number;
}>;

/** A page rendered in gray, 0 black to 255 white. Pages from 1. */
export function renderPage(pdf: Uint8Array, page: number, dpi: number): GrayImage {
  return withFile(pdf, (path, folder) => {
    run(
      'pdftoppm',
      '-gray',
      '-aa',
      'no',
      '-r',
      String(dpi),
      '-f',
      String(page),
      '-l',
      String(page),
      '-singlefile',
      path,
      join(folder, 'page'),
    );
    const data = readFileSync(join(folder, 'page.pgm'));
    const header = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(data.toString('latin1', 0, 40));
    if (header === null) throw new Error('not a gray picture');
    const [width, height, start] = [Number(header[1]), Number(header[2]), header[0].length];
    const samples = data.subarray(start);
    return { width, height, samples, at: (x, y) => samples[Math.round(y) * width + Math.round(x)] ?? 0 };
  });
}

/** Data of the images as they are in the file, by page order. */
export function extractImages(
  pdf: Uint8Array,
): readonly Readonly<{ encoding: string; width: number; height: number; ppi: number }>[] {
  const lines = withFile(pdf, (path) => run('pdfimages', '-list', path))
    .trim()
    .split('\n')
    .slice(2);
  return lines.map((line) => {
    const columns = line.trim().split(/\s+/);
    return {
      width: Number(columns[3]),
      height: Number(columns[4]),
      encoding: columns[8] ?? '',
      ppi: Number(columns[12]),
    };
  });
}

/** JPEG images byte for byte, in page order. */
export function extractJpegs(pdf: Uint8Array, count: number): readonly Buffer[] {
  return withFile(pdf, (path, folder) => {
    run('pdfimages', '-j', path, join(folder, 'image'));
    return Array.from({ length: count }, (_, index) =>
      readFileSync(join(folder, `image-${String(index).padStart(3, '0')}.jpg`)),
    );
  });
}
