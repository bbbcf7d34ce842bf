import { constants, createHash, createPublicKey, publicDecrypt, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import {
  decodeObjectIdentifier,
  decodeSmallInteger,
  derChild,
  derChildren,
  derTag,
  encodeNull,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  readDer,
} from './der.ts';
import type { DerNode } from './der.ts';
import { oid } from './oids.ts';

/** Same union as the card port's: documents may not import the services' ports. */
export type SignatureAlgorithm =
  | 'rsa-sha256'
  | 'rsa-sha384'
  | 'rsa-sha512'
  | 'ecdsa-sha256'
  | 'ecdsa-sha384'
  | 'ecdsa-sha512';

export type HashName = 'sha256' | 'sha384' | 'sha512';

/** SHA-1 only to identify (OCSP CertID) or to read what others signed long ago. */
export type ReadableHashName =
  | HashName
  | 'sha1'
  | 'sha224'
  | 'sha3-224'
  | 'sha3-256'
  | 'sha3-384'
  | 'sha3-512'
  | 'shake256';

const hashByOid: ReadonlyMap<string, ReadableHashName> = new Map([
  [oid.sha1, 'sha1'],
  [oid.sha224, 'sha224'],
  [oid.sha256, 'sha256'],
  [oid.sha384, 'sha384'],
  [oid.sha512, 'sha512'],
  [oid['sha3-224'], 'sha3-224'],
  [oid['sha3-256'], 'sha3-256'],
  [oid['sha3-384'], 'sha3-384'],
  [oid['sha3-512'], 'sha3-512'],
  [oid.shake256, 'shake256'],
]);

type SignatureScheme = Readonly<{
  key: 'rsa' | 'ec';
  hash: ReadableHashName;
  /** ECDSA whose two numbers stand side by side (BSI TR-03111) and not in a SEQUENCE. */
  isPlain?: true;
}>;

const schemeByOid: ReadonlyMap<string, SignatureScheme> = new Map([
  [oid.sha1WithRsa, { key: 'rsa', hash: 'sha1' }],
  [oid.sha256WithRsa, { key: 'rsa', hash: 'sha256' }],
  [oid.sha384WithRsa, { key: 'rsa', hash: 'sha384' }],
  [oid.sha512WithRsa, { key: 'rsa', hash: 'sha512' }],
  [oid.sha1WithEcdsa, { key: 'ec', hash: 'sha1' }],
  [oid.sha256WithEcdsa, { key: 'ec', hash: 'sha256' }],
  [oid.sha384WithEcdsa, { key: 'ec', hash: 'sha384' }],
  [oid.sha512WithEcdsa, { key: 'ec', hash: 'sha512' }],
  [oid.sha3With224Rsa, { key: 'rsa', hash: 'sha3-224' }],
  [oid.sha3With256Rsa, { key: 'rsa', hash: 'sha3-256' }],
  [oid.sha3With384Rsa, { key: 'rsa', hash: 'sha3-384' }],
  [oid.sha3With512Rsa, { key: 'rsa', hash: 'sha3-512' }],
  [oid.sha3With224Ecdsa, { key: 'ec', hash: 'sha3-224' }],
  [oid.sha3With256Ecdsa, { key: 'ec', hash: 'sha3-256' }],
  [oid.sha3With384Ecdsa, { key: 'ec', hash: 'sha3-384' }],
  [oid.sha3With512Ecdsa, { key: 'ec', hash: 'sha3-512' }],
  [oid.plainEcdsaSha1, { key: 'ec', hash: 'sha1', isPlain: true }],
  [oid.plainEcdsaSha224, { key: 'ec', hash: 'sha224', isPlain: true }],
  [oid.plainEcdsaSha256, { key: 'ec', hash: 'sha256', isPlain: true }],
  [oid.plainEcdsaSha384, { key: 'ec', hash: 'sha384', isPlain: true }],
  [oid.plainEcdsaSha512, { key: 'ec', hash: 'sha512', isPlain: true }],
]);

export function hashOfAlgorithm(algorithm: SignatureAlgorithm): HashName {
  switch (algorithm) {
    case 'rsa-sha256':
    case 'ecdsa-sha256':
      return 'sha256';
    case 'rsa-sha384':
    case 'ecdsa-sha384':
      return 'sha384';
    case 'rsa-sha512':
    case 'ecdsa-sha512':
      return 'sha512';
  }
}

export function digestOf(hash: ReadableHashName, ...parts: readonly Uint8Array[]): Buffer {
  // In CMS it gives 512 bits (RFC 8419 §2.3).
  const state = hash === 'shake256' ? createHash(hash, { outputLength: 64 }) : createHash(hash);
  for (const part of parts) state.update(part);
  return state.digest();
}

/** Digests of 112 bits of security and fewer: nobody may sign with them any more (SOG-IS agreed mechanisms 1.3 §2.3). */
export function isWeakHash(hash: ReadableHashName): boolean {
  return hash === 'sha1' || hash === 'sha224' || hash === 'sha3-224';
}

/** AlgorithmIdentifier of a digest, without parameters as RFC 5754 §2 wants. */
export function encodeHashAlgorithm(hash: ReadableHashName): Buffer {
  return encodeSequence(encodeObjectIdentifier(oid[hash]));
}

/** AlgorithmIdentifier of a signature: NULL parameters for RSA, none for ECDSA (RFC 5754 §3). */
export function encodeSignatureAlgorithm(algorithm: SignatureAlgorithm): Buffer {
  switch (algorithm) {
    case 'rsa-sha256':
      return encodeSequence(encodeObjectIdentifier(oid.sha256WithRsa), encodeNull());
    case 'rsa-sha384':
      return encodeSequence(encodeObjectIdentifier(oid.sha384WithRsa), encodeNull());
    case 'rsa-sha512':
      return encodeSequence(encodeObjectIdentifier(oid.sha512WithRsa), encodeNull());
    case 'ecdsa-sha256':
      return encodeSequence(encodeObjectIdentifier(oid.sha256WithEcdsa));
    case 'ecdsa-sha384':
      return encodeSequence(encodeObjectIdentifier(oid.sha384WithEcdsa));
    case 'ecdsa-sha512':
      return encodeSequence(encodeObjectIdentifier(oid.sha512WithEcdsa));
  }
}

/** Digest named by an AlgorithmIdentifier, or null when we do not know it. */
export function readHashAlgorithm(identifier: DerNode): ReadableHashName | null {
  return hashByOid.get(decodeObjectIdentifier(derChild(identifier, 0))) ?? null;
}

/** SHA-1 lets two certificates or answers be made with one signature since 2017 (SHAttered, SOG-IS). */
export const weakDigestsEnd = new Date('2017-01-01T00:00:00Z');

/** Whether an AlgorithmIdentifier of a signature names SHA-1. */
export function isWeakDigest(identifier: DerNode): boolean {
  const name = decodeObjectIdentifier(derChild(identifier, 0));
  if (name !== oid.rsaPss) return schemeByOid.get(name)?.hash === 'sha1';
  const hash = derChildren(derChild(identifier, 1, derTag.sequence)).find(({ tag }) => tag === 0xa0);
  return hash === undefined || readHashAlgorithm(derChild(hash, 0)) === 'sha1';
}

const minimumRsaBits = 1900;
const minimumCurveBytes = 28;

/** Whether a key is too short since 2017 (SOG-IS: RSA of 1900 bits, curves of 224). Throws when it cannot be read. */
export function isShortKey(publicKeyInfo: Uint8Array): boolean {
  const key = createPublicKey({ key: Buffer.from(publicKeyInfo), format: 'der', type: 'spki' });
  const bits = key.asymmetricKeyDetails?.modulusLength;
  if (bits !== undefined) return bits < minimumRsaBits;
  if (key.asymmetricKeyType !== 'ec') return false;
  const point = derChild(readDer(publicKeyInfo), 1).content.subarray(1);
  return (point[0] === 4 ? (point.length - 1) / 2 : point.length - 1) < minimumCurveBytes;
}

// Their digest is part of the scheme (RFC 8419).
const edwardsKeys: ReadonlyMap<string, string | undefined> = new Map([
  [oid.ed25519, 'ed25519'],
  [oid.ed448, 'ed448'],
]);
const edwardsHashes: ReadonlyMap<string, ReadableHashName> = new Map([
  [oid.ed25519, 'sha512'],
  [oid.ed448, 'shake256'],
]);

export type SignatureCheck = 'valid' | 'invalid' | 'unsupported';

/**
 * Verifies a signature made with the algorithm of an AlgorithmIdentifier. `digestHash` names the digest where the
 * identifier only names the key (`rsaEncryption` in CMS).
 */
export function checkSignature(
  request: Readonly<{
    publicKeyInfo: Uint8Array;
    algorithm: Uint8Array;
    digestHash?: ReadableHashName;
    data: Uint8Array;
    signature: Uint8Array;
  }>,
): SignatureCheck {
  try {
    // RFC 5480 §2.1.1. Who gives the curve's own numbers may have chosen them to fit another's key (CVE-2020-0601).
    if (hasUnnamedCurve(request.publicKeyInfo)) return 'unsupported';
    const key = createPublicKey({ key: Buffer.from(request.publicKeyInfo), format: 'der', type: 'spki' });
    const identifier = readDer(request.algorithm);
    const name = decodeObjectIdentifier(derChild(identifier, 0));
    if (edwardsKeys.get(name) === key.asymmetricKeyType) {
      // The digest of the content must be that of the curve (RFC 8419 §3.1).
      if (request.digestHash !== undefined && request.digestHash !== edwardsHashes.get(name)) return 'unsupported';
      return verify(null, request.data, key, request.signature) ? 'valid' : 'invalid';
    }
    if (name === oid.rsaPss) return checkPss(key, identifier, request.data, request.signature);
    const scheme = schemeByOid.get(name) ?? schemeOfKey(name, request.digestHash);
    if (scheme === null || key.asymmetricKeyType !== scheme.key) return 'unsupported';
    // RFC 4055 §5: RSA takes NULL, or nothing where the writer forgot it.
    const parameters = derChildren(identifier)[1];
    if (scheme.key === 'rsa' && parameters !== undefined && parameters.tag !== derTag.null) return 'unsupported';
    if (scheme.key === 'rsa') return checkRsa(scheme.hash, request.data, key, request.signature);
    const usedKey = scheme.isPlain === true ? { key, dsaEncoding: 'ieee-p1363' as const } : key;
    return verify(scheme.hash, request.data, usedKey, request.signature) ? 'valid' : 'invalid';
  } catch {
    // A key or an encoding that OpenSSL refuses proves nothing about the data.
    return 'unsupported';
  }
}

function hasUnnamedCurve(publicKeyInfo: Uint8Array): boolean {
  const [algorithm, parameters] = derChildren(derChild(readDer(publicKeyInfo), 0));
  if (algorithm === undefined || decodeObjectIdentifier(algorithm) !== oid.ecPublicKey) return false;
  return parameters?.tag !== derTag.objectIdentifier;
}

/** PKCS #1 v1.5. Throws what node:crypto throws for a key that it does not take. */
export function checkRsa(
  hash: ReadableHashName,
  data: Uint8Array,
  key: KeyObject,
  signature: Uint8Array,
): 'valid' | 'invalid' {
  if (verify(hash, data, key, signature)) return 'valid';
  return isSignedWithoutNull(hash, data, key, signature) ? 'valid' : 'invalid';
}

// Some cards leave the digest's NULL parameters out (RFC 8017 §9.2, note 1), which OpenSSL does not take. The whole padded
// value is compared, so that nothing can hide in it.
function isSignedWithoutNull(hash: ReadableHashName, data: Uint8Array, key: KeyObject, signature: Uint8Array): boolean {
  const digestInfo = encodeSequence(
    encodeSequence(encodeObjectIdentifier(oid[hash])),
    encodeOctetString(digestOf(hash, data)),
  );
  try {
    const padded = publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, signature);
    const filling = Buffer.alloc(padded.length - digestInfo.length - 3, 0xff);
    return filling.length >= 8 && padded.equals(Buffer.concat([Buffer.of(0, 1), filling, Buffer.of(0), digestInfo]));
  } catch {
    return false;
  }
}

/** Digest that a signature's own algorithm names; null where it names none of its own. */
export function hashOfSignature(algorithm: Uint8Array): ReadableHashName | null {
  try {
    const identifier = readDer(algorithm);
    const name = decodeObjectIdentifier(derChild(identifier, 0));
    return name === oid.rsaPss ? readPssParameters(identifier).hash : (schemeByOid.get(name)?.hash ?? null);
  } catch {
    return null;
  }
}

function schemeOfKey(name: string, hash: ReadableHashName | undefined): SignatureScheme | null {
  if (hash === undefined) return null;
  if (name === oid.rsaEncryption) return { key: 'rsa', hash };
  return name === oid.ecPublicKey ? { key: 'ec', hash } : null;
}

type PssParameters = Readonly<{
  hash: ReadableHashName | null;
  maskHash: ReadableHashName | null;
  saltLength: number;
}>;

// RFC 4055 §3.1: what is not said is SHA-1 and twenty octets.
function readPssParameters(identifier: DerNode): PssParameters {
  let hash: ReadableHashName | null = 'sha1';
  let maskHash: ReadableHashName | null = 'sha1';
  let saltLength = 20;
  for (const parameter of derChildren(derChild(identifier, 1, derTag.sequence))) {
    if (parameter.tag === 0xa0) hash = readHashAlgorithm(derChild(parameter, 0));
    else if (parameter.tag === 0xa1) maskHash = readHashAlgorithm(derChild(derChild(parameter, 0), 1));
    else if (parameter.tag === 0xa2) saltLength = decodeSmallInteger(derChild(parameter, 0));
  }
  return { hash, maskHash, saltLength };
}

function checkPss(key: KeyObject, identifier: DerNode, data: Uint8Array, signature: Uint8Array): SignatureCheck {
  if (key.asymmetricKeyType !== 'rsa' && key.asymmetricKeyType !== 'rsa-pss') return 'unsupported';
  const { hash, maskHash, saltLength } = readPssParameters(identifier);
  // node:crypto uses one digest for the message and for the mask.
  if (hash === null || hash !== maskHash) return 'unsupported';
  const isValid = verify(hash, data, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength }, signature);
  return isValid ? 'valid' : 'invalid';
}
