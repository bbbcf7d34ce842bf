import type { EmployeeIdentity, Person } from '../town.ts';
import { town } from '../town.ts';

/**
 * Policies of our own hang from the enterprise number reserved for examples (RFC 5612), so that no verifier takes a
 * certificate of the demonstration for a qualified one.
 */
export const demonstrationPolicies = {
  citizen: '1.3.6.1.4.1.32473.39.1',
  timestamp: '1.3.6.1.4.1.32473.39.2',
} as const;

/** AGE profiles, family of 2016: employee and seal, high level. */
export const agePolicies = { employee: '2.16.724.1.3.5.7.1', seal: '2.16.724.1.3.5.6.1' } as const;

export type AuthorityAddresses = Readonly<{
  ocspUrl: string;
  issuingCertificateUrl: string;
  rootCertificateUrl: string;
  rootCrlUrl: string;
}>;

/** What a certificate says: its subject in openssl's `-subj` order, and its extensions as a section of a configuration. */
export type CertificateProfile = Readonly<{ subject: readonly (readonly [string, string])[]; extensions: string }>;

export function rootProfile(): CertificateProfile {
  return {
    subject: [...organization(), ['CN', 'AC RAÍZ DE DEMOSTRACIÓN VENTANILLA']],
    extensions: lines(
      'basicConstraints = critical, CA:true',
      'keyUsage = critical, keyCertSign, cRLSign',
      'subjectKeyIdentifier = hash',
    ),
  };
}

export function issuingProfile(addresses: AuthorityAddresses): CertificateProfile {
  return {
    subject: [...organization(), ['CN', 'AC SECTOR PÚBLICO DE DEMOSTRACIÓN']],
    extensions: lines(
      'basicConstraints = critical, CA:true, pathlen:0',
      'keyUsage = critical, keyCertSign, cRLSign',
      'subjectKeyIdentifier = hash',
      'authorityKeyIdentifier = keyid:always',
      'certificatePolicies = 2.5.29.32.0',
      `authorityInfoAccess = caIssuers;URI:${addresses.rootCertificateUrl}`,
      `crlDistributionPoints = URI:${addresses.rootCrlUrl}`,
    ),
  };
}

/** Civil servant, signature on card: identity in the subject and in the SAN's directoryName (.1 to .11). */
export function employeeProfile(identity: EmployeeIdentity, addresses: AuthorityAddresses): CertificateProfile {
  const surnames = `${identity.firstSurname} ${identity.secondSurname}`;
  return {
    subject: [
      ['C', 'ES'],
      ['O', town.name.toUpperCase()],
      ['OU', 'CERTIFICADO ELECTRÓNICO DE EMPLEADO PÚBLICO'],
      ['OU', identity.unitName.toUpperCase()],
      ['OU', identity.staffNumber],
      ['title', identity.post.toUpperCase()],
      ['serialNumber', `IDCES-${identity.nif}`],
      ['SN', `${surnames} - DNI ${identity.nif}`],
      ['GN', identity.givenName],
      ['CN', `${identity.givenName} ${surnames} - DNI ${identity.nif}`],
    ],
    extensions: lines(
      ...personExtensions(addresses),
      'subjectAltName = dirName:identity, email:' + identity.email,
      ...policyNotice(agePolicies.employee),
      '[identity]',
      ...directoryName(agePolicies.employee, [
        'CERTIFICADO ELECTRÓNICO DE EMPLEADO PÚBLICO',
        town.name.toUpperCase(),
        town.nif,
        identity.nif,
        identity.staffNumber,
        identity.givenName,
        identity.firstSurname,
        identity.secondSurname,
        identity.email,
        identity.unitName.toUpperCase(),
        identity.post.toUpperCase(),
      ]),
    ),
  };
}

export function sealProfile(system: string, addresses: AuthorityAddresses): CertificateProfile {
  return {
    subject: [
      ['C', 'ES'],
      ['O', town.name.toUpperCase()],
      ['OU', 'SELLO ELECTRÓNICO'],
      ['organizationIdentifier', `VATES-${town.nif}`],
      ['serialNumber', town.nif],
      ['CN', system],
    ],
    extensions: lines(
      ...personExtensions(addresses),
      'subjectAltName = dirName:identity',
      ...policyNotice(agePolicies.seal),
      '[identity]',
      ...directoryName(agePolicies.seal, ['SELLO ELECTRÓNICO', town.name.toUpperCase(), town.nif, null, system]),
    ),
  };
}

/** Natural person, with the subject and the private attributes in the manner of the FNMT (02e §2-3). */
export function citizenProfile(person: Person, addresses: AuthorityAddresses): CertificateProfile {
  const surnames = `${person.firstSurname} ${person.secondSurname}`;
  return {
    subject: [
      ['C', 'ES'],
      ['serialNumber', `IDCES-${person.nif}`],
      ['GN', person.givenName],
      ['SN', surnames],
      ['CN', `${surnames} ${person.givenName} - ${person.nif}`],
    ],
    extensions: lines(
      ...personExtensions(addresses),
      'subjectAltName = dirName:identity',
      ...policyNotice(demonstrationPolicies.citizen),
      '[identity]',
      ...directoryName('1.3.6.1.4.1.5734.1', [person.givenName, person.firstSurname, person.secondSurname, person.nif]),
    ),
  };
}

export function timestampAuthorityProfile(addresses: AuthorityAddresses): CertificateProfile {
  return {
    subject: [...organization(), ['CN', 'AUTORIDAD DE SELLADO DE TIEMPO DE DEMOSTRACIÓN']],
    extensions: lines(
      ...leafExtensions(addresses),
      'keyUsage = critical, digitalSignature',
      // RFC 3161 2.3: this one purpose, and critical.
      'extendedKeyUsage = critical, timeStamping',
      `certificatePolicies = ${demonstrationPolicies.timestamp}`,
    ),
  };
}

export function ocspResponderProfile(addresses: AuthorityAddresses): CertificateProfile {
  return {
    subject: [...organization(), ['CN', 'SERVIDOR OCSP DE DEMOSTRACIÓN']],
    extensions: lines(
      'basicConstraints = CA:false',
      'subjectKeyIdentifier = hash',
      'authorityKeyIdentifier = keyid:always',
      `authorityInfoAccess = caIssuers;URI:${addresses.issuingCertificateUrl}`,
      'keyUsage = critical, digitalSignature',
      'extendedKeyUsage = OCSPSigning',
      // Nobody can ask the responder about itself (RFC 6960 4.2.2.2.1).
      'noCheck = ignored',
    ),
  };
}

function organization(): readonly (readonly [string, string])[] {
  return [
    ['C', 'ES'],
    ['O', 'VENTANILLA - PRUEBAS SIN VALIDEZ LEGAL'],
  ];
}

function personExtensions(addresses: AuthorityAddresses): readonly string[] {
  return [
    ...leafExtensions(addresses),
    'keyUsage = critical, digitalSignature, nonRepudiation',
    'extendedKeyUsage = clientAuth, emailProtection',
    'certificatePolicies = @policy',
  ];
}

function leafExtensions(addresses: AuthorityAddresses): readonly string[] {
  return [
    'basicConstraints = CA:false',
    'subjectKeyIdentifier = hash',
    'authorityKeyIdentifier = keyid:always',
    `authorityInfoAccess = OCSP;URI:${addresses.ocspUrl}, caIssuers;URI:${addresses.issuingCertificateUrl}`,
  ];
}

function policyNotice(policy: string): readonly string[] {
  return [
    '[policy]',
    `policyIdentifier = ${policy}`,
    'userNotice.1 = @notice',
    '[notice]',
    'explicitText = "UTF8:Certificado de prueba, sin validez legal"',
  ];
}

/** openssl drops what stands before the first dot of a name in such a section, hence the ordinal before the OID. */
function directoryName(arc: string, values: readonly (string | null)[]): readonly string[] {
  return values.flatMap((value, index) => (value === null ? [] : [`${index + 1}.${arc}.${index + 1} = ${value}`]));
}

function lines(...all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}
