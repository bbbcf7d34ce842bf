import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildApplicationPdf } from '../../core/documents/application.ts';
import { loadDocumentAssets } from '../../core/documents/assets.ts';
import { buildCopyPdf } from '../../core/documents/copy.ts';
import { checkPdfA } from '../../core/documents/pdf/pdfa-checker.ts';
import { askPreflight, hasPreflight } from '../../core/documents/pdf/testing/preflight.ts';
import type { SignatureAlgorithm } from '../../core/documents/signing/algorithms.ts';
import { readCertificate } from '../../core/documents/signing/certificate.ts';
import type { TimestampSource } from '../../core/documents/signing/cms.ts';
import { requestOcsp } from '../../core/documents/signing/ocsp.ts';
import { signPdf } from '../../core/documents/signing/pades.ts';
import { completePdf } from '../../core/documents/signing/pades-completion.ts';
import { readSignatures } from '../../core/documents/signing/pdf-signatures.ts';
import { createTestAuthority } from '../../core/documents/signing/testing/authority.ts';
import type { KeyKind, TestAuthority } from '../../core/documents/signing/testing/authority.ts';
import { askBouncyCastle, hasBouncyCastle } from '../../core/documents/signing/testing/bouncy-castle.ts';
import { makeTinyPdf } from '../../core/documents/signing/testing/tiny-pdf.ts';
import { askOthers } from '../../core/documents/signing/testing/validators.ts';
import { requestTimestamp } from '../../core/documents/signing/timestamp.ts';
import { plainAnchor } from '../../core/documents/signing/trust-evaluation.ts';
import { verifyPdfAgainst } from '../../core/documents/signing/verify.ts';
import { sampleApplication, sampleEni } from '../../core/documents/testing/sample-documents.ts';
import { sampleJpegPage } from '../../core/documents/testing/sample-images.ts';
import { isEveryCase } from '../../core/testing/every-case.ts';

type Level = 'B-B' | 'B-T' | 'B-LT' | 'B-LTA';
type Hash = 'sha256' | 'sha384' | 'sha512';

const levels: readonly Level[] = ['B-B', 'B-T', 'B-LT', 'B-LTA'];
const keys: readonly KeyKind[] = ['RSA-2048', 'RSA-3072', 'RSA-4096', 'P-256', 'P-384'];
const hashes: readonly Hash[] = ['sha256', 'sha384', 'sha512'];
/** Programs of others are asked about each signature, a second for each: of a key one digest in `npm test`. */
const hashesOf = (key: KeyKind): readonly Hash[] =>
  isEveryCase ? hashes : hashes.filter((_hash, index) => index === keys.indexOf(key) % 3);
const hashIdentifiers = {
  sha256: '2.16.840.1.101.3.4.2.1',
  sha384: '2.16.840.1.101.3.4.2.2',
  sha512: '2.16.840.1.101.3.4.2.3',
} as const satisfies Record<Hash, string>;
const signingTime = new Date('2026-03-04T10:20:30Z');

const assets = loadDocumentAssets();
let authority: TestAuthority;
let rootPem: string;
let timestamp: TimestampSource;

beforeAll(() => {
  authority = createTestAuthority();
  rootPem = join(authority.folder, 'root.pem');
  const trusted = [readCertificate(authority.root)];
  timestamp = ({ hash, digest }) =>
    requestTimestamp({ url: 'http://tsa.test/', hash, digest, fetchBytes: authority.fetchBytes, trusted });
});
afterAll(() => authority.dispose());

function algorithmOf(key: KeyKind, hash: Hash): SignatureAlgorithm {
  return key.startsWith('RSA') ? `rsa-${hash}` : `ecdsa-${hash}`;
}

async function ocspOf(certificate: Uint8Array): Promise<Buffer> {
  const { response } = await requestOcsp({
    url: 'http://ocsp.test/',
    certificate: readCertificate(certificate),
    issuer: readCertificate(authority.intermediate),
    at: new Date(),
    fetchBytes: authority.fetchBytes,
  });
  return response;
}

/** The document at each level. B-T is its own signature, with the stamp inside the CMS; the higher ones extend it. */
async function signAtAllLevels(key: KeyKind, hash: Hash): Promise<Readonly<Record<Level, Buffer>>> {
  const officer = authority.enrol(key);
  const request = { signer: officer.signer(algorithmOf(key, hash)), signingTime, name: 'ANA', reason: 'Cotejo' };
  const document = makeTinyPdf(`${key} ${hash}`);
  const plain = await signPdf(document, request);
  const stamped = await signPdf(document, { ...request, timestamp });
  const evidence = {
    certificates: [authority.intermediate, authority.root],
    ocsps: [await ocspOf(officer.certificate), await ocspOf(authority.certificate('timestamping'))],
    crls: [authority.crl()],
  };
  const lasting = await completePdf(stamped.pdf, evidence);
  const archived = await completePdf(stamped.pdf, { ...evidence, documentTimestamp: timestamp });
  expect([plain.level, stamped.level, lasting.level, archived.level]).toEqual(levels);
  return { 'B-B': plain.pdf, 'B-T': stamped.pdf, 'B-LT': lasting.pdf, 'B-LTA': archived.pdf };
}

/** What nobody but ourselves must be asked about: verdict and level by our own verifier. */
function expectOurs(pdf: Uint8Array, level: Level): void {
  const verification = verifyPdfAgainst(pdf, {
    anchors: [plainAnchor(authority.root)],
    at: new Date(Date.now() + 60_000),
    ocsps: [],
    crls: [authority.crl()],
  });
  expect(verification.verdict).toBe('passed');
  expect(verification.signatures.map((signature) => signature.level)).toEqual([level]);
}

function expectOthers(pdf: Uint8Array): void {
  const opinions = askOthers(pdf, rootPem);
  expect(opinions.pdfsig[0]).toBe('Signature is Valid.');
  expect(opinions.qpdf).toContain('No syntax or stream encoding errors found');
  for (const opinion of opinions.opensslCms) expect(opinion).toContain('CAdES Verification successful');
  for (const opinion of opinions.certtool) expect(opinion).toContain('Signature status: ok');
}

/** OpenSSL on the token of a document time stamp and the bytes that it covers. */
function expectOpensslStamp(pdf: Uint8Array): void {
  const stamp = readSignatures(pdf).find((signature) => signature.type === 'documentTimestamp');
  const [start, length, nextStart, nextLength] = stamp?.byteRange ?? [0, 0, 0, 0];
  const files = { token: join(authority.folder, 'stamp.der'), data: join(authority.folder, 'stamped') };
  writeFileSync(files.token, stamp?.contents ?? Buffer.alloc(0));
  writeFileSync(
    files.data,
    Buffer.concat([pdf.subarray(start, start + length), pdf.subarray(nextStart, nextStart + nextLength)]),
  );
  const words = ['ts', '-verify', '-token_in', '-in', files.token, '-data', files.data];
  const said = execFileSync('openssl', [...words, '-CAfile', rootPem], { encoding: 'utf8', stdio: 'pipe' });
  expect(said).toContain('Verification: OK');
}

describe('every key, digest and level convinces every program', { timeout: 120_000 }, () => {
  test.each(keys)('%s', async (key) => {
    const all: Buffer[] = [];
    const expected: string[][] = [];
    for (const hash of hashesOf(key)) {
      const signed = await signAtAllLevels(key, hash);
      for (const level of levels) {
        expectOurs(signed[level], level);
        expectOthers(signed[level]);
      }
      expectOpensslStamp(signed['B-LTA']);
      for (const [former, next] of [
        ['B-T', 'B-LT'],
        ['B-T', 'B-LTA'],
      ] as const)
        expect(signed[next].subarray(0, signed[former].length).equals(signed[former])).toBe(true);
      all.push(...Object.values(signed));
      const ok = `ok ${hashIdentifiers[hash]}`;
      expected.push([`${ok} 0`], [`${ok} 1`], [`${ok} 1`], [`${ok} 1`, 'ok']);
    }
    expect(askBouncyCastle(all, rootPem)).toEqual(hasBouncyCastle ? expected : null);
  });

  test('BouncyCastle does not let a changed document pass, so that its word counts', async () => {
    const { pdf } = await signPdf(makeTinyPdf('hola'), {
      signer: authority.signer('officer', 'rsa-sha256'),
      signingTime,
    });
    const changed = Buffer.from(pdf);
    changed.write('adios', changed.indexOf('(hola)') + 1, 'latin1');
    const answers = askBouncyCastle([changed], rootPem);
    if (hasBouncyCastle) expect(answers?.[0]?.[0]).toMatch(/message-digest|signature/u);
    else expect(answers).toBeNull();
  });
});

/** Forms in which the documents of others come, made by qpdf. */
const foreignForms: readonly (readonly [string, readonly string[]])[] = [
  ['of PDF 1.3, with tables', ['--force-version=1.3', '--object-streams=disable']],
  ['linearised, with object streams', ['--linearize', '--object-streams=generate']],
];

function rewrite(pdf: Uint8Array, words: readonly string[]): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'ventanilla-forms-'));
  try {
    writeFileSync(join(folder, 'in.pdf'), pdf);
    execFileSync('qpdf', [...words, 'in.pdf', 'out.pdf'], { cwd: folder });
    return readFileSync(join(folder, 'out.pdf'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('documents of others', { timeout: 120_000 }, () => {
  test.each([
    ...foreignForms.map(([name, words]) => [name, rewrite(makeTinyPdf('hola'), words)] as const),
    ['hybrid', makeTinyPdf('hola', 'hybrid')] as const,
  ])('%s are signed twice and completed, each version the beginning of the next', async (_, document) => {
    const first = await signPdf(document, {
      signer: authority.signer('officer', 'rsa-sha256'),
      signingTime,
      timestamp,
    });
    const second = await signPdf(first.pdf, {
      signer: authority.signer('officerEc', 'ecdsa-sha384'),
      signingTime,
      timestamp,
    });
    const { pdf } = await completePdf(second.pdf, {
      certificates: [authority.intermediate, authority.root],
      ocsps: await Promise.all(
        (['officer', 'officerEc', 'timestamping'] as const).map((holder) => ocspOf(authority.certificate(holder))),
      ),
      crls: [authority.crl()],
      documentTimestamp: timestamp,
    });
    for (const [former, next] of [
      [document, first.pdf],
      [first.pdf, second.pdf],
      [second.pdf, pdf],
    ] as const)
      expect(next.subarray(0, former.length).equals(former)).toBe(true);
    expectOthers(pdf);
    expect(askOthers(pdf, rootPem).opensslCms).toHaveLength(2);
    const { verdict, signatures } = verifyPdfAgainst(pdf, {
      anchors: [plainAnchor(authority.root)],
      at: new Date(Date.now() + 60_000),
      ocsps: [],
      crls: [authority.crl()],
    });
    expect([verdict, ...signatures.map(({ level }) => level)]).toEqual(['passed', 'B-LTA', 'B-LTA']);
    if (hasBouncyCastle)
      expect(askBouncyCastle([pdf], rootPem)).toEqual([
        [`ok ${hashIdentifiers.sha256} 1`, `ok ${hashIdentifiers.sha384} 1`, 'ok'],
      ]);
  });

  test.each(['40', '128', '256'])('encrypted with %s bits are refused by name', async (bits) => {
    const weak = bits === '256' ? [] : ['--allow-weak-crypto'];
    const encrypted = rewrite(makeTinyPdf('hola'), [...weak, '--encrypt', '', 'dueña', bits, '--']);
    const request = { signer: authority.signer('officer', 'rsa-sha256'), signingTime };
    await expect(signPdf(encrypted, request)).rejects.toMatchObject({ code: 'document.encrypted' });
  });
});

/** The same bytes as another part of PDF/A, for whose rules ours write nothing else. */
function asPart(pdf: Uint8Array, part: 1 | 2 | 3): Buffer {
  const text = Buffer.from(pdf).toString('latin1').replace('<pdfaid:part>2<', `<pdfaid:part>${part}<`);
  return Buffer.from(part === 1 ? text.replace('%PDF-1.7', '%PDF-1.4') : text, 'latin1');
}

describe('PDF/A stays PDF/A', { timeout: 120_000 }, () => {
  test.each([1, 2, 3] as const)('signed twice and completed, part %d', async (part) => {
    const page = await sampleJpegPage('gray', 100);
    const eni = sampleEni('TD14', 'citizen');
    const createdAt = '2026-11-20T10:42:07+01:00';
    const copy = buildCopyPdf({ pages: [page], title: 'Copia', author: 'A', language: 'es', createdAt, eni }, assets);
    const versions: Buffer[] = [asPart(copy, part)];
    const newest = (): Buffer => versions.at(-1) ?? expect.unreachable();
    for (const holder of ['officer', 'other'] as const) {
      const algorithm = holder === 'officer' ? 'rsa-sha256' : 'ecdsa-sha256';
      const signer = authority.signer(holder, algorithm);
      versions.push((await signPdf(newest(), { signer, signingTime, timestamp })).pdf);
    }
    const evidence = {
      certificates: [authority.intermediate, authority.root],
      ocsps: [await ocspOf(authority.certificate('officer'))],
      crls: [authority.crl()],
    };
    versions.push((await completePdf(newest(), { ...evidence, documentTimestamp: timestamp })).pdf);
    for (const version of versions) expect(checkPdfA(version)).toEqual([]);
    if (part === 1) expect(askPreflight(versions)).toEqual(hasPreflight ? versions.map(() => 'valid') : null);
  });

  test('of a page with text preflight only misses what part 1 alone wants, and tells what is broken', () => {
    const application = asPart(buildApplicationPdf(sampleApplication, assets), 1);
    const broken = Buffer.from(application.toString('latin1').replaceAll('/FontFile2', '/FontFileX'), 'latin1');
    const [whole, damaged] = askPreflight([application, broken]) ?? [];
    // ISO 19005-1 wants a CIDSet for each subset; ISO 19005-2 does not, and a wrong one breaks it.
    const complaints = whole?.split('; ').filter((complaint) => !complaint.includes('CIDSet')) ?? null;
    expect(complaints).toEqual(hasPreflight ? [] : null);
    expect(damaged?.includes('3.1.3')).toBe(hasPreflight ? true : undefined);
  });
});
