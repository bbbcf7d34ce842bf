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
import { makeExternalXml } from './testing/signed-xml.ts';
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

function sign(content: Buffer, ...options: readonly string[]): Buffer {
  writeFileSync(join(authority.folder, 'content'), content);
  const common = ['-sign', '-binary', '-cades', '-md', 'sha256', '-in', 'content', '-signer', 'officer.pem'];
  const more = ['-inkey', 'officer.key', '-certfile', 'intermediate.pem', '-outform', 'DER', '-out', 'signed'];
  execFileSync('openssl', ['cms', ...common, ...more, ...options], {
    cwd: authority.folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return readFileSync(join(authority.folder, 'signed'));
}

function verify(files: readonly (readonly [string, Buffer])[]): DocumentVerification {
  return judge(makeStoredZip(files));
}

function judge(bytes: Buffer): DocumentVerification {
  const anchors = [plainAnchor(authority.root), plainAnchor(authority.intermediate)];
  const trust = { anchors, at: new Date(Date.now() + 60_000), ocsps: [], crls: [crl] };
  return verifyDocument(bytes, { trust, detached: null });
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
    expect(verify([['instancia.txt', petition], ['instancia.txt', Buffer.from('x')], signature])).toMatchObject({
      verdict: 'indeterminate',
      reasons: ['unreadableDocument'],
    });
  });

  it('does not pass with a signature that holds another content', () => {
    const signature = ['META-INF/signature.p7s', sign(petition, '-nodetach')] as const;
    expect(verify([mimetype, ['instancia.txt', petition], signature]).verdict).toBe('passed');
    expect(verify([mimetype, ['instancia.txt', Buffer.from('Otra cosa')], signature])).toMatchObject({
      verdict: 'failed',
      subIndication: 'HASH_FAILURE',
    });
  });

  it('has one file of signatures', () => {
    const signature = ['META-INF/signature.p7s', sign(petition)] as const;
    const second = ['META-INF/signature2.p7s', sign(petition)] as const;
    expect(verify([mimetype, ['instancia.txt', petition], signature, second])).toMatchObject({
      verdict: 'failed',
      subIndication: 'FORMAT_FAILURE',
    });
  });

  it('does not pass with something after the signature', () => {
    const signature = ['META-INF/signature.p7s', Buffer.concat([sign(petition), Buffer.from('más')])] as const;
    expect(verify([mimetype, ['instancia.txt', petition], signature]).verdict).toBe('failed');
  });
});

function openDocumentList(names: readonly string[]): Buffer {
  const entries = names.map((name) => `<m:file-entry m:full-path="${name}" m:media-type="text/xml"/>`).join('');
  return Buffer.from(
    `<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">${entries}</m:manifest>`,
  );
}

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

  it('may have its files signed by one signature each, but none by nobody', () => {
    const first = ['a.txt', petition] as const;
    const second = ['b.txt', Buffer.from('Y otra más.')] as const;
    const signatures = [first, second].map(
      (file, index) => [`META-INF/signatures${index}.xml`, Buffer.from(makeExternalXml(authority, [file]))] as const,
    );
    const both = verify([first, second, ...signatures]);
    expect(both).toMatchObject({ verdict: 'passed', signatures: [{ coversWholeFile: false }, {}] });
    expect(both.signatures.map(({ signedContent }) => signedContent)).toEqual([['a.txt'], ['b.txt']]);
    expect(verify([first, second, ...signatures.slice(1)])).toMatchObject({
      verdict: 'indeterminate',
      reasons: ['unsignedContent'],
    });
  });

  it('does not pass when its list of files names others', () => {
    const file = ['a.txt', petition] as const;
    const signature = ['META-INF/signatures0.xml', Buffer.from(makeExternalXml(authority, [file]))] as const;
    const list = (name: string) => ['META-INF/manifest.xml', openDocumentList(['/', name])] as const;
    expect(verify([file, signature, list('a.txt')]).verdict).toBe('passed');
    expect(verify([file, signature, list('b.txt')])).toMatchObject({
      verdict: 'indeterminate',
      reasons: ['unsignedContent'],
    });
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

describe('a signed OpenDocument', () => {
  type Part = readonly [name: string, content: Buffer];
  const content: Part = ['content.xml', Buffer.from('<texto>Que se le expida una copia.</texto>')];
  const parts: readonly Part[] = [
    ['mimetype', Buffer.from('application/vnd.oasis.opendocument.text')],
    content,
    ['META-INF/manifest.xml', openDocumentList(['/', 'content.xml', 'Thumbnails/'])],
  ];
  const signature = (): Part => [
    'META-INF/documentsignatures.xml',
    Buffer.from(
      `<document-signatures xmlns="urn:oasis:names:tc:opendocument:xmlns:digitalsignature:1.0">${makeExternalXml(authority, parts, false).replace(/<\?xml[^>]*\?>\s*/, '')}</document-signatures>`,
    ),
  ];

  it('passes when all but the signatures is signed, as LibreOffice does', () => {
    expect(verify([...parts, signature()])).toMatchObject({
      format: 'asic',
      verdict: 'passed',
      signatures: [{ coversWholeFile: true, signedContent: ['mimetype', 'content.xml', 'META-INF/manifest.xml'] }],
    });
  });

  it('does not pass with a macro that nobody signed, nor with another text', () => {
    const macro = ['Basic/Standard/Module1.xml', Buffer.from('<m/>')] as const;
    expect(verify([...parts, macro, signature()])).toMatchObject({
      verdict: 'indeterminate',
      reasons: ['unsignedContent'],
    });
    const other = parts.map((part) => (part === content ? (['content.xml', Buffer.from('<texto/>')] as const) : part));
    expect(verify([...other, signature()])).toMatchObject({ verdict: 'failed', subIndication: 'HASH_FAILURE' });
  });
});

describe('an archive that another program would read otherwise is not judged', () => {
  const unread = { verdict: 'indeterminate', reasons: ['unreadableDocument'] };
  const archive = (): Buffer =>
    makeStoredZip([mimetype, ['instancia.txt', petition], ['META-INF/signature.p7s', sign(petition)]]);
  const local = Buffer.from('504b0304', 'hex');

  it('with another name at the file than in the directory', () => {
    const changed = archive();
    changed.write('otra.text', changed.indexOf('instancia.txt'));
    expect(judge(archive()).verdict).toBe('passed');
    expect(judge(changed)).toMatchObject(unread);
  });

  it('with another length at the file than in the directory', () => {
    const changed = archive();
    changed.writeUInt32LE(3, changed.indexOf('instancia.txt') - 12);
    expect(judge(changed)).toMatchObject(unread);
  });

  it('with a file that the directory does not name', () => {
    const bytes = archive();
    const end = bytes.lastIndexOf(Buffer.from('504b0506', 'hex'));
    const directory = bytes.readUInt32LE(end + 16);
    const hidden = Buffer.concat([local, Buffer.alloc(26), Buffer.from('otra')]);
    const changed = Buffer.concat([bytes.subarray(0, directory), hidden, bytes.subarray(directory)]);
    changed.writeUInt32LE(directory + hidden.length, end + hidden.length + 16);
    expect(judge(changed)).toMatchObject(unread);
  });

  it('with something after its end, or a wrong sum', () => {
    expect(judge(Buffer.concat([archive(), Buffer.from('más')]))).toMatchObject(unread);
    const changed = archive();
    const name = changed.lastIndexOf('instancia.txt');
    changed.writeUInt32LE(0, name - 30);
    expect(judge(changed)).toMatchObject(unread);
  });
});
