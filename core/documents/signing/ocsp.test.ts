import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCertificate } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import { checkCrl } from './crl.ts';
import type { FetchBytes } from './network.ts';
import { encodeOcspRequest, requestOcsp } from './ocsp.ts';
import type { OcspStatement } from './ocsp.ts';
import { createTestAuthority } from './testing/authority.ts';
import type { Holder, TestAuthority } from './testing/authority.ts';

let authority: TestAuthority;
let issuer: Certificate;

beforeAll(() => {
  authority = createTestAuthority();
  issuer = readCertificate(authority.intermediate);
}, 60_000);
afterAll(() => {
  authority.dispose();
});

const holderOf = (holder: Holder): Certificate => readCertificate(authority.certificate(holder));

async function ask(
  holder: Holder,
  fetchBytes: FetchBytes = authority.fetchBytes,
  at = new Date(),
): Promise<OcspStatement> {
  const { statement } = await requestOcsp({
    url: 'http://ocsp.test/',
    certificate: holderOf(holder),
    issuer,
    at,
    fetchBytes,
  });
  return statement;
}

describe('asking whether a certificate is revoked', () => {
  it('believes the responder that the issuer authorised', async () => {
    const statement = await ask('officer');
    expect(statement.status).toEqual({ status: 'good' });
    expect(statement.certificates.map((certificate) => certificate.serialHex)).toContain(holderOf('ocsp').serialHex);
  });

  it('believes the issuer itself', async () => {
    writeFileSync(join(authority.folder, 'request'), encodeOcspRequest(holderOf('officer'), issuer));
    execFileSync(
      'openssl',
      [
        'ocsp',
        '-index',
        'index.txt',
        '-CA',
        'intermediate.pem',
        '-rsigner',
        'intermediate.pem',
        '-rkey',
        'intermediate.key',
        '-reqin',
        'request',
        '-respout',
        'response',
        '-ndays',
        '1',
      ],
      { cwd: authority.folder, stdio: 'pipe' },
    );
    const response = readFileSync(join(authority.folder, 'response'));
    expect((await ask('officer', async () => response)).status).toEqual({ status: 'good' });
  });

  it('tells since when and why a certificate is revoked', async () => {
    expect((await ask('revoked')).status).toEqual({
      status: 'revoked',
      at: new Date('2026-01-01T00:00:00Z'),
      reason: 1,
    });
  });

  it.each<[string, string, (request: Uint8Array) => Buffer]>([
    [
      'about another certificate',
      'otherCertificate',
      () => authority.ocsp(encodeOcspRequest(holderOf('other'), issuer)),
    ],
    [
      'signed by somebody whom the issuer did not authorise',
      'responder',
      (request) => authority.ocsp(request, 'plain'),
    ],
    ['changed after it was signed', 'signature', (request) => withAnotherYear(authority.ocsp(request))],
    ['that is garbage', 'malformed', () => Buffer.from('<html></html>')],
    ['that is empty', 'malformed', () => Buffer.alloc(0)],
  ])('refuses an answer %s', async (_, reason, answer) => {
    await expect(ask('officer', async (_url, { body }) => answer(body))).rejects.toMatchObject({
      code: 'revocation.rejected',
      details: { reason },
    });
  });

  it('refuses an answer of yesterday or of tomorrow', async () => {
    const day = 24 * 60 * 60 * 1000;
    await expect(ask('officer', authority.fetchBytes, new Date(Date.now() + 3 * day))).rejects.toMatchObject({
      details: { reason: 'stale' },
    });
    await expect(ask('officer', authority.fetchBytes, new Date(Date.now() - 3 * day))).rejects.toMatchObject({
      details: { reason: 'notYetValid' },
    });
  });

  it('tells a responder without answer from one that lies', async () => {
    await expect(ask('officer', () => Promise.reject(new Error('ETIMEDOUT')))).rejects.toMatchObject({
      code: 'revocation.unavailable',
    });
    const tryLater = Buffer.from('30030a0103', 'hex');
    await expect(ask('officer', async () => tryLater)).rejects.toMatchObject({
      code: 'revocation.unavailable',
      details: { reason: 'status' },
    });
  });
});

describe('certificate revocation list', () => {
  it('tells good from revoked, and believes only its issuer', () => {
    const crl = authority.crl();
    expect(checkCrl(crl, { certificate: holderOf('officer'), issuer })?.status).toEqual({ status: 'good' });
    expect(checkCrl(crl, { certificate: holderOf('revoked'), issuer })?.status).toMatchObject({
      status: 'revoked',
      at: new Date('2026-01-01T00:00:00Z'),
    });
    expect(checkCrl(crl, { certificate: issuer, issuer: readCertificate(authority.root) })).toBeNull();
    const forged = Buffer.from(crl);
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
    expect(checkCrl(forged, { certificate: holderOf('officer'), issuer })).toBeNull();
  });
});

// Dates the answer one year on: still within the responder's certificate, but not what it signed.
function withAnotherYear(response: Buffer): Buffer {
  const changed = Buffer.from(response);
  const lastDigitOfYear = changed.indexOf(Buffer.from([0x18, 0x0f])) + 5;
  const digit = (changed[lastDigitOfYear] ?? 0) - 0x30;
  changed[lastDigitOfYear] = 0x30 + ((digit + 1) % 10);
  return changed;
}
