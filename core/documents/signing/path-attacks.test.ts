import { execFileSync, spawnSync } from 'node:child_process';
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCertificate } from './certificate.ts';
import { findCertificatePath } from './certificate-path.ts';
import { derTag, encodeElement, encodeInteger, encodeNull, encodeObjectIdentifier, encodeSequence } from './der.ts';
import { oid } from './oids.ts';
import {
  alternativeNames,
  attribute,
  authority,
  bitString,
  commonName,
  craft,
  day,
  extension,
  generalName,
  keyHash,
  nameConstraints,
  noAuthority,
  policies,
  purposes,
  readCrafted,
  toPem,
  usage,
} from './testing/crafted-certificates.ts';
import type { Crafted, CraftRequest } from './testing/crafted-certificates.ts';

type Chain = Readonly<{ leaf: Crafted; pool: readonly Crafted[]; anchors?: readonly Crafted[] }>;
type Outcome = 'trusted' | 'outOfDate' | 'noPath' | 'unreadable';
/** What OpenSSL says to the same chain; null where it follows another rule, told in the name. */
type Row = readonly [name: string, outcome: Outcome, openssl: 'accepts' | 'refuses' | null, make: () => Chain];

let folder: string;
let root: Crafted;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ventanilla-paths-'));
  root = makeAuthority('Raíz');
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const unknownType = '1.2.3.4.5.6.7';
const policy = '2.16.724.1.1';
const otherPolicy = '2.16.724.1.2';

function makeAuthority(subject: string | Buffer, request: Partial<CraftRequest> = {}): Crafted {
  return craft({ subject, extensions: [authority(), usage(0x06)], ...request });
}

/** Root, an authority with these extensions, and a leaf. */
function below(
  extensions: readonly Buffer[],
  leaf: Partial<CraftRequest> = {},
  intermediate: Partial<CraftRequest> = {},
): Chain {
  const issuer = craft({ subject: 'Intermedia', issuer: root, extensions, ...intermediate });
  return { leaf: makeLeaf(issuer, leaf), pool: [issuer] };
}

function makeLeaf(issuer: Crafted, request: Partial<CraftRequest> = {}): Crafted {
  return craft({ subject: 'Ana', issuer, extensions: [noAuthority, usage(0xc0)], ...request });
}

function constrained(constraints: Buffer, ...more: readonly Buffer[]): Chain {
  const extensions = [noAuthority, usage(0xc0), ...more];
  return below([authority(), usage(0x06), constraints], { extensions });
}

function withPolicies(issuing: readonly Buffer[], ...more: readonly Buffer[]): Chain {
  return below([authority(), usage(0x06), ...issuing], { extensions: [noAuthority, usage(0xc0), ...more] });
}

function policyConstraints(tag: 0x80 | 0x81, skipped: number): Buffer {
  return extension(oid.policyConstraints, true, encodeSequence(encodeElement(tag, Buffer.from([skipped]))));
}

const policyMapping = (): Buffer =>
  extension(
    oid.policyMappings,
    true,
    encodeSequence(encodeSequence(encodeObjectIdentifier(policy), encodeObjectIdentifier(otherPolicy))),
  );

/** A chain of so many authorities below the root. */
function floors(count: number, last: Partial<CraftRequest> = {}): Chain {
  const pool: Crafted[] = [];
  let issuer = root;
  for (let floor = 1; floor <= count; floor += 1) {
    issuer = makeAuthority(`Piso ${floor}`, { issuer, ...(floor === count ? last : {}) });
    pool.push(issuer);
  }
  return { leaf: makeLeaf(issuer), pool };
}

function named(issuing: Buffer, asIssuer: Buffer): Chain {
  const issuer = makeAuthority(issuing, { issuer: root });
  return { leaf: makeLeaf({ ...issuer, subject: asIssuer }), pool: [issuer] };
}

// Every one of them certified by every other: without a limit, some twenty million signatures to check.
function ring(size: number): Chain {
  const members = Array.from({ length: size }, () => makeAuthority('Anillo'));
  const pool = members.flatMap((member) =>
    members.filter((other) => other !== member).map((issuer) => makeAuthority('Anillo', { issuer, keyOf: member })),
  );
  const [first = root] = members;
  return { leaf: makeLeaf(first), pool };
}

function explicitCurve(): NonNullable<CraftRequest['keyPair']> {
  const options = ['-pkeyopt', 'ec_paramgen_curve:P-256', '-pkeyopt', 'ec_param_enc:explicit'];
  const privateKey = createPrivateKey(execFileSync('openssl', ['genpkey', '-algorithm', 'EC', ...options]));
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

const keyIdentifier = (crafted: Crafted): Buffer =>
  extension(oid.authorityKeyIdentifier, false, encodeSequence(encodeElement(0x80, keyHash(crafted))));

const rows: readonly Row[] = [
  ['of three floors', 'trusted', 'accepts', () => below([authority(), usage(0x06)])],
  ['through an authority without keyUsage', 'trusted', 'accepts', () => below([authority()])],
  ['through a certificate without basicConstraints', 'noPath', 'refuses', () => below([usage(0x06)])],
  ['through one that is no authority', 'noPath', 'refuses', () => below([noAuthority, usage(0x06)])],
  ['through one that may not sign certificates', 'noPath', 'refuses', () => below([authority(), usage(0x82)])],
  [
    'through a certificate of version 1',
    'noPath',
    'refuses',
    () => below([], {}, { isVersion1: true, extensions: [] }),
  ],
  [
    'through an authority without a name, which OpenSSL admits',
    'noPath',
    null,
    () => {
      const nameless = makeAuthority(encodeSequence(), { issuer: root });
      return { leaf: makeLeaf(nameless), pool: [nameless] };
    },
  ],
  [
    'with one authority more than allowed',
    'noPath',
    'refuses',
    () => {
      const upper = makeAuthority('Superior', { issuer: root, extensions: [authority(0), usage(0x06)] });
      const lower = makeAuthority('Inferior', { issuer: upper });
      return { leaf: makeLeaf(lower), pool: [lower, upper] };
    },
  ],
  [
    'with an authority that certified its own new key, which does not count',
    'trusted',
    'accepts',
    () => {
      const old = makeAuthority('Renovada', {
        issuer: root,
        extensions: [authority(0), usage(0x06)],
        hasIdentifiers: true,
      });
      const renewed = makeAuthority('Renovada', { issuer: old, hasIdentifiers: true });
      return { leaf: makeLeaf(renewed, { hasIdentifiers: true }), pool: [old, renewed] };
    },
  ],
  [
    'with an unknown critical extension in the leaf',
    'noPath',
    'refuses',
    () => below([authority()], { extensions: [extension(unknownType, true, encodeNull())] }),
  ],
  [
    'with an unknown critical extension above',
    'noPath',
    'refuses',
    () => below([authority(), extension(unknownType, true, encodeNull())]),
  ],
  [
    'with an unknown extension that is not critical',
    'trusted',
    'accepts',
    () => below([authority(), extension(unknownType, false, encodeNull())]),
  ],
  [
    'through an authority that expired',
    'outOfDate',
    'refuses',
    () => below([authority()], {}, { notAfter: new Date(Date.now() - day) }),
  ],
  [
    'through an authority of tomorrow',
    'outOfDate',
    'refuses',
    () => below([authority()], {}, { notBefore: new Date(Date.now() + day) }),
  ],
  [
    'to an anchor that expired, which is trusted as it is',
    'trusted',
    null,
    () => {
      const expired = makeAuthority('Antigua', { notAfter: new Date(Date.now() - day) });
      return { leaf: makeLeaf(expired), pool: [], anchors: [expired] };
    },
  ],
  [
    'whose last signature is of another key',
    'noPath',
    'refuses',
    () => {
      const issuer = makeAuthority('Intermedia', { issuer: root });
      return { leaf: makeLeaf({ ...issuer, key: root.key }), pool: [issuer] };
    },
  ],
  [
    'signed with MD5, which OpenSSL leaves to its security level',
    'noPath',
    null,
    () => {
      const keyPair = generateKeyPairSync('rsa', { modulusLength: 2048 });
      const issuer = makeAuthority('Intermedia', { issuer: root, keyPair });
      return { leaf: makeLeaf(issuer, { hash: 'md5' }), pool: [issuer] };
    },
  ],
  [
    'among authorities of one name and other keys, of which OpenSSL tries one',
    'trusted',
    null,
    () => {
      const others = Array.from({ length: 3 }, () => makeAuthority('Intermedia', { issuer: root }));
      const issuer = makeAuthority('Intermedia', { issuer: root });
      return { leaf: makeLeaf(issuer), pool: [...others, issuer] };
    },
  ],
  [
    'past three hundred authorities of one name, by the key that the leaf names',
    'trusted',
    'accepts',
    () => {
      const others = Array.from({ length: 300 }, () =>
        makeAuthority('Intermedia', { issuer: root, hasIdentifiers: true }),
      );
      const named = makeAuthority('Intermedia', { issuer: root, hasIdentifiers: true });
      return { leaf: makeLeaf(named, { hasIdentifiers: true }), pool: [...others, named] };
    },
  ],
  ['in a ring of authorities that certify one another', 'noPath', null, () => ring(12)],
  [
    'by way of a cross certificate',
    'trusted',
    'accepts',
    () => {
      const own = makeAuthority('Ajena');
      const crossed = makeAuthority('Ajena', { issuer: root, keyOf: own });
      return { leaf: makeLeaf(own), pool: [crossed, own] };
    },
  ],
  ['of seven authorities', 'trusted', 'accepts', () => floors(6)],
  ['longer than anybody has', 'noPath', null, () => floors(8)],
  [
    'whose leaf names another key of the issuer; the signature decides, where OpenSSL refuses',
    'trusted',
    null,
    () => below([authority()], { extensions: [keyIdentifier(root)] }, { hasIdentifiers: true }),
  ],
  [
    'with the issuer written in other case',
    'trusted',
    'accepts',
    () => named(commonName('Intermedia Uno'), commonName('INTERMEDIA uno')),
  ],
  [
    'with the issuer written with more spaces',
    'trusted',
    'accepts',
    () => named(commonName('Intermedia Uno'), commonName('  Intermedia   Uno ')),
  ],
  [
    'with the issuer in another string type',
    'trusted',
    'accepts',
    () => named(commonName('Intermedia'), commonName('Intermedia', 'Autoridad', 0x13)),
  ],
  ['with another issuer', 'noPath', 'refuses', () => named(commonName('Intermedia'), commonName('Intermedia B'))],
  [
    'with a negative serial number',
    'trusted',
    'accepts',
    () => below([authority()], { serial: Buffer.from([2, 1, 0x80]) }),
  ],
  [
    'with a serial number of forty octets',
    'trusted',
    'accepts',
    () => below([authority()], { serial: encodeInteger(Buffer.alloc(40, 7)) }),
  ],
  [
    'with the same extension twice',
    'unreadable',
    'refuses',
    () => below([authority()], { extensions: [noAuthority, authority()] }),
  ],
  [
    'with one algorithm inside and another outside',
    'unreadable',
    'refuses',
    () => below([authority()], { innerAlgorithm: encodeSequence(encodeObjectIdentifier(oid.sha384WithEcdsa)) }),
  ],
  [
    'with something after the extensions',
    'unreadable',
    'refuses',
    () => below([authority()], { trailing: encodeNull() }),
  ],
  [
    'through a key that writes out its curve',
    'noPath',
    'refuses',
    () => {
      const issuer = makeAuthority('Intermedia', { issuer: root, keyPair: explicitCurve() });
      return { leaf: makeLeaf(issuer), pool: [issuer] };
    },
  ],
  [
    'that is an anchor itself',
    'trusted',
    null,
    () => {
      const leaf = makeLeaf(root);
      return { leaf, pool: [], anchors: [leaf] };
    },
  ],
  [
    'below an anchor that is no authority',
    'noPath',
    null,
    () => {
      const anchor = makeLeaf(root);
      return { leaf: makeLeaf(anchor, { subject: 'Eva' }), pool: [], anchors: [anchor] };
    },
  ],
  [
    'of an authority for time stamps only, whose purposes nobody restricts for those below',
    'trusted',
    'accepts',
    () => below([authority(), purposes(oid.keyPurposeTimestamping)]),
  ],

  [
    'within a permitted organization',
    'trusted',
    'accepts',
    () => constrained(nameConstraints('permitted', [organization('autoridad')])),
  ],
  [
    'outside the permitted organization',
    'noPath',
    'refuses',
    () => constrained(nameConstraints('permitted', [organization('Otra')])),
  ],
  [
    'outside the permitted organization, said without being critical',
    'noPath',
    'refuses',
    () => constrained(nameConstraints('permitted', [organization('Otra')], { isCritical: false })),
  ],
  [
    'within an excluded organization',
    'noPath',
    'refuses',
    () => constrained(nameConstraints('excluded', [organization('Autoridad')])),
  ],
  [
    'outside an excluded organization',
    'trusted',
    'accepts',
    () => constrained(nameConstraints('excluded', [organization('Otra')])),
  ],
  [
    'with a permitted mail',
    'trusted',
    'accepts',
    () => constrained(nameConstraints('permitted', [generalName(0x81, 'villa.es')]), mail('ana@villa.es')),
  ],
  [
    'with a mail below the permitted host',
    'noPath',
    'refuses',
    () => constrained(nameConstraints('permitted', [generalName(0x81, 'villa.es')]), mail('ana@b.villa.es')),
  ],
  [
    'with a mail of the permitted domain',
    'trusted',
    'accepts',
    () => constrained(nameConstraints('permitted', [generalName(0x81, '.villa.es')]), mail('ana@b.villa.es')),
  ],
  [
    'with an excluded mailbox',
    'noPath',
    'refuses',
    () => constrained(nameConstraints('excluded', [generalName(0x81, 'ana@villa.es')]), mail('ana@villa.es')),
  ],
  [
    'with a mail in the subject that is not permitted',
    'noPath',
    'refuses',
    () =>
      below([authority(), nameConstraints('permitted', [generalName(0x81, 'villa.es')])], {
        subject: encodeSequence(attribute('1.2.840.113549.1.9.1', encodeElement(0x16, Buffer.from('ana@otra.es')))),
      }),
  ],
  [
    'with a host that is permitted',
    'trusted',
    'accepts',
    () => constrained(nameConstraints('permitted', [generalName(0x82, 'villa.es')]), host('www.VILLA.es')),
  ],
  [
    'with a host that only ends like the permitted one',
    'noPath',
    'refuses',
    () => constrained(nameConstraints('permitted', [generalName(0x82, 'villa.es')]), host('malavilla.es')),
  ],
  [
    'with an excluded host',
    'noPath',
    'refuses',
    () => constrained(nameConstraints('excluded', [generalName(0x82, 'villa.es')]), host('sede.villa.es')),
  ],
  [
    'with a wildcard that covers an excluded host, which OpenSSL does not see',
    'noPath',
    null,
    () => constrained(nameConstraints('excluded', [generalName(0x82, 'sede.villa.es')]), host('*.villa.es')),
  ],
  [
    'with a host that is none, which OpenSSL does not see',
    'noPath',
    null,
    () => constrained(nameConstraints('permitted', [generalName(0x82, 'villa.es')]), host('.villa.es')),
  ],
  [
    'with a mail of two hosts, which OpenSSL reads as one of the last',
    'noPath',
    null,
    () => constrained(nameConstraints('permitted', [generalName(0x81, 'villa.es')]), mail('ana@otra.es@villa.es')),
  ],
  [
    'with an address at an excluded host',
    'noPath',
    'refuses',
    () =>
      constrained(
        nameConstraints('excluded', [generalName(0x86, '.villa.es')]),
        alternativeNames(generalName(0x86, 'https://sede.villa.es/inicio')),
      ),
  ],
  [
    'with an address without host where hosts are constrained',
    'noPath',
    'refuses',
    () =>
      constrained(
        nameConstraints('permitted', [generalName(0x86, '.villa.es')]),
        alternativeNames(generalName(0x86, 'urn:villa')),
      ),
  ],
  [
    'with a network address outside the permitted ones',
    'noPath',
    'refuses',
    () =>
      constrained(
        nameConstraints('permitted', [generalName(0x87, Buffer.from([10, 0, 0, 0, 255, 0, 0, 0]))]),
        alternativeNames(generalName(0x87, Buffer.from([11, 0, 0, 1]))),
      ),
  ],
  [
    'with a kind of name that is constrained and cannot be compared',
    'noPath',
    'refuses',
    () =>
      constrained(
        nameConstraints('permitted', [generalName(0x88, Buffer.from([0x2a]))]),
        alternativeNames(generalName(0x88, Buffer.from([0x2a]))),
      ),
  ],
  [
    'with bounds that the profile does not know',
    'noPath',
    'refuses',
    () =>
      constrained(
        nameConstraints('excluded', [organization('Otra')], { bounds: [generalName(0x80, Buffer.from([1]))] }),
      ),
  ],

  [
    'with the policy that is required',
    'trusted',
    'accepts',
    () => withPolicies([policies(policy), policyConstraints(0x80, 0)], policies(policy)),
  ],
  [
    'with another policy than the required one',
    'noPath',
    'refuses',
    () => withPolicies([policies(policy), policyConstraints(0x80, 0)], policies(otherPolicy)),
  ],
  [
    'without the policy that is required',
    'noPath',
    'refuses',
    () => withPolicies([policies(policy), policyConstraints(0x80, 0)]),
  ],
  [
    'without a policy that is required only further down',
    'trusted',
    'accepts',
    () => withPolicies([policyConstraints(0x80, 5)]),
  ],
  [
    'with a policy that was mapped',
    'trusted',
    'accepts',
    () => withPolicies([policies(policy), policyMapping(), policyConstraints(0x80, 0)], policies(otherPolicy)),
  ],
  [
    'with a policy that stands no more after it was mapped',
    'noPath',
    'refuses',
    () => withPolicies([policies(policy), policyMapping(), policyConstraints(0x80, 0)], policies(policy)),
  ],
  [
    'with any policy where that says nothing',
    'noPath',
    'refuses',
    () =>
      withPolicies(
        [policies(policy), policyConstraints(0x80, 0), extension(oid.inhibitAnyPolicy, true, encodeInteger(0))],
        policies(oid.anyPolicy),
      ),
  ],
];

function organization(name: string): Buffer {
  return generalName(0xa4, encodeSequence(attribute('2.5.4.10', encodeElement(derTag.utf8String, Buffer.from(name)))));
}

function mail(address: string): Buffer {
  return alternativeNames(generalName(0x81, address));
}

function host(name: string): Buffer {
  return alternativeNames(generalName(0x82, name));
}

function judge({ leaf, pool, anchors = [root] }: Chain): Outcome {
  try {
    return findCertificatePath(readCrafted(leaf), {
      pool: pool.map(readCrafted),
      anchors: anchors.map(readCrafted),
      at: new Date(),
    }).outcome;
  } catch {
    return 'unreadable';
  }
}

function askOpenssl({ leaf, pool, anchors = [root] }: Chain): 'accepts' | 'refuses' {
  writeFileSync(join(folder, 'anchors.pem'), toPem(...anchors));
  writeFileSync(join(folder, 'pool.pem'), toPem(...pool));
  writeFileSync(join(folder, 'leaf.pem'), toPem(leaf));
  const files = ['-CAfile', 'anchors.pem', '-no-CApath', '-no-CAstore', '-untrusted', 'pool.pem', 'leaf.pem'];
  const { status } = spawnSync('openssl', ['verify', '-policy_check', '-policy', oid.anyPolicy, ...files], {
    cwd: folder,
  });
  return status === 0 ? 'accepts' : 'refuses';
}

describe('a path', () => {
  it.each(rows)('%s: %s', (_, outcome, openssl, make) => {
    const chain = make();
    expect(judge(chain)).toBe(outcome);
    if (openssl !== null) expect(askOpenssl(chain)).toBe(openssl);
  });

  it('is not misled by bytes after the certificate', () => {
    const leaf = makeLeaf(root);
    expect(readCertificate(Buffer.concat([leaf.der, bitString(Buffer.from('más'))])).der.equals(leaf.der)).toBe(true);
  });
});
