import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from './algorithms.ts';
import type { Certificate } from './certificate.ts';
import { oid } from './oids.ts';
import {
  authority,
  craft,
  extension,
  generalName,
  noAuthority,
  purposes,
  readCrafted,
  usage,
} from './testing/crafted-certificates.ts';
import type { Crafted, CraftRequest } from './testing/crafted-certificates.ts';
import { craftCrl, craftOcsp, hoursAgo } from './testing/crafted-revocation.ts';
import type { Revoked } from './testing/crafted-revocation.ts';
import { encodeNull, encodeObjectIdentifier, encodeSequence } from './der.ts';
import type { TimestampCheck } from './timestamp.ts';
import { judgeSigner, judgeTimestamp, anchorOf } from './trust-evaluation.ts';
import type { CheckedTimestamp, OwnEvidence, TrustContext } from './trust-evaluation.ts';
import type { VerificationReason } from './verification-model.ts';

let root: Crafted;
let issuer: Crafted;
let stranger: Crafted;
let leaf: Crafted;

// The certificates tell where to ask: without an answer the verdict waits.
const askable = extension(
  oid.authorityInfoAccess,
  false,
  encodeSequence(encodeSequence(encodeObjectIdentifier(oid.accessOcsp), generalName(0x86, 'http://ocsp.test/'))),
);

beforeAll(() => {
  root = craft({ subject: 'Raíz', extensions: [authority(), usage(0x06)] });
  issuer = craft({ subject: 'Emisora', issuer: root, extensions: [authority(), usage(0x06), askable] });
  stranger = craft({ subject: 'Emisora', issuer: root, extensions: [authority(), usage(0x06)] });
  leaf = makeLeaf();
});

function makeLeaf(request: Partial<CraftRequest> = {}): Crafted {
  return craft({ subject: 'Ana', issuer, extensions: [noAuthority, usage(0xc0), askable], ...request });
}

const stamp = (hours: number): CheckedTimestamp => ({
  time: hoursAgo(hours),
  verification: {
    kind: 'signature',
    time: hoursAgo(hours).toISOString(),
    authority: null,
    isIntact: true,
    isTrusted: true,
  },
});

type Case = Readonly<{
  signer?: Crafted;
  above?: readonly Crafted[];
  anchor?: Crafted;
  ocsps?: readonly Buffer[];
  crls?: readonly Buffer[];
  stampedHoursAgo?: number;
  claimedHoursAgo?: number;
  at?: Date;
}>;

function judge(one: Case): readonly VerificationReason[] {
  const { signer = leaf, above = [issuer, stranger], anchor = root, ocsps = [], crls = [], at = new Date() } = one;
  const timestamps = one.stampedHoursAgo === undefined ? [] : [stamp(one.stampedHoursAgo)];
  return judgeSigner(
    {
      certificate: readCrafted(signer),
      own: { certificates: above.map(readCrafted), ocsps, crls },
      timestamps,
      contentTimestamps: [],
      claimedTime: one.claimedHoursAgo === undefined ? null : hoursAgo(one.claimedHoursAgo).toISOString(),
    },
    trust(readCrafted(anchor), at),
  ).reasons;
}

function trust(anchor: Certificate, at = new Date()): TrustContext {
  const anchors = [anchorOf(anchor)];
  return { anchors, at, ocsps: [], crls: [] };
}

function good(thisUpdate = hoursAgo(1), by = issuer, about = leaf): Buffer {
  return craftOcsp({ responder: by, answers: [{ about, issuer: by, status: 'good', thisUpdate }] });
}

function revocation(revokedAt: Date, reason?: number): Revoked {
  return { revokedAt, ...(reason === undefined ? {} : { reason }) };
}

function list(revoked: Revoked, about = leaf, by = issuer, thisUpdate = hoursAgo(1)): Buffer {
  return craftCrl({ issuer: by, entries: [{ about, ...revoked }], thisUpdate });
}

const rsa = (modulusLength: number): NonNullable<CraftRequest['keyPair']> =>
  generateKeyPairSync('rsa', { modulusLength });

/** Everything that whoever has no key of the issuer can make and put into the document. */
function forgedAnswers(): readonly Buffer[] {
  const delegate = craft({ subject: 'Servicio', issuer, extensions: [noAuthority, usage(0x80)] });
  const own = craft({ subject: 'Emisora', extensions: [purposes(oid.keyPurposeOcspSigning)] });
  const answers = [{ about: leaf, issuer, status: 'good', thisUpdate: hoursAgo(0) }] as const;
  return [
    craftOcsp({ responder: stranger, answers }),
    craftOcsp({ responder: issuer, key: leaf, answers }),
    craftOcsp({ responder: leaf, certificates: [leaf], answers }),
    craftOcsp({ responder: delegate, certificates: [delegate], answers }),
    craftOcsp({ responder: own, certificates: [own, issuer], answers }),
    good(hoursAgo(0), issuer, makeLeaf()),
    good(hoursAgo(2000)).subarray(0, 90),
  ];
}

const rows: readonly (readonly [string, readonly VerificationReason[], () => Case])[] = [
  ['that nobody told anything about', ['revocationUnavailable'], () => ({})],
  ['whose issuer says that it is good', [], () => ({ ocsps: [good()] })],
  [
    'whose document is full of forged answers',
    ['revocationUnavailable'],
    () => ({ ocsps: forgedAnswers(), crls: [craftCrl({ issuer, key: stranger })] }),
  ],
  [
    'revoked, in a document full of forged answers',
    ['certificateRevoked'],
    () => ({
      ocsps: [...forgedAnswers(), good(hoursAgo(30))],
      crls: [craftCrl({ issuer, key: stranger, thisUpdate: hoursAgo(0) }), list(revocation(hoursAgo(20), 1))],
    }),
  ],
  [
    'whose revocation only a stranger states',
    [],
    () => ({
      ocsps: [good()],
      crls: [
        list(revocation(hoursAgo(20)), leaf, stranger),
        craftCrl({ issuer, key: stranger, entries: [{ about: leaf, revokedAt: hoursAgo(20) }] }),
      ],
    }),
  ],
  ['revoked, and stamped by nobody', ['certificateRevoked'], () => ({ crls: [list(revocation(hoursAgo(20)))] })],
  [
    'revoked, and stamped by nobody, with a claimed time of before',
    ['certificateRevoked'],
    () => ({ crls: [list(revocation(hoursAgo(20)))], claimedHoursAgo: 40 }),
  ],
  [
    'revoked after a stamp proves the signature',
    [],
    () => ({ crls: [list(revocation(hoursAgo(20)))], stampedHoursAgo: 30 }),
  ],
  [
    'revoked before the stamp, signed before as it says',
    ['certificateRevoked'],
    () => ({ crls: [list(revocation(hoursAgo(20)))], stampedHoursAgo: 10, claimedHoursAgo: 30 }),
  ],
  [
    'revoked before the signature, as the signature itself says',
    ['revokedBeforeSigning'],
    () => ({ crls: [list(revocation(hoursAgo(20)))], stampedHoursAgo: 10, claimedHoursAgo: 15 }),
  ],
  [
    'on hold when it signed, which may end well',
    ['certificateRevoked'],
    () => ({ crls: [list(revocation(hoursAgo(20), 6))], stampedHoursAgo: 10, claimedHoursAgo: 15 }),
  ],
  [
    'good in an answer of before the stamp that is over by then',
    ['revocationUnavailable'],
    () => ({
      ocsps: [
        craftOcsp({
          responder: issuer,
          answers: [{ about: leaf, issuer, status: 'good', thisUpdate: hoursAgo(90), nextUpdate: hoursAgo(50) }],
        }),
      ],
      stampedHoursAgo: 30,
    }),
  ],
  [
    'revoked long ago and expired, which a list of today forgot',
    ['revocationUnavailable'],
    () => {
      const signer = makeLeaf({ notAfter: hoursAgo(24) });
      return { signer, crls: [craftCrl({ issuer })], stampedHoursAgo: 30 };
    },
  ],
  [
    'revoked long ago and expired, about which a responder that has forgotten it says that it is good',
    ['revocationUnavailable'],
    () => {
      const signer = makeLeaf({ notAfter: hoursAgo(24) });
      return { signer, ocsps: [good(hoursAgo(1), issuer, signer)], stampedHoursAgo: 30 };
    },
  ],
  [
    'below an authority that was revoked',
    ['certificateRevoked'],
    () => ({ ocsps: [good()], crls: [list(revocation(hoursAgo(20), 2), issuer, root)] }),
  ],
  [
    'below an authority that was revoked after the stamp',
    [],
    () => ({
      ocsps: [good()],
      crls: [list(revocation(hoursAgo(20), 5), issuer, root)],
      stampedHoursAgo: 30,
    }),
  ],
  ['of a web server', ['certificateNotForSigning'], () => other([noAuthority, purposes(oid.keyPurposeServer)])],
  [
    'of a responder',
    ['certificateNotForSigning'],
    () => other([noAuthority, purposes(oid.keyPurposeOcspSigning), extension(oid.ocspNoCheck, false, encodeNull())]),
  ],
  ['for encryption only', ['certificateNotForSigning'], () => other([noAuthority, usage(0x20)])],
  [
    'for mail and to identify oneself',
    [],
    () => other([noAuthority, purposes('1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.4')]),
  ],
  ['certified with SHA-1', ['algorithmWeak'], () => other([noAuthority], { hash: 'sha1' })],
  ['with a key of 1024 bits', ['algorithmWeak'], () => other([noAuthority], { keyPair: rsa(1024) })],
  ['with a key of 2048 bits', [], () => other([noAuthority], { keyPair: rsa(2048) })],
  [
    'certified with SHA-1 and signed in 2015, as a stamp proves',
    [],
    () => {
      const dates = { notBefore: new Date('2014-01-01'), notAfter: new Date('2018-01-01') };
      const signer = makeLeaf({ hash: 'sha1', extensions: [noAuthority], ...dates });
      const above = craft({ subject: 'Emisora', issuer: root, keyOf: issuer, extensions: [authority()], ...dates });
      const thisUpdate = new Date('2015-06-02');
      return {
        signer,
        above: [above],
        ocsps: [good(thisUpdate, issuer, signer)],
        stampedHoursAgo: (Date.now() - Date.parse('2015-06-01')) / 3_600_000,
      };
    },
  ],
];

function other(extensions: readonly Buffer[], more: Partial<CraftRequest> = {}): Case {
  const signer = makeLeaf({ extensions, ...more });
  return { signer, ocsps: [good(hoursAgo(1), issuer, signer)] };
}

describe('a signer', () => {
  it.each(rows)('%s', (_, reasons, make) => {
    expect(judge(make())).toEqual(reasons);
  });
});

describe('the network', () => {
  it('is asked about everybody below the anchor of whom nothing is known', () => {
    const asked: string[] = [];
    const context: TrustContext = {
      ...trust(readCrafted(root)),
      onUnknownRevocation: ({ serialHex }) => asked.push(serialHex),
    };
    const own: OwnEvidence = { certificates: [readCrafted(issuer)], ocsps: [good()], crls: [] };
    const certificate = readCrafted(leaf);
    judgeSigner({ certificate, own, timestamps: [], contentTimestamps: [], claimedTime: null }, context);
    expect(asked).toEqual([readCrafted(issuer).serialHex]);
    const tsa = craft({ subject: 'Sellado', issuer, extensions: [noAuthority, usage(0x80), askable] });
    judgeTimestamp('signature', tokenOf(tsa), own, context);
    expect(asked.slice(1)).toEqual([tsa, issuer].map((one) => readCrafted(one).serialHex));
  });
});

function tokenOf(tsa: Crafted): TimestampCheck {
  return {
    info: {
      hash: 'sha256',
      digest: digestOf('sha256', Buffer.from('firma')),
      time: hoursAgo(30),
      nonce: null,
      policy: '1.2.3',
      serialHex: '01',
    },
    certificate: readCrafted(tsa),
    certificates: [],
    problems: [],
  };
}

describe('a time-stamp authority', () => {
  const stamped = (revoked: Revoked | null, about: 'authority' | 'above' = 'authority'): boolean => {
    const tsa = craft({ subject: 'Sellado', issuer, extensions: [noAuthority, usage(0x80)] });
    const crls = revoked === null ? [] : [about === 'authority' ? list(revoked, tsa) : list(revoked, issuer, root)];
    const own: OwnEvidence = { certificates: [readCrafted(issuer)], ocsps: [], crls };
    return judgeTimestamp('signature', tokenOf(tsa), own, trust(readCrafted(root))).verification.isTrusted;
  };

  it.each<[string, boolean, Revoked | null, 'authority' | 'above']>([
    ['that nobody revoked', true, null, 'authority'],
    ['revoked before the stamp', false, revocation(hoursAgo(40), 5), 'authority'],
    ['that ceased after the stamp', true, revocation(hoursAgo(20), 5), 'authority'],
    [
      'that lost its key after the stamp, which others may have dated back',
      false,
      revocation(hoursAgo(20), 1),
      'authority',
    ],
    ['revoked after the stamp without a reason', false, revocation(hoursAgo(20)), 'authority'],
    ['below an authority that lost its key', false, revocation(hoursAgo(20), 2), 'above'],
  ])('%s: %s', (_, isTrusted, revoked, about) => {
    expect(stamped(revoked, about)).toBe(isTrusted);
  });
});
