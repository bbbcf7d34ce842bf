import { afterAll, beforeAll, expect, it } from 'vitest';
import { appendDocumentTimestamp } from './pades-completion.ts';
import { appendEvidence } from './pdf-evidence.ts';
import { openPdf } from './pdf-reader.ts';
import { readSignatures } from './pdf-signatures.ts';
import { createTestAuthority } from './testing/authority.ts';
import type { TestAuthority } from './testing/authority.ts';
import { digestOfPages, mutate, seededRandom } from './testing/mutations.ts';
import { makeOffice, signOffice } from './testing/signed-office.ts';
import { requestTimestamp } from './timestamp.ts';
import { plainAnchor } from './trust-evaluation.ts';
import type { PdfVerification } from './verification-model.ts';
import { verifyPdfAgainst } from './verify.ts';

let authority: TestAuthority;
let crl: Buffer;
let document: Buffer;

beforeAll(async () => {
  authority = createTestAuthority();
  crl = authority.crl();
  const signed = await signOffice(makeOffice(), authority.signer('officer', 'rsa-sha256'));
  const twice = await signOffice(signed, authority.signer('officerEc', 'ecdsa-sha256'));
  const proved = appendEvidence(openPdf(twice), { certificates: [authority.root], ocsps: [], crls: [crl] });
  document = await appendDocumentTimestamp(proved, (imprint) =>
    requestTimestamp({ url: 'http://tsa.test/', fetchBytes: authority.fetchBytes, ...imprint }),
  );
}, 60_000);
afterAll(() => {
  authority.dispose();
});

function verify(pdf: Uint8Array): PdfVerification {
  const at = new Date(Date.now() + 60_000);
  return verifyPdfAgainst(pdf, { anchors: [plainAnchor(authority.root)], at, ocsps: [], crls: [crl] });
}

it('passes a changed document only when all that was signed is still there and shown', () => {
  expect(verify(document)).toMatchObject({ verdict: 'passed' });
  const shown = digestOfPages(document);
  const signatures = readSignatures(document).filter(({ type }) => type === 'signature');
  const random = seededRandom(20_261_129);
  const verdicts = new Set<string>();
  for (let count = 0; count < 600; count += 1) {
    const mutated = mutate(document, random);
    const { verdict } = verify(mutated);
    verdicts.add(verdict);
    if (verdict !== 'passed') continue;
    expect(digestOfPages(mutated)).toBe(shown);
    for (const { byteRange } of signatures) {
      const [start, length, next, rest] = byteRange ?? [0, 0, 0, 0];
      expect(mutated.subarray(start, length).equals(document.subarray(start, length))).toBe(true);
      expect(mutated.subarray(next, next + rest).equals(document.subarray(next, next + rest))).toBe(true);
    }
  }
  // The changes are of all kinds, harmless ones included.
  expect([...verdicts].toSorted()).toEqual(['failed', 'indeterminate', 'passed']);
}, 60_000);
