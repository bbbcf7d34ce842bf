import { inflateRawSync } from 'node:zlib';

/** Files of a ZIP archive by their names. */
export type ZipArchive = ReadonlyMap<string, Buffer>;

const endMarker = Buffer.from('504b0506', 'hex');
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;
const maximumEntries = 5000;
const maximumBytes = 256 * 1024 * 1024;

/**
 * Reads a ZIP archive by its central directory, as all programs do that open one. Null for what is damaged, encrypted, too
 * large, or names a file twice: which of them a reader shows would be anybody's guess.
 */
export function readZip(bytes: Buffer): ZipArchive | null {
  try {
    return read(bytes);
  } catch {
    return null;
  }
}

function read(bytes: Buffer): ZipArchive | null {
  const end = bytes.lastIndexOf(endMarker);
  if (end < 0) return null;
  const count = bytes.readUInt16LE(end + 10);
  const files = new Map<string, Buffer>();
  let place = bytes.readUInt32LE(end + 16);
  let left = maximumBytes;
  if (count > maximumEntries) return null;
  for (let index = 0; index < count; index += 1) {
    if (bytes.readUInt32LE(place) !== entrySignature) return null;
    const isEncrypted = (bytes.readUInt16LE(place + 8) & 1) !== 0;
    const nameLength = bytes.readUInt16LE(place + 28);
    const name = bytes.toString('utf8', place + 46, place + 46 + nameLength);
    if (isEncrypted || files.has(name)) return null;
    if (!name.endsWith('/')) {
      const data = readEntry(bytes, place, left);
      if (data === null) return null;
      left -= data.length;
      files.set(name, data);
    }
    place += 46 + nameLength + bytes.readUInt16LE(place + 30) + bytes.readUInt16LE(place + 32);
  }
  return files;
}

function readEntry(bytes: Buffer, place: number, left: number): Buffer | null {
  const method = bytes.readUInt16LE(place + 10);
  const { packedLength, local } = readPlace(bytes, place);
  if (bytes.readUInt32LE(local) !== localSignature) return null;
  const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
  const packed = bytes.subarray(start, start + packedLength);
  if (packed.length !== packedLength || left <= 0) return null;
  if (method === 0) return packed.length > left ? null : packed;
  return method === 8 ? inflateRawSync(packed, { maxOutputLength: left }) : null;
}

/** Length and place of an entry; Java writes the 64-bit form (APPNOTE 4.5.3) for small files too. */
function readPlace(bytes: Buffer, place: number): Readonly<{ packedLength: number; local: number }> {
  const fields = {
    length: bytes.readUInt32LE(place + 24),
    packedLength: bytes.readUInt32LE(place + 20),
    local: bytes.readUInt32LE(place + 42),
  };
  const start = place + 46 + bytes.readUInt16LE(place + 28);
  const extra = bytes.subarray(start, start + bytes.readUInt16LE(place + 30));
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let value = at + 4;
    // Only what did not fit is there, in this order.
    for (const name of ['length', 'packedLength', 'local'] as const) {
      if (fields[name] !== 0xffffffff) continue;
      fields[name] = Number(extra.readBigUInt64LE(value));
      value += 8;
    }
  }
  return fields;
}
