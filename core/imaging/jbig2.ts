import type { CopyImage } from '../services/ports/imaging.ts';
import type { Kernels } from './kernels/kernels.ts';

/** Segment types of ITU-T T.88 7.3. */
const pageInformation = 48;
const losslessGenericRegion = 39;
const headerBytes = 11;
const pageBytes = 19;
/** Region information, flags and the four adaptive pixels, before the coded data. */
const regionBytes = 26;
const codedDataAt = headerBytes + pageBytes + headerBytes + regionBytes;
/** Template 0 with typical prediction. */
const regionFlags = 0x08;
const nominalAdaptivePixels = [3, -1, -3, -1, 2, -2, -2, -2];
const inchesPerMetre = 1 / 0.0254;

/**
 * One bit a pixel, without loss, as the JBIG2 that PDF embeds (ISO 32000-1 7.4.7): a page and one generic region of its
 * size. Two thirds of what Group 4 takes.
 * @param gray address of width × height samples in the kernels' memory; below 128 is black
 */
export function encodeJbig2(
  kernels: Kernels,
  gray: number,
  width: number,
  height: number,
  dpi: number,
): Uint8Array<ArrayBuffer> {
  const mark = kernels.mark();
  const bits = kernels.allocate(((width + 7) >> 3) * height);
  const target = kernels.allocate(width * height + 64);
  kernels.functions.bits_from_gray(gray, bits, width, height);
  const length = kernels.functions.jbig2_encode(bits, width, height, target);
  const stream = new Uint8Array(codedDataAt + length);
  const view = new DataView(stream.buffer);
  const segment = (at: number, number: number, type: number, bytes: number): void => {
    view.setUint32(at, number);
    view.setUint8(at + 4, type);
    view.setUint8(at + 6, 1);
    view.setUint32(at + 7, bytes);
  };
  const resolution = Math.round(dpi * inchesPerMetre);
  segment(0, 0, pageInformation, pageBytes);
  [width, height, resolution, resolution].forEach((value, index) => view.setUint32(headerBytes + 4 * index, value));
  // The page is without loss in the end.
  view.setUint8(headerBytes + 16, 1);
  const region = headerBytes + pageBytes;
  segment(region, 1, losslessGenericRegion, regionBytes + length);
  view.setUint32(region + headerBytes, width);
  view.setUint32(region + headerBytes + 4, height);
  view.setUint8(region + headerBytes + 17, regionFlags);
  nominalAdaptivePixels.forEach((value, index) => view.setInt8(region + headerBytes + 18 + index, value));
  stream.set(kernels.bytes(target, length), codedDataAt);
  kernels.release(mark);
  return stream;
}

/** The samples of a copy that `encodeJbig2` made, one byte a pixel, 0 or 255. */
export function decodeJbig2(kernels: Kernels, copy: CodedCopy): Uint8Array<ArrayBuffer> {
  const mark = kernels.mark();
  const samples = kernels.bytes(decode(kernels, copy), copy.widthPixels * copy.heightPixels).slice();
  kernels.release(mark);
  return samples;
}

/** The same `scale` times smaller, in gray; what is left over at the right and at the bottom is left out. */
export function decodeReducedJbig2(kernels: Kernels, copy: CodedCopy, scale: number): Uint8Array {
  const { widthPixels, heightPixels } = copy;
  const pixels = Math.floor(widthPixels / scale) * Math.floor(heightPixels / scale);
  const target = kernels.allocate(pixels);
  const mark = kernels.mark();
  kernels.functions.shrink(decode(kernels, copy), widthPixels, heightPixels, 1, scale, target);
  kernels.release(mark);
  return kernels.bytes(target, pixels);
}

type CodedCopy = Pick<CopyImage, 'widthPixels' | 'heightPixels' | 'data'>;

/** @returns address of the samples, for the caller to release */
function decode(kernels: Kernels, { widthPixels, heightPixels, data }: CodedCopy): number {
  const coded = data.subarray(codedDataAt);
  const gray = kernels.allocate(widthPixels * heightPixels);
  const mark = kernels.mark();
  const source = kernels.load(coded);
  const bits = kernels.allocate(((widthPixels + 7) >> 3) * heightPixels);
  kernels.functions.jbig2_decode(source, coded.length, widthPixels, heightPixels, bits);
  kernels.functions.gray_from_bits(bits, gray, widthPixels, heightPixels);
  kernels.release(mark);
  return gray;
}
