import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  randomUUID,
  sign,
  verify,
} from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { requestHeaders, requestSigningText } from '../contract/sync-protocol.ts';
import type { DeskStore } from '../services/ports/store.ts';

const identitySettingSchema = z.strictObject({ deskId: z.uuid(), privateKey: z.string(), centrePublicKey: z.string() });
const settingName = 'desk.identity';

/**
 * Who this desk is to the centre: an Ed25519 key in the encrypted store, and the centre's public key from the enrolment.
 * Public keys as text are base64 of the raw 32 bytes.
 */
export type DeskIdentity = Readonly<{
  deskId: string;
  privateKey: KeyObject;
  publicKey: string;
  centreKey: KeyObject;
  centrePublicKey: string;
}>;

/** Throws `sync.refused` when the desk was never enrolled. */
export function readIdentity(store: Pick<DeskStore, 'findSetting'>): DeskIdentity {
  const identity = findIdentity(store);
  if (identity === null) throw new AppError('sync.refused', { reason: 'notEnrolled' });
  return identity;
}

/** Null: never enrolled. */
export function findIdentity(store: Pick<DeskStore, 'findSetting'>): DeskIdentity | null {
  const setting = store.findSetting(settingName);
  if (setting === null) return null;
  const { deskId, privateKey: pem, centrePublicKey } = identitySettingSchema.parse(JSON.parse(setting));
  const privateKey = createPrivateKey(pem);
  const publicKey = exportPublicKey(createPublicKey(privateKey));
  return { deskId, privateKey, publicKey, centreKey: importPublicKey(centrePublicKey), centrePublicKey };
}

export function createIdentityKeys(): Readonly<{
  deskId: string;
  publicKey: string;
  save: (store: DeskStore, centrePublicKey: string) => void;
}> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const deskId = randomUUID();
  return {
    deskId,
    publicKey: exportPublicKey(publicKey),
    save(store, centrePublicKey) {
      importPublicKey(centrePublicKey);
      const setting = {
        deskId,
        privateKey: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
        centrePublicKey,
      };
      store.putSetting(settingName, JSON.stringify(setting));
    },
  };
}

function exportPublicKey(key: KeyObject): string {
  return key.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64');
}

/** Base64 of the raw 32 bytes of an Ed25519 public key. Throws `sync.signatureInvalid`. */
export function importPublicKey(base64: string): KeyObject {
  try {
    const prefix = Buffer.from('302a300506032b6570032100', 'hex');
    return createPublicKey({
      key: Buffer.concat([prefix, Buffer.from(base64, 'base64')]),
      format: 'der',
      type: 'spki',
    });
  } catch (cause) {
    throw new AppError('sync.signatureInvalid', {}, { cause });
  }
}

export function isSignedBy(key: KeyObject, text: string, signature: string): boolean {
  return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64'));
}

/** Headers that prove a request to be this desk's, fresh and whole. */
export function signRequest(
  identity: DeskIdentity,
  request: Readonly<{ method: string; pathAndQuery: string; body: Uint8Array; now: Date }>,
): Record<string, string> {
  const time = request.now.toISOString();
  const nonce = randomBytes(16).toString('hex');
  const bodySha256 = createHash('sha256').update(request.body).digest('hex');
  const text = requestSigningText({
    method: request.method,
    pathAndQuery: request.pathAndQuery,
    time,
    nonce,
    bodySha256,
  });
  return {
    [requestHeaders.desk]: identity.deskId,
    [requestHeaders.time]: time,
    [requestHeaders.nonce]: nonce,
    [requestHeaders.signature]: sign(null, Buffer.from(text), identity.privateKey).toString('base64'),
  };
}
