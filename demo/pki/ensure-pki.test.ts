import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { chooseCertificates } from '../../core/documents/signing/certificate-choice.ts';
import { citizen, officer, town } from '../town.ts';
import { citizenProfile, demonstrationPolicies } from './certificate-profiles.ts';
import type { Pki } from './ensure-pki.ts';
import { authorityAddresses, ensurePki, issueExtraCertificate } from './ensure-pki.ts';

const ocspUrl = 'http://127.0.0.1:9/ocsp';
const endEntities = ['officer', 'secondOfficer', 'citizen', 'seal', 'timestampAuthority', 'ocspResponder'] as const;
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let folder = '';
let pki: Pki;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'ventanilla-pki-'));
  pki = await ensurePki({ folder: path.join(folder, 'pki'), ocspUrl });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('test PKI', () => {
  it.each(endEntities)('%s chains to the root for openssl and for certtool', async (name) => {
    const purpose = name === 'timestampAuthority' ? ['-purpose', 'timestampsign'] : [];
    const verified = openssl(
      'verify',
      ...purpose,
      '-CAfile',
      pki.root.certificate,
      '-untrusted',
      pki.issuing.certificate,
      pki[name].certificate,
    );
    expect(verified).toContain(': OK');
    const chain = `${await readFile(pki[name].certificate, 'utf8')}${await readFile(pki.issuing.certificate, 'utf8')}`;
    const told = execFileSync('certtool', ['--verify', '--load-ca-certificate', pki.root.certificate], {
      input: chain,
      encoding: 'utf8',
    });
    expect(told).toContain('Chain verification output: Verified. The certificate is trusted.');
  });

  it.each(endEntities)('%s fits its key and its DER', async (name) => {
    const certificate = new X509Certificate(pki[name].der);
    expect(certificate.fingerprint256).toBe(new X509Certificate(await readFile(pki[name].certificate)).fingerprint256);
    expect(openssl('pkey', '-in', pki[name].key, '-pubout')).toBe(
      certificate.publicKey.export({ type: 'spki', format: 'pem' }),
    );
    expect((await stat(pki[name].key)).mode & 0o077).toBe(0);
  });

  it('states the officer as a public employee', () => {
    const text = describeCertificate(pki.officer.certificate);
    expect(text).toContain('Policy: 2.16.724.1.3.5.7.1');
    expect(text).toMatch(/Key Usage: critical\s+Digital Signature, Non Repudiation\n/u);
    expect(text).toContain(`OCSP - URI:${ocspUrl}`);
    expect(text).toContain('CA Issuers - URI:http://127.0.0.1:9/ca/issuing.cer');
    expect(text).toContain(`serialNumber=IDCES-${officer.nif}`);
    expect(text).toContain(`CN=ANA GARCÍA LÓPEZ - DNI ${officer.nif}`);
  });

  it('carries the eleven attributes of an employee in the alternative name, as UTF-8', () => {
    const attributes = alternativeNames(pki.officer.certificate);
    expect(attributes).toEqual(
      new Map([
        ['2.16.724.1.3.5.7.1.1', 'CERTIFICADO ELECTRÓNICO DE EMPLEADO PÚBLICO'],
        ['2.16.724.1.3.5.7.1.2', town.name.toUpperCase()],
        ['2.16.724.1.3.5.7.1.3', town.nif],
        ['2.16.724.1.3.5.7.1.4', officer.nif],
        ['2.16.724.1.3.5.7.1.5', officer.staffNumber],
        ['2.16.724.1.3.5.7.1.6', 'ANA'],
        ['2.16.724.1.3.5.7.1.7', 'GARCÍA'],
        ['2.16.724.1.3.5.7.1.8', 'LÓPEZ'],
        ['2.16.724.1.3.5.7.1.9', officer.email],
        ['2.16.724.1.3.5.7.1.10', 'SERVICIO DE ATENCIÓN CIUDADANA Y REGISTRO'],
        ['2.16.724.1.3.5.7.1.11', officer.post.toUpperCase()],
      ]),
    );
  });

  it('states seal, citizen, time-stamp authority and responder each by its profile', () => {
    expect(describeCertificate(pki.seal.certificate)).toContain('Policy: 2.16.724.1.3.5.6.1');
    expect(alternativeNames(pki.seal.certificate).get('2.16.724.1.3.5.6.1.5')).toBe(
      'SELLO DEL REGISTRO ELECTRÓNICO GENERAL',
    );
    expect(describeCertificate(pki.citizen.certificate)).toContain(`CN=MARTÍNEZ SOLER JOSÉ - ${citizen.nif}`);
    expect(describeCertificate(pki.timestampAuthority.certificate)).toMatch(
      /Extended Key Usage: critical\s+Time Stamping\n/u,
    );
    const responder = describeCertificate(pki.ocspResponder.certificate);
    expect(responder).toMatch(/Extended Key Usage:\s+OCSP Signing\n/u);
    expect(responder).toContain('OCSP No Check');
  });

  it('is chosen by the counter’s own rules', () => {
    const choose = (der: Uint8Array, extraPolicies: readonly string[] = []) =>
      chooseCertificates([der], { at: new Date(), trustedIssuers: [pki.root.der, pki.issuing.der], extraPolicies })[0];
    const chosen = { canSignIn: true, canSign: true };
    expect(choose(pki.officer.der)).toMatchObject({ ...chosen, identity: { kind: 'employee', nif: officer.nif } });
    expect(choose(pki.secondOfficer.der)).toMatchObject(chosen);
    expect(choose(pki.citizen.der)).toMatchObject({ canSignIn: false, signInRefusals: ['policyNotAccepted'] });
    const admitted = choose(pki.citizen.der, [demonstrationPolicies.citizen]);
    expect(admitted).toMatchObject({
      canSign: true,
      identity: { nif: citizen.nif, givenName: 'JOSÉ', surname1: 'MARTÍNEZ' },
    });
  });

  it('publishes a revocation list that covers the issuing authority', () => {
    const list = path.join(folder, 'root.crl.pem');
    openssl('crl', '-inform', 'DER', '-in', pki.rootCrl, '-out', list);
    const verified = openssl(
      'verify',
      '-crl_check',
      '-CRLfile',
      list,
      '-CAfile',
      pki.root.certificate,
      pki.issuing.certificate,
    );
    expect(verified).toContain(': OK');
  });
});

describe('a second run', () => {
  // Made in a moment, unlike RSA.
  const keyKind = 'ec-p256';

  it('changes nothing when nothing is to be done', async () => {
    expect(await ensurePki({ folder: pki.folder, ocspUrl })).toEqual(pki);
  });

  it('renews what is about to expire, with the same keys', async () => {
    const place = path.join(folder, 'short');
    const short = await ensurePki({ folder: place, ocspUrl, keyKind, leafDays: 2 });
    const renewed = await ensurePki({ folder: place, ocspUrl, keyKind });
    expect(renewed.root.der).toEqual(short.root.der);
    expect(renewed.issuing.der).toEqual(short.issuing.der);
    for (const name of endEntities) {
      const before = new X509Certificate(short[name].der);
      const after = new X509Certificate(renewed[name].der);
      expect(after.validToDate.getTime() - before.validToDate.getTime()).toBeGreaterThan(300 * 24 * 3600 * 1000);
      expect(after.publicKey.equals(before.publicKey)).toBe(true);
    }
  });

  it('issues again what names another address, was lost, or was damaged', async () => {
    const place = path.join(folder, 'mended');
    const first = await ensurePki({ folder: place, ocspUrl, keyKind });
    const moved = await ensurePki({ folder: place, ocspUrl: 'http://127.0.0.1:10/ocsp', keyKind });
    expect(new X509Certificate(moved.officer.der).infoAccess).toContain('http://127.0.0.1:10/ocsp');
    expect(moved.root.der).toEqual(first.root.der);
    await rm(moved.seal.certificate);
    await writeFile(moved.citizen.certificate, 'damaged');
    const mended = await ensurePki({ folder: place, ocspUrl: 'http://127.0.0.1:10/ocsp', keyKind });
    expect(mended.officer.der).toEqual(moved.officer.der);
    for (const name of ['seal', 'citizen'] as const) {
      expect(
        openssl(
          'verify',
          '-CAfile',
          mended.root.certificate,
          '-untrusted',
          mended.issuing.certificate,
          mended[name].certificate,
        ),
      ).toContain(': OK');
    }
  });
});

describe('one more certificate', () => {
  it('may be of the past', async () => {
    const expired = await issueExtraCertificate({
      folder: pki.folder,
      name: 'expired-citizen',
      profile: citizenProfile(citizen, authorityAddresses(ocspUrl)),
      notBefore: new Date('2020-01-01T00:00:00Z'),
      notAfter: new Date('2021-01-01T00:00:00Z'),
      keyKind: 'ec-p256',
    });
    const certificate = new X509Certificate(expired.der);
    expect(certificate.validToDate).toEqual(new Date('2021-01-01T00:00:00Z'));
    expect(certificate.publicKey.asymmetricKeyType).toBe('ec');
    expect(() =>
      openssl('verify', '-CAfile', pki.root.certificate, '-untrusted', pki.issuing.certificate, expired.certificate),
    ).toThrow('certificate has expired');
  });
});

function openssl(...commandArguments: string[]): string {
  return execFileSync('openssl', commandArguments, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function describeCertificate(file: string): string {
  return openssl('x509', '-in', file, '-noout', '-text', '-nameopt', 'utf8,sep_comma_plus');
}

/** Attributes of the directoryName, read from openssl's own listing of the extension. */
function alternativeNames(file: string): Map<string, string> {
  const lines = openssl('asn1parse', '-in', file).split('\n');
  const place =
    lines[lines.findIndex((line) => line.includes('Subject Alternative Name')) + 1]?.split(':')[0]?.trim() ?? '';
  const inside = openssl('asn1parse', '-in', file, '-strparse', place).matchAll(
    /OBJECT +:([\d.]+)\n.*UTF8STRING +:(.*)\n/gu,
  );
  return new Map(Array.from(inside, ([, type, value]) => [type ?? '', value ?? '']));
}
