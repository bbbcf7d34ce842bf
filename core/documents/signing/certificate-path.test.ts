import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCertificate } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import { findCertificatePath } from './certificate-path.ts';
import { createTestAuthority } from './testing/authority.ts';
import type { TestAuthority } from './testing/authority.ts';

let authority: TestAuthority;
let root: Certificate;
let intermediate: Certificate;
const at = new Date(Date.now() + 3_600_000);

beforeAll(() => {
  authority = createTestAuthority();
  root = readCertificate(authority.root);
  intermediate = readCertificate(authority.intermediate);
}, 60_000);
afterAll(() => {
  authority.dispose();
});

/** Has `issuer` certify a new key, whether it may or not. */
function issue(name: string, issuer: string, section: string, subject = `/CN=${name}`): Certificate {
  const run = (...command: readonly string[]): Buffer =>
    execFileSync('openssl', command, { cwd: authority.folder, stdio: 'pipe' });
  run(
    'req',
    '-new',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-config',
    'ca.cnf',
    '-keyout',
    `${name}.key`,
    '-subj',
    subject,
    '-out',
    `${name}.csr`,
  );
  const authorityFiles = ['-CA', `${issuer}.pem`, '-CAkey', `${issuer}.key`, '-set_serial', '77'];
  run(
    'x509',
    '-req',
    '-in',
    `${name}.csr`,
    ...authorityFiles,
    '-extfile',
    'ca.cnf',
    '-extensions',
    section,
    '-out',
    `${name}.pem`,
  );
  run('x509', '-in', `${name}.pem`, '-outform', 'DER', '-out', `${name}.der`);
  return readCertificate(readFileSync(join(authority.folder, `${name}.der`)));
}

describe('path to a trust anchor', () => {
  const officer = (): Certificate => readCertificate(authority.certificate('officer'));

  it('runs through the authorities that came along', () => {
    const result = findCertificatePath(officer(), { pool: [intermediate], anchors: [root], at });
    expect(result).toMatchObject({ outcome: 'trusted' });
    expect('path' in result && result.path).toHaveLength(3);
  });

  it('ends at an intermediate authority that is trusted itself', () => {
    expect(findCertificatePath(officer(), { pool: [], anchors: [intermediate], at }).outcome).toBe('trusted');
  });

  it('is missing without anchor or without the authority between', () => {
    expect(findCertificatePath(officer(), { pool: [intermediate, root], anchors: [], at }).outcome).toBe('noPath');
    expect(findCertificatePath(officer(), { pool: [], anchors: [root], at }).outcome).toBe('noPath');
  });

  it('tells a certificate out of date', () => {
    const result = findCertificatePath(officer(), {
      pool: [intermediate],
      anchors: [root],
      at: new Date('2090-01-01'),
    });
    expect(result).toMatchObject({ outcome: 'outOfDate', certificate: { serialHex: officer().serialHex } });
  });

  it('does not run through an officer who certifies others', () => {
    const victim = issue('victim', 'officer', 'officer');
    expect(findCertificatePath(victim, { pool: [officer(), intermediate], anchors: [root], at }).outcome).toBe(
      'noPath',
    );
  });

  it('does not run through a certificate that says nothing of its use but that it is no authority', () => {
    const bare = issue('bare', 'root', 'bare');
    const victim = issue('second-victim', 'bare', 'officer');
    expect(bare.keyUsage).toBeNull();
    expect(findCertificatePath(victim, { pool: [bare, intermediate], anchors: [root], at }).outcome).toBe('noPath');
  });

  it('does not run below an authority that may have none below', () => {
    const tooDeep = issue('too-deep', 'intermediate', 'intermediate');
    const leaf = issue('leaf', 'too-deep', 'officer');
    expect(findCertificatePath(leaf, { pool: [tooDeep, intermediate], anchors: [root], at }).outcome).toBe('noPath');
    expect(findCertificatePath(leaf, { pool: [], anchors: [tooDeep], at }).outcome).toBe('trusted');
  });

  it('comes to an end among authorities that certify one another', () => {
    const first = issue('first', 'root', 'root', '/CN=first');
    const second = issue('second', 'first', 'root', '/CN=second');
    const leaf = issue('ringed', 'second', 'officer');
    // Both keys certified by the other: a ring that leads nowhere.
    const firstAgain = { ...first, issuerDer: second.subjectDer };
    expect(findCertificatePath(leaf, { pool: [second, firstAgain], anchors: [intermediate], at }).outcome).toBe(
      'noPath',
    );
    expect(findCertificatePath(leaf, { pool: [second, firstAgain, first], anchors: [root], at }).outcome).toBe(
      'trusted',
    );
  });
});
