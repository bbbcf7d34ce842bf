import type { CipherGCM } from 'node:crypto';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AppError } from '../contract/errors.ts';

/*
 * A blob on disk:
 *   8 bytes    magic
 *   60 bytes   the blob's own key, wrapped: nonce 12, key 32, tag 16
 *   172 bytes  header, sealed: SHA-256 32, length 8, media type 1 + 115 (zero-padded), tag 16
 *   chunks     64 KiB of content (the last one may be shorter or empty), each followed by its tag 16
 * AES-256-GCM throughout. Additional data of each part: magic, the file's name, the part's index and whether it is the
 * last, so that no part can be left out, moved or taken from another blob. The blob key is used once, so counters are
 * safe nonces.
 */
const magic = Buffer.from('VTBLOB01');
const tagLength = 16;
const wrappedKeyLength = 12 + 32 + tagLength;
const mediaTypeLength = 115;
const headerContentLength = 32 + 8 + 1 + mediaTypeLength;
const chunkLength = 64 * 1024;
const headerIndex = 0xffff_ffff;

/** Bytes at the start of a file that `readBlobHeader` needs. */
export const blobPrefixLength = magic.length + wrappedKeyLength + headerContentLength + tagLength;

export type BlobHeader = Readonly<{ blobKey: Uint8Array; sha256: string; byteLength: number; mediaType: string }>;

/** Size of the file of a blob with that many bytes of content. */
export function blobFileLength(byteLength: number): number {
  return blobPrefixLength + byteLength + chunkCount(byteLength) * tagLength;
}

/** What is written at once: each write costs more than a chunk's encryption. */
const chunksOfPart = 16;

/** The parts of the file, 1 MiB of content at a time. `name` is the file's; `sha256` is hexadecimal, of all pieces. */
export function* sealBlob(
  wrappingKey: Uint8Array,
  blob: Readonly<{ name: string; sha256: string; mediaType: string; pieces: readonly Uint8Array[] }>,
): Generator<Uint8Array> {
  const mediaType = Buffer.from(blob.mediaType);
  if (mediaType.length > mediaTypeLength) throw new RangeError('media type too long');
  const byteLength = lengthOfPieces(blob.pieces);
  const blobKey = randomBytes(32);
  try {
    const nonce = randomBytes(12);
    const header = Buffer.alloc(headerContentLength);
    header.write(blob.sha256, 0, 'hex');
    header.writeBigUInt64BE(BigInt(byteLength), 32);
    header.writeUInt8(mediaType.length, 40);
    mediaType.copy(header, 41);
    yield Buffer.concat([
      magic,
      nonce,
      encrypt(wrappingKey, nonce, partContext(blob.name, headerIndex, false), blobKey),
      encrypt(blobKey, partNonce(headerIndex), partContext(blob.name, headerIndex, true), header),
    ]);
    const count = chunkCount(byteLength);
    for (let first = 0; first < count; first += chunksOfPart) {
      const end = Math.min(count, first + chunksOfPart);
      const contentEnd = Math.min(byteLength, end * chunkLength);
      const part = Buffer.allocUnsafe(contentEnd - first * chunkLength + (end - first) * tagLength);
      let length = 0;
      for (let index = first; index < end; index += 1) {
        const chunk = sliceOfPieces(blob.pieces, index * chunkLength, (index + 1) * chunkLength);
        const cipher = startCipher(blobKey, partNonce(index), partContext(blob.name, index, index === count - 1));
        for (const sealed of [cipher.update(chunk), cipher.final(), cipher.getAuthTag()]) {
          part.set(sealed, length);
          length += sealed.length;
        }
      }
      yield part;
    }
  } finally {
    blobKey.fill(0);
  }
}

/** Throws `blob.damaged`. `prefix` holds at least the first `blobPrefixLength` bytes of the file. */
export function readBlobHeader(wrappingKey: Uint8Array, name: string, prefix: Uint8Array): BlobHeader {
  const bytes = Buffer.from(prefix.buffer, prefix.byteOffset, prefix.length);
  if (bytes.length < blobPrefixLength || !bytes.subarray(0, magic.length).equals(magic))
    throw new AppError('blob.damaged');
  const keyStart = magic.length;
  const headerStart = keyStart + wrappedKeyLength;
  const nonce = bytes.subarray(keyStart, keyStart + 12);
  const blobKey = decrypt(
    wrappingKey,
    nonce,
    partContext(name, headerIndex, false),
    bytes.subarray(keyStart + 12, headerStart),
  );
  const sealedHeader = bytes.subarray(headerStart, blobPrefixLength);
  const header = decrypt(blobKey, partNonce(headerIndex), partContext(name, headerIndex, true), sealedHeader);
  return {
    blobKey,
    sha256: header.toString('hex', 0, 32),
    byteLength: Number(header.readBigUInt64BE(32)),
    mediaType: header.toString('utf8', 41, 41 + header.readUInt8(40)),
  };
}

/** The content's chunks, in order, from the whole file. Throws `blob.damaged` at the first one that was changed. */
export function* openBlob(header: BlobHeader, name: string, file: Uint8Array): Generator<Uint8Array> {
  if (file.length !== blobFileLength(header.byteLength)) throw new AppError('blob.damaged');
  const count = chunkCount(header.byteLength);
  for (let index = 0; index < count; index += 1) {
    const start = blobPrefixLength + index * (chunkLength + tagLength);
    const sealed = file.subarray(start, start + chunkLength + tagLength);
    yield decrypt(header.blobKey, partNonce(index), partContext(name, index, index === count - 1), sealed);
  }
}

export function lengthOfPieces(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((length, piece) => length + piece.length, 0);
}

/** Bytes from `start` up to `end`: of the piece itself where one holds them all. */
function sliceOfPieces(pieces: readonly Uint8Array[], start: number, end: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let offset = 0;
  for (const piece of pieces) {
    const part = piece.subarray(Math.max(0, start - offset), Math.max(0, end - offset));
    if (part.length > 0) parts.push(part);
    offset += piece.length;
  }
  const [first] = parts;
  return parts.length === 1 && first !== undefined ? first : Buffer.concat(parts);
}

function chunkCount(byteLength: number): number {
  return Math.max(1, Math.ceil(byteLength / chunkLength));
}

function partNonce(index: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(index, 8);
  return nonce;
}

function partContext(name: string, index: number, isLast: boolean): Buffer {
  const context = Buffer.alloc(magic.length + 32 + 5);
  magic.copy(context, 0);
  context.write(name, magic.length, 'hex');
  context.writeUInt32BE(index, magic.length + 32);
  context.writeUInt8(isLast ? 1 : 0, magic.length + 36);
  return context;
}

function startCipher(key: Uint8Array, nonce: Uint8Array, context: Uint8Array): CipherGCM {
  return createCipheriv('aes-256-gcm', key, nonce).setAAD(context);
}

function encrypt(key: Uint8Array, nonce: Uint8Array, context: Uint8Array, content: Uint8Array): Buffer {
  const cipher = startCipher(key, nonce, context);
  return Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Uint8Array, nonce: Uint8Array, context: Uint8Array, sealed: Uint8Array): Buffer {
  if (sealed.length < tagLength) throw new AppError('blob.damaged');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength }).setAAD(context);
    decipher.setAuthTag(sealed.subarray(sealed.length - tagLength));
    return Buffer.concat([decipher.update(sealed.subarray(0, sealed.length - tagLength)), decipher.final()]);
  } catch (error) {
    throw new AppError('blob.damaged', {}, { cause: error });
  }
}
