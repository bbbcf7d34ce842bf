import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestAuthority } from '../signing/testing/authority.ts';
import type { TestAuthority } from '../signing/testing/authority.ts';
import { plainAnchor } from '../signing/trust-evaluation.ts';
import type { DocumentVerification } from './document-verification.ts';
import { makeStoredZip } from './testing/stored-zip.ts';
import { verifyDocument } from './verify-document.ts';

let authority: TestAuthority;
let crl: Buffer;

beforeAll(() => {
  authority = createTestAuthority();
  crl = authority.crl();
}, 60_000);
afterAll(() => {
  authority.dispose();
});

function sign(content: Buffer): Buffer {
  writeFileSync(join(authority.folder, 'content'), content);
  const common = ['-sign', '-binary', '-cades', '-md', 'sha256', '-in', 'content', '-signer', 'officer.pem'];
  const more = ['-inkey', 'officer.key', '-certfile', 'intermediate.pem', '-outform', 'DER', '-out', 'signed'];
  execFileSync('openssl', ['cms', ...common, ...more], { cwd: authority.folder, stdio: ['ignore', 'pipe', 'pipe'] });
  return readFileSync(join(authority.folder, 'signed'));
}

function verify(files: readonly (readonly [string, Buffer])[]): DocumentVerification {
  const trust = { anchors: [plainAnchor(authority.root)], at: new Date(Date.now() + 60_000), ocsps: [], crls: [crl] };
  return verifyDocument(makeStoredZip(files), { trust, detached: null });
}

const petition = Buffer.from('Que se le expida una copia.');
const mimetype = ['mimetype', Buffer.from('application/vnd.etsi.asic-s+zip')] as const;

describe('a simple container', () => {
  it('passes, and fails with another content', () => {
    const signature = ['META-INF/signature.p7s', sign(petition)] as const;
    expect(verify([mimetype, ['instancia.txt', petition], signature])).toMatchObject({
      format: 'asic',
      verdict: 'passed',
      signatures: [{ coversWholeFile: true, signedContent: ['instancia.txt'] }],
    });
    expect(verify([mimetype, ['instancia.txt', Buffer.from('Otra cosa')], signature])).toMatchObject({
      verdict: 'failed',
      subIndication: 'HASH_FAILURE',
    });
  });

  it('does not pass with a file that nobody signed, or the same name twice', () => {
    const signature = ['META-INF/signature.p7s', sign(petition)] as const;
    const added = verify([mimetype, ['instancia.txt', petition], ['otra.txt', petition], signature]);
    expect(added).toMatchObject({ verdict: 'indeterminate', reasons: ['unsignedContent'] });
    expect(verify([['instancia.txt', petition], ['instancia.txt', Buffer.from('x')], signature]).verdict).toBe(
      'no-signature',
    );
  });
});

describe('an extended container', () => {
  const manifest = (content: Buffer): Buffer =>
    Buffer.from(
      [
        '<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">',
        '<asic:SigReference URI="META-INF/signature001.p7s"/><asic:DataObjectReference URI="instancia.txt">',
        '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>',
        `<ds:DigestValue>${createHash('sha256').update(content).digest('base64')}</ds:DigestValue>`,
        '</asic:DataObjectReference></asic:ASiCManifest>',
      ].join(''),
    );

  it('passes by its manifest, and fails with what the manifest does not say', () => {
    const signed = manifest(petition);
    const members = (content: Buffer, list: Buffer): readonly (readonly [string, Buffer])[] => [
      ['instancia.txt', content],
      ['META-INF/ASiCManifest001.xml', list],
      ['META-INF/signature001.p7s', sign(signed)],
    ];
    expect(verify(members(petition, signed))).toMatchObject({
      verdict: 'passed',
      signatures: [{ coversWholeFile: true }],
    });
    const other = Buffer.from('Otra cosa');
    expect(verify(members(other, signed))).toMatchObject({ verdict: 'failed', subIndication: 'HASH_FAILURE' });
    expect(verify(members(other, manifest(other)))).toMatchObject({ verdict: 'failed', subIndication: 'HASH_FAILURE' });
  });
});
