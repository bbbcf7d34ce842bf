import sharp from 'sharp';

export type PnmPage = Readonly<{ colorMode: 'bitonal' | 'gray' | 'color'; pnm: Buffer }>;

const millimetresPerInch = 25.4;
// A density below is what programs write when they know none (72, 96); above, no counter scans.
const credibleDensity = { least: 100, most: 1200 };
// From a shop's receipt to A3, by their longer side.
const credibleSide = { leastMm: 70, mostMm: 440 };
const pageLengthMm = 297;

/** Factor from an image's pixels to paper at `dpi`. Without a credible density the longer side decides, A4 at worst. */
function scaleFor(
  image: Readonly<{ width: number; height: number; density?: number | undefined }>,
  dpi: number,
): number {
  const { density } = image;
  if (density !== undefined && density >= credibleDensity.least && density <= credibleDensity.most)
    return dpi / density;
  const longest = Math.max(image.width, image.height);
  const millimetres = (longest / dpi) * millimetresPerInch;
  if (millimetres >= credibleSide.leastMm && millimetres <= credibleSide.mostMm) return 1;
  return ((pageLengthMm / millimetresPerInch) * dpi) / longest;
}

/** Eight pixels a byte, 1 = black, rows padded to a byte: PBM's own layout. */
function packBitonal(gray: Uint8Array, width: number, height: number): Buffer {
  const rowBytes = Math.ceil(width / 8);
  const packed = Buffer.alloc(rowBytes * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if ((gray[y * width + x] ?? 255) >= 128) continue;
      const at = y * rowBytes + (x >> 3);
      packed[at] = (packed[at] ?? 0) | (0x80 >> (x & 7));
    }
  }
  return packed;
}

function encodePnm(samples: Buffer, width: number, height: number, colorMode: PnmPage['colorMode']): Buffer {
  const size = `${width} ${height}\n`;
  switch (colorMode) {
    case 'bitonal':
      return Buffer.concat([Buffer.from(`P4\n${size}`), packBitonal(samples, width, height)]);
    case 'gray':
      return Buffer.concat([Buffer.from(`P5\n${size}255\n`), samples]);
    case 'color':
      return Buffer.concat([Buffer.from(`P6\n${size}255\n`), samples]);
  }
}

/** Sides of paper in an image file, upright as its EXIF says, as PNM at `dpi`. */
export async function* readPages(
  file: string,
  options: Readonly<{ dpi: number; colorMode: PnmPage['colorMode'] }>,
): AsyncGenerator<PnmPage> {
  const { pages = 1 } = await sharp(file).metadata();
  for (let page = 0; page < pages; page += 1) {
    const metadata = await sharp(file, { page }).metadata();
    const scale = scaleFor(metadata, options.dpi);
    const upright = sharp(file, { page }).autoOrient().flatten({ background: 'white' });
    const { width, height } = metadata.autoOrient;
    if (scale !== 1)
      upright.resize({ width: Math.round(width * scale), height: Math.round(height * scale), fit: 'fill' });
    const colored = options.colorMode === 'color' ? upright.toColourspace('srgb') : upright.grayscale();
    const { data, info } = await colored.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    yield { colorMode: options.colorMode, pnm: encodePnm(data, info.width, info.height, options.colorMode) };
  }
}
