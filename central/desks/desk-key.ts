import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { CentreError } from '../centre-error.ts';

const ed25519Prefix = Buffer.from('302a300506032b6570032100', 'hex');

/** Base64 of the raw 32 bytes of an Ed25519 public key. Throws `request.invalid`. */
export function importDeskKey(base64: string): KeyObject {
  const raw = Buffer.from(base64, 'base64');
  if (raw.length !== 32) throw new CentreError('request.invalid');
  try {
    return createPublicKey({ key: Buffer.concat([ed25519Prefix, raw]), format: 'der', type: 'spki' });
  } catch (cause) {
    throw new CentreError('request.invalid', { cause });
  }
}
