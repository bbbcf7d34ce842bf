import { createHash, createPublicKey, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { canonicalJson } from '../contract/canonical-json.ts';
import type { ScanProfile } from '../contract/schemas/scan-profile.ts';

/** What an administrator writes; digest and signature come with signing. */
export type UnsignedScanProfile = Omit<ScanProfile, 'digest' | 'signature'>;

/**
 * Signs a profile (ordinance art. 54.4.a: its parameters are locked) with the administrator's Ed25519 key: the digest
 * covers every field, the signature the digest.
 */
export function signScanProfile(profile: UnsignedScanProfile, privateKey: KeyObject): ScanProfile {
  const digest = digestOf(profile);
  const value = sign(null, signingText(digest), privateKey).toString('base64');
  return { ...profile, digest, signature: { key: publicKeyOf(createPublicKey(privateKey)), value } };
}

/**
 * Whether the profile is what was signed, by one of the administrators that this desk knows.
 * @param administratorKeys base64 of raw Ed25519 public keys. Empty: the desk leaves it to the centre, whose signature over
 * all reference data was checked on arrival; the digest has to fit all the same.
 */
export function isProfileInForce(profile: ScanProfile, administratorKeys: readonly string[]): boolean {
  const { digest, signature, ...fields } = profile;
  if (digestOf(fields) !== digest) return false;
  if (administratorKeys.length === 0) return true;
  if (signature === undefined || !administratorKeys.includes(signature.key)) return false;
  try {
    const x = Buffer.from(signature.key, 'base64').toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    return verify(null, signingText(digest), key, Buffer.from(signature.value, 'base64'));
  } catch {
    // A key that is none proves nothing.
    return false;
  }
}

/** Base64 of the raw 32 bytes, as the settings of a desk name an administrator. */
export function publicKeyOf(key: KeyObject): string {
  const { x = '' } = key.export({ format: 'jwk' });
  return Buffer.from(x, 'base64url').toString('base64');
}

function digestOf(fields: UnsignedScanProfile): string {
  return createHash('sha256').update(canonicalJson(fields)).digest('hex');
}

function signingText(digest: string): Buffer {
  return Buffer.from(`scanProfile\n${digest}`);
}
