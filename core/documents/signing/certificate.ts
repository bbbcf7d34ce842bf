import { AppError } from '../../contract/errors.ts';
import { checkSignature } from './algorithms.ts';
import {
  asBuffer,
  decodeBitString,
  decodeObjectIdentifier,
  decodeOctetString,
  decodeSmallInteger,
  decodeText,
  decodeTime,
  derChild,
  derChildren,
  derTag,
  expectDer,
  readDer,
} from './der.ts';
import type { DerNode } from './der.ts';
import { comparableName, isSameName } from './distinguished-name.ts';
import type { ComparableName } from './distinguished-name.ts';
import { oid } from './oids.ts';

/** Attribute type and value, in the order of the certificate; parts of one multi-valued RDN follow one another. */
export type NameAttribute = Readonly<{ type: string; value: string }>;

export type KeyUsage = Readonly<{
  digitalSignature: boolean;
  /** Also called nonRepudiation. */
  contentCommitment: boolean;
  keyEncipherment: boolean;
  keyCertSign: boolean;
  crlSign: boolean;
}>;

/** An X.509 certificate, read once. Names, serial number and keys are also kept as encoded, to be copied and compared. */
export type Certificate = Readonly<{
  der: Buffer;
  /** The signed part, its signature and the algorithm's identifier. */
  signedPart: Buffer;
  signatureAlgorithm: Buffer;
  signature: Buffer;
  serial: Buffer;
  serialHex: string;
  issuer: readonly NameAttribute[];
  issuerDer: Buffer;
  subject: readonly NameAttribute[];
  subjectDer: Buffer;
  /** Both names in the form in which they are compared (RFC 5280 §7.1). */
  issuerName: ComparableName;
  subjectName: ComparableName;
  publicKeyInfo: Buffer;
  notBefore: Date;
  notAfter: Date;
  /** Null when the certificate has no keyUsage extension. */
  keyUsage: KeyUsage | null;
  extendedKeyUsage: readonly string[];
  isExtendedKeyUsageCritical: boolean;
  isAuthority: boolean;
  /** Certificates of authorities allowed below; null without limit. */
  pathLength: number | null;
  policies: readonly string[];
  policyMappings: readonly Readonly<{ issuerPolicy: string; subjectPolicy: string }>[];
  /** Certificates that may follow before a policy is required, policies may not be mapped, any policy counts for none. */
  requireExplicitPolicy: number | null;
  inhibitPolicyMapping: number | null;
  inhibitAnyPolicy: number | null;
  /** GeneralSubtree elements of the nameConstraints extension; null without it. */
  nameConstraints: Readonly<{ permitted: readonly DerNode[]; excluded: readonly DerNode[] }> | null;
  /** GeneralName elements of subjectAltName. */
  alternativeNames: readonly DerNode[];
  /** Attributes of the directoryName inside subjectAltName, where Spanish certificates keep the identity. */
  alternativeName: readonly NameAttribute[];
  email: string | null;
  ocspUrls: readonly string[];
  caIssuerUrls: readonly string[];
  crlUrls: readonly string[];
  /** Names of the places where its lists are published, to be compared with the one that a list gives itself. */
  crlPlaces: readonly string[];
  subjectKeyIdentifier: string | null;
  authorityKeyIdentifier: string | null;
  hasOcspNoCheck: boolean;
  /** Critical extensions that this program does not process: such a certificate may not be relied upon (RFC 5280 §4.2). */
  unknownCriticalExtensions: readonly string[];
}>;

type Extension = Readonly<{ type: string; isCritical: boolean; value: DerNode }>;

const processedExtensions: ReadonlySet<string> = new Set([
  oid.subjectKeyIdentifier,
  oid.keyUsage,
  oid.subjectAlternativeName,
  oid.basicConstraints,
  oid.crlDistributionPoints,
  oid.certificatePolicies,
  oid.policyMappings,
  oid.policyConstraints,
  oid.inhibitAnyPolicy,
  oid.nameConstraints,
  oid.authorityKeyIdentifier,
  oid.extendedKeyUsage,
  oid.authorityInfoAccess,
  oid.qcStatements,
  oid.ocspNoCheck,
]);

/** Reads an X.509 certificate in DER. Throws AppError `document.unreadable` (part `certificate`) otherwise. */
export function readCertificate(bytes: Uint8Array): Certificate {
  try {
    return read(asBuffer(bytes));
  } catch (cause) {
    throw new AppError('document.unreadable', { part: 'certificate' }, { cause });
  }
}

export function findNameAttribute(attributes: readonly NameAttribute[], type: string): string | null {
  return attributes.find((attribute) => attribute.type === type)?.value ?? null;
}

/** CN of a name, or its organization, or its first attribute: what a list can show. */
export function displayName(attributes: readonly NameAttribute[]): string {
  return (
    findNameAttribute(attributes, '2.5.4.3') ?? findNameAttribute(attributes, '2.5.4.10') ?? attributes[0]?.value ?? ''
  );
}

export function isSelfIssued(certificate: Certificate): boolean {
  return isSameName(certificate.subjectName, certificate.issuerName);
}

/** Whether the issuer's key signed the certificate: names match and the signature verifies. */
export function isIssuedBy(certificate: Certificate, issuer: Certificate): boolean {
  if (!isSameName(certificate.issuerName, issuer.subjectName)) return false;
  const check = checkSignature({
    publicKeyInfo: issuer.publicKeyInfo,
    algorithm: certificate.signatureAlgorithm,
    data: certificate.signedPart,
    signature: certificate.signature,
  });
  return check === 'valid';
}

function read(der: Buffer): Certificate {
  const whole = expectDer(readDer(der), derTag.sequence);
  const signedPart = derChild(whole, 0, derTag.sequence);
  const fields = derChildren(signedPart);
  if (derChildren(whole).length !== 3) throw new Error('parts of a certificate');
  const first = fields[0]?.tag === 0xa0 ? 1 : 0;
  const serial = expectDer(fields[first], derTag.integer);
  // Other readers refuse padding that DER forbids; a certificate that only some can read must not be relied upon.
  if (serial.content.length > 1 && serial.content[0] === 0 && ((serial.content[1] ?? 0) & 0x80) === 0)
    throw new Error('serial number padding');
  const signatureAlgorithm = derChild(whole, 1).raw;
  // RFC 5280 §4.1.1.2: the algorithm inside the signature and the one outside are the same.
  if (!expectDer(fields[first + 1]).raw.equals(signatureAlgorithm)) throw new Error('two signature algorithms');
  const issuer = expectDer(fields[first + 2], derTag.sequence);
  const validity = expectDer(fields[first + 3], derTag.sequence);
  const subject = expectDer(fields[first + 4], derTag.sequence);
  const publicKeyInfo = expectDer(fields[first + 5], derTag.sequence);
  // Unique identifiers and extensions, nothing else.
  const rest = fields.slice(first + 6);
  if (rest.some(({ tag }) => tag !== 0x81 && tag !== 0x82 && tag !== 0xa3)) throw new Error('parts of a certificate');
  const extensions = readExtensions(rest.find((field) => field.tag === 0xa3));
  const value = (type: string): DerNode | null =>
    extensions.find((extension) => extension.type === type)?.value ?? null;
  const alternativeNames = value(oid.subjectAlternativeName);
  const constraints = value(oid.policyConstraints);
  const inhibitAny = value(oid.inhibitAnyPolicy);
  const basicConstraints = value(oid.basicConstraints);
  const keyUsage = value(oid.keyUsage);
  const access = value(oid.authorityInfoAccess);
  const subjectKey = value(oid.subjectKeyIdentifier);
  const purposes = value(oid.extendedKeyUsage);
  const subjectAttributes = readName(subject);
  return {
    der: whole.raw,
    signedPart: signedPart.raw,
    signatureAlgorithm,
    signature: decodeBitString(derChild(whole, 2)),
    serial: serial.raw,
    serialHex: serial.content.toString('hex'),
    issuer: readName(issuer),
    issuerDer: issuer.raw,
    subject: subjectAttributes,
    subjectDer: subject.raw,
    issuerName: comparableName(issuer),
    subjectName: comparableName(subject),
    publicKeyInfo: publicKeyInfo.raw,
    notBefore: decodeTime(derChild(validity, 0)),
    notAfter: decodeTime(derChild(validity, 1)),
    keyUsage: keyUsage === null ? null : readKeyUsage(keyUsage),
    extendedKeyUsage: purposes === null ? [] : derChildren(purposes).map(decodeObjectIdentifier),
    isExtendedKeyUsageCritical: extensions.some(
      (extension) => extension.type === oid.extendedKeyUsage && extension.isCritical,
    ),
    ...readBasicConstraints(basicConstraints),
    policies: readPolicies(value(oid.certificatePolicies)),
    policyMappings: readPolicyMappings(value(oid.policyMappings)),
    requireExplicitPolicy: readConstraint(constraints, 0x80),
    inhibitPolicyMapping: readConstraint(constraints, 0x81),
    inhibitAnyPolicy: inhibitAny === null ? null : decodeSmallInteger(expectDer(inhibitAny, derTag.integer)),
    nameConstraints: readNameConstraints(value(oid.nameConstraints)),
    alternativeNames: alternativeNames === null ? [] : derChildren(alternativeNames),
    alternativeName: readAlternativeName(alternativeNames),
    email: readEmail(alternativeNames) ?? findNameAttribute(subjectAttributes, '1.2.840.113549.1.9.1'),
    ocspUrls: readAccessUrls(access, oid.accessOcsp),
    caIssuerUrls: readAccessUrls(access, oid.accessCaIssuers),
    crlUrls: readCrlUrls(value(oid.crlDistributionPoints)),
    crlPlaces: readCrlPlaces(value(oid.crlDistributionPoints), issuer),
    subjectKeyIdentifier: subjectKey === null ? null : subjectKey.content.toString('hex'),
    authorityKeyIdentifier: readAuthorityKey(value(oid.authorityKeyIdentifier)),
    hasOcspNoCheck: value(oid.ocspNoCheck) !== null,
    unknownCriticalExtensions: extensions
      .filter((extension) => extension.isCritical && !processedExtensions.has(extension.type))
      .map((extension) => extension.type),
  };
}

function readExtensions(container: DerNode | undefined): readonly Extension[] {
  if (container === undefined) return [];
  const extensions = derChildren(derChild(container, 0)).map((extension) => {
    const parts = derChildren(extension);
    const critical = parts.length === 3 ? parts[1] : undefined;
    return {
      type: decodeObjectIdentifier(expectDer(parts[0])),
      isCritical: critical !== undefined && critical.content[0] !== 0,
      value: readDer(decodeOctetString(expectDer(parts.at(-1), derTag.octetString))),
    };
  });
  // RFC 5280 §4.2. Readers differ in which of the two they follow.
  if (new Set(extensions.map(({ type }) => type)).size !== extensions.length) throw new Error('extension repeated');
  return extensions;
}

function readName(name: DerNode): readonly NameAttribute[] {
  return derChildren(name).flatMap((relative) =>
    derChildren(relative).map((attribute) => ({
      type: decodeObjectIdentifier(derChild(attribute, 0)),
      value: decodeText(derChild(attribute, 1)).trim(),
    })),
  );
}

function readKeyUsage(node: DerNode): KeyUsage {
  const bits = decodeBitString(node)[0] ?? 0;
  return {
    digitalSignature: (bits & 0x80) !== 0,
    contentCommitment: (bits & 0x40) !== 0,
    keyEncipherment: (bits & 0x20) !== 0,
    keyCertSign: (bits & 0x04) !== 0,
    crlSign: (bits & 0x02) !== 0,
  };
}

function readBasicConstraints(node: DerNode | null): Readonly<{ isAuthority: boolean; pathLength: number | null }> {
  if (node === null) return { isAuthority: false, pathLength: null };
  const parts = derChildren(node);
  const limit = parts.find((part) => part.tag === derTag.integer);
  return {
    isAuthority: parts.some((part) => part.tag === derTag.boolean && part.content[0] !== 0),
    pathLength: limit === undefined ? null : decodeSmallInteger(limit),
  };
}

function readPolicies(node: DerNode | null): readonly string[] {
  return node === null ? [] : derChildren(node).map((policy) => decodeObjectIdentifier(derChild(policy, 0)));
}

function readPolicyMappings(node: DerNode | null): Certificate['policyMappings'] {
  if (node === null) return [];
  return derChildren(node).map((mapping) => ({
    issuerPolicy: decodeObjectIdentifier(derChild(mapping, 0)),
    subjectPolicy: decodeObjectIdentifier(derChild(mapping, 1)),
  }));
}

function readConstraint(constraints: DerNode | null, tag: number): number | null {
  const part = constraints === null ? undefined : derChildren(constraints).find((one) => one.tag === tag);
  return part === undefined ? null : decodeSmallInteger(part);
}

function readNameConstraints(node: DerNode | null): Certificate['nameConstraints'] {
  if (node === null) return null;
  const subtrees = (tag: number): readonly DerNode[] =>
    derChildren(node)
      .filter((part) => part.tag === tag)
      .flatMap(derChildren);
  return { permitted: subtrees(0xa0), excluded: subtrees(0xa1) };
}

function readAlternativeName(names: DerNode | null): readonly NameAttribute[] {
  if (names === null) return [];
  return derChildren(names)
    .filter((name) => name.tag === 0xa4)
    .flatMap((name) => readName(derChild(name, 0)));
}

function readEmail(names: DerNode | null): string | null {
  const email = names === null ? undefined : derChildren(names).find((name) => name.tag === 0x81);
  return email === undefined ? null : email.content.toString('latin1');
}

function readAccessUrls(access: DerNode | null, method: string): readonly string[] {
  if (access === null) return [];
  return derChildren(access).flatMap((description) => {
    const location = derChild(description, 1);
    const isWanted = decodeObjectIdentifier(derChild(description, 0)) === method && location.tag === 0x86;
    return isWanted ? [location.content.toString('latin1')] : [];
  });
}

function readCrlUrls(points: DerNode | null): readonly string[] {
  if (points === null) return [];
  return derChildren(points)
    .flatMap((point) => derChildren(point).filter((part) => part.tag === 0xa0))
    .flatMap((name) => derChildren(name).filter((part) => part.tag === 0xa0))
    .flatMap((full) => derChildren(full).filter((part) => part.tag === 0x86))
    .map((uri) => uri.content.toString('latin1'));
}

function readCrlPlaces(points: DerNode | null, issuer: DerNode): readonly string[] {
  if (points === null) return [];
  return derChildren(points)
    .flatMap((point) => derChildren(point).filter((part) => part.tag === 0xa0))
    .flatMap((place) => readDistributionPoint(derChild(place, 0), issuer));
}

/** Comparable names of a DistributionPointName, full or relative to its issuer (RFC 5280 §4.2.1.13). */
export function readDistributionPoint(place: DerNode, issuer: DerNode): readonly string[] {
  if (place.tag === 0xa1)
    return [JSON.stringify([...comparableName(issuer), ...comparableName({ ...place, content: setOf(place) })])];
  return derChildren(place).map((name) =>
    name.tag === 0xa4 ? JSON.stringify(comparableName(derChild(name, 0))) : name.raw.toString('hex'),
  );
}

// A RelativeDistinguishedName is tagged implicitly: it stands for a name of one part.
function setOf(place: DerNode): Buffer {
  return Buffer.concat([Buffer.from([derTag.set]), place.raw.subarray(1)]);
}

function readAuthorityKey(node: DerNode | null): string | null {
  const key = node === null ? undefined : derChildren(node).find((part) => part.tag === 0x80);
  return key === undefined ? null : key.content.toString('hex');
}
