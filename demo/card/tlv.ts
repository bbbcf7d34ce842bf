/** One BER-TLV object: `tag` in hexadecimal, as the card specifications write it (`7C`, `5FC105`). */
export function tlv(tag: string, ...values: readonly Uint8Array[]): Buffer {
  const value = Buffer.concat(values);
  return Buffer.concat([Buffer.from(tag, 'hex'), lengthOf(value.length), value]);
}

/** The value of the first object with that tag at the outermost level, or null when absent or cut off. */
export function findTlv(data: Uint8Array, tag: string): Buffer | null {
  const bytes = Buffer.from(data);
  let offset = 0;
  while (offset < bytes.length) {
    const start = offset;
    offset += 1;
    if ((bytes.readUInt8(start) & 0x1f) === 0x1f) {
      while (offset < bytes.length && (bytes.readUInt8(offset) & 0x80) !== 0) offset += 1;
      offset += 1;
    }
    const found = bytes.subarray(start, offset).toString('hex').toUpperCase();
    if (offset >= bytes.length) return null;
    let length = bytes.readUInt8(offset);
    offset += 1;
    if (length > 0x80) {
      const width = length & 0x7f;
      if (width > 3 || offset + width > bytes.length) return null;
      length = bytes.readUIntBE(offset, width);
      offset += width;
    }
    if (offset + length > bytes.length) return null;
    if (found === tag) return bytes.subarray(offset, offset + length);
    offset += length;
  }
  return null;
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  if (length < 0x100) return Buffer.from([0x81, length]);
  return Buffer.from([0x82, length >> 8, length & 0xff]);
}
