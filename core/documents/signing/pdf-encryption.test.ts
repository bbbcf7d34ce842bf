import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isDictionary, isStream, isString, readPdfText, serializePdf } from './pdf-objects.ts';
import { openPdf, openPdfToRead } from './pdf-reader.ts';
import { rc4 } from './rc4.ts';
import { createTestAuthority } from './testing/authority.ts';
import type { TestAuthority } from './testing/authority.ts';
import { appendRaw, fillSignature, makeOffice, signatureEntries } from './testing/signed-office.ts';
import { plainAnchor } from './trust-evaluation.ts';
import type { PdfVerification } from './verification-model.ts';
import { verifyPdfAgainst } from './verify.ts';

let authority: TestAuthority;
let crl: Buffer;

beforeAll(() => {
  authority = createTestAuthority();
  crl = authority.crl();
}, 60_000);
afterAll(() => {
  authority.dispose();
});

function encrypt(pdf: Buffer, ...options: readonly string[]): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'ventanilla-encrypted-'));
  try {
    writeFileSync(join(folder, 'in.pdf'), pdf);
    execFileSync(
      'qpdf',
      ['--allow-weak-crypto', '--object-streams=disable', '--encrypt', ...options, '--', 'in.pdf', 'out.pdf'],
      { cwd: folder, stdio: 'pipe' },
    );
    return readFileSync(join(folder, 'out.pdf'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const handlers: readonly (readonly [string, readonly string[]])[] = [
  ['RC4 of 40 bits', ['40']],
  ['RC4 of 128 bits', ['128', '--use-aes=n']],
  ['AES of 128 bits', ['128', '--use-aes=y']],
  ['AES of 128 bits with metadata in clear', ['128', '--use-aes=y', '--cleartext-metadata']],
  ['AES of 256 bits, first form', ['256', '--force-R5']],
  ['AES of 256 bits', ['256']],
];

function verify(pdf: Uint8Array): PdfVerification {
  const at = new Date(Date.now() + 60_000);
  return verifyPdfAgainst(pdf, { anchors: [plainAnchor(authority.root)], at, ocsps: [], crls: [crl] });
}

it('deciphers RC4', () => {
  // RFC 6229 §2, key of 40 bits.
  const key = Buffer.from('0102030405', 'hex');
  expect(rc4(key, Buffer.alloc(16)).toString('hex')).toBe('b2396305f03dc027ccc3524a0a1118a8');
});

describe.each(handlers)('a document encrypted with %s', (_, options) => {
  it('is read without a password, and never written to', () => {
    const pdf = encrypt(makeOffice(), '', 'dueño', ...options);
    expect(() => openPdf(pdf)).toThrow('document.encrypted');
    const file = openPdfToRead(pdf);
    const information = file.resolve(file.trailer.get('Info'));
    const title = isDictionary(information) ? information.get('Title') : null;
    expect(isString(title) ? readPdfText(title) : null).toBe('Instancia');
    const metadata = file.resolve(file.root.get('Metadata'));
    expect(isStream(metadata) ? file.decode(metadata).toString() : '').toContain('<dc:title>Instancia</dc:title>');
    const contents = [...file.entries.keys()].flatMap((number) => {
      const value = file.object(number);
      return isStream(value) && !value.dictionary.has('Type') ? [file.decode(value).toString('latin1')] : [];
    });
    expect(contents.some((content) => content.includes('(Importe: 100 euros)'))).toBe(true);
  });

  it('is verified like any other, and said to be encrypted', async () => {
    const signed = await sign(encrypt(makeOffice(), '', 'dueño', ...options));
    expect(verify(signed)).toMatchObject({ verdict: 'passed', reasons: ['encrypted'] });
    const [page] = /\d+ 0 obj\s*<<[^>]*\/Contents (\d+) 0 R/.exec(signed.toString('latin1'))?.slice(1) ?? [];
    expect(Number(page)).toBeGreaterThan(0);
    const replaced = appendRaw(signed, {
      objects: new Map([[Number(page), '<</Length 5>>\nstream\nBT ET\nendstream']]),
      trailer: encryptionOf(signed),
    });
    expect(verify(replaced)).toMatchObject({ verdict: 'failed', subIndication: 'FORMAT_FAILURE' });
    expect(verify(appendRaw(signed, { objects: new Map([[900, 'null']]) })).verdict).toBe('failed');
  });
});

function encryptionOf(pdf: Buffer): string {
  return `/Encrypt ${serializePdf(openPdfToRead(pdf).trailer.get('Encrypt') ?? null)}`;
}

async function sign(pdf: Buffer): Promise<Buffer> {
  const file = openPdfToRead(pdf);
  const root = serializePdf(new Map([...file.root].filter(([key]) => key !== 'AcroForm' && key !== 'Names')));
  const prepared = appendRaw(pdf, {
    objects: new Map([
      [file.rootReference.number, root.replace(/>>$/, '/AcroForm<</Fields[900 0 R]>>>>')],
      [900, '<</Type/Annot/Subtype/Widget/FT/Sig/Rect[0 0 0 0]/V 901 0 R>>'],
      [901, `<<${signatureEntries}>>`],
    ]),
    trailer: encryptionOf(pdf),
  });
  return fillSignature(prepared, authority.signer('officer', 'rsa-sha256'));
}

describe('an encrypted document that nobody can open', () => {
  it('is indeterminate for that reason', async () => {
    const signed = await sign(encrypt(makeOffice(), '', 'dueño', '256'));
    const closed = Buffer.from(signed.toString('latin1').replace(/\/U <[0-9a-f]{8}/, '/U <00000000'), 'latin1');
    expect(closed.equals(signed)).toBe(false);
    expect(verify(closed)).toEqual({
      verdict: 'indeterminate',
      subIndication: 'SIGNED_DATA_NOT_FOUND',
      reasons: ['encrypted'],
      signatures: [],
    });
  });

  it('has no signature when none is mentioned', () => {
    expect(verify(encrypt(makeOffice(), 'secreta', 'dueño', '256'))).toMatchObject({
      verdict: 'no-signature',
      reasons: ['encrypted'],
    });
  });
});
