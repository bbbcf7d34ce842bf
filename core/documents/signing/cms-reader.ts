import { AppError } from '../../contract/errors.ts';
import { checkSignature, digestOf, readHashAlgorithm } from './algorithms.ts';
import type { ReadableHashName } from './algorithms.ts';
import { readCertificate } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import {
  asBuffer,
  decodeObjectIdentifier,
  decodeOctetString,
  derChild,
  derChildren,
  derTag,
  encodeElement,
  encodeSetOf,
  expectDer,
  readDer,
} from './der.ts';
import type { DerNode } from './der.ts';
import { oid } from './oids.ts';

export type SignerInfo = Readonly<{
  /** Encoded issuer and serial number, or a subject key identifier (hexadecimal). */
  identifier: Readonly<{ issuerDer: Buffer; serial: Buffer } | { subjectKeyIdentifier: string }>;
  /** Null when the digest is one that we do not know. */
  digestHash: ReadableHashName | null;
  signedAttributes: readonly CmsAttribute[] | null;
  /** Content of the attributes' SET as encoded by the signer. */
  signedAttributesContent: Buffer;
  signatureAlgorithm: Buffer;
  signature: Buffer;
  unsignedAttributes: readonly CmsAttribute[];
}>;

export type CmsAttribute = Readonly<{ type: string; values: readonly DerNode[] }>;

export type SignedData = Readonly<{
  contentType: string;
  /** Null when the content is detached. */
  content: Buffer | null;
  /** X.509 certificates; attribute certificates are left out. One that is malformed makes the whole unreadable. */
  certificates: readonly Certificate[];
  /** DER of certificate revocation lists. */
  crls: readonly Buffer[];
  signers: readonly SignerInfo[];
  /** Length of the encoding: what follows is padding. */
  encodedLength: number;
}>;

export type CmsProblem =
  | 'signerCount'
  | 'signerCertificateMissing'
  | 'algorithmUnsupported'
  | 'contentTypeMismatch'
  | 'digestMismatch'
  | 'signatureInvalid'
  | 'signingCertificateMissing'
  | 'signingCertificateMismatch';

export type CmsCheck = Readonly<{
  signer: SignerInfo | null;
  certificate: Certificate | null;
  problems: readonly CmsProblem[];
}>;

/** Reads a ContentInfo with SignedData (RFC 5652), DER or BER. Throws AppError `document.unreadable` (part `cms`). */
export function readSignedData(bytes: Uint8Array): SignedData {
  try {
    return read(asBuffer(bytes));
  } catch (cause) {
    throw new AppError('document.unreadable', { part: 'cms' }, { cause });
  }
}

/**
 * Checks what the signature itself can prove: one signer, digest, signature, certificate named by the signed
 * attributes. Says nothing of trust. `content` is the signed content in pieces, detached or not.
 */
export function checkSignedData(signedData: SignedData, content: readonly Uint8Array[]): CmsCheck {
  const [signer, ...others] = signedData.signers;
  if (signer === undefined || others.length > 0) return { signer: null, certificate: null, problems: ['signerCount'] };
  const certificate = signedData.certificates.find((candidate) => isNamed(candidate, signer)) ?? null;
  if (certificate === null) return { signer, certificate, problems: ['signerCertificateMissing'] };
  if (signer.digestHash === null) return { signer, certificate, problems: ['algorithmUnsupported'] };
  const problems: CmsProblem[] = [];
  const attributes = signer.signedAttributes;
  if (attributes !== null)
    problems.push(
      ...checkAttributes(attributes, signedData.contentType, digestOf(signer.digestHash, ...content), certificate),
    );
  else problems.push('signingCertificateMissing');
  switch (checkSignerSignature(signer, signer.digestHash, certificate, content)) {
    case 'valid':
      break;
    case 'invalid':
      problems.push('signatureInvalid');
      break;
    case 'unsupported':
      problems.push('algorithmUnsupported');
      break;
  }
  return { signer, certificate, problems };
}

/** The only value of an attribute that must occur once; null when it is absent or repeated. */
export function findSingleAttribute(attributes: readonly CmsAttribute[], type: string): DerNode | null {
  const found = attributes.filter((attribute) => attribute.type === type);
  const [value, ...others] = found.flatMap((attribute) => attribute.values);
  return value === undefined || others.length > 0 ? null : value;
}

function read(bytes: Buffer): SignedData {
  const contentInfo = expectDer(readDer(bytes), derTag.sequence);
  if (decodeObjectIdentifier(derChild(contentInfo, 0)) !== oid.signedData) throw new Error('not SignedData');
  const [, , encapsulated, ...rest] = derChildren(derChild(derChild(contentInfo, 1, 0xa0), 0, derTag.sequence));
  const [contentType, content] = derChildren(expectDer(encapsulated, derTag.sequence));
  const certificates = rest.find((node) => node.tag === 0xa0);
  const crls = rest.find((node) => node.tag === 0xa1);
  const signers = expectDer(rest.findLast((node) => node.tag === derTag.set));
  return {
    contentType: decodeObjectIdentifier(expectDer(contentType)),
    content: content === undefined ? null : decodeOctetString(derChild(content, 0)),
    certificates:
      certificates === undefined
        ? []
        : derChildren(certificates)
            .filter((node) => node.tag === derTag.sequence)
            .map((node) => readCertificate(node.raw)),
    crls: crls === undefined ? [] : derChildren(crls).map((node) => node.raw),
    signers: derChildren(signers).map(readSigner),
    encodedLength: contentInfo.raw.length,
  };
}

function readSigner(node: DerNode): SignerInfo {
  const [, identifier, digestAlgorithm, ...rest] = derChildren(expectDer(node, derTag.sequence));
  const signed = rest[0]?.tag === 0xa0 ? rest.shift() : undefined;
  const [signatureAlgorithm, signature, unsigned] = rest;
  return {
    identifier: readIdentifier(expectDer(identifier)),
    digestHash: readHashAlgorithm(expectDer(digestAlgorithm)),
    signedAttributes: signed === undefined ? null : derChildren(signed).map(readAttribute),
    signedAttributesContent: signed?.content ?? Buffer.alloc(0),
    signatureAlgorithm: expectDer(signatureAlgorithm, derTag.sequence).raw,
    signature: decodeOctetString(expectDer(signature)),
    unsignedAttributes: unsigned?.tag === 0xa1 ? derChildren(unsigned).map(readAttribute) : [],
  };
}

function readIdentifier(node: DerNode): SignerInfo['identifier'] {
  if ((node.tag & 0x1f) === 0 && node.tag >= 0x80)
    return { subjectKeyIdentifier: decodeOctetString({ ...node, tag: derTag.octetString }).toString('hex') };
  return { issuerDer: derChild(node, 0).raw, serial: derChild(node, 1).raw };
}

function readAttribute(node: DerNode): CmsAttribute {
  return { type: decodeObjectIdentifier(derChild(node, 0)), values: derChildren(derChild(node, 1, derTag.set)) };
}

function isNamed(certificate: Certificate, signer: SignerInfo): boolean {
  if ('subjectKeyIdentifier' in signer.identifier)
    return certificate.subjectKeyIdentifier === signer.identifier.subjectKeyIdentifier;
  return (
    certificate.issuerDer.equals(signer.identifier.issuerDer) && certificate.serial.equals(signer.identifier.serial)
  );
}

function checkAttributes(
  attributes: readonly CmsAttribute[],
  contentType: string,
  digest: Buffer,
  certificate: Certificate,
): readonly CmsProblem[] {
  const problems: CmsProblem[] = [];
  const statedType = findSingleAttribute(attributes, oid.contentType);
  if (statedType === null || decodeObjectIdentifier(statedType) !== contentType) problems.push('contentTypeMismatch');
  const statedDigest = findSingleAttribute(attributes, oid.messageDigest);
  if (statedDigest === null || !decodeOctetString(statedDigest).equals(digest)) problems.push('digestMismatch');
  const reference = findSingleAttribute(attributes, oid.signingCertificateV2);
  const oldReference = findSingleAttribute(attributes, oid.signingCertificate);
  if (reference === null && oldReference === null) problems.push('signingCertificateMissing');
  const isMatching =
    (reference === null || namesCertificate(reference, certificate, 'sha256')) &&
    (oldReference === null || namesCertificate(oldReference, certificate, 'sha1'));
  if (!isMatching) problems.push('signingCertificateMismatch');
  return problems;
}

// SigningCertificate and SigningCertificateV2 (RFC 5035): the first identifier is the signer's.
function namesCertificate(reference: DerNode, certificate: Certificate, defaultHash: ReadableHashName): boolean {
  const parts = derChildren(derChild(derChild(reference, 0), 0));
  const hash = parts[0]?.tag === derTag.sequence ? readHashAlgorithm(parts[0]) : defaultHash;
  const value = parts.find((part) => part.tag === derTag.octetString);
  if (hash === null || value === undefined || !value.content.equals(digestOf(hash, certificate.der))) return false;
  const issuerSerial = parts.find((part, index) => index > 0 && part.tag === derTag.sequence);
  return issuerSerial === undefined || derChild(issuerSerial, 1).raw.equals(certificate.serial);
}

function checkSignerSignature(
  signer: SignerInfo,
  digestHash: ReadableHashName,
  certificate: Certificate,
  content: readonly Uint8Array[],
): ReturnType<typeof checkSignature> {
  const common = {
    publicKeyInfo: certificate.publicKeyInfo,
    algorithm: signer.signatureAlgorithm,
    digestHash,
    signature: signer.signature,
  };
  if (signer.signedAttributes === null) return checkSignature({ ...common, data: Buffer.concat(content) });
  const asWritten = checkSignature({ ...common, data: encodeElement(derTag.set, signer.signedAttributesContent) });
  if (asWritten !== 'invalid') return asWritten;
  // What is signed is the DER encoding, whatever order the file shows (RFC 5652 §5.4).
  const elements = derChildren({
    tag: derTag.set,
    raw: signer.signedAttributesContent,
    content: signer.signedAttributesContent,
    indefinite: false,
  });
  return checkSignature({ ...common, data: encodeSetOf(elements.map((element) => element.raw)) });
}
