import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestAuthority } from '../signing/testing/authority.ts';
import type { TestAuthority } from '../signing/testing/authority.ts';
import { plainAnchor } from '../signing/trust-evaluation.ts';
import type { DocumentVerification } from './document-verification.ts';
import { encodeRecord, hashOf, join4998, stampAt, writeXmlChain, writeXmlRecord } from './testing/evidence-records.ts';
import { makeStoredZip } from './testing/stored-zip.ts';
import { verifyDocument } from './verify-document.ts';

type File = readonly [name: string, content: Buffer];

const start = Math.floor(Date.now() / 1000) * 1000 + 60_000;
const day = 24 * 60 * 60_000;
const petition: File = ['instancia.txt', Buffer.from('Que se le expida una copia.')];
const annex: File = ['anexo.xml', Buffer.from('<anexo  uno="1"/>\n')];
const signatureName = 'META-INF/signature.p7s';
let authority: TestAuthority;
let crl: Buffer;
let container: readonly File[];
let signature: File;

beforeAll(() => {
  authority = createTestAuthority();
  crl = authority.crl();
  const manifest: File = ['META-INF/ASiCManifest.xml', writeManifest(signatureName, [petition, annex])];
  signature = [signatureName, sign(manifest[1])];
  container = [mimetype('e'), petition, annex, manifest, signature];
}, 60_000);
afterAll(() => authority.dispose());

function mimetype(kind: 'e' | 's'): File {
  return ['mimetype', Buffer.from(`application/vnd.etsi.asic-${kind}+zip`)];
}

function sign(content: Buffer): Buffer {
  writeFileSync(join(authority.folder, 'content'), content);
  const common = ['-sign', '-binary', '-cades', '-md', 'sha256', '-in', 'content', '-signer', 'officer.pem'];
  const more = ['-inkey', 'officer.key', '-certfile', 'intermediate.pem', '-outform', 'DER', '-out', 'signed'];
  execFileSync('openssl', ['cms', ...common, ...more], { cwd: authority.folder, stdio: ['ignore', 'pipe', 'pipe'] });
  return readFileSync(join(authority.folder, 'signed'));
}

function writeManifest(protector: string, files: readonly File[], hash: 'sha256' | 'sha512' = 'sha256'): Buffer {
  const references = files.map(([name, content]) => {
    const digest = hashOf(hash, content).toString('base64');
    const method = `<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#${hash}"/>`;
    return `<asic:DataObjectReference URI="${name}">${method}<ds:DigestValue>${digest}</ds:DigestValue></asic:DataObjectReference>`;
  });
  const spaces = 'xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"';
  const reference = `<asic:SigReference URI="${protector}"/>`;
  return Buffer.from(`<asic:ASiCManifest ${spaces}>${reference}${references.join('')}</asic:ASiCManifest>`);
}

function verify(files: readonly File[], at = new Date(start + 60 * 60_000)): DocumentVerification {
  const trust = { anchors: [plainAnchor(authority.root)], at, ocsps: [], crls: [crl] };
  return verifyDocument(makeStoredZip(files), { trust, detached: null });
}

/** A record over all these digests as one group, with its manifest over these files. */
function recordOver(digests: readonly Buffer[], files: readonly File[], form: 'ers' | 'xml' = 'ers'): readonly File[] {
  const name = `META-INF/evidencerecord.${form}`;
  const root = digests.length === 1 ? (digests[0] ?? Buffer.alloc(0)) : join4998('sha256', ...digests);
  const stamp = { token: stampAt(authority, root, new Date(start)), tree: [digests] };
  const written =
    form === 'ers' ? encodeRecord([[stamp]]) : Buffer.from(writeXmlRecord([writeXmlChain(1, 'sha256', [stamp])]));
  return [
    ['META-INF/ASiCEvidenceRecordManifest.xml', writeManifest(name, files)],
    [name, written],
  ];
}

function digestsOf(files: readonly File[]): readonly Buffer[] {
  return files.map(([, content]) => hashOf('sha256', content));
}

const broken = { verdict: 'indeterminate', reasons: ['evidenceRecordBroken'] };

describe('an extended container', () => {
  it.each(['ers', 'xml'] as const)('passes with a record over its signature, which proves its age: %s', (form) => {
    const covered = [signature, petition];
    const files = [...container, ...recordOver(digestsOf(covered), covered, form)];
    expect(verify(files)).toMatchObject({
      verdict: 'passed',
      signatures: [{ timestamps: [{ kind: 'evidenceRecord', isIntact: true, isTrusted: true }] }],
    });
    const later = new Date(start + 11 * 365 * day);
    expect(verify(files, later).verdict).toBe('passed');
    expect(verify(container, later).reasons).toContain('certificateOutOfDate');
  });

  it('is not proved older by a record over other files', () => {
    const files = [...container, ...recordOver(digestsOf([petition]), [petition])];
    expect(verify(files)).toMatchObject({ verdict: 'passed', signatures: [{ timestamps: [] }] });
    expect(verify(files, new Date(start + 11 * 365 * day)).reasons).toContain('certificateOutOfDate');
  });

  it('may have its XML digested in canonical form, by a record that is XML too', () => {
    const canonical = hashOf('sha256', Buffer.from('<anexo uno="1"></anexo>'));
    expect(verify([...container, ...recordOver([canonical], [annex], 'xml')]).verdict).toBe('passed');
    expect(verify([...container, ...recordOver([canonical], [annex], 'ers')])).toMatchObject(broken);
  });

  it.each<readonly [string, () => readonly File[]]>([
    ['over less than its manifest says', () => recordOver(digestsOf([signature]), [signature, petition])],
    ['over something else', () => recordOver(digestsOf([annex]), [signature])],
    ['without a manifest', () => recordOver(digestsOf([signature]), [signature]).slice(1)],
    ['whose manifest names no file', () => recordOver(digestsOf([signature]), [])],
    [
      'whose manifest names a file that is not there',
      () => recordOver(digestsOf([signature]), [signature, ['falta.txt', Buffer.alloc(0)]]),
    ],
    [
      'whose manifest has another digest of a file',
      () => recordOver(digestsOf([signature]), [[signatureName, Buffer.from('otra')]]),
    ],
    [
      'whose manifest is of another algorithm',
      () => [
        [
          'META-INF/ASiCEvidenceRecordManifest.xml',
          writeManifest('META-INF/evidencerecord.ers', [signature], 'sha512'),
        ],
        ...recordOver(digestsOf([signature]), [signature]).slice(1),
      ],
    ],
  ])('does not pass with a record %s', (_, make) => {
    expect(verify([...container, ...make()])).toMatchObject(broken);
  });

  it('does not pass with a record that cannot be read, nor with more than anybody makes', () => {
    const unread = { verdict: 'indeterminate', reasons: ['evidenceRecordUnread'] };
    expect(verify([...container, ['META-INF/evidencerecord.ers', Buffer.from('3000', 'hex')]])).toMatchObject(unread);
    expect(verify([...container, ['META-INF/evidencerecord.xml', Buffer.from('<otro')]])).toMatchObject(unread);
    const many = Array.from({ length: 21 }, (_, index): File => [`META-INF/evidencerecord${index}.ers`, petition[1]]);
    expect(verify([...container, ...many])).toMatchObject(unread);
  });
});

it('a simple container has its record over its only file, whatever a manifest says', () => {
  const own: File = ['META-INF/signature.p7s', sign(petition[1])];
  const simple = [mimetype('s'), petition, own];
  expect(verify([...simple, ...recordOver(digestsOf([petition]), [own])]).verdict).toBe('passed');
  expect(verify([...simple, ...recordOver(digestsOf([petition]), []).slice(1)]).verdict).toBe('passed');
  expect(verify([...simple, ...recordOver(digestsOf([own]), [own])])).toMatchObject(broken);
});
