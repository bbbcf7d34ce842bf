import sharp from 'sharp';
import { createRandom } from './random.ts';

export const paperDpi = 300;
const bed = { widthMm: 216, heightMm: 304 };

function pixels(millimetres: number): number {
  return Math.round((millimetres / 25.4) * paperDpi);
}

/** Skew clockwise, and the shift of the paper from the middle of the bed. */
export type Placement = Readonly<{ skewDegrees: number; shiftXMm: number; shiftYMm: number; seed: number }>;

/** Draws SVG whose unit is the millimetre. */
export function renderPaper(svg: string, size: Readonly<{ widthMm: number; heightMm: number }>): Promise<Buffer> {
  const header = `<svg xmlns="http://www.w3.org/2000/svg" width="${pixels(size.widthMm)}" height="${pixels(size.heightMm)}" viewBox="0 0 ${size.widthMm} ${size.heightMm}">`;
  const paper = `<rect width="${size.widthMm}" height="${size.heightMm}" fill="#f7f5ee"/>`;
  return sharp(Buffer.from(`${header}${paper}${svg}</svg>`), { unlimited: true })
    .flatten({ background: 'white' })
    .png({ compressionLevel: 1 })
    .toBuffer();
}

/** What a scanner sees: the paper a little askew on a dark bed, uneven light, the sensor's noise. JPEG at 300 dpi. */
export async function scanPaper(paper: Buffer, placement: Placement): Promise<Buffer> {
  const [width, height] = [pixels(bed.widthMm), pixels(bed.heightMm)];
  const background = { r: 34, g: 34, b: 37 };
  const turned = await sharp(paper).rotate(placement.skewDegrees, { background }).toBuffer({ resolveWithObject: true });
  const left = Math.round(pixels(placement.shiftXMm) - (turned.info.width - width) / 2);
  const top = Math.round(pixels(placement.shiftYMm) - (turned.info.height - height) / 2);
  // Composition refuses an image that is larger than the bed: what hangs over it is cut first.
  const visible = {
    left: Math.max(0, -left),
    top: Math.max(0, -top),
    width: Math.min(turned.info.width, width - left) - Math.max(0, -left),
    height: Math.min(turned.info.height, height - top) - Math.max(0, -top),
  };
  const cut = await sharp(turned.data).extract(visible).toBuffer();
  const { data } = await sharp({ create: { width, height, channels: 3, background } })
    .composite([{ input: cut, left: Math.max(0, left), top: Math.max(0, top) }])
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  addLightAndNoise(data, width, height, createRandom(placement.seed));
  return sharp(data, { raw: { width, height, channels: 3 } })
    .withMetadata({ density: paperDpi })
    .jpeg({ quality: 92, chromaSubsampling: '4:4:4' })
    .toBuffer();
}

function addLightAndNoise(samples: Buffer, width: number, height: number, random: () => number): void {
  for (let y = 0; y < height; y += 1) {
    const alongPage = 1 - 0.012 * (y / height);
    for (let x = 0; x < width; x += 1) {
      // The lamp is weaker at its ends.
      const light = alongPage * (1 - 0.03 * (2 * (x / width) - 1) ** 2);
      const noise = (random() + random() - 1) * 7;
      const at = 3 * (y * width + x);
      for (let channel = 0; channel < 3; channel += 1) {
        samples[at + channel] = Math.max(0, Math.min(255, Math.round((samples[at + channel] ?? 0) * light + noise)));
      }
    }
  }
}
