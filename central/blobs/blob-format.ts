import { createSecretKey, hkdfSync, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { decrypt, encrypt, nonceLength, seal, tagLength, unseal } from '../encryption/aead.ts';
import type { BlobUpload } from './blob-store.ts';

/*
 * A file on disk:
 *   8 bytes    magic
 *   60 bytes   the file's own key, wrapped: nonce 12, key 32, tag 16
 *   chunks     64 KiB of content (the last one may be shorter), each followed by its tag 16
 * AES-256-GCM throughout. Additional data: magic, the content's SHA-256, the chunk's index and whether it is the last, so
 * that nothing can be left out, moved or taken from another file. The file's key is used once, so counters are safe nonces.
 *
 * An upload under way is a row of chunks, each with a random nonce before it: the last one is written again when it grows.
 */
const magic = Buffer.from('VTCENT01');
const keyLength = 32;
const sealedChunkRest = nonceLength + tagLength;

/** Content of each chunk but the last. */
export const chunkLength = 64 * 1024;
export const filePrefixLength = magic.length + nonceLength + keyLength + tagLength;
/** Bytes of a full chunk in a file, and in an upload. */
export const fileChunkLength = chunkLength + tagLength;
export const uploadChunkLength = chunkLength + sealedChunkRest;

/** Bytes of content in a file of that length; null when no file has it. */
export function contentLengthOf(fileLength: number): number | null {
  const rest = fileLength - filePrefixLength;
  const length = rest - Math.ceil(rest / fileChunkLength) * tagLength;
  return rest > tagLength && (rest % fileChunkLength === 0 || rest % fileChunkLength > tagLength) ? length : null;
}

/** The first bytes of a new file, and the key for its chunks. */
export function startFile(filesKey: KeyObject, sha256: string): Readonly<{ prefix: Buffer; fileKey: KeyObject }> {
  const key = randomBytes(keyLength);
  const prefix = Buffer.concat([magic, seal(filesKey, fileContext(sha256), key)]);
  const fileKey = createSecretKey(key);
  key.fill(0);
  return { prefix, fileKey };
}

/** A whole file. */
export function sealFile(filesKey: KeyObject, sha256: string, content: Uint8Array): Buffer {
  const { prefix, fileKey } = startFile(filesKey, sha256);
  const parts = [prefix];
  for (let start = 0; start < content.length; start += chunkLength) {
    const place = { sha256, index: start / chunkLength, isLast: start + chunkLength >= content.length };
    parts.push(sealFileChunk(fileKey, place, content.subarray(start, start + chunkLength)));
  }
  return Buffer.concat(parts);
}

/** The key for a file's chunks, or null. */
export function readPrefix(filesKey: KeyObject, sha256: string, prefix: Uint8Array): KeyObject | null {
  if (prefix.length < filePrefixLength || !magic.equals(prefix.subarray(0, magic.length))) return null;
  const key = unseal(filesKey, fileContext(sha256), prefix.subarray(magic.length, filePrefixLength));
  return key === null ? null : createSecretKey(key);
}

export type ChunkPlace = Readonly<{ sha256: string; index: number; isLast: boolean }>;

export function sealFileChunk(fileKey: KeyObject, place: ChunkPlace, content: Uint8Array): Buffer {
  return encrypt(fileKey, fileNonce(place), fileContext(place.sha256, place), content);
}

export function openFileChunk(fileKey: KeyObject, place: ChunkPlace, sealed: Uint8Array): Buffer | null {
  return decrypt(fileKey, fileNonce(place), fileContext(place.sha256, place), sealed);
}

/** Of one office's upload of one content. */
export function uploadKeyOf(uploadsKey: KeyObject, { officeCode, sha256 }: BlobUpload): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', uploadsKey, '', `${officeCode} ${sha256}`, keyLength)));
}

export function sealUploadChunk(uploadKey: KeyObject, index: number, content: Uint8Array): Buffer {
  return seal(uploadKey, Buffer.from(String(index)), content);
}

/** Null also for a chunk that was cut short. */
export function openUploadChunk(uploadKey: KeyObject, index: number, sealed: Uint8Array): Buffer | null {
  return unseal(uploadKey, Buffer.from(String(index)), sealed);
}

function fileNonce({ index }: ChunkPlace): Buffer {
  const nonce = Buffer.alloc(nonceLength);
  nonce.writeUInt32BE(index, nonceLength - 4);
  return nonce;
}

function fileContext(sha256: string, chunk: Pick<ChunkPlace, 'index' | 'isLast'> | null = null): Buffer {
  const position = Buffer.alloc(5);
  if (chunk !== null) {
    position.writeUInt32BE(chunk.index, 0);
    position.writeUInt8(chunk.isLast ? 2 : 1, 4);
  }
  return Buffer.concat([magic, Buffer.from(sha256, 'hex'), position]);
}
