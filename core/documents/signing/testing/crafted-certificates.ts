import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { digestOf } from '../algorithms.ts';
import { readCertificate } from '../certificate.ts';
import type { Certificate } from '../certificate.ts';
import {
  derChild,
  derTag,
  encodeBoolean,
  encodeElement,
  encodeInteger,
  encodeNull,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  readDer,
} from '../der.ts';
import { oid } from '../oids.ts';

/** A certificate written byte by byte, right or wrong, with the key of its subject. */
export type Crafted = Readonly<{ der: Buffer; subject: Buffer; key: KeyObject; publicKeyInfo: Buffer }>;

export type CraftRequest = Readonly<{
  subject: string | Buffer;
  /** Without it, the certificate is signed by its own key. */
  issuer?: Omit<Crafted, 'der'>;
  extensions?: readonly Buffer[];
  serial?: Buffer;
  notBefore?: Date;
  notAfter?: Date;
  isVersion1?: boolean;
  /** Of another certificate, whose key is certified again. */
  keyOf?: Crafted;
  keyPair?: Readonly<{ publicKey: KeyObject; privateKey: KeyObject }>;
  hash?: 'md5' | 'sha1' | 'sha256';
  /** Algorithm inside the signed part where it is not the one outside. */
  innerAlgorithm?: Buffer;
  /** Names the keys of subject and issuer. */
  hasIdentifiers?: boolean;
  /** Elements at the end of the signed part. */
  trailing?: Buffer;
}>;

export const day = 24 * 60 * 60 * 1000;

const signatureOids = {
  ec: { md5: '', sha1: oid.sha1WithEcdsa, sha256: oid.sha256WithEcdsa },
  rsa: { md5: '1.2.840.113549.1.1.4', sha1: oid.sha1WithRsa, sha256: oid.sha256WithRsa },
};

let serials = 0x4000;

export function craft(request: CraftRequest): Crafted {
  const { keyOf, hash = 'sha256', trailing = Buffer.alloc(0) } = request;
  const pair = request.keyPair ?? (keyOf === undefined ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : null);
  const key = pair?.privateKey ?? keyOf?.key;
  const publicKeyInfo = pair?.publicKey.export({ format: 'der', type: 'spki' }) ?? keyOf?.publicKeyInfo;
  if (key === undefined || publicKeyInfo === undefined) throw new Error('no key');
  const subject = typeof request.subject === 'string' ? commonName(request.subject) : request.subject;
  const issuer = request.issuer ?? { subject, key, publicKeyInfo };
  const algorithm = signatureAlgorithm(issuer.key, hash);
  const identifiers = request.hasIdentifiers === true ? keyIdentifiers({ publicKeyInfo }, issuer) : [];
  const extensions = [...(request.extensions ?? []), ...identifiers];
  const signed = encodeSequence(
    ...(request.isVersion1 === true ? [] : [encodeElement(0xa0, encodeInteger(2))]),
    request.serial ?? encodeInteger((serials += 1)),
    request.innerAlgorithm ?? algorithm,
    issuer.subject,
    encodeSequence(
      encodeTime(request.notBefore ?? new Date(Date.now() - 365 * day)),
      encodeTime(request.notAfter ?? new Date(Date.now() + 365 * day)),
    ),
    subject,
    publicKeyInfo,
    ...(extensions.length === 0 ? [] : [encodeElement(0xa3, encodeSequence(...extensions))]),
    trailing,
  );
  return { der: signWhole(signed, algorithm, issuer.key, hash), subject, key, publicKeyInfo };
}

function keyIdentifiers(subject: Pick<Crafted, 'publicKeyInfo'>, issuer: Omit<Crafted, 'der'>): readonly Buffer[] {
  return [
    extension(oid.subjectKeyIdentifier, false, encodeOctetString(keyHash(subject))),
    extension(oid.authorityKeyIdentifier, false, encodeSequence(encodeElement(0x80, keyHash(issuer)))),
  ];
}

/** What signs the certificates, OCSP responses and lists alike: signed part, algorithm, BIT STRING. */
export function signWhole(signed: Buffer, algorithm: Buffer, key: KeyObject, hash: string, ...more: Buffer[]): Buffer {
  return encodeSequence(signed, algorithm, bitString(sign(hash, signed, key)), ...more);
}

export function signatureAlgorithm(key: KeyObject, hash: 'md5' | 'sha1' | 'sha256'): Buffer {
  const isRsa = key.asymmetricKeyType === 'rsa';
  const name = encodeObjectIdentifier(signatureOids[isRsa ? 'rsa' : 'ec'][hash]);
  return isRsa ? encodeSequence(name, encodeNull()) : encodeSequence(name);
}

export function readCrafted({ der }: Crafted): Certificate {
  return readCertificate(der);
}

export function toPem(...certificates: readonly Crafted[]): string {
  return certificates
    .map(({ der }) => `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`)
    .join('');
}

/** A name of organization and common name; the string type of the common name may be another. */
export function commonName(text: string, organization = 'Autoridad', tag: number = derTag.utf8String): Buffer {
  return encodeSequence(
    attribute('2.5.4.10', encodeElement(derTag.utf8String, Buffer.from(organization))),
    attribute('2.5.4.3', encodeElement(tag, Buffer.from(text))),
  );
}

export function attribute(type: string, value: Buffer): Buffer {
  return encodeElement(derTag.set, encodeSequence(encodeObjectIdentifier(type), value));
}

export function extension(type: string, isCritical: boolean, value: Buffer): Buffer {
  const critical = isCritical ? [encodeBoolean(true)] : [];
  return encodeSequence(encodeObjectIdentifier(type), ...critical, encodeOctetString(value));
}

export function authority(pathLength: number | null = null): Buffer {
  const limit = pathLength === null ? [] : [encodeInteger(pathLength)];
  return extension(oid.basicConstraints, true, encodeSequence(encodeBoolean(true), ...limit));
}

export const noAuthority = extension(oid.basicConstraints, true, encodeSequence());

/** The first octet of the bits: 0x80 digitalSignature, 0x40 contentCommitment, 0x04 keyCertSign, 0x02 cRLSign. */
export function usage(bits: number): Buffer {
  return extension(oid.keyUsage, true, encodeElement(derTag.bitString, Buffer.from([0, bits])));
}

export function purposes(...types: readonly string[]): Buffer {
  return extension(oid.extendedKeyUsage, false, encodeSequence(...types.map(encodeObjectIdentifier)));
}

export function policies(...types: readonly string[]): Buffer {
  return extension(
    oid.certificatePolicies,
    false,
    encodeSequence(...types.map((type) => encodeSequence(encodeObjectIdentifier(type)))),
  );
}

/** GeneralName of a text: 0x81 mail, 0x82 host, 0x86 address; 0x87 with bytes; 0xa4 with a whole name. */
export function generalName(tag: number, value: string | Buffer): Buffer {
  return encodeElement(tag, Buffer.from(value));
}

export function alternativeNames(...names: readonly Buffer[]): Buffer {
  return extension(oid.subjectAlternativeName, false, encodeSequence(...names));
}

export function nameConstraints(
  kind: 'permitted' | 'excluded',
  names: readonly Buffer[],
  { isCritical = true, bounds = [] }: Readonly<{ isCritical?: boolean; bounds?: readonly Buffer[] }> = {},
): Buffer {
  const subtrees = names.map((name) => encodeSequence(name, ...bounds));
  return extension(
    oid.nameConstraints,
    isCritical,
    encodeSequence(encodeElement(kind === 'permitted' ? 0xa0 : 0xa1, ...subtrees)),
  );
}

export function bitString(bytes: Uint8Array): Buffer {
  return encodeElement(derTag.bitString, Buffer.from([0]), bytes);
}

export function encodeTime(time: Date): Buffer {
  const text = time.toISOString().replace(/[-:T]|\.\d+/g, '');
  return encodeElement(derTag.generalizedTime, Buffer.from(text, 'latin1'));
}

/** SHA-1 of the bits of a key, as key identifiers and OCSP want it. */
export function keyHash({ publicKeyInfo }: Pick<Crafted, 'publicKeyInfo'>): Buffer {
  return digestOf('sha1', derChild(readDer(publicKeyInfo), 1).content.subarray(1));
}
