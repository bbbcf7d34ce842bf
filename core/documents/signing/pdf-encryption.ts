import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { AppError } from '../../contract/errors.ts';
import { isDictionary, isName, isString } from './pdf-objects.ts';
import type { PdfDictionary, PdfValue } from './pdf-objects.ts';
import { rc4 } from './rc4.ts';

/** Takes the encryption off what an object holds. */
export type Decryption = Readonly<{
  string(bytes: Buffer, number: number, generation: number): Buffer;
  stream(bytes: Buffer, number: number, generation: number): Buffer;
  /** Whether the XMP metadata are encrypted like the rest. */
  isMetadataEncrypted: boolean;
}>;

type Method = 'none' | 'rc4' | 'aes128' | 'aes256';
type Settings = Readonly<{
  revision: number;
  keyBytes: number;
  owner: Buffer;
  user: Buffer;
  userKey: Buffer;
  permissions: number;
  isMetadataEncrypted: boolean;
  identifier: Buffer;
}>;

/**
 * Opens the standard security handler (ISO 32000-2 §7.6.4), revisions 2 to 6, as a reader does that was given no password.
 * `resolve` follows references inside the dictionary; `identifier` is the first part of the file's /ID. Throws AppError
 * `document.encrypted` when a password or another handler is needed.
 */
export function openDecryption(
  dictionary: PdfDictionary,
  identifier: Buffer,
  resolve: (value: PdfValue | undefined) => PdfValue,
): Decryption {
  const number = (key: string, otherwise: number): number => {
    const value = resolve(dictionary.get(key));
    return typeof value === 'number' ? value : otherwise;
  };
  const bytes = (key: string): Buffer => {
    const value = resolve(dictionary.get(key));
    return isString(value) ? value.bytes : Buffer.alloc(0);
  };
  if (!isName(resolve(dictionary.get('Filter')), 'Standard')) throw new AppError('document.encrypted');
  const version = number('V', 0);
  const isMetadataEncrypted = resolve(dictionary.get('EncryptMetadata')) !== false;
  const settings: Settings = {
    revision: number('R', 0),
    keyBytes: version === 1 ? 5 : version === 4 ? 16 : Math.floor(number('Length', 40) / 8),
    owner: bytes('O'),
    user: bytes('U'),
    userKey: bytes('UE'),
    permissions: number('P', 0),
    isMetadataEncrypted,
    identifier,
  };
  const key = findKey(version, settings);
  if (key === null) throw new AppError('document.encrypted');
  const methodOf = (filterKey: string): Method =>
    version < 4 ? 'rc4' : readMethod(dictionary, resolve(dictionary.get(filterKey)), resolve);
  const [stringMethod, streamMethod] = [methodOf('StrF'), methodOf('StmF')];
  return {
    string: (data, objectNumber, generation) => decrypt(stringMethod, key, data, objectNumber, generation),
    stream: (data, objectNumber, generation) => decrypt(streamMethod, key, data, objectNumber, generation),
    isMetadataEncrypted,
  };
}

function readMethod(
  dictionary: PdfDictionary,
  filter: PdfValue,
  resolve: (value: PdfValue | undefined) => PdfValue,
): Method {
  if (!isName(filter) || filter.name === 'Identity') return 'none';
  const filters = resolve(dictionary.get('CF'));
  const settings = isDictionary(filters) ? resolve(filters.get(filter.name)) : null;
  const method = isDictionary(settings) ? resolve(settings.get('CFM')) : null;
  switch (isName(method) ? method.name : '') {
    case 'None':
      return 'none';
    case 'V2':
      return 'rc4';
    case 'AESV2':
      return 'aes128';
    case 'AESV3':
      return 'aes256';
    default:
      throw new AppError('document.encrypted');
  }
}

function findKey(version: number, settings: Settings): Buffer | null {
  if (version === 5) return findLongKey(settings);
  if (![1, 2, 4].includes(version) || settings.keyBytes < 5 || settings.keyBytes > 16) return null;
  return findShortKey(settings);
}

// What stands for the password that nobody typed (§7.6.4.3.2).
const padding = Buffer.from('28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a', 'hex');

// Algorithms 2, 4 and 5 of §7.6.4.
function findShortKey(settings: Settings): Buffer | null {
  const { revision, keyBytes, owner, user, permissions, isMetadataEncrypted, identifier } = settings;
  const flags = Buffer.alloc(4);
  flags.writeInt32LE(permissions | 0);
  const isMarked = revision >= 4 && !isMetadataEncrypted;
  let key = md5(padding, owner.subarray(0, 32), flags, identifier, isMarked ? Buffer.alloc(4, 0xff) : Buffer.alloc(0));
  if (revision >= 3) for (let round = 0; round < 50; round += 1) key = md5(key.subarray(0, keyBytes));
  key = key.subarray(0, keyBytes);
  if (revision === 2) return rc4(key, padding).equals(user.subarray(0, 32)) ? key : null;
  let proof = rc4(key, md5(padding, identifier));
  for (let round = 1; round <= 19; round += 1)
    proof = rc4(
      key.map((byte) => byte ^ round),
      proof,
    );
  return proof.equals(user.subarray(0, 16)) ? key : null;
}

// Algorithm 2.A of §7.6.4.3.3, for the user's password.
function findLongKey({ revision, user, userKey }: Settings): Buffer | null {
  if ((revision !== 5 && revision !== 6) || user.length < 48 || userKey.length < 32) return null;
  const hash = (salt: Buffer): Buffer =>
    revision === 5 ? createHash('sha256').update(salt).digest() : hardenedHash(salt);
  if (!hash(user.subarray(32, 40)).equals(user.subarray(0, 32))) return null;
  const cipher = createDecipheriv('aes-256-cbc', hash(user.subarray(40, 48)), Buffer.alloc(16)).setAutoPadding(false);
  return Buffer.concat([cipher.update(userKey.subarray(0, 32)), cipher.final()]);
}

// Algorithm 2.B of §7.6.4.3.4 for an empty password.
function hardenedHash(salt: Buffer): Buffer {
  let key = createHash('sha256').update(salt).digest();
  for (let round = 0, last = 0; round < 64 || last > round - 32; round += 1) {
    const block = Buffer.concat(Array.from({ length: 64 }, () => key));
    const cipher = createCipheriv('aes-128-cbc', key.subarray(0, 16), key.subarray(16, 32)).setAutoPadding(false);
    const encrypted = Buffer.concat([cipher.update(block), cipher.final()]);
    const remainder = encrypted.subarray(0, 16).reduce((sum, byte) => sum + byte, 0) % 3;
    key = createHash(['sha256', 'sha384', 'sha512'][remainder] ?? 'sha256')
      .update(encrypted)
      .digest();
    last = encrypted.at(-1) ?? 0;
  }
  return key.subarray(0, 32);
}

// Algorithms 1 and 1.A of §7.6.3.
function decrypt(method: Method, key: Buffer, data: Buffer, number: number, generation: number): Buffer {
  switch (method) {
    case 'none':
      return data;
    case 'rc4':
      return rc4(objectKey(key, number, generation, ''), data);
    case 'aes128':
      return decryptAes('aes-128-cbc', objectKey(key, number, generation, 'sAlT'), data);
    case 'aes256':
      return decryptAes('aes-256-cbc', key, data);
  }
}

function objectKey(key: Buffer, number: number, generation: number, salt: string): Buffer {
  const suffix = Buffer.alloc(5);
  suffix.writeUIntLE(number & 0xffffff, 0, 3);
  suffix.writeUInt16LE(generation & 0xffff, 3);
  return md5(key, suffix, Buffer.from(salt, 'latin1')).subarray(0, Math.min(key.length + 5, 16));
}

function decryptAes(name: 'aes-128-cbc' | 'aes-256-cbc', key: Buffer, data: Buffer): Buffer {
  const blocks = data.subarray(16, data.length - (data.length % 16));
  if (blocks.length === 0) return Buffer.alloc(0);
  try {
    const cipher = createDecipheriv(name, key, data.subarray(0, 16)).setAutoPadding(false);
    const padded = Buffer.concat([cipher.update(blocks), cipher.final()]);
    const count = padded.at(-1) ?? 0;
    return count >= 1 && count <= 16 ? padded.subarray(0, padded.length - count) : padded;
  } catch {
    // A key of the wrong length for the method: the file contradicts itself.
    throw new AppError('document.encrypted');
  }
}

function md5(...parts: readonly Uint8Array[]): Buffer {
  const state = createHash('md5');
  for (const part of parts) state.update(part);
  return state.digest();
}
