import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSignedData } from '../signing/cms-reader.ts';
import {
  derChildren,
  encodeElement,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  encodeSetOf,
  readDer,
} from '../signing/der.ts';
import { oid } from '../signing/oids.ts';
import { createTestAuthority } from '../signing/testing/authority.ts';
import type { TestAuthority } from '../signing/testing/authority.ts';
import { plainAnchor } from '../signing/trust-evaluation.ts';
import {
  algorithm,
  attribute,
  contentTypeAttribute,
  craftCms,
  craftTimestamp,
  digestAttribute,
  inOrder,
  protectionAttribute,
  readPem,
  rsaSha1,
  rsaSha256,
  rsaSha3With224,
  rsaSha512,
  sha256,
  sha512,
  signingCertificateAttribute,
} from './testing/crafted-cms.ts';
import type { CraftedSigner } from './testing/crafted-cms.ts';
import { verifyDocument } from './verify-document.ts';

/* Everything is signed by keys of a trusted authority: only the form of the signature speaks against it. */
const content = Buffer.from('Que se le expida una copia.\n');
let authority: TestAuthority;
let crl: Buffer;

beforeAll(() => {
  authority = createTestAuthority();
  crl = authority.crl();
}, 60_000);
afterAll(() => authority.dispose());

function honest(more: readonly Buffer[] = []): CraftedSigner {
  return {
    attributes: [
      contentTypeAttribute(),
      digestAttribute(content),
      signingCertificateAttribute(readPem(authority, 'officer')),
      ...more,
    ],
    digestAlgorithm: sha256,
    signatureAlgorithm: rsaSha256,
    hash: 'sha256',
    holder: 'officer',
    named: 'officer',
    isBroken: false,
    unsignedAttributes: [],
    writeAttributes: inOrder,
  };
}

function verdictOf(signers: readonly CraftedSigner[], signed: Uint8Array = content): string {
  const trust = { anchors: [plainAnchor(authority.root)], at: new Date(Date.now() + 60_000), ocsps: [], crls: [crl] };
  const { verdict, subIndication } = verifyDocument(craftCms(authority, signed, signers), { trust, detached: null });
  return `${verdict} ${subIndication ?? ''}`.trim();
}

// RSA gives the same value each time: what is stamped is known before the stamp is put in.
function stampOver(choose: (signature: Buffer) => Buffer, signingTime?: string): Buffer {
  const signer = readSignedData(craftCms(authority, content, [honest()])).signers[0];
  return craftTimestamp(authority, choose(signer?.signature ?? Buffer.alloc(0)), signingTime);
}

const partsOf = (encoded: Buffer): readonly Buffer[] => derChildren(readDer(encoded)).map(({ raw }) => raw);
const valueOf = (encoded: Buffer): Buffer => readDer(partsOf(encoded)[1] ?? encoded).content;

function stamped(unsigned: Buffer): CraftedSigner {
  return { ...honest(), unsignedAttributes: [unsigned] };
}

describe('an honest CMS passes', () => {
  it('with the attributes in the order of DER, or in another', () => {
    expect(verdictOf([honest()])).toBe('passed');
    const reversed = (attributes: readonly Buffer[]) => encodeElement(0xa0, ...attributes.toReversed());
    expect(verdictOf([{ ...honest(), writeAttributes: reversed }])).toBe('passed');
  });

  it('that protects its algorithms', () => {
    expect(verdictOf([honest([protectionAttribute(sha256, rsaSha256)])])).toBe('passed');
  });

  it('that protects them with a default value written out', () => {
    const signature = encodeElement(0xa1, encodeObjectIdentifier(rsaSha256), Buffer.from('a303020101', 'hex'));
    const protection = attribute(oid.algorithmProtection, encodeSequence(algorithm(sha256), signature));
    expect(verdictOf([honest([protection])])).toBe('passed');
  });

  it('whose signature takes another digest than the content, and says so', () => {
    expect(verdictOf([{ ...honest(), signatureAlgorithm: rsaSha512, hash: 'sha512' }])).toBe('passed');
  });

  it('whose card left the NULL parameters of the digest out', () => {
    expect(verdictOf([{ ...honest(), padding: { isNullLeftOut: true, after: '' } }])).toBe('passed');
  });

  it('with a time stamp in an OCTET STRING', () => {
    const token = stampOver((signature) => signature);
    expect(verdictOf([stamped(attribute(oid.signatureTimestamp, encodeOctetString(token)))])).toBe('passed');
    const other = stampOver(() => content);
    expect(verdictOf([stamped(attribute(oid.signatureTimestamp, encodeOctetString(other)))])).toBe(
      'indeterminate TIMESTAMP_ORDER_FAILURE',
    );
  });

  it.each<[string, (attributes: readonly Buffer[]) => readonly Uint8Array[], string]>([
    ['type and values, in the order of the norm', (list) => list.flatMap(partsOf), 'passed'],
    ['in the order of the file', (list) => list.toSorted(Buffer.compare).flatMap(partsOf), 'passed'],
    ['values alone', (list) => list.map(valueOf), 'passed'],
    ['not all of them', (list) => list.slice(1).flatMap(partsOf), 'indeterminate TIMESTAMP_ORDER_FAILURE'],
  ])('with a stamp over the references to its evidence: %s', (_, write, verdict) => {
    const references = [oid.certificateReferences, oid.revocationReferences].map((type) =>
      attribute(type, encodeSetOf([encodeOctetString(Buffer.from(type))])),
    );
    const all = [
      attribute(
        oid.signatureTimestamp,
        stampOver((signature) => signature),
      ),
      ...references,
    ];
    const stamp = stampOver((signature) => Buffer.concat([signature, ...write(all)]));
    const stamps = attribute(oid.referencesAndSignatureTimestamp, stamp);
    expect(verdictOf([{ ...honest(), unsignedAttributes: [...all, stamps] }])).toBe(verdict);
  });

  it('of two signers', () => {
    expect(verdictOf([honest(), honest([attribute('1.2.840.113549.1.9.20', encodeOctetString(content))])])).toBe(
      'passed',
    );
  });
});

describe('a CMS whose form is forged never passes', () => {
  it.each<[string, () => readonly CraftedSigner[], string]>([
    ['another digest protected', () => [honest([protectionAttribute(sha512, rsaSha256)])], 'failed SIG_CRYPTO_FAILURE'],
    [
      'another signature algorithm protected',
      () => [honest([protectionAttribute(sha256, rsaSha512)])],
      'failed SIG_CRYPTO_FAILURE',
    ],
    [
      'two protections, one of them right',
      () => [honest([protectionAttribute(sha256, rsaSha256), protectionAttribute(sha512, rsaSha512)])],
      'failed SIG_CRYPTO_FAILURE',
    ],
    ['the digest twice', () => [honest([digestAttribute(content)])], 'failed FORMAT_FAILURE'],
    ['a second digest', () => [honest([digestAttribute(Buffer.from('Otra cosa'))])], 'failed FORMAT_FAILURE'],
    ['the type twice', () => [honest([contentTypeAttribute()])], 'failed FORMAT_FAILURE'],
    [
      'two values in one attribute',
      () => [honest([attribute(oid.messageDigest, encodeOctetString(content), encodeOctetString(Buffer.alloc(32)))])],
      'failed FORMAT_FAILURE',
    ],
    [
      'the certificate named twice',
      () => [honest([signingCertificateAttribute(readPem(authority, 'revoked'))])],
      'failed FORMAT_FAILURE',
    ],
    ['no digest', () => [{ ...honest(), attributes: [contentTypeAttribute()] }], 'failed HASH_FAILURE'],
    ['no type', () => [{ ...honest(), attributes: [digestAttribute(content)] }], 'failed FORMAT_FAILURE'],
    [
      'another type',
      () => [{ ...honest(), attributes: [contentTypeAttribute(oid.signedData), digestAttribute(content)] }],
      'failed FORMAT_FAILURE',
    ],
    [
      'the digest of other contents',
      () => [{ ...honest(), attributes: [contentTypeAttribute(), digestAttribute(Buffer.from('Otra cosa'))] }],
      'failed HASH_FAILURE',
    ],
    [
      'the certificate of somebody else in the attribute',
      () => [
        {
          ...honest(),
          attributes: [
            contentTypeAttribute(),
            digestAttribute(content),
            signingCertificateAttribute(readPem(authority, 'revoked')),
          ],
        },
      ],
      'indeterminate NO_SIGNING_CERTIFICATE_FOUND',
    ],
    ['the key of somebody else', () => [{ ...honest(), holder: 'revoked' }], 'failed SIG_CRYPTO_FAILURE'],
    ['a broken value', () => [{ ...honest(), isBroken: true }], 'failed SIG_CRYPTO_FAILURE'],
    [
      'a good signer beside a broken one',
      () => [honest(), { ...honest(), isBroken: true }],
      'failed SIG_CRYPTO_FAILURE',
    ],
    [
      'another digest than the signature used',
      () => [{ ...honest(), signatureAlgorithm: rsaSha512 }],
      'failed SIG_CRYPTO_FAILURE',
    ],
    [
      'something after the digest in the padded value',
      () => [{ ...honest(), padding: { isNullLeftOut: true, after: 'x' } }],
      'failed SIG_CRYPTO_FAILURE',
    ],
    [
      'a signature over a weaker digest than that of the contents',
      () => [{ ...honest(), signatureAlgorithm: rsaSha1, hash: 'sha1' }],
      'indeterminate CRYPTO_CONSTRAINTS_FAILURE_NO_POE',
    ],
    [
      'a signature over a short digest of the newest kind',
      () => [{ ...honest(), signatureAlgorithm: rsaSha3With224, hash: 'sha3-224' }],
      'indeterminate CRYPTO_CONSTRAINTS_FAILURE_NO_POE',
    ],
    [
      'a stamp that its authority signed before it could',
      () => [
        stamped(
          attribute(
            oid.signatureTimestamp,
            stampOver((signature) => signature, '19990101000000Z'),
          ),
        ),
      ],
      'indeterminate TIMESTAMP_ORDER_FAILURE',
    ],
    [
      'an algorithm that nobody knows',
      () => [{ ...honest(), signatureAlgorithm: '1.2.3.4' }],
      'indeterminate CRYPTO_CONSTRAINTS_FAILURE_NO_POE',
    ],
  ])('%s', (_, signers, verdict) => {
    expect(verdictOf(signers())).toBe(verdict);
  });

  it.each([oid.evidenceRecordInternal, oid.evidenceRecordExternal])(
    'an evidence record that is not read: %s',
    (type) => {
      const record = attribute(type, encodeSetOf([]));
      expect(verdictOf([{ ...honest(), unsignedAttributes: [record] }])).toBe('indeterminate GENERIC');
    },
  );

  it('attributes passed off as content', () => {
    const disguised = encodeSetOf([
      attribute(oid.contentType, encodeObjectIdentifier(oid.data)),
      digestAttribute(Buffer.from('Otra cosa')),
    ]);
    expect(verdictOf([{ ...honest(), attributes: null }], disguised)).toBe('failed FORMAT_FAILURE');
  });

  it('no signer at all', () => {
    expect(verdictOf([])).toBe('no-signature');
  });
});
