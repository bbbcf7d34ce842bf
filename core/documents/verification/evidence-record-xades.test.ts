import type { XmlElement } from 'libxml2-wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestAuthority } from '../signing/testing/authority.ts';
import type { TestAuthority } from '../signing/testing/authority.ts';
import { plainAnchor } from '../signing/trust-evaluation.ts';
import type { DocumentVerification } from './document-verification.ts';
import {
  canonicalSequence,
  canonicalStamp,
  encodeRecord,
  hashOf,
  join4998,
  stampAt,
  writeXmlChain,
  writeXmlRecord,
} from './testing/evidence-records.ts';
import type { RecordHash } from './testing/evidence-records.ts';
import { makeSignedXml } from './testing/signed-xml.ts';
import { verifyDocument } from './verify-document.ts';
import { canonicalize, readCanonicalization } from './xml-canonical.ts';
import { openXml } from './xml-document.ts';

/* Records as RFC 6283 and ETSI EN 319 132-3 have them, written by hand but for the canonical form of the signature's parts. */
const sealing = 'http://uri.etsi.org/19132/v1.1.1#';
const start = Math.floor(Date.now() / 1000) * 1000 + 60_000;
const at = (minutes: number): Date => new Date(start + minutes * 60_000);
const neighbour = hashOf('sha256', Buffer.from('Otro expediente'));
let authority: TestAuthority;
let crl: Buffer;
let signed: string;

beforeAll(() => {
  authority = createTestAuthority();
  crl = authority.crl();
  signed = makeSignedXml(authority, 'enveloping');
}, 60_000);
afterAll(() => authority.dispose());

/** Digest of the group of a signature's parts: both references, its own three elements, properties before, and its object. */
function groupDigest(hash: RecordHash, xml = signed, before: readonly string[] = []): Buffer {
  const file = openXml(Buffer.from(xml));
  if (typeof file === 'string') throw new Error(file);
  const one = (path: string): XmlElement => file.document.find(path)[0] as XmlElement;
  const named = (name: string): XmlElement => one(`//*[local-name()='${name}']`);
  const form = readCanonicalization(named('CanonicalizationMethod'));
  if (form === null) throw new Error('no canonicalization');
  const object = one("//*[@Id='objeto']");
  const elements = [
    object,
    named('SignedProperties'),
    ...['SignedInfo', 'SignatureValue', 'KeyInfo'].map(named),
    object,
  ];
  const octets = [
    ...elements.map((element) => canonicalize(element, form)),
    ...before.map((text) => Buffer.from(text)),
  ];
  file.dispose();
  return join4998(hash, ...octets.map((one) => hashOf(hash, one)));
}

function withProperties(...properties: readonly string[]): string {
  const unsigned = `<xades:UnsignedProperties><xades:UnsignedSignatureProperties>${properties.join('')}</xades:UnsignedSignatureProperties></xades:UnsignedProperties>`;
  return signed.replace('</xades:QualifyingProperties>', (tag) => `${unsigned}${tag}`);
}

function sealed(...records: readonly string[]): string {
  return `<SealingEvidenceRecords xmlns="${sealing}">${records.join('')}</SealingEvidenceRecords>`;
}

function inAsn1(record: Buffer): string {
  return `<ASN1EvidenceRecord>${record.toString('base64')}</ASN1EvidenceRecord>`;
}

function verify(xml: string): DocumentVerification {
  const anchors = [plainAnchor(authority.intermediate)];
  return verifyDocument(Buffer.from(xml), { trust: { anchors, at: at(60), ocsps: [], crls: [crl] }, detached: null });
}

function firstToken(time = at(0)): Buffer {
  return stampAt(authority, join4998('sha256', groupDigest('sha256'), neighbour), time);
}

function firstChain(tokens: readonly Buffer[], order = 1): string {
  const [first, ...later] = tokens;
  if (first === undefined) throw new Error('no stamp');
  const tree = [[neighbour, groupDigest('sha256')]];
  return writeXmlChain(order, 'sha256', [{ token: first, tree }, ...later.map((token) => ({ token }))]);
}

function renew(token: Buffer, time: Date): Buffer {
  return stampAt(authority, hashOf('sha256', Buffer.from(canonicalStamp(token))), time);
}

function renewedChain(chains: readonly string[], time: Date, data = groupDigest('sha512')): string {
  const tree = [[data, hashOf('sha512', Buffer.from(canonicalSequence(chains)))]];
  const token = stampAt(authority, join4998('sha512', ...tree.flat()), time, { hash: 'sha512' });
  return writeXmlChain(chains.length + 1, 'sha512', [{ token, tree }]);
}

const broken = { verdict: 'indeterminate', reasons: ['evidenceRecordBroken'] };
const unread = { verdict: 'indeterminate', reasons: ['evidenceRecordUnread'] };

describe('a good record', () => {
  it('in XML passes, renewed or not', () => {
    const token = firstToken();
    const single = verify(withProperties(sealed(writeXmlRecord([firstChain([token])]))));
    expect(single).toMatchObject({
      verdict: 'passed',
      signatures: [{ timestamps: [{ kind: 'evidenceRecord', isIntact: true, isTrusted: true }] }],
    });
    const chain = firstChain([token, renew(token, at(1))]);
    expect(verify(withProperties(sealed(writeXmlRecord([chain])))).verdict).toBe('passed');
    const record = writeXmlRecord([chain, renewedChain([chain], at(2))]);
    expect(verify(withProperties(sealed(record))).verdict).toBe('passed');
  });

  it('in ASN.1 passes', () => {
    const record = encodeRecord([[{ token: stampAt(authority, groupDigest('sha256'), at(0)) }]]);
    expect(verify(withProperties(sealed(inAsn1(record)))).verdict).toBe('passed');
  });

  it('seals the properties and the records before it', () => {
    const first = sealed(writeXmlRecord([firstChain([firstToken()])]));
    const token = stampAt(authority, groupDigest('sha256', signed, [first]), at(1));
    const second = sealed(writeXmlRecord([writeXmlChain(1, 'sha256', [{ token }])]));
    expect(verify(withProperties(first, second)).verdict).toBe('passed');
    expect(verify(withProperties(second, first)).reasons).toEqual(['evidenceRecordBroken']);
  });
});

describe('a record that is not of its signature is broken', () => {
  it.each<readonly [string, () => string]>([
    [
      'over other digests',
      () => writeXmlRecord([writeXmlChain(1, 'sha256', [{ token: stampAt(authority, neighbour, at(0)) }])]),
    ],
    [
      'a tree without the signature',
      () => writeXmlRecord([writeXmlChain(1, 'sha256', [{ token: firstToken(), tree: [[neighbour]] }])]),
    ],
    ['a renewal of another stamp', () => writeXmlRecord([firstChain([firstToken(), renew(firstToken(at(1)), at(2))])])],
    [
      'a renewal before what it renews',
      () => {
        const token = firstToken(at(5));
        return writeXmlRecord([firstChain([token, renew(token, at(1))])]);
      },
    ],
    [
      'a new tree over other chains',
      () => {
        const chain = firstChain([firstToken()]);
        return writeXmlRecord([chain, renewedChain([firstChain([firstToken(at(1))])], at(2))]);
      },
    ],
    [
      'a new tree without the signature',
      () => {
        const chain = firstChain([firstToken()]);
        return writeXmlRecord([chain, renewedChain([chain], at(2), hashOf('sha512', neighbour))]);
      },
    ],
    [
      'a chain whose digest method is not the stamp’s',
      () => {
        const token = stampAt(authority, groupDigest('sha256'), at(0));
        return writeXmlRecord([writeXmlChain(1, 'sha512', [{ token }])]);
      },
    ],
  ])('%s', (_, make) => {
    expect(verify(withProperties(sealed(make())))).toMatchObject(broken);
  });

  it('a record that is older than a stamp of the signature that it is over', () => {
    const value = /<ds:SignatureValue>([^<]*)</.exec(signed)?.[1] ?? '';
    const space = 'xmlns:ds="http://www.w3.org/2000/09/xmldsig#"';
    const octets = `<ds:SignatureValue ${space}>${value}</ds:SignatureValue>`;
    const method = `<ds:CanonicalizationMethod ${space} Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:CanonicalizationMethod>`;
    const token = stampAt(authority, hashOf('sha256', Buffer.from(octets)), at(5)).toString('base64');
    const inner = `${method}<x:EncapsulatedTimeStamp>${token}</x:EncapsulatedTimeStamp>`;
    const stamp = `<x:SignatureTimeStamp xmlns:x="http://uri.etsi.org/01903/v1.3.2#">${inner}</x:SignatureTimeStamp>`;
    const digest = groupDigest('sha256', signed, [stamp]);
    const record = (time: Date): string =>
      sealed(writeXmlRecord([writeXmlChain(1, 'sha256', [{ token: stampAt(authority, digest, time) }])]));
    expect(verify(withProperties(stamp, record(at(6)))).verdict).toBe('passed');
    expect(verify(withProperties(stamp, record(at(4))))).toMatchObject(broken);
  });

  it('a signature that was changed after the record', () => {
    const record = sealed(writeXmlRecord([firstChain([firstToken()])]));
    const property = '<xades:CertificateValues></xades:CertificateValues>';
    expect(verify(withProperties(property, record))).toMatchObject(broken);
    expect(verify(withProperties(record, property)).verdict).toBe('passed');
    const changed = withProperties(record).replace('Una copia', 'Dos copias');
    expect(verify(changed)).toMatchObject({ verdict: 'failed', reasons: ['digestMismatch', 'evidenceRecordBroken'] });
  });
});

describe('a record of a form that is not read', () => {
  it.each<readonly [string, () => string]>([
    ['nothing', () => ''],
    ['another element', () => '<Otro/>'],
    ['one in ASN.1 that is none', () => inAsn1(Buffer.from('3000', 'hex'))],
    ['no chain', () => writeXmlRecord([])],
    ['chains that are not counted from 1', () => writeXmlRecord([firstChain([firstToken()], 2)])],
    ['two chains of one place', () => writeXmlRecord([firstChain([firstToken()]), firstChain([firstToken()])])],
    [
      'one over encrypted data',
      () => writeXmlRecord([firstChain([firstToken()])], '<EncryptionInformation></EncryptionInformation>'),
    ],
    ['a stamp of another type', () => writeXmlRecord([firstChain([firstToken()]).replace('RFC3161', 'XMLENTRUST')])],
    [
      'a digest that nobody knows',
      () => writeXmlRecord([firstChain([firstToken()]).replace('xmlenc#sha256', 'xmlenc#md5')]),
    ],
  ])('%s', (_, make) => {
    expect(verify(withProperties(sealed(make())))).toMatchObject(unread);
  });

  it('in another namespace', () => {
    const record = sealed(writeXmlRecord([firstChain([firstToken()])]));
    expect(verify(withProperties(record.replace(sealing, 'urn:otro')))).toMatchObject(unread);
  });
});
