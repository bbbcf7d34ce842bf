import { digestOf } from '../algorithms.ts';
import {
  derChild,
  derTag,
  encodeElement,
  encodeInteger,
  encodeNull,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  readDer,
} from '../der.ts';
import { oid } from '../oids.ts';
import { day, encodeTime, extension, keyHash, signatureAlgorithm, signWhole } from './crafted-certificates.ts';
import type { Crafted } from './crafted-certificates.ts';

export type Revoked = Readonly<{ revokedAt: Date; reason?: number }>;

export type CraftedAnswer = Readonly<{
  about: Crafted;
  /** Whose certificate it is, as the answer says. */
  issuer: Crafted;
  status: 'good' | 'unknown' | Revoked;
  thisUpdate?: Date;
  nextUpdate?: Date | null;
  extensions?: readonly Buffer[];
}>;

export type OcspCraft = Readonly<{
  answers: readonly CraftedAnswer[];
  /** Named as responder; signs, unless `key` is of somebody else. */
  responder: Crafted;
  key?: Crafted;
  certificates?: readonly Crafted[];
  producedAt?: Date;
  hash?: 'sha1' | 'sha256';
  extensions?: readonly Buffer[];
}>;

/** An OCSP response written byte by byte, right or wrong (RFC 6960 §4.2.1). */
export function craftOcsp(request: OcspCraft): Buffer {
  const { responder, answers, certificates = [], hash = 'sha256', extensions = [] } = request;
  const { key } = request.key ?? responder;
  const data = encodeSequence(
    encodeElement(0xa2, encodeOctetString(keyHash(responder))),
    encodeTime(request.producedAt ?? hoursAgo(1)),
    encodeSequence(...answers.map(encodeAnswer)),
    ...(extensions.length === 0 ? [] : [encodeElement(0xa1, encodeSequence(...extensions))]),
  );
  const sent = certificates.map(({ der }) => der);
  const more = sent.length === 0 ? [] : [encodeElement(0xa0, encodeSequence(...sent))];
  const basic = signWhole(data, signatureAlgorithm(key, hash), key, hash, ...more);
  const bytes = encodeSequence(encodeObjectIdentifier(oid.ocspBasic), encodeOctetString(basic));
  return encodeSequence(encodeElement(derTag.enumerated, Buffer.from([0])), encodeElement(0xa0, bytes));
}

function encodeAnswer(answer: CraftedAnswer): Buffer {
  const { about, issuer, status, thisUpdate = hoursAgo(1), nextUpdate = hoursAgo(-24), extensions = [] } = answer;
  const identifier = encodeSequence(
    encodeSequence(encodeObjectIdentifier(oid.sha1), encodeNull()),
    encodeOctetString(digestOf('sha1', issuer.subject)),
    encodeOctetString(keyHash(issuer)),
    serialOf(about),
  );
  return encodeSequence(
    identifier,
    encodeStatus(status),
    encodeTime(thisUpdate),
    ...(nextUpdate === null ? [] : [encodeElement(0xa0, encodeTime(nextUpdate))]),
    ...(extensions.length === 0 ? [] : [encodeElement(0xa1, encodeSequence(...extensions))]),
  );
}

function encodeStatus(status: CraftedAnswer['status']): Buffer {
  if (status === 'good') return encodeElement(0x80);
  if (status === 'unknown') return encodeElement(0x82);
  const { revokedAt, reason } = status;
  const reasons =
    reason === undefined ? [] : [encodeElement(0xa0, encodeElement(derTag.enumerated, Buffer.from([reason])))];
  return encodeElement(0xa1, encodeTime(revokedAt), ...reasons);
}

export type CrlCraft = Readonly<{
  issuer: Crafted;
  /** Whose key signs where it is not the issuer's. */
  key?: Crafted;
  entries?: readonly (Revoked & Readonly<{ about: Crafted | Buffer; extensions?: readonly Buffer[] }>)[];
  /** So many before them, of nobody. */
  others?: number;
  thisUpdate?: Date;
  nextUpdate?: Date;
  extensions?: readonly Buffer[];
  innerAlgorithm?: Buffer;
}>;

/** A certificate revocation list written byte by byte, right or wrong (RFC 5280 §5.1). */
export function craftCrl(request: CrlCraft): Buffer {
  const { issuer, entries = [], thisUpdate = hoursAgo(1), nextUpdate = hoursAgo(-24) } = request;
  const { key } = request.key ?? issuer;
  const algorithm = signatureAlgorithm(key, 'sha256');
  const listed = Buffer.concat([manyEntries(request.others ?? 0), ...entries.map(encodeEntry)]);
  const number = extension('2.5.29.20', false, encodeInteger(1));
  const list = encodeSequence(
    encodeInteger(1),
    request.innerAlgorithm ?? algorithm,
    issuer.subject,
    encodeTime(thisUpdate),
    encodeTime(nextUpdate),
    ...(listed.length === 0 ? [] : [encodeSequence(listed)]),
    encodeElement(0xa0, encodeSequence(number, ...(request.extensions ?? []))),
  );
  return signWhole(list, algorithm, key, 'sha256');
}

function manyEntries(count: number): Buffer {
  const serial = Buffer.from([0x40, 0, 0, 0, 0]);
  const entry = encodeEntry({ about: encodeInteger(serial), revokedAt: hoursAgo(9) });
  const entries = Buffer.alloc(count * entry.length, entry);
  const place = entry.indexOf(serial) + 1;
  for (let index = 0; index < count; index += 1) entries.writeUInt32BE(index, index * entry.length + place);
  return entries;
}

function encodeEntry({ about, revokedAt, reason, extensions = [] }: NonNullable<CrlCraft['entries']>[number]): Buffer {
  const code =
    reason === undefined
      ? []
      : [extension(oid.crlReason, false, encodeElement(derTag.enumerated, Buffer.from([reason])))];
  const all = [...code, ...extensions];
  return encodeSequence(
    Buffer.isBuffer(about) ? about : serialOf(about),
    encodeTime(revokedAt),
    ...(all.length === 0 ? [] : [encodeSequence(...all)]),
  );
}

/** The serial number of a certificate of version 3, as encoded. */
export function serialOf({ der }: Crafted): Buffer {
  return derChild(derChild(readDer(der), 0), 1).raw;
}

export function hoursAgo(hours: number): Date {
  return new Date(Date.now() - (hours / 24) * day);
}
