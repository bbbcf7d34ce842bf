import { execFileSync } from 'node:child_process';
import { createHash, createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCertificate } from '../../signing/certificate.ts';
import {
  derTag,
  encodeElement,
  encodeInteger,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  encodeSetOf,
} from '../../signing/der.ts';
import { oid } from '../../signing/oids.ts';
import type { TestAuthority } from '../../signing/testing/authority.ts';
import {
  algorithm,
  contentTypeAttribute,
  digestAttribute,
  readPem,
  rsaSha256,
  sha256,
  sha512,
  signingCertificateAttribute,
} from './crafted-cms.ts';

export type RecordHash = 'sha256' | 'sha512';

export function hashOf(hash: RecordHash, ...parts: readonly Uint8Array[]): Buffer {
  const state = createHash(hash);
  for (const part of parts) state.update(part);
  return state.digest();
}

/** Root of a list of digests as RFC 4998 §4.3 joins them. */
export function join4998(hash: RecordHash, ...digests: readonly Buffer[]): Buffer {
  return hashOf(hash, ...digests.toSorted(Buffer.compare));
}

/** A time stamp over a digest at a moment of the test's choice, which no authority's clock would give. */
export function stampAt(
  authority: TestAuthority,
  digest: Buffer,
  time: Date,
  { hash = 'sha256', holder = 'timestamping' }: Readonly<{ hash?: RecordHash; holder?: string }> = {},
): Buffer {
  const certificate = readPem(authority, holder);
  const moment = `${time.toISOString().replace(/[-:T]|\..*$/g, '')}Z`;
  const info = encodeSequence(
    encodeInteger(1),
    encodeObjectIdentifier('1.2.3.4.1'),
    encodeSequence(algorithm(hash === 'sha256' ? sha256 : sha512), encodeOctetString(digest)),
    encodeInteger(7),
    encodeElement(derTag.generalizedTime, Buffer.from(moment)),
  );
  const attributes = [
    contentTypeAttribute(oid.timestampInfo),
    digestAttribute(info),
    signingCertificateAttribute(certificate),
  ];
  const key = createPrivateKey(readFileSync(join(authority.folder, `${holder}.key`)));
  const { issuerDer, serial } = readCertificate(certificate);
  const signer = encodeSequence(
    encodeInteger(1),
    encodeSequence(issuerDer, serial),
    algorithm(sha256),
    encodeSetOf(attributes, 0xa0),
    algorithm(rsaSha256),
    encodeOctetString(sign('sha256', encodeSetOf(attributes), key)),
  );
  const signedData = encodeSequence(
    encodeInteger(3),
    encodeSetOf([algorithm(sha256)]),
    encodeSequence(encodeObjectIdentifier(oid.timestampInfo), encodeElement(0xa0, encodeOctetString(info))),
    encodeElement(0xa0, certificate, readPem(authority, 'intermediate')),
    encodeSetOf([signer]),
  );
  return encodeSequence(encodeObjectIdentifier(oid.signedData), encodeElement(0xa0, signedData));
}

/** A further time-stamp authority, whose certificate lives for these days. */
export function issueShortLived(authority: TestAuthority, days: number): string {
  const name = `timestamping-${days}`;
  const run = (...command: readonly string[]): void => {
    execFileSync('openssl', command, { cwd: authority.folder, stdio: ['ignore', 'pipe', 'pipe'] });
  };
  const subject = `/C=ES/O=Ayuntamiento de Pruebas/CN=Sellado de ${days} días`;
  run('genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', `${name}.key`);
  run('req', '-new', '-config', 'ca.cnf', '-key', `${name}.key`, '-subj', subject, '-out', `${name}.csr`);
  const authorityFiles = ['-CA', 'intermediate.pem', '-CAkey', 'intermediate.key', '-set_serial', '77'];
  const extensions = ['-extfile', 'ca.cnf', '-extensions', 'timestamping', '-days', String(days)];
  run('x509', '-req', '-in', `${name}.csr`, ...authorityFiles, ...extensions, '-sha256', '-out', `${name}.pem`);
  return name;
}

export type RecordStamp = Readonly<{
  token: Buffer;
  tree?: readonly (readonly Buffer[])[];
  /** Stated in the stamp where it is not that of the token. */
  hash?: RecordHash;
}>;

/** ArchiveTimeStampChain of RFC 4998. */
export function encodeChain(stamps: readonly RecordStamp[]): Buffer {
  return encodeSequence(
    ...stamps.map(({ token, tree, hash }) =>
      encodeSequence(
        ...(hash === undefined
          ? []
          : [encodeElement(0xa0, encodeObjectIdentifier(hash === 'sha256' ? sha256 : sha512))]),
        ...(tree === undefined
          ? []
          : [encodeElement(0xa2, ...tree.map((group) => encodeSequence(...group.map(encodeOctetString))))]),
        token,
      ),
    ),
  );
}

/** EvidenceRecord of RFC 4998; `between` are its optional parts. */
export function encodeRecord(chains: readonly (readonly RecordStamp[])[], between: readonly Buffer[] = []): Buffer {
  return encodeSequence(
    encodeInteger(1),
    encodeSequence(algorithm(sha256), algorithm(sha512)),
    ...between,
    encodeSequence(...chains.map(encodeChain)),
  );
}

const recordNamespace = 'urn:ietf:params:xml:ns:ers';
const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const digestNames = {
  sha256: 'http://www.w3.org/2001/04/xmlenc#sha256',
  sha512: 'http://www.w3.org/2001/04/xmlenc#sha512',
};

/** TimeStamp of RFC 6283 as exclusive canonicalization gives it. */
export function canonicalStamp(token: Buffer): string {
  return `<TimeStamp xmlns="${recordNamespace}">${tokenElement(token)}</TimeStamp>`;
}

/** ArchiveTimeStampSequence of RFC 6283 as exclusive canonicalization gives it. */
export function canonicalSequence(chains: readonly string[]): string {
  return `<ArchiveTimeStampSequence xmlns="${recordNamespace}">${chains.join('')}</ArchiveTimeStampSequence>`;
}

/** ArchiveTimeStampChain of RFC 6283, written as exclusive canonicalization leaves it. */
export function writeXmlChain(order: number, hash: RecordHash, stamps: readonly RecordStamp[]): string {
  const methods = `<DigestMethod Algorithm="${digestNames[hash]}"></DigestMethod><CanonicalizationMethod Algorithm="${exclusive}"></CanonicalizationMethod>`;
  const written = stamps.map(({ token, tree }, index) => {
    const groups = (tree ?? []).map((group, place) => {
      const digests = group.map((digest) => `<DigestValue>${digest.toString('base64')}</DigestValue>`);
      return `<Sequence Order="${place + 1}">${digests.join('')}</Sequence>`;
    });
    const hashTree = tree === undefined ? '' : `<HashTree>${groups.join('')}</HashTree>`;
    return `<ArchiveTimeStamp Order="${index + 1}">${hashTree}<TimeStamp>${tokenElement(token)}</TimeStamp></ArchiveTimeStamp>`;
  });
  return `<ArchiveTimeStampChain Order="${order}">${methods}${written.join('')}</ArchiveTimeStampChain>`;
}

/** EvidenceRecord of RFC 6283. */
export function writeXmlRecord(chains: readonly string[], more = ''): string {
  const sequence = `<ArchiveTimeStampSequence>${chains.join('')}</ArchiveTimeStampSequence>`;
  return `<EvidenceRecord xmlns="${recordNamespace}" Version="1.0">${more}${sequence}</EvidenceRecord>`;
}

function tokenElement(token: Buffer): string {
  return `<TimeStampToken Type="RFC3161">${token.toString('base64')}</TimeStampToken>`;
}
