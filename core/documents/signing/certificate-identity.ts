import { displayName, findNameAttribute, readCertificate } from './certificate.ts';
import type { Certificate, KeyUsage, NameAttribute } from './certificate.ts';

export type CertificateKind = 'employee' | 'employeePseudonym' | 'seal' | 'citizen' | 'representative' | 'unknown';

/** Who a certificate speaks for. Absent data are null: certificates of every issuer lack some of them. */
export type CertificateIdentity = Readonly<{
  kind: CertificateKind;
  subjectCommonName: string;
  /** NIF or NIE of the natural person (of a seal: of its responsible person), upper case, without prefix. */
  nif: string | null;
  givenName: string | null;
  /** Both surnames when the certificate does not tell them apart. */
  surname1: string | null;
  surname2: string | null;
  /** Given name and surnames in the order in which they are spoken; for a seal, the name of the system. */
  fullName: string;
  organization: string | null;
  organizationNif: string | null;
  /** NRP or staff number. */
  staffNumber: string | null;
  post: string | null;
  unit: string | null;
  email: string | null;
  /** Null when the extension is absent, which allows every use. */
  keyUsage: KeyUsage | null;
  policies: readonly string[];
  notBefore: Date;
  notAfter: Date;
  serialHex: string;
  issuerCommonName: string;
  ocspUrls: readonly string[];
  caIssuerUrls: readonly string[];
  subjectKeyIdentifier: string | null;
  authorityKeyIdentifier: string | null;
}>;

type PersonName = Readonly<{ givenName: string | null; surname1: string | null; surname2: string | null }>;

// "Perfiles de certificados electrónicos" of the AGE: identity attributes are the policy's arc plus one number.
const agePrefix = '2.16.724.1.3.5.';
const dniePolicyPrefix = '2.16.724.1.2.2.2.';
const fnmtPolicyPrefix = '1.3.6.1.4.1.5734.3.';
const fnmtAttributePrefix = '1.3.6.1.4.1.5734.1.';

const attributeType = {
  surname: '2.5.4.4',
  serialNumber: '2.5.4.5',
  organization: '2.5.4.10',
  title: '2.5.4.12',
  givenName: '2.5.4.42',
  organizationIdentifier: '2.5.4.97',
};
const nifPattern = '[0-9XYZKLM][0-9]{7}[A-Z]';

/** Reads the identity in a DER certificate. Throws AppError `document.unreadable` when it is not a certificate. */
export function readCertificateIdentity(der: Uint8Array): CertificateIdentity {
  return identityOf(readCertificate(der));
}

export function identityOf(certificate: Certificate): CertificateIdentity {
  const { subject, alternativeName } = certificate;
  const kind = kindOf(certificate);
  const commonName = displayName(subject);
  const age = (suffix: number): string | null => findAgeAttribute(alternativeName, suffix);
  const fnmt = (suffix: number): string | null => findNameAttribute(alternativeName, `${fnmtAttributePrefix}${suffix}`);
  const subjectSerial = findNameAttribute(subject, attributeType.serialNumber);
  const hasEntityNumber = kind === 'seal';
  const person = readPersonName(subject, alternativeName, commonName);
  const spoken = [person.givenName, person.surname1, person.surname2].filter((part) => part !== null).join(' ');
  return {
    kind,
    subjectCommonName: commonName,
    nif:
      readNif(age(4)) ??
      readNif(fnmt(4)) ??
      (hasEntityNumber ? null : (readNif(subjectSerial) ?? nifInCommonName(commonName))),
    ...person,
    fullName: hasEntityNumber ? (age(5) ?? commonName) : spoken || nameInCommonName(commonName),
    organization: age(2) ?? fnmt(6) ?? findNameAttribute(subject, attributeType.organization),
    organizationNif:
      readEntityNif(age(3)) ??
      readEntityNif(fnmt(7)) ??
      readEntityNif(findNameAttribute(subject, attributeType.organizationIdentifier)) ??
      (hasEntityNumber ? readEntityNif(subjectSerial) : null),
    staffNumber: hasEntityNumber ? null : age(5),
    post: age(11) ?? fnmt(20) ?? findNameAttribute(subject, attributeType.title),
    unit: age(10),
    email: age(9) ?? certificate.email,
    keyUsage: certificate.keyUsage,
    policies: certificate.policies,
    notBefore: certificate.notBefore,
    notAfter: certificate.notAfter,
    serialHex: certificate.serialHex,
    issuerCommonName: displayName(certificate.issuer),
    ocspUrls: certificate.ocspUrls,
    caIssuerUrls: certificate.caIssuerUrls,
    subjectKeyIdentifier: certificate.subjectKeyIdentifier,
    authorityKeyIdentifier: certificate.authorityKeyIdentifier,
  };
}

function kindOf(certificate: Certificate): CertificateKind {
  // Some issuers state only their own policy and leave the AGE's arc in the attributes of the alternative name.
  const names = [...certificate.policies, ...certificate.alternativeName.map((attribute) => attribute.type)];
  const age = names.find((name) => name.startsWith(agePrefix));
  switch (age?.slice(agePrefix.length).split('.')[0]) {
    case '3':
    case '7':
      return 'employee';
    case '4':
      return 'employeePseudonym';
    case '2':
    case '6':
      return 'seal';
    case '8':
    case '9':
      return 'representative';
    default:
      break;
  }
  if (names.some((name) => name.startsWith(`${fnmtPolicyPrefix}11.`))) return 'representative';
  if (names.some((name) => name === `${fnmtPolicyPrefix}10.1` || name.startsWith(dniePolicyPrefix))) return 'citizen';
  return /\(R: .+\)$/.test(displayName(certificate.subject)) ? 'representative' : 'unknown';
}

function findAgeAttribute(attributes: readonly NameAttribute[], suffix: number): string | null {
  const wanted = new RegExp(`^2\\.16\\.724\\.1\\.3\\.5\\.\\d+\\.\\d+\\.${suffix}$`);
  return attributes.find((attribute) => wanted.test(attribute.type) && attribute.value !== '')?.value ?? null;
}

// Order that works with every issuer seen: alternative name, then GN and SN, then the common name. Never the common
// name's word order: both "NOMBRE AP1 AP2" and "AP1 AP2 NOMBRE" are in use.
function readPersonName(
  subject: readonly NameAttribute[],
  alternativeName: readonly NameAttribute[],
  commonName: string,
): PersonName {
  const age = (suffix: number): string | null => findAgeAttribute(alternativeName, suffix);
  const fnmt = (suffix: number): string | null => findNameAttribute(alternativeName, `${fnmtAttributePrefix}${suffix}`);
  const givenName = age(6) ?? fnmt(1) ?? findNameAttribute(subject, attributeType.givenName);
  const surname1 = age(7) ?? fnmt(2);
  if (surname1 !== null) return { givenName, surname1, surname2: age(8) ?? fnmt(3) };
  const surnames = findNameAttribute(subject, attributeType.surname);
  const dnie = /^(.+), (.+) \((?:FIRMA|AUTENTICACI[OÓ]N)\)$/u.exec(commonName);
  if (dnie !== null) {
    const [, both = '', given = ''] = dnie;
    // The DNIe has the first surname alone in SN and both in CN.
    if (surnames !== null && both.startsWith(`${surnames} `)) {
      return { givenName: givenName ?? given, surname1: surnames, surname2: both.slice(surnames.length + 1) };
    }
    return { givenName: givenName ?? given, surname1: both, surname2: null };
  }
  const clean = surnames?.replace(new RegExp(` [-–] (?:DNI |NIF |NIE )?${nifPattern}$`, 'iu'), '') ?? null;
  return { givenName, surname1: clean, surname2: null };
}

/** NIF of a person out of `IDCES-99999999R`, `99999999R` or the like (ETSI EN 319 412-1 §5.1.3). */
function readNif(text: string | null): string | null {
  const plain =
    text
      ?.trim()
      .toUpperCase()
      .replace(/^(?:IDC|PAS|TIN)[A-Z]{2}-/, '') ?? '';
  return new RegExp(`^${nifPattern}$`).test(plain) ? plain : null;
}

function readEntityNif(text: string | null): string | null {
  const plain =
    text
      ?.trim()
      .toUpperCase()
      .replace(/^(?:VAT|NTR)[A-Z]{2}-/, '') ?? '';
  return plain === '' ? null : plain;
}

function nifInCommonName(commonName: string): string | null {
  return new RegExp(`\\b${nifPattern}\\b`, 'i').exec(commonName)?.[0].toUpperCase() ?? null;
}

function nameInCommonName(commonName: string): string {
  const bare = commonName
    .replace(/ \((?:R: .+|FIRMA|AUTENTICACI[OÓ]N)\)$/u, '')
    .replace(new RegExp(` [-–] (?:DNI |NIF |NIE )?${nifPattern}$`, 'iu'), '')
    .replace(new RegExp(`^${nifPattern} `, 'i'), '');
  // FNMT Clase 2 wrote the word NOMBRE before the name.
  return bare === commonName ? bare : bare.replace(/^NOMBRE (?=\S+ \S+)/, '');
}
