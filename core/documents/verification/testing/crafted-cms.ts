import { constants, createHash, createPrivateKey, privateEncrypt, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCertificate } from '../../signing/certificate.ts';
import {
  derTag,
  encodeElement,
  encodeInteger,
  encodeNull,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  encodeSetOf,
} from '../../signing/der.ts';
import { oid } from '../../signing/oids.ts';
import type { TestAuthority } from '../../signing/testing/authority.ts';

/** What a forger may set at will; the rest is as an honest signer writes it. */
export type CraftedSigner = Readonly<{
  attributes: readonly Buffer[] | null;
  digestAlgorithm: string;
  signatureAlgorithm: string;
  /** What the key really signs with. */
  hash: 'sha1' | 'sha256' | 'sha512' | 'sha3-224';
  /** What follows the digest in the padded value, and whether the digest's NULL parameters stand before it. */
  padding?: Readonly<{ isNullLeftOut: boolean; after: string }>;
  /** Of the key that signs, and of the certificate that the signer says to be. */
  holder: 'officer' | 'revoked' | 'timestamping';
  named: 'officer' | 'revoked' | 'timestamping';
  isBroken: boolean;
  unsignedAttributes: readonly Buffer[];
  writeAttributes: (attributes: readonly Buffer[]) => Buffer;
}>;

export const sha256 = '2.16.840.1.101.3.4.2.1';
export const sha512 = '2.16.840.1.101.3.4.2.3';
export const rsaSha1 = '1.2.840.113549.1.1.5';
export const rsaSha3With224 = '2.16.840.1.101.3.4.3.13';
export const rsaSha256 = '1.2.840.113549.1.1.11';
export const rsaSha512 = '1.2.840.113549.1.1.13';

export function algorithm(name: string): Buffer {
  return encodeSequence(encodeObjectIdentifier(name), encodeNull());
}

export function attribute(type: string, ...values: readonly Uint8Array[]): Buffer {
  return encodeSequence(encodeObjectIdentifier(type), encodeSetOf(values));
}

export function digestAttribute(content: Uint8Array): Buffer {
  return attribute(oid.messageDigest, encodeOctetString(createHash('sha256').update(content).digest()));
}

export function contentTypeAttribute(type: string = oid.data): Buffer {
  return attribute(oid.contentType, encodeObjectIdentifier(type));
}

export function signingCertificateAttribute(certificate: Uint8Array): Buffer {
  const identifier = encodeSequence(encodeOctetString(createHash('sha256').update(certificate).digest()));
  return attribute(oid.signingCertificateV2, encodeSequence(encodeSequence(identifier)));
}

/** RFC 6211: the digest's algorithm and the signature's. */
export function protectionAttribute(digest: string, signature: string): Buffer {
  const tagged = encodeElement(0xa1, encodeObjectIdentifier(signature), encodeNull());
  return attribute(oid.algorithmProtection, encodeSequence(algorithm(digest), tagged));
}

/** SignedData with the content inside, signed by keys of the authority with what each signer says of itself. */
export function craftCms(
  authority: TestAuthority,
  content: Uint8Array,
  signers: readonly CraftedSigner[],
  contentType: string = oid.data,
): Buffer {
  const certificates = ['officer', 'revoked', 'timestamping', 'intermediate'].map((name) => readPem(authority, name));
  const signedData = encodeSequence(
    encodeInteger(1),
    encodeSetOf([algorithm(sha256)]),
    encodeSequence(encodeObjectIdentifier(contentType), encodeElement(0xa0, encodeOctetString(content))),
    encodeElement(0xa0, ...certificates),
    encodeSetOf(signers.map((signer) => craftSigner(authority, content, signer))),
  );
  return encodeSequence(encodeObjectIdentifier(oid.signedData), encodeElement(0xa0, signedData));
}

/** A token of the time-stamp authority that says to have been signed at `signingTime` (GeneralizedTime), or does not say when. */
export function craftTimestamp(authority: TestAuthority, stamped: Uint8Array, signingTime?: string): Buffer {
  const time = (text: string): Buffer => encodeElement(derTag.generalizedTime, Buffer.from(text));
  const now = `${new Date().toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
  const digest = createHash('sha256').update(stamped).digest();
  const info = encodeSequence(
    encodeInteger(1),
    encodeObjectIdentifier('1.2.3.4.1'),
    encodeSequence(algorithm(sha256), encodeOctetString(digest)),
    encodeInteger(1),
    time(now),
  );
  const attributes = [
    contentTypeAttribute(oid.timestampInfo),
    digestAttribute(info),
    signingCertificateAttribute(readPem(authority, 'timestamping')),
    ...(signingTime === undefined ? [] : [attribute(oid.signingTime, time(signingTime))]),
  ];
  const signer: CraftedSigner = {
    attributes,
    digestAlgorithm: sha256,
    signatureAlgorithm: rsaSha256,
    hash: 'sha256',
    holder: 'timestamping',
    named: 'timestamping',
    isBroken: false,
    unsignedAttributes: [],
    writeAttributes: inOrder,
  };
  return craftCms(authority, info, [signer], oid.timestampInfo);
}

export function readPem(authority: TestAuthority, name: string): Buffer {
  const text = readFileSync(join(authority.folder, `${name}.pem`), 'latin1');
  const base64 = /-----BEGIN CERTIFICATE-----([^-]*)-----END/.exec(text)?.[1];
  if (base64 === undefined) throw new Error(`no certificate in ${name}.pem`);
  return Buffer.from(base64, 'base64');
}

function craftSigner(authority: TestAuthority, content: Uint8Array, signer: CraftedSigner): Buffer {
  const key = createPrivateKey(readFileSync(join(authority.folder, `${signer.holder}.key`)));
  const signed = signer.attributes === null ? content : encodeSetOf(signer.attributes);
  const signature = signer.padding === undefined ? sign(signer.hash, signed, key) : pad(signer.padding, signed, key);
  if (signer.isBroken) signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1;
  const named = readCertificate(readPem(authority, signer.named));
  return encodeSequence(
    encodeInteger(1),
    encodeSequence(named.issuerDer, named.serial),
    algorithm(signer.digestAlgorithm),
    ...(signer.attributes === null ? [] : [signer.writeAttributes(signer.attributes)]),
    algorithm(signer.signatureAlgorithm),
    encodeOctetString(signature),
    ...(signer.unsignedAttributes.length === 0 ? [] : [encodeSetOf(signer.unsignedAttributes, 0xa1)]),
  );
}

function pad(
  { isNullLeftOut, after }: NonNullable<CraftedSigner['padding']>,
  data: Uint8Array,
  key: KeyObject,
): Buffer {
  const name = isNullLeftOut ? encodeSequence(encodeObjectIdentifier(sha256)) : algorithm(sha256);
  const digest = encodeOctetString(createHash('sha256').update(data).digest());
  const value = Buffer.concat([encodeSequence(name, digest), Buffer.from(after)]);
  return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, value);
}

/** The DER order of a SET OF. */
export function inOrder(attributes: readonly Buffer[]): Buffer {
  return encodeSetOf(attributes, 0xa0);
}
