import sharp from 'sharp';
import type { CaptureProfile } from '../../../core/devices/scanner/messages.ts';
import type { ImageHeader } from './image-header.ts';
import { EsclStop } from './stop.ts';

// One page at a time and nothing kept: the helper's memory is that of a page, however many follow.
sharp.cache(false);
sharp.concurrency(1);

/**
 * Rows as the wire wants them: packed, top to bottom; bitonal with 1 = black. A colour profile in the page is applied, so
 * that samples are sRGB. Throws TRUNCATED when the decoder misses anything.
 */
export async function decodePage(page: Buffer, header: ImageHeader, mode: CaptureProfile['colorMode']) {
  const image = sharp(page, { failOn: 'warning', limitInputPixels: header.width * header.height });
  const samples = await image
    .toColourspace(mode === 'color' ? 'srgb' : 'b-w')
    .raw()
    .toBuffer()
    .catch(() => {
      throw new EsclStop('TRUNCATED', 'image');
    });
  if (samples.length !== header.width * header.height * (mode === 'color' ? 3 : 1))
    throw new EsclStop('NOT_HONOURED', 'mode');
  return mode === 'bitonal' ? packBits(samples, header) : samples;
}

function packBits(samples: Buffer, { width, height }: ImageHeader): Buffer {
  const rowBytes = Math.ceil(width / 8);
  const bits = Buffer.alloc(rowBytes * height);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1)
      if ((samples[y * width + x] ?? 255) < 128) {
        const at = y * rowBytes + (x >> 3);
        bits[at] = (bits[at] ?? 0) | (0x80 >> (x & 7));
      }
  return bits;
}

/** Whether a page is of one tone from edge to edge, as a blank side in black and white is. */
export function isUniform(samples: Buffer): boolean {
  const first = samples[0];
  return samples.every((sample) => sample === first);
}
