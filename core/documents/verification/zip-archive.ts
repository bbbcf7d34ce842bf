import { crc32, inflateRawSync } from 'node:zlib';

/** Files of a ZIP archive by their names. */
export type ZipArchive = ReadonlyMap<string, Buffer>;

const endMarker = Buffer.from('504b0506', 'hex');
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;
const localMarker = Buffer.from('504b0304', 'hex');
const maximumEntries = 5000;
const maximumBytes = 256 * 1024 * 1024;

/**
 * Reads a ZIP archive by its central directory, as most programs do that open one. Null for what is damaged, encrypted, too
 * large, or would be another archive for a program that reads it otherwise: names given twice or otherwise at the file
 * itself, files that the directory does not name, two directories.
 */
export function readZip(bytes: Buffer): ZipArchive | null {
  try {
    return read(bytes);
  } catch {
    return null;
  }
}

type Entry = Readonly<{ name: string; data: Buffer; start: number; end: number }>;

function read(bytes: Buffer): ZipArchive | null {
  const end = bytes.lastIndexOf(endMarker);
  if (end < 0 || end + 22 + bytes.readUInt16LE(end + 20) !== bytes.length) return null;
  const count = bytes.readUInt16LE(end + 10);
  if (count > maximumEntries) return null;
  const entries: Entry[] = [];
  const directory = bytes.readUInt32LE(end + 16);
  let place = directory;
  let left = maximumBytes;
  for (let index = 0; index < count; index += 1) {
    if (bytes.readUInt32LE(place) !== entrySignature) return null;
    const entry = readEntry(bytes, place, left);
    if (entry === null) return null;
    left -= entry.data.length;
    entries.push(entry);
    place += 46 + bytes.readUInt16LE(place + 28) + bytes.readUInt16LE(place + 30) + bytes.readUInt16LE(place + 32);
  }
  const names = new Set(entries.map(({ name }) => name));
  if (names.size !== entries.length || hasHidden(bytes, entries, directory)) return null;
  return new Map(entries.filter(({ name }) => !name.endsWith('/')).map(({ name, data }) => [name, data]));
}

/** Whether files share octets, or one lies between them that the directory does not name. */
function hasHidden(bytes: Buffer, entries: readonly Entry[], directory: number): boolean {
  let place = 0;
  for (const { start, end } of entries.toSorted((one, other) => one.start - other.start)) {
    if (start < place || bytes.subarray(place, start).includes(localMarker)) return true;
    place = end;
  }
  return directory < place || bytes.subarray(place, directory).includes(localMarker);
}

function readEntry(bytes: Buffer, place: number, left: number): Entry | null {
  const method = bytes.readUInt16LE(place + 10);
  const { packedLength, local } = readPlace(bytes, place);
  if (bytes.readUInt32LE(local) !== localSignature) return null;
  const isEncrypted = ((bytes.readUInt16LE(place + 8) | bytes.readUInt16LE(local + 6)) & 1) !== 0;
  const name = bytes.subarray(place + 46, place + 46 + bytes.readUInt16LE(place + 28));
  const localName = bytes.subarray(local + 30, local + 30 + bytes.readUInt16LE(local + 26));
  if (isEncrypted || !name.equals(localName) || method !== bytes.readUInt16LE(local + 8)) return null;
  if (!isSaidAlike(bytes, place, local)) return null;
  const start = local + 30 + localName.length + bytes.readUInt16LE(local + 28);
  const end = start + packedLength;
  const packed = bytes.subarray(start, end);
  if (packed.length !== packedLength || left <= 0) return null;
  const data = method === 0 ? packed : method === 8 ? inflateRawSync(packed, { maxOutputLength: left }) : null;
  if (data === null || data.length > left || crc32(data) !== bytes.readUInt32LE(place + 16)) return null;
  return { name: name.toString('utf8'), data, start: local, end };
}

/** Whether sum and lengths are the same at the file itself, where they are not left to what follows it (APPNOTE 4.4.4). */
function isSaidAlike(bytes: Buffer, place: number, local: number): boolean {
  const isLeft = (bytes.readUInt16LE(local + 6) & 8) !== 0;
  return [0, 4, 8].every((field) => {
    const said = bytes.readUInt32LE(local + 14 + field);
    return said === bytes.readUInt32LE(place + 16 + field) || (isLeft && said === 0) || said === 0xffffffff;
  });
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
