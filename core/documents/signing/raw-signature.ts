import { checkSignature, encodeSignatureAlgorithm } from './algorithms.ts';
import type { SignatureAlgorithm } from './algorithms.ts';
import { readCertificate } from './certificate.ts';

/** Whether `signature` over `data` was made with the key of a DER certificate. RSA: PKCS#1 v1.5; ECDSA: DER of (r, s). */
export function verifyRawSignature(
  certificate: Uint8Array,
  algorithm: SignatureAlgorithm,
  data: Uint8Array,
  signature: Uint8Array,
): boolean {
  const { publicKeyInfo } = readCertificate(certificate);
  return checkSignature({ publicKeyInfo, algorithm: encodeSignatureAlgorithm(algorithm), data, signature }) === 'valid';
}
