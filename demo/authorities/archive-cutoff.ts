import { sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import {
  decodeOctetString,
  derChild,
  derChildren,
  derTag,
  encodeElement,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  readDer,
} from '../../core/documents/signing/der.ts';
import type { DerNode } from '../../core/documents/signing/der.ts';
import { oid } from '../../core/documents/signing/oids.ts';

/**
 * Adds to each answer of an OCSP response since when the responder forgets nobody (RFC 6960 §4.4.4) and signs it anew.
 * Qualified authorities answer for certificates that have expired (ETSI EN 319 411-2); `openssl ocsp` cannot say so.
 */
export function addArchiveCutoff(response: Uint8Array, since: Date, key: KeyObject): Uint8Array {
  const [status, bytes] = derChildren(readDer(response));
  // A refusal carries no answers.
  if (status === undefined || bytes === undefined) return response;
  const basic = readDer(decodeOctetString(derChild(derChild(bytes, 0), 1)));
  const [data, algorithm, , ...certificates] = derChildren(basic);
  if (data === undefined || algorithm === undefined) return response;
  const time = encodeElement(derTag.generalizedTime, Buffer.from(since.toISOString().replace(/[-:T]|\.\d+/gu, '')));
  const cutoff = encodeSequence(encodeObjectIdentifier(oid.archiveCutoff), encodeOctetString(time));
  const extensions = encodeElement(0xa1, encodeSequence(cutoff));
  const answered = (single: DerNode): Buffer => encodeSequence(single.content, extensions);
  const fields = derChildren(data).map((field) =>
    field.tag === derTag.sequence ? encodeSequence(...derChildren(field).map(answered)) : field.raw,
  );
  const signed = encodeSequence(...fields);
  const signature = encodeElement(derTag.bitString, Buffer.from([0]), sign('sha256', signed, key));
  const whole = encodeSequence(signed, algorithm.raw, signature, ...certificates.map(({ raw }) => raw));
  const content = encodeSequence(encodeObjectIdentifier(oid.ocspBasic), encodeOctetString(whole));
  return encodeSequence(status.raw, encodeElement(0xa0, content));
}
