import { checkSignature } from './algorithms.ts';
import { readDistributionPoint } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import {
  decodeBitString,
  decodeObjectIdentifier,
  decodeOctetString,
  decodeSmallInteger,
  decodeTime,
  derChild,
  derChildren,
  derTag,
  expectDer,
  readDer,
} from './der.ts';
import type { DerNode } from './der.ts';
import { comparableName, isSameName } from './distinguished-name.ts';
import type { RevocationStatus } from './ocsp.ts';
import { oid } from './oids.ts';

export type CrlStatement = Readonly<{ status: RevocationStatus; thisUpdate: Date; nextUpdate: Date | null }>;

type Subject = Readonly<{ certificate: Certificate; issuer: Certificate }>;
type Extension = Readonly<{ type: string; isCritical: boolean; value: DerNode }>;

const removedFromList = 8;

/**
 * What a certificate revocation list says about a certificate (RFC 5280 §5 and §6.3), or null when the list is not its
 * issuer's or holds what is not understood. A list for only a part of the certificates or of the reasons, or of changes only,
 * may tell that one is revoked and never that it is good; nor may one that was issued when the certificate had expired.
 */
export function checkCrl(crl: Uint8Array, subject: Subject): CrlStatement | null {
  try {
    return check(crl, subject);
  } catch {
    return null;
  }
}

function check(crl: Uint8Array, subject: Subject): CrlStatement | null {
  const { certificate, issuer } = subject;
  const [list, algorithm, signature] = derChildren(expectDer(readDer(crl), derTag.sequence));
  const fields = derChildren(expectDer(list, derTag.sequence)).filter((field) => field.tag !== derTag.integer);
  const [innerAlgorithm, name, thisUpdateNode, ...rest] = fields;
  if (!isSameName(comparableName(expectDer(name)), issuer.subjectName)) return null;
  if (!isSameName(certificate.issuerName, issuer.subjectName)) return null;
  if (issuer.keyUsage !== null && !issuer.keyUsage.crlSign) return null;
  if (!expectDer(innerAlgorithm).raw.equals(expectDer(algorithm).raw)) return null;
  const extensions = readExtensions(rest.find((field) => field.tag === 0xa0));
  const scope = readScope(extensions, expectDer(name), certificate);
  if (scope === null) return null;
  const verdict = checkSignature({
    publicKeyInfo: issuer.publicKeyInfo,
    algorithm: expectDer(algorithm).raw,
    data: expectDer(list).raw,
    signature: decodeBitString(expectDer(signature)),
  });
  if (verdict !== 'valid') return null;
  const thisUpdate = decodeTime(expectDer(thisUpdateNode));
  const nextUpdate = rest.find((field) => field.tag === derTag.utcTime || field.tag === derTag.generalizedTime);
  const revoked = rest.find((field) => field.tag === derTag.sequence);
  const status = revoked === undefined ? null : findEntry(revoked, certificate.serial);
  return {
    status: status ?? absent(scope === 'whole' && remembers(extensions, thisUpdate, certificate)),
    thisUpdate,
    nextUpdate: nextUpdate === undefined ? null : decodeTime(nextUpdate),
  };
}

function absent(isTelling: boolean): RevocationStatus {
  return isTelling ? { status: 'good' } : { status: 'unknown' };
}

/** Whether the certificate would still be on the list: those that have expired are dropped, unless it says since when not. */
function remembers(extensions: readonly Extension[], thisUpdate: Date, { notAfter }: Certificate): boolean {
  if (thisUpdate <= notAfter) return true;
  const kept = extensions.find(({ type }) => type === oid.expiredCertificatesOnCrl);
  return kept !== undefined && decodeTime(kept.value) <= notAfter;
}

/** Null for a list that cannot be understood, or of certificates of another kind or of other issuers. */
function readScope(
  extensions: readonly Extension[],
  issuerName: DerNode,
  certificate: Certificate,
): 'whole' | 'part' | null {
  let scope: 'whole' | 'part' = 'whole';
  for (const { type, isCritical, value } of extensions) {
    if (type === oid.deltaCrlIndicator) scope = 'part';
    else if (type === oid.issuingDistributionPoint) {
      const parts = derChildren(expectDer(value, derTag.sequence));
      const isSet = (tag: number): boolean => parts.some((part) => part.tag === tag && part.content[0] !== 0);
      // Indirect lists, and those of attribute certificates.
      if (isSet(0x84) || isSet(0x85)) return null;
      const place = parts.find((part) => part.tag === 0xa0);
      const isOfPlace =
        place === undefined ||
        readDistributionPoint(derChild(place, 0), issuerName).some((one) => certificate.crlPlaces.includes(one));
      const isOfKind = !(certificate.isAuthority ? isSet(0x81) : isSet(0x82));
      const hasAllReasons = !parts.some((part) => part.tag === 0x83);
      if (!isOfPlace || !isOfKind || !hasAllReasons) scope = 'part';
    } else if (isCritical) return null;
  }
  return scope;
}

function readExtensions(container: DerNode | undefined): readonly Extension[] {
  if (container === undefined) return [];
  return derChildren(derChild(container, 0)).map(readExtension);
}

function readExtension(extension: DerNode): Extension {
  const [type, ...rest] = derChildren(extension);
  const [critical] = rest;
  return {
    type: decodeObjectIdentifier(expectDer(type)),
    isCritical: critical?.tag === derTag.boolean && critical.content[0] !== 0,
    value: readDer(decodeOctetString(expectDer(rest.at(-1), derTag.octetString))),
  };
}

// Lists have a hundred thousand entries: most tell without being taken apart that a number is not among them.
function findEntry(revoked: DerNode, serial: Buffer): RevocationStatus | null {
  if (!revoked.content.includes(serial)) return null;
  const entries = derChildren(revoked)
    .filter((entry) => entry.content.subarray(0, serial.length).equals(serial))
    .map(readEntry);
  return entries.find(({ status }) => status === 'revoked') ?? entries[0] ?? null;
}

function readEntry(entry: DerNode): RevocationStatus {
  const [, at, container] = derChildren(entry);
  const extensions = container === undefined ? [] : derChildren(container).map(readExtension);
  // A certificate of another issuer, or something that is not understood.
  if (extensions.some(({ type, isCritical }) => isCritical && type !== oid.crlReason))
    throw new Error('critical entry');
  const value = extensions.find(({ type }) => type === oid.crlReason)?.value;
  const reason = value === undefined ? null : decodeSmallInteger(value);
  return reason === removedFromList ? { status: 'good' } : { status: 'revoked', at: decodeTime(expectDer(at)), reason };
}
