import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSignedData } from '../signing/cms-reader.ts';
import {
  derChildren,
  encodeElement,
  encodeInteger,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  readDer,
} from '../signing/der.ts';
import { oid } from '../signing/oids.ts';
import { createTestAuthority } from '../signing/testing/authority.ts';
import type { TestAuthority } from '../signing/testing/authority.ts';
import { plainAnchor } from '../signing/trust-evaluation.ts';
import type { DocumentVerification } from './document-verification.ts';
import {
  attribute,
  contentTypeAttribute,
  craftCms,
  digestAttribute,
  inOrder,
  readPem,
  rsaSha256,
  sha256,
  signingCertificateAttribute,
} from './testing/crafted-cms.ts';
import { encodeChain, encodeRecord, hashOf, issueShortLived, join4998, stampAt } from './testing/evidence-records.ts';
import type { RecordStamp } from './testing/evidence-records.ts';
import { verifyDocument } from './verify-document.ts';

/* Each record is made here from the text of RFC 4998, digest by digest, over a signature that is good by itself. */
const content = Buffer.from('Que se le expida una copia.\n');
const minute = 60_000;
const day = 24 * 60 * minute;
const start = Math.floor(Date.now() / 1000) * 1000 + minute;
const at = (minutes: number): Date => new Date(start + minutes * minute);
let authority: TestAuthority;
let crl: Buffer;
let bare: Buffer;
let bareDigest: Buffer;
const other = hashOf('sha256', Buffer.from('Otro expediente del mismo día'));
const others = hashOf('sha256', Buffer.from('Los demás expedientes'));

beforeAll(() => {
  authority = createTestAuthority();
  crl = authority.crl();
  bare = sign();
  bareDigest = hashOf('sha256', bare);
}, 60_000);
afterAll(() => authority.dispose());

function sign(...unsignedAttributes: readonly Buffer[]): Buffer {
  const certificate = readPem(authority, 'officer');
  const attributes = [contentTypeAttribute(), digestAttribute(content), signingCertificateAttribute(certificate)];
  const common = { attributes, digestAlgorithm: sha256, signatureAlgorithm: rsaSha256, hash: 'sha256' } as const;
  const signer = { ...common, holder: 'officer', named: 'officer', isBroken: false } as const;
  return craftCms(authority, content, [{ ...signer, unsignedAttributes, writeAttributes: inOrder }]);
}

function verify(cms: Buffer, moment = at(60)): DocumentVerification {
  const trust = { anchors: [plainAnchor(authority.root)], at: moment, ocsps: [], crls: [crl] };
  return verifyDocument(cms, { trust, detached: null });
}

function withRecord(record: Buffer, type: string = oid.evidenceRecordInternal): Buffer {
  return sign(attribute(type, record));
}

/** A stamp over the signature and what was archived with it: two groups, the second with what the rest of the tree gives. */
function firstStamp(time = at(0)): RecordStamp {
  const tree = [[bareDigest, other].toSorted(Buffer.compare), [others]];
  return { token: stampAt(authority, join4998('sha256', join4998('sha256', bareDigest, other), others), time), tree };
}

function renewStamp({ token }: RecordStamp, time: Date): RecordStamp {
  return { token: stampAt(authority, hashOf('sha256', token), time) };
}

/** First stamp of a chain with a stronger algorithm over the chains before (RFC 4998 §5.2). */
function renewTree(chains: readonly (readonly RecordStamp[])[], time: Date, cms = bare): RecordStamp {
  const earlier = hashOf('sha512', encodeSequence(...chains.map(encodeChain)));
  const joined = hashOf('sha512', hashOf('sha512', cms), earlier);
  const neighbour = hashOf('sha512', other);
  const token = stampAt(authority, join4998('sha512', joined, neighbour), time, { hash: 'sha512' });
  return { token, tree: [[neighbour, joined]] };
}

/** The same ContentInfo with indefinite lengths around SignedData. */
function toBer(cms: Buffer): Buffer {
  const [type, explicit] = derChildren(readDer(cms));
  const inner = Buffer.concat([Buffer.from([0xa0, 0x80]), explicit?.content ?? Buffer.alloc(0), Buffer.alloc(2)]);
  return Buffer.concat([Buffer.from([0x30, 0x80]), type?.raw ?? Buffer.alloc(0), inner, Buffer.alloc(2)]);
}

const broken = {
  verdict: 'indeterminate',
  subIndication: 'SIG_CONSTRAINTS_FAILURE',
  reasons: ['evidenceRecordBroken'],
};
const unread = { verdict: 'indeterminate', subIndication: 'GENERIC', reasons: ['evidenceRecordUnread'] };

describe('a good record', () => {
  it('over the signature alone, or with others, passes', () => {
    expect(verify(bare).verdict).toBe('passed');
    const alone = verify(withRecord(encodeRecord([[{ token: stampAt(authority, bareDigest, at(0)) }]])));
    expect(alone).toMatchObject({
      verdict: 'passed',
      signatures: [{ level: 'B-B', timestamps: [{ kind: 'evidenceRecord', isIntact: true, isTrusted: true }] }],
    });
    expect(verify(withRecord(encodeRecord([[firstStamp()]]))).verdict).toBe('passed');
  });

  it('renewed by stamps and by a tree with another algorithm passes', () => {
    const stamp = firstStamp();
    const chain = [stamp, renewStamp(stamp, at(1))];
    const tree = renewTree([chain], at(2));
    const next = { token: stampAt(authority, hashOf('sha512', tree.token), at(3), { hash: 'sha512' }) };
    const verification = verify(withRecord(encodeRecord([chain, [tree, next]])));
    expect(verification.verdict).toBe('passed');
    expect(verification.signatures[0]?.timestamps.map(({ isTrusted }) => isTrusted)).toEqual([true, true, true, true]);
  });

  it('in BER around the same stamps passes', () => {
    const [first, second] = [firstStamp(), renewStamp(firstStamp(), at(1))];
    const chain = encodeChain([first, second]);
    const record = encodeRecord([[first, second]]);
    const indefinite = Buffer.concat([Buffer.from([0x30, 0x80]), chain, Buffer.alloc(2)]);
    const head = record.subarray(4, record.length - encodeSequence(chain).length);
    expect(verify(withRecord(encodeSequence(head, indefinite))).verdict).toBe('passed');
  });

  it('over a signature in BER passes, digested as it is written (RFC 4998) or in DER (ETSI TS 119 122-3)', () => {
    const overDer = encodeRecord([[{ token: stampAt(authority, bareDigest, at(0)) }]]);
    const overBer = encodeRecord([[{ token: stampAt(authority, hashOf('sha256', toBer(bare)), at(0)) }]]);
    expect(verify(toBer(withRecord(overDer))).verdict).toBe('passed');
    expect(verify(toBer(withRecord(overBer))).verdict).toBe('passed');
    expect(verify(withRecord(overBer))).toMatchObject(broken);
  });

  it('a later record covers the one before, and both may lie in one attribute', () => {
    const first = encodeRecord([[{ token: stampAt(authority, bareDigest, at(0)) }]]);
    const parallel = encodeRecord([[{ token: stampAt(authority, bareDigest, at(1)) }]]);
    expect(verify(sign(attribute(oid.evidenceRecordInternal, first, parallel))).verdict).toBe('passed');
    const inner = attribute(oid.evidenceRecordInternal, first);
    const later = encodeRecord([[{ token: stampAt(authority, hashOf('sha256', sign(inner)), at(2)) }]]);
    expect(verify(sign(inner, attribute(oid.evidenceRecordInternal, later))).verdict).toBe('passed');
  });

  it('proves that the signature is older than the expiry of its certificate', () => {
    const later = new Date(Date.now() + 11 * 365 * day);
    const record = encodeRecord([[firstStamp()]]);
    expect(verify(bare, later).reasons).toContain('certificateOutOfDate');
    expect(verify(withRecord(record), later).verdict).toBe('passed');
    const forged = encodeRecord([[{ ...firstStamp(), tree: [[bareDigest, others], [other]] }]]);
    expect(verify(withRecord(forged), later).reasons).toEqual(
      expect.arrayContaining(['certificateOutOfDate', 'evidenceRecordBroken']),
    );
  });

  it('of an authority that nobody trusts is no proof, nor when its certificate died before the renewal', () => {
    const record = encodeRecord([[firstStamp()]]);
    const trust = { anchors: [], at: at(60), ocsps: [], crls: [crl] };
    const untrusted = verifyDocument(withRecord(record), { trust, detached: null });
    expect(untrusted.signatures[0]?.timestamps).toMatchObject([{ isIntact: true, isTrusted: false }]);
    const holder = issueShortLived(authority, 1);
    const stamp = { token: stampAt(authority, bareDigest, at(0), { holder }) };
    const inTime = encodeRecord([[stamp, renewStamp(stamp, at(1))]]);
    const late = encodeRecord([[stamp, renewStamp(stamp, new Date(start + 2 * day))]]);
    const end = new Date(start + 11 * 365 * day);
    expect(verify(withRecord(inTime), end).verdict).toBe('passed');
    expect(verify(withRecord(late), end)).toMatchObject({ subIndication: 'OUT_OF_BOUNDS_NO_POE' });
    expect(verify(withRecord(late), new Date(start + 3 * day))).toMatchObject({
      verdict: 'passed',
      reasons: ['timestampNotTrusted'],
    });
  });
});

describe('a record that is not of what it is in is broken', () => {
  it.each<readonly [string, () => Buffer]>([
    ['over another signature', () => encodeRecord([[{ token: stampAt(authority, other, at(0)) }]])],
    ['a tree without the signature', () => encodeRecord([[{ ...firstStamp(), tree: [[other], [others]] }]])],
    [
      'a tree that gives another root',
      () => encodeRecord([[{ ...firstStamp(), tree: [[bareDigest, other], [hashOf('sha256', others)]] }]]),
    ],
    ['a tree without its last group', () => encodeRecord([[{ ...firstStamp(), tree: [[bareDigest, other]] }]])],
    ['an empty tree', () => encodeRecord([[{ ...firstStamp(), tree: [] }]])],
    [
      'digests of another length, which joined are the same',
      () => {
        const joined = Buffer.concat([bareDigest, other].toSorted(Buffer.compare));
        const [low = bareDigest] = [bareDigest, other].toSorted(Buffer.compare);
        const rest = low === bareDigest ? [joined.subarray(32, 40), joined.subarray(40)] : [joined.subarray(0, 32)];
        const token = stampAt(authority, hashOf('sha256', ...[bareDigest, ...rest].toSorted(Buffer.compare)), at(0));
        return encodeRecord([[{ token, tree: [[bareDigest, Buffer.alloc(0), ...rest]] }]]);
      },
    ],
    [
      'a renewal of another stamp',
      () => encodeRecord([[firstStamp(), renewStamp({ token: stampAt(authority, other, at(0)) }, at(1))]]),
    ],
    [
      'stamps in the wrong order',
      () => {
        const stamp = firstStamp();
        return encodeRecord([[renewStamp(stamp, at(1)), stamp]]);
      },
    ],
    [
      'a renewal that is older than what it renews',
      () => {
        const stamp = firstStamp(at(5));
        return encodeRecord([[stamp, renewStamp(stamp, at(1))]]);
      },
    ],
    [
      'a new tree over the data without the chains before',
      () => {
        const token = stampAt(authority, hashOf('sha512', bare), at(2), { hash: 'sha512' });
        return encodeRecord([[firstStamp()], [{ token }]]);
      },
    ],
    [
      'a new tree over the chains before without the data',
      () => {
        const chain = [firstStamp()];
        const earlier = hashOf('sha512', encodeSequence(encodeChain(chain)));
        return encodeRecord([chain, [{ token: stampAt(authority, earlier, at(2), { hash: 'sha512' }) }]]);
      },
    ],
    [
      'a new tree over other chains',
      () => encodeRecord([[firstStamp(at(0))], [renewTree([[firstStamp(at(1))]], at(2))]]),
    ],
    [
      'a middle chain that is gone',
      () => {
        const first = [firstStamp()];
        const second = [renewTree([first], at(2))];
        return encodeRecord([first, [renewTree([first, second], at(3))]]);
      },
    ],
    [
      'a stamp of another algorithm within a chain',
      () => {
        const stamp = firstStamp();
        const token = stampAt(authority, hashOf('sha512', stamp.token), at(1), { hash: 'sha512' });
        return encodeRecord([[stamp, { token }]]);
      },
    ],
    ['an algorithm that is not the stamp’s', () => encodeRecord([[{ ...firstStamp(), hash: 'sha512' }]])],
    [
      'a stamp that was altered',
      () => {
        const { token, tree = [] } = firstStamp();
        const altered = Buffer.from(token);
        altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
        return encodeRecord([[{ token: altered, tree }]]);
      },
    ],
  ])('%s', (_, make) => {
    expect(verify(withRecord(make()))).toMatchObject(broken);
  });

  it('a record that is older than a stamp of the signature that it is over', () => {
    const value = readSignedData(bare).signers[0]?.signature ?? Buffer.alloc(0);
    const stamp = attribute(oid.signatureTimestamp, stampAt(authority, hashOf('sha256', value), at(5)));
    const digest = hashOf('sha256', sign(stamp));
    const record = (time: Date): Buffer => encodeRecord([[{ token: stampAt(authority, digest, time) }]]);
    expect(verify(sign(stamp, attribute(oid.evidenceRecordInternal, record(at(6))))).verdict).toBe('passed');
    expect(verify(sign(stamp, attribute(oid.evidenceRecordInternal, record(at(4)))))).toMatchObject(broken);
  });

  it('an attribute that is not written to its end, before a record of another signature', () => {
    const record = encodeRecord([[{ token: stampAt(authority, other, at(0)) }]]);
    const cut = encodeElement(0xa3, Buffer.from('020501', 'hex'));
    expect(verify(sign(attribute('1.2.3.4.5', cut), attribute(oid.evidenceRecordInternal, record)))).toMatchObject(
      broken,
    );
  });

  it('a record of one signature in another', () => {
    const record = encodeRecord([[{ token: stampAt(authority, bareDigest, at(0)) }]]);
    const elsewhere = sign(attribute('1.2.3.4.5', encodeInteger(1)), attribute(oid.evidenceRecordInternal, record));
    expect(verify(elsewhere)).toMatchObject(broken);
  });

  it('an external record is over the content too', () => {
    const digest = hashOf('sha256', content);
    const both = [bareDigest, digest];
    const good = encodeRecord([[{ token: stampAt(authority, join4998('sha256', ...both), at(0)), tree: [both] }]]);
    expect(verify(withRecord(good, oid.evidenceRecordExternal)).verdict).toBe('passed');
    const half = encodeRecord([[{ token: stampAt(authority, bareDigest, at(0)) }]]);
    expect(verify(withRecord(half, oid.evidenceRecordExternal))).toMatchObject(broken);
  });

  it('makes no good signature of a bad one', () => {
    const altered = Buffer.from(bare);
    altered[altered.indexOf(content)] = 0x71;
    expect(verify(altered)).toMatchObject({ verdict: 'failed', subIndication: 'HASH_FAILURE' });
    const record = encodeRecord([[{ token: stampAt(authority, hashOf('sha256', altered), at(0)) }]]);
    const whole = withRecord(record);
    whole[whole.indexOf(content)] = 0x71;
    expect(verify(whole)).toMatchObject({ verdict: 'failed', reasons: ['digestMismatch'] });
  });
});

describe('a record of a form that is not read', () => {
  it.each<readonly [string, () => Buffer]>([
    ['nothing', () => encodeSequence()],
    ['no chain', () => encodeRecord([])],
    ['a chain without stamps', () => encodeRecord([[]])],
    ['one over encrypted data', () => encodeRecord([[firstStamp()]], [encodeElement(0xa1, encodeInteger(1))])],
    [
      'more stamps than anybody renews',
      () => encodeRecord([Array.from({ length: 1001 }, () => ({ token: encodeSequence() }))]),
    ],
    ['a stamp that is none', () => encodeRecord([[{ token: encodeSequence() }]])],
    [
      'a stamp that is not written to its end, in a chain that is renewed',
      () => {
        const cut = Buffer.from('30053003020501', 'hex');
        return encodeRecord([[{ token: cut }], [renewTree([[{ token: cut }]], at(2))]]);
      },
    ],
    [
      'something nested without end',
      () => {
        let nested = encodeOctetString(bareDigest);
        for (let depth = 0; depth < 3000; depth += 1) nested = encodeSequence(nested);
        return encodeSequence(encodeInteger(1), encodeSequence(), nested);
      },
    ],
    [
      'indefinite lengths nested without end',
      () => encodeSequence(Buffer.from('3080'.repeat(50_000), 'hex'), Buffer.alloc(100_000)),
    ],
  ])('%s', (_, make) => {
    expect(verify(withRecord(make()))).toMatchObject(unread);
  });

  it('more records than anybody makes', () => {
    const records = Array.from({ length: 21 }, (_, index) => encodeSequence(encodeInteger(index)));
    expect(verify(sign(attribute(oid.evidenceRecordInternal, ...records)))).toMatchObject(unread);
  });
});

it('no alteration of a record stops the verification, nor makes another digest pass', () => {
  const stamp = firstStamp();
  const chain = [stamp, renewStamp(stamp, at(1))];
  const whole = withRecord(encodeRecord([chain, [renewTree([chain], at(2))]]));
  const first = whole.indexOf(encodeObjectIdentifier(oid.evidenceRecordInternal));
  const digests = [bareDigest, other, others].map((digest) => whole.indexOf(encodeOctetString(digest)) + 2);
  fc.assert(
    fc.property(
      fc.integer({ min: first, max: whole.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
      (place, change) => {
        expect(() => verify(altered(whole, place, change))).not.toThrow();
      },
    ),
    { numRuns: 60 },
  );
  fc.assert(
    fc.property(fc.constantFrom(...digests), fc.nat(31), fc.integer({ min: 1, max: 255 }), (place, offset, change) => {
      expect(verify(altered(whole, place + offset, change))).toMatchObject(broken);
    }),
    { numRuns: 15 },
  );
});

function altered(bytes: Buffer, place: number, change: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[place] = (copy[place] ?? 0) ^ change;
  return copy;
}
