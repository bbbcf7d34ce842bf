import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestAuthority } from '../signing/testing/authority.ts';
import type { TestAuthority } from '../signing/testing/authority.ts';
import { plainAnchor } from '../signing/trust-evaluation.ts';
import type { DocumentVerification } from './document-verification.ts';
import { hashOf, stampAt } from './testing/evidence-records.ts';
import { makeSignedXml } from './testing/signed-xml.ts';
import { verifyDocument } from './verify-document.ts';

/* The octets under each stamp are written here by hand, as exclusive canonicalization gives them. */
const oldNamespace = 'http://uri.etsi.org/01903/v1.3.2#';
const newNamespace = 'http://uri.etsi.org/01903/v1.4.1#';
const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#';
let authority: TestAuthority;
let crl: Buffer;
let signed: string;

beforeAll(() => {
  authority = createTestAuthority();
  crl = authority.crl();
  signed = makeSignedXml(authority, 'enveloped');
}, 60_000);
afterAll(() => authority.dispose());

type Reference = 'CompleteCertificateRefs' | 'CompleteCertificateRefsV2';
type Stamp = 'SigAndRefsTimeStamp' | 'SigAndRefsTimeStampV2' | 'RefsOnlyTimeStamp' | 'RefsOnlyTimeStampV2';

function element(name: string, content: string): string {
  const namespace = name.endsWith('V2') ? newNamespace : oldNamespace;
  return `<x:${name} xmlns:x="${namespace}">${content}</x:${name}>`;
}

/** The signature with references to certificates and revocation data, and a stamp over what is said to be under it. */
function withStamp(reference: Reference, stamp: Stamp, covered: readonly Reference[] = [reference]): string {
  const value = /<ds:SignatureValue>([^<]*)</.exec(signed)?.[1] ?? '';
  const canonical = `<ds:SignatureValue xmlns:ds="http://www.w3.org/2000/09/xmldsig#">${value}</ds:SignatureValue>`;
  const references = covered.map((name) => element(name, '')).join('') + element('CompleteRevocationRefs', '');
  const octets = (stamp.startsWith('SigAndRefs') ? canonical : '') + references;
  const time = new Date(Math.floor(Date.now() / 1000) * 1000 + 60_000);
  const token = stampAt(authority, hashOf('sha256', Buffer.from(octets)), time).toString('base64');
  const method = `<ds:CanonicalizationMethod Algorithm="${exclusive}"/>`;
  const inner = `${method}<e:EncapsulatedTimeStamp xmlns:e="${oldNamespace}">${token}</e:EncapsulatedTimeStamp>`;
  const properties = element(reference, '') + element('CompleteRevocationRefs', '') + element(stamp, inner);
  const unsigned = `<xades:UnsignedProperties><xades:UnsignedSignatureProperties>${properties}</xades:UnsignedSignatureProperties></xades:UnsignedProperties>`;
  return signed.replace('</xades:QualifyingProperties>', (tag) => `${unsigned}${tag}`);
}

function verify(xml: string): DocumentVerification {
  const trust = {
    anchors: [plainAnchor(authority.intermediate)],
    at: new Date(Date.now() + 120_000),
    ocsps: [],
    crls: [crl],
  };
  return verifyDocument(Buffer.from(xml), { trust, detached: null });
}

it.each<readonly [Reference, Stamp]>([
  ['CompleteCertificateRefs', 'SigAndRefsTimeStamp'],
  ['CompleteCertificateRefs', 'RefsOnlyTimeStamp'],
  ['CompleteCertificateRefsV2', 'SigAndRefsTimeStampV2'],
  ['CompleteCertificateRefsV2', 'RefsOnlyTimeStampV2'],
])('a stamp over references of its own form passes: %s, %s', (reference, stamp) => {
  expect(verify(withStamp(reference, stamp))).toMatchObject({
    verdict: 'passed',
    signatures: [{ timestamps: [{ kind: 'validationData', isIntact: true, isTrusted: true }] }],
  });
});

it.each<readonly [Reference, Stamp]>([
  ['CompleteCertificateRefsV2', 'SigAndRefsTimeStamp'],
  ['CompleteCertificateRefsV2', 'RefsOnlyTimeStamp'],
  ['CompleteCertificateRefs', 'SigAndRefsTimeStampV2'],
  ['CompleteCertificateRefs', 'RefsOnlyTimeStampV2'],
])('a stamp leaves out references of the other form: %s, %s', (reference, stamp) => {
  expect(verify(withStamp(reference, stamp))).toMatchObject({
    verdict: 'indeterminate',
    reasons: ['timestampInvalid'],
  });
  expect(verify(withStamp(reference, stamp, [])).verdict).toBe('passed');
});
