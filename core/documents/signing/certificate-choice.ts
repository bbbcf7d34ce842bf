import { X509Certificate } from 'node:crypto';
import { AppError } from '../../contract/errors.ts';
import { isIssuedBy, readCertificate } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import { identityOf } from './certificate-identity.ts';
import type { CertificateIdentity } from './certificate-identity.ts';

export type CertificatePurpose = 'employeeSignIn' | 'employeeSignature' | 'citizenSignature';

export type CertificateRefusal = 'expired' | 'notYetValid' | 'issuerNotTrusted' | 'notForSigning' | 'notAnEmployee';

export type CertificateRules = Readonly<{
  at: Date;
  /** Authorities whose certificates the office accepts: PEM text or DER. */
  trustAnchors: readonly (string | Uint8Array)[];
  /** Policies accepted besides those of public employees; a trailing dot accepts the whole arc. */
  extraEmployeePolicies?: readonly string[];
}>;

/** Verdict on one certificate of a card: null refusals mean that it may serve. */
export type CertificateChoice = Readonly<{
  der: Uint8Array;
  identity: CertificateIdentity;
  signInRefusal: CertificateRefusal | null;
  signatureRefusal: CertificateRefusal | null;
}>;

// Public employee, high and medium, with or without pseudonym (AGE profiles of 2016), and the arc of 2010.
const employeePolicies: readonly string[] = [
  '2.16.724.1.3.5.7.1',
  '2.16.724.1.3.5.7.2',
  '2.16.724.1.3.5.4.1',
  '2.16.724.1.3.5.4.2',
  '2.16.724.1.3.5.3.',
];

/**
 * Which certificates of a card may open an officer's session and which may sign as the officer; cards with one
 * certificate for each are the rule. What cannot be read is left out.
 */
export function chooseCertificates(ders: readonly Uint8Array[], rules: CertificateRules): readonly CertificateChoice[] {
  const anchors = rules.trustAnchors.map(readTrustAnchor);
  return ders.flatMap((der) => {
    const certificate = findReadable(der);
    if (certificate === null) return [];
    return [
      {
        der,
        identity: identityOf(certificate),
        signInRefusal: judge(certificate, 'employeeSignIn', anchors, rules),
        signatureRefusal: judge(certificate, 'employeeSignature', anchors, rules),
      },
    ];
  });
}

/**
 * Why a certificate may not serve for a purpose, or null when it may. Signing in wants digitalSignature, signing wants
 * contentCommitment; a certificate without keyUsage does for both. Throws AppError `document.unreadable` for what is no
 * certificate.
 */
export function judgeCertificate(der: Uint8Array, request: CertificateRules & Readonly<{ purpose: CertificatePurpose }>): CertificateRefusal | null {
  return judge(readCertificate(der), request.purpose, request.trustAnchors.map(readTrustAnchor), request);
}

/** Reads an anchor in PEM or DER. Throws AppError `document.unreadable` (part `certificate`). */
export function readTrustAnchor(anchor: string | Uint8Array): Certificate {
  if (typeof anchor !== 'string') return readCertificate(anchor);
  try {
    return readCertificate(new X509Certificate(anchor).raw);
  } catch (cause) {
    throw new AppError('document.unreadable', { part: 'certificate' }, { cause });
  }
}

function findReadable(der: Uint8Array): Certificate | null {
  try {
    return readCertificate(der);
  } catch {
    return null;
  }
}

function judge(certificate: Certificate, purpose: CertificatePurpose, anchors: readonly Certificate[], rules: CertificateRules): CertificateRefusal | null {
  if (rules.at < certificate.notBefore) return 'notYetValid';
  if (rules.at > certificate.notAfter) return 'expired';
  if (!anchors.some((anchor) => anchor.isAuthority && isIssuedBy(certificate, anchor))) return 'issuerNotTrusted';
  if (purpose !== 'citizenSignature' && !hasEmployeePolicy(certificate, rules.extraEmployeePolicies ?? [])) return 'notAnEmployee';
  const usage = certificate.keyUsage;
  const isUsable = usage === null || (purpose === 'employeeSignIn' ? usage.digitalSignature : usage.contentCommitment);
  return isUsable ? null : 'notForSigning';
}

function hasEmployeePolicy(certificate: Certificate, extraPolicies: readonly string[]): boolean {
  const accepted = [...employeePolicies, ...extraPolicies];
  // The DGP leaves the AGE's arc out of certificatePolicies and keeps it in the alternative name's attributes.
  const stated = [...certificate.policies, ...certificate.alternativeName.map((attribute) => attribute.type.replace(/\.\d+$/, ''))];
  return stated.some((policy) => accepted.some((wanted) => (wanted.endsWith('.') ? policy.startsWith(wanted) : policy === wanted)));
}
