import { EsclStop } from './stop.ts';

/** What a page's own first bytes say, before anything is decoded. */
export type ImageHeader = Readonly<{
  format: 'image/jpeg' | 'image/png';
  width: number;
  height: number;
  /** `other`: four colours, transparency, a palette, 16 bits. */
  mode: 'bitonal' | 'gray' | 'color' | 'other';
  /** Dots per inch as the page states them; null where it does not. `isMetric`: written as whole dots per centimetre. */
  density: Readonly<{ x: number; y: number; isMetric: boolean }> | null;
}>;

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Throws TRUNCATED when the page ends inside its header, FAILED when it is neither JPEG nor PNG. */
export function readImageHeader(page: Buffer): ImageHeader {
  try {
    if (page.subarray(0, 8).equals(pngSignature)) return readPng(page);
    if (page.length >= 2 && page.readUInt16BE(0) === 0xffd8) return readJpeg(page);
  } catch (error) {
    if (error instanceof RangeError) throw new EsclStop('TRUNCATED', 'header');
    throw error;
  }
  throw new EsclStop('FAILED', 'neither JPEG nor PNG');
}

function readPng(page: Buffer): ImageHeader {
  const depth = page.readUInt8(24);
  const colorType = page.readUInt8(25);
  const mode =
    colorType === 0 && depth === 1
      ? 'bitonal'
      : colorType === 0 && depth === 8
        ? 'gray'
        : colorType === 2 && depth === 8
          ? 'color'
          : 'other';
  let density: ImageHeader['density'] = null;
  for (let at = 33; page.toString('latin1', at + 4, at + 8) !== 'IDAT'; at += 12 + page.readUInt32BE(at))
    if (page.toString('latin1', at + 4, at + 8) === 'pHYs' && page.readUInt8(at + 16) === 1)
      density = {
        x: Math.round(page.readUInt32BE(at + 8) * 0.0254),
        y: Math.round(page.readUInt32BE(at + 12) * 0.0254),
        isMetric: false,
      };
  return { format: 'image/png', width: page.readUInt32BE(16), height: page.readUInt32BE(20), mode, density };
}

const jpegModes: Readonly<Record<number, ImageHeader['mode']>> = { 1: 'gray', 3: 'color' };

function readJpeg(page: Buffer): ImageHeader {
  let density: ImageHeader['density'] = null;
  for (let at = 2; ; at += 2 + page.readUInt16BE(at + 2)) {
    while (page.readUInt8(at) === 0xff && page.readUInt8(at + 1) === 0xff) at += 1;
    if (page.readUInt8(at) !== 0xff) throw new EsclStop('FAILED', 'not a JPEG');
    const marker = page.readUInt8(at + 1);
    if (marker === 0xe0 && page.toString('latin1', at + 4, at + 8) === 'JFIF') density = readJfif(page, at);
    // Start of frame: every coding process but DHT, JPG and DAC, which share the range.
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return {
        format: 'image/jpeg',
        height: page.readUInt16BE(at + 5),
        width: page.readUInt16BE(at + 7),
        mode: page.readUInt8(at + 4) === 8 ? (jpegModes[page.readUInt8(at + 9)] ?? 'other') : 'other',
        density,
      };
    if (marker === 0xda || marker === 0xd9) throw new EsclStop('FAILED', 'JPEG without a frame');
  }
}

function readJfif(page: Buffer, at: number): ImageHeader['density'] {
  const unit = page.readUInt8(at + 11);
  const [x, y] = [page.readUInt16BE(at + 12), page.readUInt16BE(at + 14)];
  if (unit === 1) return { x, y, isMetric: false };
  return unit === 2 ? { x: x * 2.54, y: y * 2.54, isMetric: true } : null;
}
