import { AppError } from '../../contract/errors.ts';

/** One ASN.1 element. `raw` is the whole element, `content` what follows its length. */
export type DerNode = Readonly<{
  tag: number;
  raw: Buffer;
  content: Buffer;
  /** Length given as indefinite (BER): the content is only delimited by its end marker. */
  indefinite: boolean;
}>;

export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

const maximumDepth = 64;

// --- Writing: DER, X.690 §8–11 ---

export function encodeElement(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), encodeLength(content.length), content]);
}

export function encodeSequence(...parts: readonly Uint8Array[]): Buffer {
  return encodeElement(derTag.sequence, ...parts);
}

/** DER SET OF: elements in ascending order of their encodings. GnuTLS and BouncyCastle refuse any other order. */
export function encodeSetOf(elements: readonly Uint8Array[], tag: number = derTag.set): Buffer {
  return encodeElement(tag, ...elements.toSorted(Buffer.compare));
}

export function encodeOctetString(bytes: Uint8Array): Buffer {
  return encodeElement(derTag.octetString, bytes);
}

export function encodeNull(): Buffer {
  return Buffer.from([derTag.null, 0]);
}

export function encodeBoolean(value: boolean): Buffer {
  return Buffer.from([derTag.boolean, 1, value ? 0xff : 0]);
}

/** Non-negative INTEGER from a number or from big-endian bytes. */
export function encodeInteger(value: number | Uint8Array): Buffer {
  let bytes: Buffer;
  if (typeof value === 'number') {
    const hex = value.toString(16);
    bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  } else {
    bytes = Buffer.from(value);
  }
  let first = 0;
  while (first < bytes.length - 1 && bytes[first] === 0) first += 1;
  bytes = bytes.subarray(first);
  const isHighBitSet = ((bytes[0] ?? 0) & 0x80) !== 0;
  return encodeElement(derTag.integer, isHighBitSet ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

export function encodeObjectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const octets: number[] = [];
  for (const arc of [first * 40 + second, ...rest]) {
    const base128 = [arc & 0x7f];
    for (let high = Math.floor(arc / 128); high > 0; high = Math.floor(high / 128))
      base128.unshift((high % 128) | 0x80);
    octets.push(...base128);
  }
  return encodeElement(derTag.objectIdentifier, Buffer.from(octets));
}

function encodeLength(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return Buffer.from([0x80 | octets.length, ...octets]);
}

// --- Reading: DER, and the BER lengths that real signing programs write ---

/** Reads the element at `offset`. Throws AppError `document.unreadable` when the bytes are not ASN.1. */
export function readDer(bytes: Uint8Array, offset = 0): DerNode {
  const buffer = asBuffer(bytes);
  return readAt(buffer, offset, buffer.length, 0);
}

export function derChildren(node: DerNode): readonly DerNode[] {
  const children: DerNode[] = [];
  for (let offset = 0; offset < node.content.length;) {
    const child = readAt(node.content, offset, node.content.length, 0);
    children.push(child);
    offset += child.raw.length;
  }
  return children;
}

/** Child at `index`; throws when it is missing or, with `tag`, of another kind. */
export function derChild(node: DerNode, index: number, tag?: number): DerNode {
  return expectDer(derChildren(node)[index], tag);
}

export function expectDer(node: DerNode | undefined, tag?: number): DerNode {
  if (node === undefined) throw malformed('element missing');
  if (tag !== undefined && node.tag !== tag) throw malformed(`tag ${node.tag} where ${tag} is due`);
  return node;
}

export function decodeObjectIdentifier(node: DerNode): string {
  expectDer(node, derTag.objectIdentifier);
  const arcs: number[] = [];
  let value = 0;
  for (const octet of node.content) {
    value = value * 128 + (octet & 0x7f);
    if (!Number.isSafeInteger(value)) throw malformed('object identifier too large');
    if ((octet & 0x80) !== 0) continue;
    if (arcs.length === 0) {
      const first = Math.min(2, Math.floor(value / 40));
      arcs.push(first, value - first * 40);
    } else {
      arcs.push(value);
    }
    value = 0;
  }
  return arcs.join('.');
}

/** Bytes of an OCTET STRING, joined when BER split it into pieces. */
export function decodeOctetString(node: DerNode): Buffer {
  if ((node.tag & 0x20) === 0) return node.content;
  return Buffer.concat(derChildren(node).map(decodeOctetString));
}

/** Bytes of a BIT STRING without its count of unused bits. */
export function decodeBitString(node: DerNode): Buffer {
  expectDer(node, derTag.bitString);
  return node.content.subarray(1);
}

export function decodeSmallInteger(node: DerNode): number {
  if (node.content.length === 0 || node.content.length > 6) throw malformed('integer out of range');
  return node.content.readIntBE(0, node.content.length);
}

/** UTCTime or GeneralizedTime in UTC, with optional fraction of a second. */
export function decodeTime(node: DerNode): Date {
  const text = node.content.toString('latin1');
  const match = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})?(?:[.,](\d+))?Z$/.exec(text);
  if (match === null) throw malformed('time');
  const [, shortYear = '', month, day, hour, minute, second = '00', fraction = '0'] = match;
  const isShort = node.tag === derTag.utcTime;
  if (shortYear.length !== (isShort ? 2 : 4)) throw malformed('time');
  // RFC 5280 §4.1.2.5.1: two digits below 50 are of this century.
  const year = !isShort ? shortYear : Number(shortYear) < 50 ? `20${shortYear}` : `19${shortYear}`;
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}Z`);
  if (Number.isNaN(time.getTime())) throw malformed('time');
  return time;
}

/** Text of any ASN.1 string type. Certificates of the DGP write ISO 8859-1 into a VisibleString. */
export function decodeText(node: DerNode): string {
  switch (node.tag) {
    case derTag.utf8String:
      return node.content.toString('utf8');
    case 0x1e:
      return Buffer.from(node.content.subarray(0, node.content.length & ~1))
        .swap16()
        .toString('utf16le');
    default:
      return node.content.toString('latin1');
  }
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function readAt(buffer: Buffer, offset: number, limit: number, depth: number): DerNode {
  if (depth > maximumDepth) throw malformed('nested too deep');
  const tag = buffer[offset];
  const lengthOctet = buffer[offset + 1];
  if (tag === undefined || lengthOctet === undefined || offset + 2 > limit) throw malformed('truncated');
  if ((tag & 0x1f) === 0x1f) throw malformed('long tag');
  const start = offset + 2;
  if (lengthOctet === 0x80) {
    const end = findEndOfContents(buffer, start, limit, depth);
    return { tag, raw: buffer.subarray(offset, end + 2), content: buffer.subarray(start, end), indefinite: true };
  }
  let contentStart = start;
  let length: number = lengthOctet;
  if ((lengthOctet & 0x80) !== 0) {
    const count = lengthOctet & 0x7f;
    if (count > 5 || start + count > limit) throw malformed('length');
    length = buffer.readUIntBE(start, count);
    contentStart += count;
  }
  const end = contentStart + length;
  if (end > limit) throw malformed('longer than its container');
  return { tag, raw: buffer.subarray(offset, end), content: buffer.subarray(contentStart, end), indefinite: false };
}

function findEndOfContents(buffer: Buffer, start: number, limit: number, depth: number): number {
  let offset = start;
  while (offset + 2 <= limit) {
    if (buffer[offset] === 0 && buffer[offset + 1] === 0) return offset;
    offset += readAt(buffer, offset, limit, depth + 1).raw.length;
  }
  throw malformed('end of contents missing');
}

function malformed(reason: string): AppError {
  return new AppError('document.unreadable', { part: 'asn1', reason });
}
