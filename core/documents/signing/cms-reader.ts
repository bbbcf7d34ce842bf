import { AppError } from '../../contract/errors.ts';
import { checkSignature, digestOf, hashOfSignature, isWeakHash, readHashAlgorithm } from './algorithms.ts';
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
  digestAlgorithm: Buffer;
  signedAttributes: readonly CmsAttribute[] | null;
  /** Content of the attributes' SET as encoded by the signer. */
  signedAttributesContent: Buffer;
  signatureAlgorithm: Buffer;
  signature: Buffer;
  unsignedAttributes: readonly CmsAttribute[];
  /** The parts of the SEQUENCE as encoded, but for the unsigned attributes: what archive time stamps cover. */
  encodedParts: readonly Buffer[];
}>;

export type CmsAttribute = Readonly<{ type: string; values: readonly DerNode[]; raw: Buffer }>;

export type SignedData = Readonly<{
  contentType: string;
  /** Null when the content is detached. */
  content: Buffer | null;
  /** X.509 certificates; attribute certificates are left out. One that is malformed makes the whole unreadable. */
  certificates: readonly Certificate[];
  /** DER of certificate revocation lists. */
  crls: readonly Buffer[];
  /** DER of OCSP responses that came along (RFC 5940). */
  ocsps: readonly Buffer[];
  signers: readonly SignerInfo[];
  /** Content, certificates and revocation data as encoded, the absent ones left out. */
  encodedContentInfo: Buffer;
  encodedCertificates: DerNode | null;
  encodedRevocations: DerNode | null;
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
  | 'attributesAmbiguous'
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
  return checkSigner(signer, signedData, { type: signedData.contentType, pieces: content });
}

/** What a signer signs: a content of a type, or (a countersignature) a signature, which has no type. */
export type SignerContent = Readonly<{
  type: string | null;
  /** Null when it is not at hand: only what does not depend on it is checked. */
  pieces: readonly Uint8Array[] | null;
}>;

/** Checks one signer of several as `checkSignedData` checks the only one. */
export function checkSigner(
  signer: SignerInfo,
  { certificates }: Pick<SignedData, 'certificates'>,
  content: SignerContent,
): CmsCheck {
  const named = certificates.filter((candidate) => isNamed(candidate, signer));
  const reference = findReference(signer);
  // Certificates may share a name and a number: the signed attribute tells which one is meant.
  const certificate = named.find((candidate) => reference === null || isReferred(reference, candidate)) ?? named[0];
  if (certificate === undefined) return { signer, certificate: null, problems: ['signerCertificateMissing'] };
  if (signer.digestHash === null) return { signer, certificate, problems: ['algorithmUnsupported'] };
  const problems: CmsProblem[] = [];
  const attributes = signer.signedAttributes;
  if (attributes !== null) {
    problems.push(...checkAttributes(attributes, content, signer.digestHash, certificate));
    if (!areAlgorithmsKept(signer, attributes)) problems.push('signatureInvalid');
  } else {
    problems.push('signingCertificateMissing');
    // Only plain data may do without attributes; attributes passed off as data are a known forgery (RFC 5652 §5.3).
    const isPlain = content.type === oid.data && !(content.pieces !== null && looksLikeAttributes(content.pieces));
    if (!isPlain) problems.push('contentTypeMismatch');
  }
  if (attributes === null && content.pieces === null) return { signer, certificate, problems };
  switch (checkSignerSignature(signer, signer.digestHash, certificate, content.pieces ?? [])) {
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

/** Whether the content or the signed attributes were digested with an algorithm that is no longer safe. */
export function isWeaklySigned({ digestHash, signatureAlgorithm }: SignerInfo): boolean {
  return [digestHash, hashOfSignature(signatureAlgorithm)].some((hash) => hash !== null && isWeakHash(hash));
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
    ...readRevocationInfo(crls),
    signers: derChildren(signers).map(readSigner),
    encodedContentInfo: expectDer(encapsulated).raw,
    encodedCertificates: certificates ?? null,
    encodedRevocations: crls ?? null,
    encodedLength: contentInfo.raw.length,
  };
}

function readRevocationInfo(
  container: DerNode | undefined,
): Readonly<{ crls: readonly Buffer[]; ocsps: readonly Buffer[] }> {
  const crls: Buffer[] = [];
  const ocsps: Buffer[] = [];
  for (const node of container === undefined ? [] : derChildren(container)) {
    if (node.tag === derTag.sequence) crls.push(node.raw);
    if (node.tag !== 0xa1) continue;
    const [format, info] = derChildren(node);
    if (info !== undefined && decodeObjectIdentifier(expectDer(format)) === oid.revocationInfoOcsp)
      ocsps.push(info.raw);
  }
  return { crls, ocsps };
}

/** Reads a SignerInfo, of SignedData or of a countersignature. */
export function readSigner(node: DerNode): SignerInfo {
  const [version, identifier, digestAlgorithm, ...rest] = derChildren(expectDer(node, derTag.sequence));
  const signed = rest[0]?.tag === 0xa0 ? rest.shift() : undefined;
  const [signatureAlgorithm, signature, unsigned] = rest;
  const parts = [version, identifier, digestAlgorithm, signed, signatureAlgorithm, signature];
  return {
    identifier: readIdentifier(expectDer(identifier)),
    digestHash: readHashAlgorithm(expectDer(digestAlgorithm, derTag.sequence)),
    digestAlgorithm: expectDer(digestAlgorithm, derTag.sequence).raw,
    signedAttributes: signed === undefined ? null : derChildren(signed).map(readAttribute),
    signedAttributesContent: signed?.content ?? Buffer.alloc(0),
    signatureAlgorithm: expectDer(signatureAlgorithm, derTag.sequence).raw,
    signature: decodeOctetString(expectOctetString(signature)),
    unsignedAttributes: unsigned?.tag === 0xa1 ? derChildren(unsigned).map(readAttribute) : [],
    encodedParts: parts.flatMap((part) => (part === undefined ? [] : [part.raw])),
  };
}

// BER may write the value in pieces, under the constructed form of the tag.
function expectOctetString(node: DerNode | undefined): DerNode {
  return expectDer(node, node?.tag === (derTag.octetString | 0x20) ? node.tag : derTag.octetString);
}

function readIdentifier(node: DerNode): SignerInfo['identifier'] {
  if ((node.tag & 0x1f) === 0 && node.tag >= 0x80)
    return { subjectKeyIdentifier: decodeOctetString({ ...node, tag: derTag.octetString }).toString('hex') };
  return { issuerDer: derChild(node, 0).raw, serial: derChild(node, 1).raw };
}

function readAttribute(node: DerNode): CmsAttribute {
  return {
    type: decodeObjectIdentifier(derChild(node, 0)),
    values: derChildren(derChild(node, 1, derTag.set)),
    raw: node.raw,
  };
}

function isNamed(certificate: Certificate, signer: SignerInfo): boolean {
  if ('subjectKeyIdentifier' in signer.identifier)
    return certificate.subjectKeyIdentifier === signer.identifier.subjectKeyIdentifier;
  return (
    certificate.issuerDer.equals(signer.identifier.issuerDer) && certificate.serial.equals(signer.identifier.serial)
  );
}

const singleAttributes: readonly string[] = [
  oid.contentType,
  oid.messageDigest,
  oid.signingTime,
  oid.signingCertificate,
  oid.signingCertificateV2,
];

function checkAttributes(
  attributes: readonly CmsAttribute[],
  content: SignerContent,
  hash: ReadableHashName,
  certificate: Certificate,
): readonly CmsProblem[] {
  const problems: CmsProblem[] = [];
  const isRepeated = (type: string): boolean =>
    attributes.filter((attribute) => attribute.type === type).flatMap((attribute) => attribute.values).length > 1;
  if (singleAttributes.some(isRepeated)) problems.push('attributesAmbiguous');
  const statedType = findSingleAttribute(attributes, oid.contentType);
  const type = statedType === null ? null : decodeObjectIdentifier(statedType);
  // RFC 5652 §11.4 forbids the type in a countersignature; some programs write it all the same.
  if (content.type !== null && type !== content.type) problems.push('contentTypeMismatch');
  const statedDigest = findSingleAttribute(attributes, oid.messageDigest);
  const isMatching =
    statedDigest !== null &&
    (content.pieces === null ||
      decodeOctetString(expectOctetString(statedDigest)).equals(digestOf(hash, ...content.pieces)));
  if (!isMatching) problems.push('digestMismatch');
  const reference = findSingleAttribute(attributes, oid.signingCertificateV2);
  const oldReference = findSingleAttribute(attributes, oid.signingCertificate);
  if (reference === null && oldReference === null) problems.push('signingCertificateMissing');
  else if (!isReferred({ reference, oldReference }, certificate)) problems.push('signingCertificateMismatch');
  return problems;
}

/** RFC 6211: the algorithms that the signer protected are those that the signature is said to have, encoded alike. */
function areAlgorithmsKept(signer: SignerInfo, attributes: readonly CmsAttribute[]): boolean {
  const found = attributes.filter(({ type }) => type === oid.algorithmProtection).flatMap(({ values }) => values);
  const [value, ...others] = found;
  if (value === undefined) return true;
  if (others.length > 0) return false;
  const [digest, ...rest] = derChildren(value);
  const signature = rest.find(({ tag }) => tag === 0xa1);
  return (
    digest !== undefined &&
    signature !== undefined &&
    isSameAlgorithm(digest, readDer(signer.digestAlgorithm)) &&
    isSameAlgorithm(signature, readDer(signer.signatureAlgorithm))
  );
}

function isSameAlgorithm(one: DerNode, other: DerNode): boolean {
  return Buffer.concat(essentialParts(one)).equals(Buffer.concat(essentialParts(other)));
}

const defaultTrailer = Buffer.from('a303020101', 'hex');

// Absent parameters and NULL mean the same, and so do the trailer field of PSS and its default value (RFC 4055 §3.1).
function essentialParts(node: DerNode): readonly Buffer[] {
  return derChildren(node)
    .filter(({ tag, raw }) => tag !== derTag.null && !raw.equals(defaultTrailer))
    .map((part) => ((part.tag & 0x20) === 0 ? part.raw : encodeElement(part.tag, ...essentialParts(part))));
}

type CertificateReference = Readonly<{ reference: DerNode | null; oldReference: DerNode | null }>;

function findReference({ signedAttributes }: SignerInfo): CertificateReference | null {
  if (signedAttributes === null) return null;
  return {
    reference: findSingleAttribute(signedAttributes, oid.signingCertificateV2),
    oldReference: findSingleAttribute(signedAttributes, oid.signingCertificate),
  };
}

function isReferred({ reference, oldReference }: CertificateReference, certificate: Certificate): boolean {
  return (
    (reference === null || namesCertificate(reference, certificate, 'sha256')) &&
    (oldReference === null || namesCertificate(oldReference, certificate, 'sha1'))
  );
}

function looksLikeAttributes(pieces: readonly Uint8Array[]): boolean {
  try {
    const set = readDer(Buffer.concat(pieces));
    return (
      set.tag === derTag.set &&
      derChildren(set)
        .map(readAttribute)
        .some(({ type }) => type === oid.messageDigest)
    );
  } catch {
    return false;
  }
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
