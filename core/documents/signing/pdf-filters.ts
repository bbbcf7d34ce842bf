import { constants, inflateSync } from 'node:zlib';
import { unreadable } from './pdf-lexer.ts';
import { isArray, isDictionary, isName } from './pdf-objects.ts';
import type { PdfDictionary, PdfStream, PdfValue } from './pdf-objects.ts';

/** Cross-reference data, object streams and evidence are small; more than this is a decompression bomb. */
export const maximumDecodedBytes = 128 * 1024 * 1024;

/**
 * Decodes a structural stream (cross references, object stream, evidence): no filter or FlateDecode with or without a
 * PNG predictor. `resolve` follows references inside the dictionary. Throws AppError `document.unreadable`.
 */
export function decodeStream(
  stream: PdfStream,
  resolve: (value: PdfValue | undefined) => PdfValue,
  maximumBytes = maximumDecodedBytes,
): Buffer {
  const filters = toList(resolve(stream.dictionary.get('Filter'))).map(resolve);
  const parameters = toList(resolve(stream.dictionary.get('DecodeParms'))).map(resolve);
  let data = stream.raw;
  filters.forEach((filter, index) => {
    // The encryption is taken off where the object is read.
    if (isName(filter, 'Crypt')) return;
    if (!isName(filter, 'FlateDecode') && !isName(filter, 'Fl')) throw unreadable('unsupported filter');
    const settings = parameters[index];
    data = unpredict(inflate(data, maximumBytes), isDictionary(settings) ? settings : new Map());
  });
  return data;
}

function toList(value: PdfValue): readonly PdfValue[] {
  if (value === null) return [];
  return isArray(value) ? value : [value];
}

function inflate(data: Buffer, maximumBytes: number): Buffer {
  try {
    // Truncated final blocks and wrong checksums are common in real files and harmless here.
    return inflateSync(data, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: maximumBytes });
  } catch {
    throw unreadable('compressed stream');
  }
}

function unpredict(data: Buffer, parameters: PdfDictionary): Buffer {
  const setting = (key: string, otherwise: number): number => {
    const value = parameters.get(key);
    return typeof value === 'number' ? value : otherwise;
  };
  const predictor = setting('Predictor', 1);
  if (predictor === 1) return data;
  if (predictor < 10) throw unreadable('unsupported predictor');
  const pixelBytes = Math.max(1, (setting('Colors', 1) * setting('BitsPerComponent', 8)) >> 3);
  const rowBytes = Math.ceil((setting('Columns', 1) * setting('Colors', 1) * setting('BitsPerComponent', 8)) / 8);
  if (rowBytes < 1 || rowBytes > data.length) throw unreadable('predictor columns');
  const rows = Math.ceil(data.length / (rowBytes + 1));
  const output = Buffer.alloc(rows * rowBytes);
  for (let row = 0; row < rows; row += 1) {
    const source = row * (rowBytes + 1);
    const target = row * rowBytes;
    const type = data[source] ?? 0;
    for (let column = 0; column < rowBytes; column += 1) {
      const left = column >= pixelBytes ? (output[target + column - pixelBytes] ?? 0) : 0;
      const up = row > 0 ? (output[target + column - rowBytes] ?? 0) : 0;
      const upLeft = row > 0 && column >= pixelBytes ? (output[target + column - rowBytes - pixelBytes] ?? 0) : 0;
      output[target + column] = (data[source + 1 + column] ?? 0) + predict(type, left, up, upLeft);
    }
  }
  return output;
}

// PNG filter types (RFC 2083 §6).
function predict(type: number, left: number, up: number, upLeft: number): number {
  switch (type) {
    case 0:
      return 0;
    case 1:
      return left;
    case 2:
      return up;
    case 3:
      return (left + up) >> 1;
    case 4: {
      const estimate = left + up - upLeft;
      const [toLeft, toUp, toUpLeft] = [
        Math.abs(estimate - left),
        Math.abs(estimate - up),
        Math.abs(estimate - upLeft),
      ];
      if (toLeft <= toUp && toLeft <= toUpLeft) return left;
      return toUp <= toUpLeft ? up : upLeft;
    }
    default:
      throw unreadable('predictor type');
  }
}
