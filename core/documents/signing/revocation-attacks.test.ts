import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeElement, encodeInteger, encodeNull, encodeSequence } from './der.ts';
import { oid } from './oids.ts';
import { checkRevocation } from './revocation-check.ts';
import {
  authority,
  commonName,
  craft,
  encodeTime,
  extension,
  generalName,
  noAuthority,
  purposes,
  readCrafted,
  signatureAlgorithm,
  toPem,
  usage,
} from './testing/crafted-certificates.ts';
import type { Crafted, CraftRequest } from './testing/crafted-certificates.ts';
import { craftCrl, craftOcsp, hoursAgo } from './testing/crafted-revocation.ts';
import type { CraftedAnswer, CrlCraft, OcspCraft } from './testing/crafted-revocation.ts';

type Evidence = Readonly<{ ocsps?: readonly Buffer[]; crls?: readonly Buffer[]; time?: Date; about?: Crafted }>;
type Status = 'good' | 'revoked' | 'unknown';
/** What OpenSSL says of the same answer; null where it follows another rule, told in the name, or was not asked. */
type Row = readonly [name: string, status: Status, openssl: Status | 'refuses' | null, make: () => Evidence];

let folder: string;
let issuer: Crafted;
let stranger: Crafted;
let leaf: Crafted;
let neighbour: Crafted;
let expired: Crafted;
let published: Crafted;

const place = 'http://ac.test/lista1.crl';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-revocation-'));
  issuer = craft({ subject: 'Emisora', extensions: [authority(), usage(0x06)] });
  stranger = craft({ subject: 'Emisora', extensions: [authority(), usage(0x06)] });
  leaf = makeLeaf();
  neighbour = makeLeaf();
  expired = makeLeaf({ notAfter: hoursAgo(100) });
  published = makeLeaf({ extensions: [noAuthority, distributionPoints(place)] });
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function makeLeaf(request: Partial<CraftRequest> = {}): Crafted {
  return craft({ subject: 'Ana', issuer, extensions: [noAuthority, usage(0xc0)], ...request });
}

function makeResponder(request: Partial<CraftRequest> = {}): Crafted {
  const extensions = [noAuthority, usage(0x80), purposes(oid.keyPurposeOcspSigning)];
  return craft({ subject: 'Servicio', issuer, extensions, ...request });
}

function distributionPoints(url: string): Buffer {
  const name = encodeElement(0xa0, encodeElement(0xa0, generalName(0x86, url)));
  return extension(oid.crlDistributionPoints, false, encodeSequence(encodeSequence(name)));
}

function answer(status: CraftedAnswer['status'], more: Partial<CraftedAnswer> = {}): CraftedAnswer {
  return { about: leaf, issuer, status, ...more };
}

const revoked = { revokedAt: hoursAgo(50), reason: 1 };

function ocsp(
  status: CraftedAnswer['status'],
  more: Partial<CraftedAnswer> = {},
  other: Partial<OcspCraft> = {},
): Evidence {
  const answers = [answer(status, more)];
  return { ocsps: [craftOcsp({ responder: issuer, answers, ...other })] };
}

function delegated(request: Partial<CraftRequest> = {}, other: Partial<OcspCraft> = {}): Evidence {
  const responder = makeResponder(request);
  return ocsp('good', {}, { responder, certificates: [responder], ...other });
}

function crl(request: Partial<CrlCraft> = {}, more: Partial<Evidence> = {}): Evidence {
  return { crls: [craftCrl({ issuer, ...request })], ...more };
}

const listed = (): NonNullable<CrlCraft['entries']> => [{ about: leaf, ...revoked }];

/** issuingDistributionPoint with flags by their context tags, or with a place. */
function scope(...parts: readonly Buffer[]): Buffer {
  return extension(oid.issuingDistributionPoint, true, encodeSequence(...parts));
}

const flag = (tag: number): Buffer => encodeElement(tag, Buffer.from([0xff]));
const atPlace = (url: string): Buffer => encodeElement(0xa0, encodeElement(0xa0, generalName(0x86, url)));
const delta = extension(oid.deltaCrlIndicator, true, encodeInteger(1));

const answers: readonly Row[] = [
  ['by the issuer', 'good', 'good', () => ocsp('good')],
  ['that it is revoked', 'revoked', 'revoked', () => ocsp(revoked)],
  ['that it is unknown', 'unknown', 'unknown', () => ocsp('unknown')],
  ['by a responder that the issuer authorised', 'good', 'good', () => delegated()],
  [
    'by a certificate of the issuer that is for something else',
    'unknown',
    'refuses',
    () => delegated({ extensions: [noAuthority, usage(0x80)] }),
  ],
  [
    'by a responder with purposes, but not that one',
    'unknown',
    'refuses',
    () => delegated({ extensions: [noAuthority, purposes(oid.keyPurposeTimestamping)] }),
  ],
  ['by a responder that had expired', 'unknown', null, () => delegated({ notAfter: hoursAgo(2) })],
  [
    'by a responder whom another authority of the same name authorised',
    'unknown',
    'refuses',
    () => delegated({ issuer: stranger }),
  ],
  ['by a responder that signed its own certificate', 'unknown', 'refuses', () => selfSignedResponder()],
  [
    'by a responder with an unknown critical extension',
    'unknown',
    'refuses',
    () =>
      delegated({
        extensions: [noAuthority, purposes(oid.keyPurposeOcspSigning), extension('1.2.3.4', true, encodeNull())],
      }),
  ],
  [
    'by a responder that may not sign anything, which OpenSSL does not look at',
    'unknown',
    null,
    () => delegated({ extensions: [noAuthority, usage(0x20), purposes(oid.keyPurposeOcspSigning)] }),
  ],
  ['by another authority of the same name', 'unknown', 'refuses', () => ocsp('good', {}, { responder: stranger })],
  ['in the name of the issuer, by another key', 'unknown', 'refuses', () => ocsp('good', {}, { key: stranger })],
  ['with a stranger before the responder', 'good', null, () => crowded()],
  ['that a revoked responder gave', 'unknown', null, () => revokedResponder(1)],
  ['that a responder gave before it ceased', 'good', null, () => revokedResponder(5)],
  ['about another serial number', 'unknown', null, () => ocsp('good', { about: neighbour })],
  ['about the number at another issuer', 'unknown', null, () => ocsp('good', { issuer: stranger })],
  [
    'of which the time is over',
    'unknown',
    null,
    () => ocsp('good', { thisUpdate: hoursAgo(48), nextUpdate: hoursAgo(24) }),
  ],
  [
    'without a next one, of this hour',
    'good',
    'good',
    () => ocsp('good', { thisUpdate: hoursAgo(0.5), nextUpdate: null }),
  ],
  [
    'without a next one, of yesterday',
    'unknown',
    null,
    () => ocsp('good', { thisUpdate: hoursAgo(24), nextUpdate: null }),
  ],
  [
    'of after the moment that counts',
    'good',
    null,
    () => ({ ...ocsp('good', { thisUpdate: hoursAgo(1) }), time: hoursAgo(30) }),
  ],
  [
    'that it was revoked after the moment that counts',
    'good',
    null,
    () => ({ ...ocsp({ ...revoked, revokedAt: hoursAgo(20) }), time: hoursAgo(30) }),
  ],
  [
    'with two that contradict each other, the good one first',
    'revoked',
    null,
    () => ({ ocsps: [craftOcsp({ responder: issuer, answers: [answer('good'), answer(revoked)] })] }),
  ],
  [
    'beside one about another certificate',
    'good',
    'good',
    () => ({
      ocsps: [craftOcsp({ responder: issuer, answers: [answer(revoked, { about: neighbour }), answer('good')] })],
    }),
  ],
  ['signed with SHA-1', 'unknown', null, () => ocsp('good', {}, { hash: 'sha1' })],
  ['signed with SHA-1, that it is revoked', 'revoked', null, () => ocsp(revoked, {}, { hash: 'sha1' })],
  [
    'with an unknown critical extension, which OpenSSL passes over',
    'unknown',
    null,
    () => ocsp('good', { extensions: [extension('1.2.3.4', true, encodeNull())] }),
  ],
  ['of after the expiry of the certificate', 'unknown', null, () => ofExpired()],
  [
    'of after the expiry, by one that remembers',
    'good',
    null,
    () => ofExpired(extension(oid.archiveCutoff, false, encodeTime(hoursAgo(900)))),
  ],
  [
    'of after the expiry, by one that does not remember so far',
    'unknown',
    null,
    () => ofExpired(extension(oid.archiveCutoff, false, encodeTime(hoursAgo(50)))),
  ],
  [
    'that is good and older than another that it is revoked',
    'revoked',
    null,
    () => ({
      ocsps: [
        ...(ocsp(revoked, { thisUpdate: hoursAgo(10) }).ocsps ?? []),
        ...(ocsp('good', { thisUpdate: hoursAgo(1) }).ocsps ?? []),
      ],
    }),
  ],
  [
    'that cannot be read',
    'unknown',
    null,
    () => ({ ocsps: [Buffer.from('30030a0103', 'hex'), Buffer.from('<html>')] }),
  ],
];

const lists: readonly Row[] = [
  ['without it', 'good', 'good', () => crl()],
  ['with it', 'revoked', 'revoked', () => crl({ entries: listed() })],
  ['that another authority of the same name signed', 'unknown', 'refuses', () => crl({ key: stranger })],
  ['of another name', 'unknown', 'refuses', () => crl({ issuer: { ...issuer, subject: commonName('Ajena') } })],
  [
    'of which the time is over',
    'unknown',
    'refuses',
    () => crl({ thisUpdate: hoursAgo(48), nextUpdate: hoursAgo(24) }),
  ],
  [
    'of which the time is over, with it',
    'revoked',
    'revoked',
    () => crl({ thisUpdate: hoursAgo(48), nextUpdate: hoursAgo(24), entries: listed() }),
  ],
  [
    'with an unknown critical extension',
    'unknown',
    'refuses',
    () => crl({ extensions: [extension('1.2.3.4', true, encodeNull())] }),
  ],
  [
    'with one algorithm inside and another outside, which OpenSSL does not compare',
    'unknown',
    null,
    () => crl({ innerAlgorithm: signatureAlgorithm(issuer.key, 'sha1') }),
  ],
  ['of changes only', 'unknown', 'refuses', () => crl({ extensions: [delta] })],
  ['of changes only, with it', 'revoked', null, () => crl({ extensions: [delta], entries: listed() })],
  ['of authorities only', 'unknown', 'refuses', () => crl({ extensions: [scope(flag(0x82))] })],
  ['of users only', 'good', 'good', () => crl({ extensions: [scope(flag(0x81))] })],
  ['of attribute certificates only', 'unknown', 'refuses', () => crl({ extensions: [scope(flag(0x85))] })],
  ['of several issuers', 'unknown', null, () => crl({ extensions: [scope(flag(0x84))] })],
  [
    'of several issuers, with its number for another',
    'unknown',
    null,
    () => crl({ extensions: [scope(flag(0x84))], entries: listed() }),
  ],
  [
    'that does not say that it is of several issuers, with its number for another',
    'unknown',
    null,
    () =>
      crl({
        entries: [
          {
            about: leaf,
            ...revoked,
            extensions: [
              extension(oid.certificateIssuer, true, encodeSequence(generalName(0xa4, commonName('Ajena')))),
            ],
          },
        ],
      }),
  ],
  [
    'for some reasons only',
    'unknown',
    'refuses',
    () => crl({ extensions: [scope(encodeElement(0x83, Buffer.from([0, 0x40])))] }),
  ],
  [
    'for some reasons only, with it',
    'revoked',
    'revoked',
    () => crl({ extensions: [scope(encodeElement(0x83, Buffer.from([0, 0x40])))], entries: listed() }),
  ],
  [
    'of the place that the certificate names',
    'good',
    'good',
    () => crl({ extensions: [scope(atPlace(place))] }, { about: published }),
  ],
  [
    'of another place',
    'unknown',
    'refuses',
    () => crl({ extensions: [scope(atPlace('http://ac.test/lista2.crl'))] }, { about: published }),
  ],
  ['of after the expiry of the certificate', 'unknown', null, () => crl({}, { about: expired, time: hoursAgo(150) })],
  [
    'of after the expiry, that keeps those that expired',
    'good',
    null,
    () =>
      crl(
        { extensions: [extension(oid.expiredCertificatesOnCrl, false, encodeTime(hoursAgo(900)))] },
        { about: expired, time: hoursAgo(150) },
      ),
  ],
  ['with it on hold', 'revoked', 'revoked', () => crl({ entries: [{ about: leaf, ...revoked, reason: 6 }] })],
  [
    'with it on hold, before one without it',
    'good',
    null,
    () => twoLists([{ about: leaf, ...revoked, reason: 6 }], []),
  ],
  ['with it for good, before one without it', 'revoked', null, () => twoLists(listed(), [])],
  [
    'of changes, with it released from a hold',
    'good',
    null,
    () => twoLists([{ about: leaf, ...revoked, reason: 6 }], [{ about: leaf, ...revoked, reason: 8 }], [delta]),
  ],
  [
    'of before, with it revoked after the moment that counts',
    'good',
    null,
    () => crl({ entries: listed() }, { time: hoursAgo(60) }),
  ],
  [
    'that says that the key was lost before the moment that counts, revoked later',
    'good',
    null,
    () => {
      const invalidSince = extension('2.5.29.24', false, encodeTime(hoursAgo(90)));
      return crl({ entries: [{ about: leaf, ...revoked, extensions: [invalidSince] }] }, { time: hoursAgo(60) });
    },
  ],
  ['with a hundred thousand others', 'good', 'good', () => crl({ others: 100_000 })],
  ['with a hundred thousand others and it', 'revoked', 'revoked', () => crl({ others: 100_000, entries: listed() })],
  ['with something that is no list', 'unknown', null, () => ({ crls: [Buffer.from('-----BEGIN')] })],
];

function selfSignedResponder(): Evidence {
  const responder = craft({ subject: 'Emisora', extensions: [purposes(oid.keyPurposeOcspSigning)] });
  return ocsp('good', {}, { responder, certificates: [responder] });
}

// Somebody else's certificate of the same key name, and something that is no certificate.
function crowded(): Evidence {
  const responder = makeResponder();
  const broken = { ...responder, der: encodeSequence(encodeNull()) };
  const other = makeResponder({ issuer: stranger, keyOf: responder });
  return ocsp('good', {}, { responder, certificates: [broken, other, responder] });
}

function revokedResponder(reason: number): Evidence {
  const responder = makeResponder();
  const gone = { about: responder, revokedAt: hoursAgo(0.5), reason };
  return {
    ...ocsp('good', {}, { responder, certificates: [responder] }),
    crls: [craftCrl({ issuer, entries: [gone], thisUpdate: hoursAgo(0.4), extensions: [scope(flag(0x82))] })],
  };
}

function ofExpired(...extensions: readonly Buffer[]): Evidence {
  return { ...ocsp('good', { about: expired, extensions }), about: expired, time: hoursAgo(150) };
}

function twoLists(
  former: CrlCraft['entries'],
  later: CrlCraft['entries'],
  extensions: readonly Buffer[] = [],
): Evidence {
  return {
    crls: [
      craftCrl({ issuer, entries: former ?? [], thisUpdate: hoursAgo(40) }),
      craftCrl({ issuer, entries: later ?? [], thisUpdate: hoursAgo(1), extensions }),
    ],
  };
}

function judge({ ocsps = [], crls = [], time = new Date(), about = leaf }: Evidence): Status {
  return checkRevocation(readCrafted(about), readCrafted(issuer), { ocsps, crls }, time).verification.status;
}

function askOpenssl({ ocsps: [response] = [], crls: [list] = [], about = leaf }: Evidence): Status | 'refuses' {
  writeFileSync(join(folder, 'issuer.pem'), toPem(issuer));
  writeFileSync(join(folder, 'leaf.pem'), toPem(about));
  const run = (...command: readonly string[]): string => {
    const { stdout, stderr } = spawnSync('openssl', command, { cwd: folder, encoding: 'utf8' });
    return stdout + stderr;
  };
  if (response !== undefined) {
    writeFileSync(join(folder, 'response.der'), response);
    const told = run(
      'ocsp',
      '-respin',
      'response.der',
      '-issuer',
      'issuer.pem',
      '-cert',
      'leaf.pem',
      '-CAfile',
      'issuer.pem',
    );
    if (!told.includes('Response verify OK')) return 'refuses';
    return (
      (['good', 'revoked', 'unknown'] as const).find((status) => told.includes(`leaf.pem: ${status}`)) ?? 'refuses'
    );
  }
  const armored = `-----BEGIN X509 CRL-----\n${(list ?? Buffer.alloc(0)).toString('base64')}\n-----END X509 CRL-----\n`;
  writeFileSync(join(folder, 'list.pem'), armored);
  const told = run(
    'verify',
    '-crl_check',
    '-extended_crl',
    '-CAfile',
    'issuer.pem',
    '-CRLfile',
    'list.pem',
    'leaf.pem',
  );
  if (told.includes('leaf.pem: OK')) return 'good';
  return told.includes('certificate revoked') ? 'revoked' : 'refuses';
}

describe('what is known of a certificate', () => {
  it.each(answers)('by an answer %s: %s', (_, status, openssl, make) => {
    const evidence = make();
    expect(judge(evidence)).toBe(status);
    if (openssl !== null) expect(askOpenssl(evidence)).toBe(openssl);
  });

  it.each(lists)('by a list %s: %s', (_, status, openssl, make) => {
    const evidence = make();
    expect(judge(evidence)).toBe(status);
    if (openssl !== null) expect(askOpenssl(evidence)).toBe(openssl);
  });
});
