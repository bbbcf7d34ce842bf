import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestAuthority } from '../signing/testing/authority.ts';
import type { TestAuthority } from '../signing/testing/authority.ts';
import { encodeTimestampQuery, readTimestampReply } from '../signing/timestamp.ts';
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

  it('holds its file at the root', () => {
    const signature = ['META-INF/signature.p7s', sign(petition)] as const;
    expect(verify([mimetype, ['dentro/instancia.txt', petition], signature])).toMatchObject({
      verdict: 'failed',
      subIndication: 'FORMAT_FAILURE',
    });
  });

  it('does not pass with a file that nobody signed, or the same name twice', () => {
    const signature = ['META-INF/signature.p7s', sign(petition)] as const;
    const added = verify([mimetype, ['instancia.txt', petition], ['otra.txt', petition], signature]);
    expect(added).toMatchObject({ verdict: 'failed', subIndication: 'FORMAT_FAILURE' });
    const unnamed = verify([['instancia.txt', petition], ['otra.txt', petition], signature]);
    expect(unnamed).toMatchObject({ verdict: 'indeterminate', reasons: ['unsignedContent'] });
    expect(verify([['instancia.txt', petition], ['instancia.txt', Buffer.from('x')], signature]).verdict).toBe(
      'no-signature',
    );
  });
});

describe('an extended container', () => {
  const manifest = (content: Buffer, signature = 'signature001.p7s'): Buffer =>
    Buffer.from(
      [
        '<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">',
        `<asic:SigReference URI="META-INF/${signature}"/><asic:DataObjectReference URI="instancia.txt">`,
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

  const stamp = (data: Buffer): Buffer => {
    const digest = createHash('sha256').update(data).digest();
    return readTimestampReply(authority.timestamp(encodeTimestampQuery('sha256', digest, Buffer.alloc(8, 1))));
  };

  it('keeps to its own time stamps: over its manifest, and over the files that this names', () => {
    const signed = manifest(petition);
    const archive = manifest(petition, 'timestamp001.tst');
    const members = (list: Buffer, stamped: Buffer): DocumentVerification =>
      verify([
        ['instancia.txt', petition],
        ['META-INF/ASiCManifest001.xml', signed],
        ['META-INF/signature001.p7s', sign(signed)],
        ['META-INF/ASiCArchiveManifest001.xml', list],
        ['META-INF/timestamp001.tst', stamp(stamped)],
      ]);
    expect(members(archive, archive)).toMatchObject({
      verdict: 'passed',
      signatures: [{ timestamps: [{ kind: 'archive', isIntact: true, isTrusted: true }] }],
    });
    const broken = { verdict: 'indeterminate', subIndication: 'TIMESTAMP_ORDER_FAILURE' };
    expect(members(archive, petition)).toMatchObject(broken);
    const other = manifest(Buffer.from('Otra cosa'), 'timestamp001.tst');
    expect(members(other, other)).toMatchObject(broken);
  });
});
