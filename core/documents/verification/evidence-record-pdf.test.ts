import { afterAll, beforeAll, expect, it } from 'vitest';
import { readSignedData } from '../signing/cms-reader.ts';
import { derChild, derChildren, encodeElement, encodeSequence, readDer } from '../signing/der.ts';
import { oid } from '../signing/oids.ts';
import { readSignatures } from '../signing/pdf-signatures.ts';
import { createTestAuthority } from '../signing/testing/authority.ts';
import type { TestAuthority } from '../signing/testing/authority.ts';
import { makeOffice, signOffice } from '../signing/testing/signed-office.ts';
import { plainAnchor } from '../signing/trust-evaluation.ts';
import type { DocumentVerification } from './document-verification.ts';
import { attribute } from './testing/crafted-cms.ts';
import { encodeRecord, hashOf, join4998, stampAt } from './testing/evidence-records.ts';
import { verifyDocument } from './verify-document.ts';

const start = Math.floor(Date.now() / 1000) * 1000 + 60_000;
const later = new Date(start + 11 * 365 * 24 * 60 * 60_000);
let authority: TestAuthority;
let crl: Buffer;
let signed: Buffer;
let cms: Buffer;
let content: Buffer;

beforeAll(async () => {
  authority = createTestAuthority();
  crl = authority.crl();
  signed = await signOffice(makeOffice(), authority.signer('officer', 'rsa-sha256'));
  const [signature] = readSignatures(signed);
  if (signature === undefined) throw new Error('not signed');
  const [from, length, second, rest] = signature.byteRange ?? [0, 0, 0, 0];
  content = Buffer.concat([signed.subarray(from, from + length), signed.subarray(second, second + rest)]);
  cms = signature.contents.subarray(0, readSignedData(signature.contents).encodedLength);
}, 60_000);
afterAll(() => authority.dispose());

/** The document with an unsigned attribute in its signature, in the room that is left. */
function withAttribute(encoded: Buffer): Buffer {
  const [type, explicit] = derChildren(readDer(cms));
  const parts = derChildren(derChild(readDer(explicit?.raw ?? Buffer.alloc(0)), 0)).map(({ raw }) => raw);
  const signer = derChild(readDer(parts.pop() ?? Buffer.alloc(0)), 0);
  const extended = encodeSequence(signer.content, encodeElement(0xa1, encoded));
  const signedData = encodeSequence(...parts, encodeElement(0x31, extended));
  const whole = encodeSequence(type?.raw ?? Buffer.alloc(0), encodeElement(0xa0, signedData)).toString('hex');
  const text = signed.toString('latin1');
  const place = text.toLowerCase().indexOf(cms.toString('hex'));
  expect(place).toBeGreaterThan(0);
  expect(/^[\da-f]+/i.exec(text.slice(place))?.[0].length).toBeGreaterThan(whole.length);
  return Buffer.from(text.slice(0, place) + whole + text.slice(place + whole.length), 'latin1');
}

function verify(pdf: Buffer): DocumentVerification {
  const trust = { anchors: [plainAnchor(authority.root)], at: later, ocsps: [], crls: [crl] };
  return verifyDocument(pdf, { trust, detached: null });
}

function recordOver(...digests: readonly Buffer[]): Buffer {
  return encodeRecord([
    [{ token: stampAt(authority, join4998('sha256', ...digests), new Date(start)), tree: [digests] }],
  ]);
}

it('a record in a PDF signature is over the signature and what its byte range covers', () => {
  const whole = [hashOf('sha256', cms), hashOf('sha256', content)];
  expect(verify(signed).reasons).toContain('certificateOutOfDate');
  expect(verify(withAttribute(attribute(oid.evidenceRecordExternal, recordOver(...whole))))).toMatchObject({
    verdict: 'passed',
    signatures: [{ timestamps: [{ kind: 'evidenceRecord', isIntact: true, isTrusted: true }] }],
  });
  const half = [hashOf('sha256', cms), hashOf('sha256', Buffer.from('Otro documento'))];
  const broken = verify(withAttribute(attribute(oid.evidenceRecordExternal, recordOver(...half))));
  expect(broken.reasons).toEqual(expect.arrayContaining(['evidenceRecordBroken', 'certificateOutOfDate']));
  const unread = verify(withAttribute(attribute(oid.evidenceRecordInternal, encodeSequence())));
  expect(unread.reasons).toContain('evidenceRecordUnread');
});
