import { constants, createECDH, createHash, privateDecrypt, type KeyObject } from 'node:crypto';
import { tlv } from './tlv.ts';

const curves = {
  prime256v1: { size: 32, order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n },
  secp384r1: {
    size: 48,
    order: 0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
} as const;

/** What the chip does with an RSA key: the bare private operation on a block that the host has padded. */
export function signRawRsa(privateKey: KeyObject, block: Uint8Array): Buffer {
  return privateDecrypt({ key: privateKey, padding: constants.RSA_NO_PADDING }, block);
}

/**
 * What the chip does with an EC key: ECDSA over a digest that the host made, answered as DER of (r, s).
 * Node signs data, never a ready digest, hence these few lines. For test keys only: the arithmetic is not constant-time.
 */
export function signRawEcdsa(privateKey: KeyObject, digest: Uint8Array): Buffer {
  const name = privateKey.asymmetricKeyDetails?.namedCurve;
  if (name !== 'prime256v1' && name !== 'secp384r1') throw new TypeError('the virtual card knows P-256 and P-384');
  const { size, order } = curves[name];
  const secret = toInteger(Buffer.from(privateKey.export({ format: 'jwk' }).d ?? '', 'base64url'));
  const message = toInteger(Buffer.from(digest).subarray(0, size));
  for (;;) {
    const nonce = createECDH(name);
    const point = nonce.generateKeys();
    const r = toInteger(point.subarray(1, 1 + size)) % order;
    const inverse = power(toInteger(nonce.getPrivateKey()), order - 2n, order);
    const s = (inverse * (message + r * secret)) % order;
    if (r !== 0n && s !== 0n) return tlv('30', tlv('02', fromInteger(r)), tlv('02', fromInteger(s)));
  }
}

/** The PIV algorithm reference (SP 800-78-4 table 6-2) of a key. */
export function algorithmReference(privateKey: KeyObject): number {
  const { modulusLength, namedCurve } = privateKey.asymmetricKeyDetails ?? {};
  if (namedCurve === 'prime256v1') return 0x11;
  if (namedCurve === 'secp384r1') return 0x14;
  if (modulusLength === 2048) return 0x07;
  if (modulusLength === 3072) return 0x05;
  throw new TypeError('the virtual card knows RSA-2048, RSA-3072, P-256 and P-384');
}

/** Sixteen bytes that stay the same for the same certificates: the card's serial number. */
export function serialFrom(certificates: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256');
  for (const certificate of certificates) hash.update(certificate);
  return hash.digest().subarray(0, 16);
}

function toInteger(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

function fromInteger(value: bigint): Buffer {
  const digits = value.toString(16);
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, 'hex');
  return (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}
