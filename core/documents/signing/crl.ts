import { checkSignature } from './algorithms.ts';
import type { Certificate } from './certificate.ts';
import {
  decodeBitString,
  decodeObjectIdentifier,
  decodeSmallInteger,
  decodeTime,
  derChild,
  derChildren,
  derTag,
  expectDer,
  readDer,
} from './der.ts';
import type { DerNode } from './der.ts';
import type { RevocationStatus } from './ocsp.ts';

export type CrlStatement = Readonly<{ status: RevocationStatus; thisUpdate: Date; nextUpdate: Date | null }>;

const reasonCode = '2.5.29.21';

/**
 * What a certificate revocation list says about a certificate, or null when the list is not a complete one signed by its
 * issuer: lists with critical extensions (delta, indirect, by scope) are left aside.
 */
export function checkCrl(
  crl: Uint8Array,
  subject: Readonly<{ certificate: Certificate; issuer: Certificate }>,
): CrlStatement | null {
  try {
    return check(crl, subject);
  } catch {
    return null;
  }
}

function check(
  crl: Uint8Array,
  { certificate, issuer }: Readonly<{ certificate: Certificate; issuer: Certificate }>,
): CrlStatement | null {
  const [list, algorithm, signature] = derChildren(expectDer(readDer(crl), derTag.sequence));
  const fields = derChildren(expectDer(list, derTag.sequence)).filter((field) => field.tag !== derTag.integer);
  const [, name, thisUpdate, ...rest] = fields;
  if (!expectDer(name).raw.equals(issuer.subjectDer) || !certificate.issuerDer.equals(issuer.subjectDer)) return null;
  if (issuer.keyUsage !== null && !issuer.keyUsage.crlSign) return null;
  if (rest.some((field) => field.tag === 0xa0 && hasCriticalExtension(field))) return null;
  const verdict = checkSignature({
    publicKeyInfo: issuer.publicKeyInfo,
    algorithm: expectDer(algorithm).raw,
    data: expectDer(list).raw,
    signature: decodeBitString(expectDer(signature)),
  });
  if (verdict !== 'valid') return null;
  const nextUpdate = rest.find((field) => field.tag === derTag.utcTime || field.tag === derTag.generalizedTime);
  const revoked = rest.find((field) => field.tag === derTag.sequence);
  const entry =
    revoked === undefined
      ? undefined
      : derChildren(revoked).find((item) => derChild(item, 0).raw.equals(certificate.serial));
  return {
    status: entry === undefined ? { status: 'good' } : readEntry(entry),
    thisUpdate: decodeTime(expectDer(thisUpdate)),
    nextUpdate: nextUpdate === undefined ? null : decodeTime(nextUpdate),
  };
}

function hasCriticalExtension(extensions: DerNode): boolean {
  return derChildren(derChild(extensions, 0)).some((extension) => {
    const critical = derChildren(extension)[1];
    return critical?.tag === derTag.boolean && critical.content[0] !== 0;
  });
}

function readEntry(entry: DerNode): RevocationStatus {
  const [, at, extensions] = derChildren(entry);
  const reason = (extensions === undefined ? [] : derChildren(extensions)).find(
    (extension) => decodeObjectIdentifier(derChild(extension, 0)) === reasonCode,
  );
  const value = reason === undefined ? undefined : derChildren(reason).at(-1);
  return {
    status: 'revoked',
    at: decodeTime(expectDer(at)),
    reason: value === undefined ? null : decodeSmallInteger(readDer(value.content)),
  };
}
