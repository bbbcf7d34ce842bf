import sharp from 'sharp';
import type { CopyImage } from '../services/ports/imaging.ts';
import type { RawPage } from '../services/ports/scanner.ts';
import { encodeLosslessCopy } from './codecs.ts';
import type { ComparisonRequest } from './copy-comparison.ts';
import { mmPerInch } from './gray-image.ts';
import type { Kernels } from './kernels/kernels.ts';
import type { OptimizedPageWithLegibility } from './optimize-page.ts';

/** What the comparison of a page is made from, from outside: the raw page and the corners that its copy was cut at. */
export async function comparisonOf(
  raw: RawPage,
  page: OptimizedPageWithLegibility,
  copy: CopyImage = page.copy,
): Promise<ComparisonRequest> {
  const scale = Math.max(1, Math.round(raw.dpi / 150));
  const width = Math.floor(raw.widthPixels / scale);
  const height = Math.floor(raw.heightPixels / scale);
  const channels = raw.colorMode === 'color' ? 3 : 1;
  const { data } = await sharp(raw.samples, { raw: { width: raw.widthPixels, height: raw.heightPixels, channels } })
    .toColourspace('b-w')
    .resize(width, height, { fit: 'fill', kernel: 'linear' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const corners = page.captureCorners;
  const [topLeft, topRight] = corners;
  if (topLeft === undefined || topRight === undefined) throw new Error('a page has four corners');
  const mean = (axis: 'x' | 'y'): number => corners.reduce((sum, corner) => sum + corner[axis] / 4, 0);
  return {
    capture: { data: new Uint8Array(data), width, height, pixelsPerMm: raw.dpi / mmPerInch / scale },
    scale,
    placement: {
      angleDegrees: (Math.atan2(topRight.y - topLeft.y, topRight.x - topLeft.x) * 180) / Math.PI,
      centre: { x: mean('x'), y: mean('y') },
      widthPixels: copy.widthPixels,
      heightPixels: copy.heightPixels,
    },
    paper: corners,
    copy,
  };
}

/** The copy as somebody or something might have spoilt it: pieces laid over it, in millimetres. */
export async function alteredCopy(kernels: Kernels, copy: CopyImage, svgInTenths: string): Promise<CopyImage> {
  const { widthPixels: width, heightPixels: height, dpi } = copy;
  const tenths = (pixels: number): number => (pixels / dpi) * 254;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${String(width)}" height="${String(height)}"
    viewBox="0 0 ${String(tenths(width))} ${String(tenths(height))}" preserveAspectRatio="none">${svgInTenths}</svg>`;
  const data = await sharp(await encodeLosslessCopy(kernels, copy))
    .toColourspace('srgb')
    .composite([{ input: Buffer.from(svg) }])
    .jpeg({ quality: 90 })
    .toBuffer();
  return { ...copy, format: 'jpeg', colorMode: 'color', data: new Uint8Array(data) };
}
