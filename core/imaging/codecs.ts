import type { Sharp } from 'sharp';
import sharp from 'sharp';
import type { CopyImage, ImageOperation } from '../services/ports/imaging.ts';
import { decodeJbig2, decodeReducedJbig2 } from './jbig2.ts';
import type { Kernels } from './kernels/kernels.ts';

// Workers live as long as the desk: libvips' cache would only grow.
sharp.cache(false);

export type Samples = Readonly<{ data: Uint8Array; width: number; height: number; channels: 1 | 3 }>;

function open(samples: Samples): Sharp {
  const { data, width, height, channels } = samples;
  const image = sharp(data, { raw: { width, height, channels }, limitInputPixels: false });
  return channels === 1 ? image.toColourspace('b-w') : image;
}

/** Copies out of libvips' buffer, so that the result can be transferred between threads. */
function own(buffer: Buffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer);
}

/**
 * mozjpeg's quantisation tables that were tuned for structural similarity: letters come out as exact as with those of the
 * standard's annex K, colours more so, in a sixth less bytes.
 */
const similarityTables = 2;

/** Below, chroma is halved and the tables are for similarity. */
const finestQuality = 90;

/** What is recorded of a copy's JPEG. */
export function jpegParameters(quality: number): ImageOperation['parameters'] {
  return { format: 'jpeg', quality, tables: quality >= finestQuality ? 'standard' : 'similarity' };
}

/** The copy's JPEG: baseline, optimised Huffman tables. */
export async function encodeJpeg(samples: Samples, quality: number, dpi: number): Promise<Uint8Array<ArrayBuffer>> {
  const options =
    quality >= finestQuality
      ? ({ chromaSubsampling: '4:4:4' } as const)
      : ({ chromaSubsampling: '4:2:0', quantisationTable: similarityTables } as const);
  return withDensity(
    await open(samples)
      .jpeg({ quality, ...options })
      .toBuffer(),
    dpi,
  );
}

/** JPEG for the screen: a third of the time for a sixth more bytes. */
export async function encodePreview(samples: Samples, dpi: number): Promise<Uint8Array<ArrayBuffer>> {
  return withDensity(await open(samples).jpeg({ quality: 75, optimiseCoding: false }).toBuffer(), dpi);
}

/**
 * Puts the JFIF segment with the resolution into a JPEG that libvips wrote without metadata. To have libvips write it costs
 * a conversion of all pixels from one colour profile to the same.
 */
function withDensity(jpeg: Uint8Array, dpi: number): Uint8Array<ArrayBuffer> {
  const startOfImage = 2;
  const jfif = Buffer.from('ffe000104a46494600010101000000000000', 'hex');
  jfif.writeUInt16BE(Math.round(dpi), 12);
  jfif.writeUInt16BE(Math.round(dpi), 14);
  const file = new Uint8Array(jpeg.length + jfif.length);
  file.set(jpeg.subarray(0, startOfImage));
  file.set(jfif, startOfImage);
  file.set(jpeg.subarray(startOfImage), startOfImage + jfif.length);
  return file;
}

/** JPEG of at most 1400 pixels on its longer side: what a screen shows of a glass. */
export async function encodeGlass(samples: Samples): Promise<Uint8Array<ArrayBuffer>> {
  const image = open(samples).resize(1400, 1400, { fit: 'inside', withoutEnlargement: true });
  return own(await image.jpeg({ quality: 75 }).toBuffer());
}

/** JPEG of at most 320 pixels on its longer side. */
export async function encodeThumbnail(samples: Samples): Promise<Uint8Array<ArrayBuffer>> {
  const image = open(samples).resize(320, 320, { fit: 'inside', withoutEnlargement: true, kernel: 'linear' });
  return own(await image.jpeg({ quality: 70 }).toBuffer());
}

/** The copy as a PNG file; a bitonal copy as one bit a pixel. */
export async function encodeLosslessCopy(kernels: Kernels, copy: CopyImage): Promise<Uint8Array<ArrayBuffer>> {
  const isBitonal = copy.format === 'jbig2';
  const image = openCopy(kernels, copy);
  const options = isBitonal ? { palette: true, colours: 2, dither: 0 } : { compressionLevel: 6 };
  return own(await image.withMetadata({ density: copy.dpi }).png(options).toBuffer());
}

/** The copy read back from its bytes, gray, `scale` times smaller. */
export async function decodeGray(kernels: Kernels, copy: CopyImage, scale: number): Promise<Uint8Array> {
  if (copy.format === 'jbig2') return decodeReducedJbig2(kernels, copy, scale);
  const width = Math.floor(copy.widthPixels / scale);
  const height = Math.floor(copy.heightPixels / scale);
  const small = openCopy(kernels, copy).resize(width, height, { fit: 'fill', kernel: 'linear' });
  if (copy.colorMode !== 'color') return own(await small.toColourspace('b-w').raw().toBuffer());
  // The kernels' gray is the capture's, at a tenth of what libvips takes to go through linear light.
  const rgb = await small.toColourspace('srgb').raw().toBuffer();
  const target = kernels.allocate(width * height);
  const mark = kernels.mark();
  kernels.functions.gray_from_rgb(kernels.load(rgb), target, width * height);
  kernels.release(mark);
  return kernels.bytes(target, width * height);
}

function openCopy(kernels: Kernels, copy: CopyImage): Sharp {
  if (copy.format === 'jpeg') return sharp(copy.data, { limitInputPixels: false });
  const { widthPixels: width, heightPixels: height } = copy;
  return open({ data: decodeJbig2(kernels, copy), width, height, channels: 1 });
}
