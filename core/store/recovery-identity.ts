import { createPrivateKey, createPublicKey, hkdfSync, sign } from 'node:crypto';
import type { RecoveryIdentity } from '../services/ports/backup.ts';
import { parseRecoveryKey } from './recovery-key.ts';

/** PKCS#8 of an Ed25519 private key, before its 32 bytes. */
const privateKeyPrefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * Who holds a desk's recovery key: an Ed25519 key that follows from it and from nothing else, so that it outlives every disk.
 * Throws `desk.recoveryKeyIncorrect` for what is no recovery key.
 */
export function openRecoveryIdentity(recoveryKey: string): RecoveryIdentity {
  const secret = parseRecoveryKey(recoveryKey);
  const seed = Buffer.from(hkdfSync('sha256', secret, '', 'ventanilla/recovery-identity/1', 32));
  secret.fill(0);
  const encoded = Buffer.concat([privateKeyPrefix, seed]);
  seed.fill(0);
  const privateKey = createPrivateKey({ key: encoded, format: 'der', type: 'pkcs8' });
  encoded.fill(0);
  return {
    publicKey: createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64'),
    sign: (text) => sign(null, Buffer.from(text), privateKey).toString('base64'),
  };
}
