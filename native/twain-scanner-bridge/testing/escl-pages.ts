import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';

export type DrawnPage = Readonly<{
  width: number;
  height: number;
  colorMode: 'BlackAndWhite1' | 'Grayscale8' | 'RGB24';
  dpi: number;
  format: string;
}>;

/** Pixels of page `number`: each page its own, none of them even, every pixel known to the tests. 8 bits a sample. */
export function drawSamples(number: number, { width, height, colorMode }: Omit<DrawnPage, 'dpi' | 'format'>): Buffer {
  const channels = colorMode === 'RGB24' ? 3 : 1;
  const samples = Buffer.alloc(width * height * channels);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1)
      for (let channel = 0; channel < channels; channel += 1) {
        const tone = 40 + ((x >> 4) * 7 + (y >> 4) * 11 + number * 29 + channel * 53) * 3;
        const isWhite = (tone & 64) > 0;
        samples[(y * width + x) * channels + channel] =
          colorMode !== 'BlackAndWhite1' ? 40 + (tone % 180) : isWhite ? 255 : 0;
      }
  return samples;
}

/** A page as a device sends it. `isBlank`: white from edge to edge. */
export async function encodePage(number: number, page: DrawnPage, isBlank = false): Promise<Buffer> {
  const { width, height, colorMode, dpi, format } = page;
  const channels = colorMode === 'RGB24' ? 3 : 1;
  const samples = isBlank ? Buffer.alloc(width * height * channels, 255) : drawSamples(number, page);
  const image = sharp(samples, { raw: { width, height, channels } });
  if (format === 'image/png') {
    const gray = channels === 1 ? image.toColourspace('b-w') : image;
    const png = await gray.png({ compressionLevel: 1 }).toBuffer();
    return insertDensity(colorMode === 'BlackAndWhite1' ? toOneBit(samples, width, height) : png, dpi);
  }
  const jpeg = await (channels === 1 ? image.toColourspace('b-w') : image).jpeg({ quality: 90 }).toBuffer();
  return stateJfifDensity(jpeg, dpi);
}

/** PNG of one bit and no palette, which scanners write and sharp does not. */
function toOneBit(samples: Buffer, width: number, height: number): Buffer {
  const rowBytes = 1 + Math.ceil(width / 8);
  const rows = Buffer.alloc(rowBytes * height);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1) {
      const at = y * rowBytes + 1 + (x >> 3);
      if ((samples[y * width + x] ?? 0) >= 128) rows[at] = (rows[at] ?? 0) | (0x80 >> (x & 7));
    }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.writeUInt8(1, 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), body.length + 4);
  return frame;
}

/** `pHYs` behind the header. */
function insertDensity(png: Buffer, dpi: number): Buffer {
  const data = Buffer.alloc(9);
  data.writeUInt32BE(Math.round(dpi / 0.0254), 0);
  data.writeUInt32BE(Math.round(dpi / 0.0254), 4);
  data.writeUInt8(1, 8);
  // sharp states 72 dots of its own accord, in a chunk of 21 bytes.
  const rest = png.subarray(33);
  const hasOwn = rest.toString('latin1', 4, 8) === 'pHYs';
  return Buffer.concat([png.subarray(0, 33), chunk('pHYs', data), hasOwn ? rest.subarray(21) : rest]);
}

/** A JFIF block behind the start, which sharp leaves out. */
function stateJfifDensity(jpeg: Buffer, dpi: number): Buffer {
  const block = Buffer.from([0xff, 0xe0, 0, 16, ...Buffer.from('JFIF\0'), 1, 2, 1, 0, 0, 0, 0, 0, 0]);
  block.writeUInt16BE(dpi, 12);
  block.writeUInt16BE(dpi, 14);
  return Buffer.concat([jpeg.subarray(0, 2), block, jpeg.subarray(2)]);
}
