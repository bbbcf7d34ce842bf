import { createHash } from 'node:crypto';
import sharp from 'sharp';
import { AppError } from '../contract/errors.ts';
import type { FilePages } from '../services/ports/imaging.ts';
import type { RawPage } from '../services/ports/scanner.ts';

/** Files from programs that never set a resolution say 72 or nothing. */
const impossibleDpi = 90;

/**
 * Decodes the first page of a PNG, JPEG or TIFF as a scanner would have given it. One-bit files give bitonal samples.
 * @param bytes the file
 * @param fallbackDpi taken where the file does not say a resolution that a scanner could have
 * @param only of a file of several pages, counted from 0, the right way up as the camera noted it
 * @throws AppError `image.unreadable`, `image.tooLarge`
 */
export async function rawPageFromImage(bytes: Uint8Array, fallbackDpi = 300, only?: number): Promise<RawPage> {
  try {
    const opened = sharp(bytes, { failOn: 'truncated', limitInputPixels: 100_000_000, page: only ?? 0 });
    const image = only === undefined ? opened : opened.autoOrient();
    const metadata = await image.metadata();
    const dpi =
      metadata.density === undefined || metadata.density < impossibleDpi || metadata.density > 1300
        ? fallbackDpi
        : metadata.density;
    const isGray = metadata.channels <= 2;
    const flat = image.flatten({ background: '#ffffff' }).toColourspace(isGray ? 'b-w' : 'srgb');
    const { data, info } = await flat.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    const isBitonal = isGray && metadata.bitsPerSample === 1;
    const samples = isBitonal ? toBits(data, info.width, info.height) : new Uint8Array(data);
    return {
      sequence: 1,
      widthPixels: info.width,
      heightPixels: info.height,
      dpi,
      colorMode: isBitonal ? 'bitonal' : isGray ? 'gray' : 'color',
      samples,
      sha256: createHash('sha256').update(samples).digest('hex'),
    };
  } catch (error) {
    const isTooLarge = error instanceof Error && error.message.includes('pixel limit');
    throw new AppError(isTooLarge ? 'image.tooLarge' : 'image.unreadable', {}, { cause: error });
  }
}

function toBits(gray: Uint8Array, width: number, height: number): Uint8Array {
  const stride = Math.ceil(width / 8);
  const bits = new Uint8Array(stride * height);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1)
      if (gray[y * width + x]! < 128) bits[y * stride + (x >> 3)] = bits[y * stride + (x >> 3)]! | (0x80 >> (x & 7));
  return bits;
}

/** Opens a PNG, JPEG or TIFF that somebody brought. AppError `image.unreadable` for what is none. */
export async function openImagePages(bytes: Uint8Array): Promise<FilePages> {
  const { pages } = await sharp(bytes)
    .metadata()
    .catch((error: unknown) => {
      throw new AppError('image.unreadable', {}, { cause: error });
    });
  return {
    count: pages ?? 1,
    async read(index) {
      const page = await rawPageFromImage(bytes, undefined, index);
      return { page, samplesDpi: page.dpi, operation: null };
    },
    close: () => Promise.resolve(),
  };
}
