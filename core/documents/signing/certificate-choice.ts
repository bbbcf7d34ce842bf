import { isIssuedBy, readCertificate } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import { identityOf } from './certificate-identity.ts';
import type { CertificateIdentity } from './certificate-identity.ts';

export type CertificateRefusal =
  | 'unreadable'
  | 'notYetValid'
  | 'expired'
  | 'issuerNotTrusted'
  | 'policyNotAccepted'
  | 'keyUsage';

/** Verdict on one certificate of a card, with why it may not serve for the one or the other. */
export type CertificateChoice = Readonly<{
  der: Uint8Array;
  identity: CertificateIdentity | null;
  canSignIn: boolean;
  canSign: boolean;
  signInRefusals: readonly CertificateRefusal[];
  signRefusals: readonly CertificateRefusal[];
}>;

export type CertificateRules = Readonly<{
  at: Date;
  /** DER of the authorities whose certificates the office accepts. */
  trustedIssuers: readonly Uint8Array[];
  /** Policies accepted besides those of public employees; a trailing dot accepts the whole arc. */
  extraPolicies?: readonly string[];
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
 * Which certificates of a card may open a session and which may sign. Signing in wants digitalSignature; signing wants
 * contentCommitment; a certificate without keyUsage does for both.
 */
export function chooseCertificates(ders: readonly Uint8Array[], rules: CertificateRules): readonly CertificateChoice[] {
  const issuers = rules.trustedIssuers.map(readCertificate);
  return ders.map((der) => judge(der, issuers, rules));
}

function judge(der: Uint8Array, issuers: readonly Certificate[], rules: CertificateRules): CertificateChoice {
  let certificate: Certificate;
  try {
    certificate = readCertificate(der);
  } catch {
    return {
      der,
      identity: null,
      canSignIn: false,
      canSign: false,
      signInRefusals: ['unreadable'],
      signRefusals: ['unreadable'],
    };
  }
  const common: CertificateRefusal[] = [];
  if (rules.at < certificate.notBefore) common.push('notYetValid');
  if (rules.at > certificate.notAfter) common.push('expired');
  if (!issuers.some((issuer) => issuer.isAuthority && isIssuedBy(certificate, issuer))) common.push('issuerNotTrusted');
  if (!hasAcceptedPolicy(certificate, rules.extraPolicies ?? [])) common.push('policyNotAccepted');
  const usage = certificate.keyUsage;
  const signInRefusals = usage === null || usage.digitalSignature ? common : [...common, 'keyUsage' as const];
  const signRefusals = usage === null || usage.contentCommitment ? common : [...common, 'keyUsage' as const];
  return {
    der,
    identity: identityOf(certificate),
    canSignIn: signInRefusals.length === 0,
    canSign: signRefusals.length === 0,
    signInRefusals,
    signRefusals,
  };
}

function hasAcceptedPolicy(certificate: Certificate, extraPolicies: readonly string[]): boolean {
  const accepted = [...employeePolicies, ...extraPolicies];
  // The DGP leaves the AGE's arc out of certificatePolicies and keeps it in the alternative name's attributes.
  const stated = [
    ...certificate.policies,
    ...certificate.alternativeName.map((attribute) => attribute.type.replace(/\.\d+$/, '')),
  ];
  return stated.some((policy) =>
    accepted.some((wanted) => (wanted.endsWith('.') ? policy.startsWith(wanted) : policy === wanted)),
  );
}
