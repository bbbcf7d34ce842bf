/** Real Group 4 and JPEG pages for the tests, made by libvips. */
import sharp from 'sharp';
import type { CopyPageImage } from '../copy.ts';

const widthPixels = 640;
const heightPixels = 960;

const drawing = Buffer.from(
  `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPixels}" height="${heightPixels}">
    <rect width="100%" height="100%" fill="white"/>
    <text x="60" y="140" font-size="44" font-family="DejaVu Sans">Padrón de Villar</text>
    <rect x="100" y="300" width="300" height="150" fill="#b02020"/>
  </svg>`,
);

export async function sampleJpegPage(colorMode: 'gray' | 'color', dpi = 100): Promise<CopyPageImage> {
  const pipeline =
    colorMode === 'gray' ? sharp(drawing).flatten().grayscale().toColourspace('b-w') : sharp(drawing).flatten();
  return { format: 'jpeg', colorMode, widthPixels, heightPixels, dpi, data: await pipeline.jpeg().toBuffer() };
}

/** One TIFF tile as large as the page holds the Group 4 data in one piece. */
export async function sampleGroup4Page(dpi = 100): Promise<CopyPageImage> {
  const tiff = await sharp(drawing)
    .flatten()
    .grayscale()
    .threshold(128)
    .toColourspace('b-w')
    .tiff({
      compression: 'ccittfax4',
      bitdepth: 1,
      miniswhite: true,
      tile: true,
      tileWidth: widthPixels,
      tileHeight: heightPixels,
    })
    .toBuffer();
  const offset = tiffTag(tiff, 324);
  const data = tiff.subarray(offset, offset + tiffTag(tiff, 325));
  return { format: 'g4', colorMode: 'bitonal', widthPixels, heightPixels, dpi, data };
}

function tiffTag(tiff: Buffer, wanted: number): number {
  const directory = tiff.readUInt32LE(4);
  for (let index = 0; index < tiff.readUInt16LE(directory); index += 1) {
    const entry = directory + 2 + 12 * index;
    if (tiff.readUInt16LE(entry) === wanted) return tiff.readUInt32LE(entry + 8);
  }
  throw new Error(`no tag ${wanted}`);
}
