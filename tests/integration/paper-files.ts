import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';

/* The file of their paper that a person brings, of the small pages that the feeder has. */

/** JPEG of the paper without the scanner's bed, as the person's own device took it. */
export async function photographPaper(page: string, dpi = 300): Promise<Buffer> {
  const [width, height] = [Math.round((105 / 25.4) * 300), Math.round((148 / 25.4) * 300)];
  const paper = await sharp(page).extract({ left: 35, top: 35, width, height }).png().toBuffer();
  const size = { width: Math.round((width * dpi) / 300), height: Math.round((height * dpi) / 300) };
  return sharp(paper).resize(size).withMetadata({ density: dpi }).jpeg({ quality: 92 }).toBuffer();
}

/** A PDF of images, a page each, by a program that is not ours. */
export function pdfOfImages(images: readonly Buffer[]): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'ventanilla-second-flow-'));
  try {
    const files = images.map((image, index) => {
      const file = join(folder, `${String(index)}.jpg`);
      writeFileSync(file, image);
      return file;
    });
    execFileSync('img2pdf', [...files, '--output', join(folder, 'out.pdf')]);
    return readFileSync(join(folder, 'out.pdf'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
