import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestAuthority } from '../signing/testing/authority.ts';
import type { TestAuthority } from '../signing/testing/authority.ts';
import { plainAnchor } from '../signing/trust-evaluation.ts';
import type { DocumentVerification } from './document-verification.ts';
import { verifyDocument } from './verify-document.ts';

let authority: TestAuthority;
let crl: Buffer;
let attached: Buffer;
let detached: Buffer;
const content = Buffer.from('Que se le expida una copia.\n');

beforeAll(() => {
  authority = createTestAuthority();
  crl = authority.crl();
  writeFileSync(join(authority.folder, 'content.txt'), content);
  attached = sign(['-nodetach']);
  detached = sign([]);
}, 60_000);
afterAll(() => {
  authority.dispose();
});

function sign(options: readonly string[], outputForm = 'DER'): Buffer {
  const common = [
    '-sign',
    '-binary',
    '-cades',
    '-md',
    'sha256',
    '-in',
    'content.txt',
    '-signer',
    'officer.pem',
    '-inkey',
    'officer.key',
  ];
  execFileSync(
    'openssl',
    ['cms', ...common, '-certfile', 'intermediate.pem', '-outform', outputForm, '-out', 'signed', ...options],
    {
      cwd: authority.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  return readFileSync(join(authority.folder, 'signed'));
}

function verify(cms: Uint8Array, data: Uint8Array | null = null): DocumentVerification {
  const trust = { anchors: [plainAnchor(authority.root)], at: new Date(Date.now() + 60_000), ocsps: [], crls: [crl] };
  return verifyDocument(cms, { trust, detached: data });
}

describe('CMS signatures made by OpenSSL', () => {
  it('pass with their content inside, beside, in PEM, in base64 and streamed', () => {
    expect(verify(attached)).toMatchObject({
      format: 'cms',
      verdict: 'passed',
      reasons: [],
      signatures: [{ level: 'B-B' }],
    });
    expect(verify(detached, content).verdict).toBe('passed');
    expect(verify(sign(['-nodetach'], 'PEM')).verdict).toBe('passed');
    expect(verify(Buffer.from(attached.toString('base64'))).verdict).toBe('passed');
    expect(verify(sign(['-nodetach', '-stream', '-indef'])).verdict).toBe('passed');
    expect(verify(sign(['-nodetach', '-keyid'])).verdict).toBe('passed');
  });

  it('are judged signer by signer', () => {
    const both = sign(['-nodetach', '-signer', 'revoked.pem', '-inkey', 'revoked.key']);
    expect(verify(both)).toMatchObject({
      verdict: 'indeterminate',
      subIndication: 'REVOKED_NO_POE',
      signatures: [{ reasons: expect.any(Array) }, { reasons: expect.any(Array) }],
    });
    expect(
      verify(both)
        .signatures.map(({ verdict }) => verdict)
        .toSorted(),
    ).toEqual(['indeterminate', 'passed']);
  });

  it('cannot be judged without what they sign', () => {
    expect(verify(detached)).toMatchObject({ verdict: 'indeterminate', subIndication: 'SIGNED_DATA_NOT_FOUND' });
  });

  it('are not found where there are only certificates', () => {
    execFileSync('openssl', ['crl2pkcs7', '-nocrl', '-certfile', 'officer.pem', '-outform', 'DER', '-out', 'bag'], {
      cwd: authority.folder,
    });
    expect(verify(readFileSync(join(authority.folder, 'bag'))).verdict).toBe('no-signature');
  });
});

describe('a forged or broken CMS never passes', () => {
  it('with other contents', () => {
    expect(verify(detached, Buffer.from('Otra cosa'))).toMatchObject({
      verdict: 'failed',
      subIndication: 'HASH_FAILURE',
    });
    const changed = Buffer.from(attached);
    changed.write('UNA', attached.indexOf('una copia'));
    expect(verify(changed)).toMatchObject({ verdict: 'failed', subIndication: 'HASH_FAILURE' });
  });

  it('that holds its own content, for another that is given', () => {
    expect(verify(attached, content).verdict).toBe('passed');
    expect(verify(attached, Buffer.from('Otra cosa'))).toMatchObject({
      verdict: 'failed',
      subIndication: 'HASH_FAILURE',
    });
  });

  it('with something after it', () => {
    expect(verify(Buffer.concat([attached, Buffer.from('\n')])).verdict).toBe('passed');
    expect(verify(Buffer.concat([attached, attached])).verdict).toBe('failed');
  });

  it('cut at any length', () => {
    for (let length = 0; length < attached.length; length += 37)
      expect(verify(attached.subarray(0, length)).verdict).not.toBe('passed');
  });

  it('with one byte of the signer or the content changed', () => {
    // The certificates of others in the bag are not the signature's; all the rest is.
    const signer = attached.lastIndexOf(Buffer.from('2a864886f70d010903', 'hex')) - 40;
    const start = attached.indexOf('Que se');
    const places = fc.oneof(
      fc.integer({ min: signer, max: attached.length - 1 }),
      fc.integer({ min: start, max: start + content.length - 1 }),
    );
    fc.assert(
      fc.property(places, fc.integer({ min: 1, max: 255 }), (place, change) => {
        const changed = Buffer.from(attached);
        changed[place] = (changed[place] ?? 0) ^ change;
        expect(verify(changed).verdict).not.toBe('passed');
      }),
      { numRuns: 600 },
    );
  });
});
