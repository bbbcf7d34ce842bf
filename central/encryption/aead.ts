import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export const tagLength = 16;
export const nonceLength = 12;

/** AES-256-GCM: the encrypted content followed by its tag. A nonce serves once for each key. */
export function encrypt(key: KeyObject, nonce: Uint8Array, context: Uint8Array, content: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(context);
  return Buffer.concat([cipher.update(content), cipher.final(), cipher.getAuthTag()]);
}

/** Null: altered, of another place, or of another key. */
export function decrypt(key: KeyObject, nonce: Uint8Array, context: Uint8Array, sealed: Uint8Array): Buffer | null {
  if (sealed.length < tagLength) return null;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagLength }).setAAD(context);
  decipher.setAuthTag(sealed.subarray(sealed.length - tagLength));
  const content = decipher.update(sealed.subarray(0, sealed.length - tagLength));
  try {
    return Buffer.concat([content, decipher.final()]);
  } catch {
    return null;
  }
}

/** With a random nonce before it. */
export function seal(key: KeyObject, context: Uint8Array, content: Uint8Array): Buffer {
  const nonce = randomBytes(nonceLength);
  return Buffer.concat([nonce, encrypt(key, nonce, context, content)]);
}

/** What `seal` made, or null. */
export function unseal(key: KeyObject, context: Uint8Array, sealed: Uint8Array): Buffer | null {
  if (sealed.length < nonceLength + tagLength) return null;
  return decrypt(key, sealed.subarray(0, nonceLength), context, sealed.subarray(nonceLength));
}
