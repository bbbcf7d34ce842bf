import type { CopyImage } from '../services/ports/imaging.ts';

const typeShort = 3;
const typeLong = 4;
const typeRational = 5;

/** A single-strip TIFF 6.0 file around Group 4 data (compression 4, 0 = white), so that any program can open the copy. */
export function wrapGroup4(
  copy: Pick<CopyImage, 'widthPixels' | 'heightPixels' | 'dpi' | 'data'>,
): Uint8Array<ArrayBuffer> {
  const headerBytes = 8;
  const resolutionOffset = headerBytes + copy.data.length + (copy.data.length % 2);
  const directoryOffset = resolutionOffset + 8;
  const entries: readonly (readonly [tag: number, type: number, value: number])[] = [
    [256, typeLong, copy.widthPixels],
    [257, typeLong, copy.heightPixels],
    [258, typeShort, 1],
    [259, typeShort, 4],
    [262, typeShort, 0],
    [273, typeLong, headerBytes],
    [277, typeShort, 1],
    [278, typeLong, copy.heightPixels],
    [279, typeLong, copy.data.length],
    [282, typeRational, resolutionOffset],
    [283, typeRational, resolutionOffset],
    [296, typeShort, 2],
  ];
  const file = new Uint8Array(directoryOffset + 2 + entries.length * 12 + 4);
  const view = new DataView(file.buffer);
  view.setUint16(0, 0x4949, true);
  view.setUint16(2, 42, true);
  view.setUint32(4, directoryOffset, true);
  file.set(copy.data, headerBytes);
  view.setUint32(resolutionOffset, Math.round(copy.dpi * 100), true);
  view.setUint32(resolutionOffset + 4, 100, true);
  view.setUint16(directoryOffset, entries.length, true);
  entries.forEach(([tag, type, value], index) => {
    const offset = directoryOffset + 2 + index * 12;
    view.setUint16(offset, tag, true);
    view.setUint16(offset + 2, type, true);
    view.setUint32(offset + 4, 1, true);
    if (type === typeShort) view.setUint16(offset + 8, value, true);
    else view.setUint32(offset + 8, value, true);
  });
  return file;
}
