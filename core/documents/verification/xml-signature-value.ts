import { constants, createPublicKey, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { checkRsa } from '../signing/algorithms.ts';
import type { ReadableHashName, SignatureCheck } from '../signing/algorithms.ts';

type Scheme = Readonly<{ key: 'rsa' | 'pss' | 'ec' | 'ed25519'; hash: ReadableHashName }>;

const hashes: readonly ReadableHashName[] = ['sha1', 'sha224', 'sha256', 'sha384', 'sha512'];

const schemes: ReadonlyMap<string, Scheme> = new Map<string, Scheme>([
  ['http://www.w3.org/2000/09/xmldsig#rsa-sha1', { key: 'rsa', hash: 'sha1' }],
  ['http://www.w3.org/2021/04/xmldsig-more#eddsa-ed25519', { key: 'ed25519', hash: 'sha512' }],
  ...hashes.flatMap((hash): [string, Scheme][] => [
    [`http://www.w3.org/2001/04/xmldsig-more#rsa-${hash}`, { key: 'rsa', hash }],
    [`http://www.w3.org/2001/04/xmldsig-more#ecdsa-${hash}`, { key: 'ec', hash }],
    [`http://www.w3.org/2007/05/xmldsig-more#${hash}-rsa-MGF1`, { key: 'pss', hash }],
  ]),
]);

/** Digest of a SignatureMethod's algorithm; null when we do not verify it. */
export function hashOfSignatureMethod(algorithm: string): ReadableHashName | null {
  return schemes.get(algorithm)?.hash ?? null;
}

/** Verifies the value of an XML signature over its canonical SignedInfo (RFC 6931, XML Signature §6.4). */
export function checkSignatureValue(
  algorithm: string,
  publicKeyInfo: Uint8Array,
  data: Uint8Array,
  value: Uint8Array,
): SignatureCheck {
  const scheme = schemes.get(algorithm);
  if (scheme === undefined) return 'unsupported';
  try {
    const key = createPublicKey({ key: Buffer.from(publicKeyInfo), format: 'der', type: 'spki' });
    const expected = scheme.key === 'pss' ? ['rsa', 'rsa-pss'] : [scheme.key];
    if (!expected.includes(key.asymmetricKeyType ?? '')) return 'unsupported';
    switch (scheme.key) {
      case 'rsa':
        return checkRsa(scheme.hash, data, key, value);
      case 'pss': {
        const padding = constants.RSA_PKCS1_PSS_PADDING;
        const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
        return told(verify(scheme.hash, data, { key, padding, saltLength }, value));
      }
      case 'ec':
        // Both numbers one after the other; some programs write them in DER as CMS does.
        return told(
          verify(scheme.hash, data, { key, dsaEncoding: 'ieee-p1363' }, withoutFilling(value, key)) ||
            (value[0] === 0x30 && verify(scheme.hash, data, { key, dsaEncoding: 'der' }, value)),
        );
      case 'ed25519':
        return told(verify(null, data, key, value));
    }
  } catch {
    return 'unsupported';
  }
}

// Some programs write both numbers longer than the curve asks, filled with zeros.
function withoutFilling(value: Uint8Array, key: KeyObject): Uint8Array {
  const size = sizes.get(key.asymmetricKeyDetails?.namedCurve ?? '');
  const written = value.length / 2;
  if (size === undefined || written <= size || !Number.isInteger(written)) return value;
  const numbers = [value.subarray(0, written), value.subarray(written)];
  if (numbers.some((number) => number.subarray(0, written - size).some((octet) => octet !== 0))) return value;
  return Buffer.concat(numbers.map((number) => number.subarray(written - size)));
}

// Octets of a number, by OpenSSL's name of the curve.
const sizes: ReadonlyMap<string, number> = new Map([
  ['prime256v1', 32],
  ['secp384r1', 48],
  ['secp521r1', 66],
]);

function told(isValid: boolean): SignatureCheck {
  return isValid ? 'valid' : 'invalid';
}
