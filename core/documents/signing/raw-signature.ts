import { checkSignature, encodeSignatureAlgorithm } from './algorithms.ts';
import type { SignatureAlgorithm } from './algorithms.ts';
import type { Certificate } from './certificate.ts';

/** Whether `signature` over `data` was made with the key of a certificate. RSA: PKCS#1 v1.5; ECDSA: DER of (r, s). */
export function verifyRawSignature(
  { publicKeyInfo }: Certificate,
  algorithm: SignatureAlgorithm,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  return checkSignature({ publicKeyInfo, algorithm: encodeSignatureAlgorithm(algorithm), data, signature }) === 'valid';
}
