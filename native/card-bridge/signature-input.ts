import { createHash, type KeyObject } from 'node:crypto';
import type { SignatureAlgorithm } from '../../core/services/ports/card.ts';
import { mechanism } from './cryptoki.ts';

/** What C_SignInit and C_Sign take, and what turns their answer into the form that the port promises. */
export type SignaturePlan = Readonly<{
  mechanism: number;
  input: Buffer;
  toPortForm: (signature: Buffer) => Uint8Array;
}>;

type Hash = 'sha256' | 'sha384' | 'sha512';

const hashedMechanism = {
  sha256: mechanism.sha256RsaPkcs,
  sha384: mechanism.sha384RsaPkcs,
  sha512: mechanism.sha512RsaPkcs,
} as const;

/** DER of DigestInfo up to the digest (RFC 8017 §9.2, note 1). */
const digestInfo = {
  sha256: '3031300d060960864801650304020105000420',
  sha384: '3041300d060960864801650304020205000430',
  sha512: '3051300d060960864801650304020305000440',
} as const;

/** Null when key or token cannot do the algorithm. RSA: PKCS #1 v1.5; ECDSA: DER of (r, s). */
export function planSignature(
  request: Readonly<{ algorithm: SignatureAlgorithm; data: Uint8Array; offered: readonly number[]; key: KeyObject }>,
): SignaturePlan | null {
  const { algorithm, data, offered } = request;
  const [family, hash] = algorithm.split('-') as ['rsa' | 'ecdsa', Hash];
  if ((request.key.asymmetricKeyType === 'ec') !== (family === 'ecdsa')) return null;
  if (family === 'ecdsa') {
    if (!offered.includes(mechanism.ecdsa)) return null;
    // ECDSA uses as many leading bits as the curve's order has; some cards refuse a longer digest instead of cutting it.
    const input = digestOf(hash, data).subarray(0, curveBytes(request.key));
    return { mechanism: mechanism.ecdsa, input, toPortForm: encodeEcdsa };
  }
  const toPortForm = (signature: Buffer): Uint8Array => new Uint8Array(signature);
  // The module's own hashing first: FNMT and DNIe libraries prefer it.
  if (offered.includes(hashedMechanism[hash]))
    return { mechanism: hashedMechanism[hash], input: Buffer.from(data), toPortForm };
  if (!offered.includes(mechanism.rsaPkcs)) return null;
  const input = Buffer.concat([Buffer.from(digestInfo[hash], 'hex'), digestOf(hash, data)]);
  return { mechanism: mechanism.rsaPkcs, input, toPortForm };
}

function curveBytes(key: KeyObject): number {
  switch (key.asymmetricKeyDetails?.namedCurve) {
    case 'prime256v1':
      return 32;
    case 'secp384r1':
      return 48;
    default:
      return 64;
  }
}

/** Cryptoki's r ‖ s as DER SEQUENCE of two INTEGERs (RFC 3279 §2.2.3). */
export function encodeEcdsa(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2;
  const body = Buffer.concat([encodeInteger(signature.subarray(0, half)), encodeInteger(signature.subarray(half))]);
  const length = body.length < 0x80 ? [body.length] : [0x81, body.length];
  return new Uint8Array([0x30, ...length, ...body]);
}

function encodeInteger(value: Uint8Array): Uint8Array {
  const first = value.findIndex((byte) => byte !== 0);
  const digits = first === -1 ? Uint8Array.of(0) : value.subarray(first);
  const sign = (digits[0] ?? 0) >= 0x80 ? [0] : [];
  return Uint8Array.of(0x02, digits.length + sign.length, ...sign, ...digits);
}

function digestOf(hash: Hash, data: Uint8Array): Buffer {
  return createHash(hash).update(data).digest();
}
