import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { displayName, isIssuedBy, readCertificate } from './certificate.ts';
import type { KeyUsage } from './certificate.ts';
import { chooseCertificates } from './certificate-choice.ts';
import { identityOf, readCertificateIdentity } from './certificate-identity.ts';
import { createTestAuthority } from './testing/authority.ts';
import type { TestAuthority } from './testing/authority.ts';
import { listSharedFiles } from './testing/shared-data.ts';

const pairs = z.array(z.tuple([z.string(), z.string()]));
const expectedSchema = z.record(
  z.string(),
  z.object({
    subject: pairs,
    issuerCN: z.array(z.string()),
    notAfter: z.string(),
    policies: z.union([z.array(z.string()), z.string()]),
    keyUsage: z.array(z.string()).optional(),
    sanDirectoryName: pairs.optional(),
  }),
);

const folder = 'norms/data/certs/test';
const files = listSharedFiles(folder, '.pem');
const [expectedFile] = listSharedFiles(folder, 'expected.json');
const expected = expectedFile === undefined ? {} : expectedSchema.parse(JSON.parse(readFileSync(expectedFile, 'utf8')));

const persons: Readonly<
  Record<string, readonly [kind: string, nif: string | null, fullName: string, organizationNif: string | null]>
> = {
  '00_empleado_publico-hsm.pem': ['employee', '12345678Z', 'NOMBRE APELLIDO1 APELLIDO2', 'A99999999'],
  'EIDAS_CERTIFICADO_PRUEBAS___99999999R.pem': ['citizen', '99999999R', 'PRUEBAS EIDAS CERTIFICADO', null],
  'PF_ACTIVO_EIDAS.pem': ['citizen', '99999999R', 'PRUEBAS EIDAS CERTIFICADO', null],
  'PruebaEmpleado4Activo.pem': ['employee', '00000000T', 'PRUEBA4EMPN P4EMPAPE1 P4EMPAPE2', 'S2819001E'],
  'SELLO_ACTIVO_EIDAS_ACAP.pem': ['seal', null, 'Sello Pruebas eIDAS', 'Q0000000J'],
  'SOFTWARE_ACTIVO_EIDAS_ACAP.pem': ['employee', '00000000T', 'JUAN ESPAÑOL ESPAÑOL', 'Q0000000J'],
  'TARJETA_ACTIVO_EIDAS_ACAP.pem': ['employee', '00000000T', 'JUAN ESPAÑOL ESPAÑOL', 'Q0000000J'],
  'certificadoActivoACUsuarios-Pruebas.pem': ['citizen', '00000000T', 'PRUEBASPF APELLIDOUNOPF APELLIDODOSPF', null],
  'ejemploADM_SLD_ACTIVO.pem': ['representative', '00000000T', 'PRUEBASPF APELLIDO1PF APELLIDO2PF', 'A99999989'],
  'ejemploESPJ_ACTIVO.pem': ['representative', '00000000T', 'PRUEBASPF APELLIDO1PF APELLIDO2PF', 'A99999989'],
  'ejemploPJ_ACTIVO.pem': ['representative', '00000000T', 'PRUEBASPF APELLIDO1PF APELLIDO2PF', 'A99999989'],
  'pseu-001.pem': ['employee', '99999139S', 'NOMBRE139 PAPELLIDO139 SAPELLIDO139', 'S2816015H'],
};

const usageNames: readonly (readonly [keyof KeyUsage, string])[] = [
  ['digitalSignature', 'digital_signature'],
  ['contentCommitment', 'content_commitment'],
  ['keyEncipherment', 'key_encipherment'],
];

function readPem(path: string): Buffer {
  return Buffer.from(readFileSync(path, 'latin1').replace(/-----[^-]+-----|\s/g, ''), 'base64');
}

let authority: TestAuthority;
beforeAll(() => {
  authority = createTestAuthority();
}, 60_000);
afterAll(() => {
  authority.dispose();
});

describe('certificates of Spanish issuers', () => {
  it(`are all here or none is: ${files.length} in ../shared/${folder}`, () => {
    expect([0, Object.keys(persons).length]).toContain(files.length);
  });

  it.each(files.map((file) => [basename(file), file]))('reads %s as its authors state it', (name, file) => {
    const certificate = readCertificate(readPem(file));
    const truth = expected[name];
    expect(certificate.subject.map(({ type, value }) => [type, value])).toEqual(truth?.subject);
    expect(displayName(certificate.issuer)).toBe(truth?.issuerCN[0]);
    expect(certificate.notAfter.getTime()).toBe(Date.parse(truth?.notAfter ?? ''));
    if (Array.isArray(truth?.policies)) expect(certificate.policies).toEqual(truth.policies);
    if (truth?.sanDirectoryName !== undefined)
      expect(certificate.alternativeName.map(({ type, value }) => [type, value])).toEqual(truth.sanDirectoryName);
    const usages = usageNames.filter(([flag]) => certificate.keyUsage?.[flag]).map(([, label]) => label);
    expect(usages).toEqual(truth?.keyUsage ?? ['digital_signature']);
    expect(certificate.ocspUrls.every((url) => url.startsWith('http'))).toBe(true);
    expect(certificate.ocspUrls.length + certificate.caIssuerUrls.length).toBeGreaterThan(1);
  });

  it.each(files.map((file) => [basename(file), file]))('knows who %s speaks for', (name, file) => {
    const identity = readCertificateIdentity(readPem(file));
    expect([identity.kind, identity.nif, identity.fullName, identity.organizationNif]).toEqual(persons[name]);
  });
});

describe('identity', () => {
  it('comes from the alternative name of an employee', () => {
    const identity = readCertificateIdentity(authority.certificate('officer'));
    expect(identity).toMatchObject({
      kind: 'employee',
      nif: '99999999R',
      givenName: 'ANA',
      surname1: 'PRUEBAS',
      surname2: 'EJEMPLO',
      organization: 'Ayuntamiento de Pruebas',
      issuerCommonName: 'AC Empleados de pruebas',
      ocspUrls: ['http://ocsp.test/'],
      caIssuerUrls: ['http://ca.test/sub.crt'],
    });
    expect(identity.authorityKeyIdentifier).toBe(readCertificate(authority.intermediate).subjectKeyIdentifier);
  });

  it.each([
    [
      'DNIe',
      'GARCIA LOPEZ, MARIA JOSE (FIRMA)',
      'GARCIA',
      'MARIA JOSE',
      '99999999R',
      'MARIA JOSE GARCIA LOPEZ',
      '99999999R',
    ],
    [
      'SN with DNI',
      'ANA GIL SANZ - DNI 99999999R',
      'GIL SANZ - DNI 99999999R',
      'ANA',
      'IDCES-99999999R',
      'ANA GIL SANZ',
      '99999999R',
    ],
    ['FNMT Clase 2', 'NOMBRE GIL SANZ ANA - NIF 99999999R', null, null, null, 'GIL SANZ ANA', '99999999R'],
    ['en dash', 'ANA GIL SANZ – DNI 00000000T', 'GIL SANZ', 'ANA', null, 'ANA GIL SANZ', '00000000T'],
    ['representative', '00000000T ANA GIL (R: A99999989)', null, null, null, 'ANA GIL', '00000000T'],
    ['lower case', 'ANA GIL SANZ - 99999999r', 'GIL SANZ', 'ANA', '99999999r', 'ANA GIL SANZ', '99999999R'],
  ])('is found in the subject of: %s', (_, commonName, surname, givenName, serialNumber, fullName, nif) => {
    const subject = [
      ['2.5.4.3', commonName],
      ['2.5.4.4', surname],
      ['2.5.4.42', givenName],
      ['2.5.4.5', serialNumber],
    ].flatMap(([type, value]) => (typeof type === 'string' && typeof value === 'string' ? [{ type, value }] : []));
    const identity = identityOf({ ...readCertificate(authority.certificate('plain')), subject, alternativeName: [] });
    expect([identity.fullName, identity.nif]).toEqual([fullName, nif]);
  });

  it('refuses what is no certificate', () => {
    const der = authority.certificate('officer');
    for (const bytes of [Buffer.alloc(0), Buffer.from('hola'), der.subarray(0, 200)]) {
      expect(() => readCertificateIdentity(bytes)).toThrow('document.unreadable');
    }
  });
});

describe('choice of a certificate', () => {
  const at = new Date(Date.now() + 3_600_000);
  const choose = (
    holder: Parameters<TestAuthority['certificate']>[0],
    rules: Partial<Parameters<typeof chooseCertificates>[1]> = {},
  ) => {
    const [choice] = chooseCertificates([authority.certificate(holder)], {
      at,
      trustedIssuers: [authority.intermediate],
      ...rules,
    });
    return choice;
  };

  it('lets an employee sign in and sign', () => {
    expect(choose('officer')).toMatchObject({ canSignIn: true, canSign: true, signInRefusals: [], signRefusals: [] });
  });

  it('refuses other policies, dates and issuers, and says which', () => {
    expect(choose('plain')).toMatchObject({
      canSignIn: false,
      signInRefusals: ['policyNotAccepted'],
      signRefusals: ['policyNotAccepted', 'keyUsage'],
    });
    expect(choose('officer', { at: new Date('2090-01-01') })).toMatchObject({
      canSign: false,
      signRefusals: ['expired'],
    });
    expect(choose('officer', { at: new Date('2000-01-01') })).toMatchObject({
      canSign: false,
      signRefusals: ['notYetValid'],
    });
    expect(choose('officer', { trustedIssuers: [authority.root] })).toMatchObject({
      canSign: false,
      signRefusals: ['issuerNotTrusted'],
    });
  });

  it('accepts further policies that the office configures', () => {
    const strict = chooseCertificates([authority.certificate('officer')], {
      at,
      trustedIssuers: [authority.intermediate],
      extraPolicies: ['0.4.0.194112.'],
    });
    expect(strict[0]?.canSign).toBe(true);
  });

  it('does not stop at a damaged certificate', () => {
    const choices = chooseCertificates([Buffer.from('no'), authority.certificate('officer')], {
      at,
      trustedIssuers: [authority.intermediate],
    });
    expect(choices.map((choice) => choice.canSign)).toEqual([false, true]);
  });

  it('checks the issuer by its signature, not by its name', () => {
    const certificate = readCertificate(authority.certificate('officer'));
    const issuer = readCertificate(authority.intermediate);
    expect(isIssuedBy(certificate, issuer)).toBe(true);
    expect(isIssuedBy(certificate, { ...issuer, publicKeyInfo: readCertificate(authority.root).publicKeyInfo })).toBe(
      false,
    );
  });
});
