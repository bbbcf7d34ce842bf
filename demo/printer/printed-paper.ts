import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { signAndScanPaper } from '../scanner/paper/demo-pages.ts';

const run = promisify(execFile);
const millimetresPerPoint = 25.4 / 72;
/** Heading above the place where the citizen signs, in the forms that the program prints. */
const signaturePlace = ['Firma', 'de', 'quien', 'consiente'];

/**
 * What a citizen does with the paper that has just been printed: signs it by hand where it asks for it. Returns images of
 * its pages for the scanner, or an empty list when the tray is empty.
 */
export async function signPrintedPaper(tray: string, outputFolder: string): Promise<readonly string[]> {
  const printed = (await readdir(tray).catch(() => [])).filter((name) => name.endsWith('.pdf')).toSorted();
  const last = printed.at(-1);
  if (last === undefined) return [];
  const pdf = path.join(tray, last);
  await mkdir(outputFolder, { recursive: true, mode: 0o700 });
  const work = await mkdtemp(path.join(outputFolder, 'printed-'));
  await run('pdftoppm', ['-r', '300', '-png', pdf, path.join(work, 'page')]);
  const places = await findSignaturePlaces(pdf);
  const pages = (await readdir(work)).toSorted();
  const scans: string[] = [];
  for (const [index, name] of pages.entries()) {
    const output = path.join(work, `scan-${String(index + 1).padStart(2, '0')}.jpg`);
    await signAndScanPaper({
      printedPage: path.join(work, name),
      signatureAt: places.get(index) ?? null,
      output,
      seed: 43 + index,
    });
    await rm(path.join(work, name));
    scans.push(output);
  }
  return scans;
}

/** The same scans from a feeder whose glass has a speck: it draws a line down the whole image. */
export async function throughDirtyGlass(scans: readonly string[]): Promise<readonly string[]> {
  return Promise.all(
    scans.map(async (scan) => {
      const output = scan.replace(/\.jpg$/u, '-dirty.jpg');
      const { width, height, density = 300 } = await sharp(scan).metadata();
      const speck = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect x="${Math.round(width * 0.47)}" width="2" height="${height}" fill="#505050"/></svg>`;
      await sharp(scan)
        .composite([{ input: Buffer.from(speck) }])
        .withMetadata({ density })
        .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
        .toFile(output);
      return output;
    }),
  );
}

/** Page index → where the signature goes: under the heading, by the words' boxes that poppler tells. */
async function findSignaturePlaces(pdf: string): Promise<ReadonlyMap<number, Readonly<{ xMm: number; yMm: number }>>> {
  const { stdout } = await run('pdftotext', ['-bbox', pdf, '-'], { maxBuffer: 16 * 1024 * 1024 });
  const places = new Map<number, Readonly<{ xMm: number; yMm: number }>>();
  for (const [index, page] of stdout.split('<page ').slice(1).entries()) {
    const words = [...page.matchAll(/xMin="([\d.]+)" yMin="[\d.]+" xMax="[\d.]+" yMax="([\d.]+)">([^<]*)</gu)];
    const at = words.findIndex((_, start) =>
      signaturePlace.every((word, offset) => words[start + offset]?.[3] === word),
    );
    const [, left, bottom] = words[at] ?? [];
    if (left === undefined || bottom === undefined) continue;
    places.set(index, { xMm: Number(left) * millimetresPerPoint + 6, yMm: Number(bottom) * millimetresPerPoint + 16 });
  }
  return places;
}
