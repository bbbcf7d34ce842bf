import { AppError } from '../../contract/errors.ts';
import { checkSignature, digestOf, readHashAlgorithm } from './algorithms.ts';
import { isIssuedBy, readCertificate } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import {
  decodeBitString,
  decodeObjectIdentifier,
  decodeOctetString,
  decodeSmallInteger,
  decodeTime,
  derChild,
  derChildren,
  derTag,
  encodeNull,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  expectDer,
  readDer,
} from './der.ts';
import type { DerNode } from './der.ts';
import type { FetchBytes } from './network.ts';
import { oid } from './oids.ts';

export type RevocationStatus =
  | Readonly<{ status: 'good' }>
  | Readonly<{ status: 'revoked'; at: Date; reason: number | null }>
  | Readonly<{ status: 'unknown' }>;

/** A verified statement about one certificate. */
export type OcspStatement = Readonly<{
  status: RevocationStatus;
  producedAt: Date;
  thisUpdate: Date;
  nextUpdate: Date | null;
  /** Certificates that came along: the responder's belongs into the document's evidence. */
  certificates: readonly Certificate[];
}>;

export type OcspProblem =
  | 'malformed'
  | 'status'
  | 'otherCertificate'
  | 'responder'
  | 'signature'
  | 'notYetValid'
  | 'stale';

export type OcspResult = Readonly<{ statement: OcspStatement }> | Readonly<{ problem: OcspProblem }>;

export type OcspRequest = Readonly<{
  url: string;
  certificate: Certificate;
  issuer: Certificate;
  at: Date;
  fetchBytes: FetchBytes;
  signal?: AbortSignal;
}>;

// Clocks of desk and responder may differ a little.
const clockToleranceMilliseconds = 5 * 60 * 1000;

/**
 * Asks an OCSP responder about a certificate; returns the answer's DER for the evidence and what it states, verified.
 * Throws AppError `revocation.unavailable` when the network fails or the responder says that it cannot answer, and
 * `revocation.rejected` when the answer does not prove itself.
 */
export async function requestOcsp(
  request: OcspRequest,
): Promise<Readonly<{ response: Buffer; statement: OcspStatement }>> {
  let answer: Uint8Array;
  try {
    const { signal } = request;
    const body = encodeOcspRequest(request.certificate, request.issuer);
    answer = await request.fetchBytes(request.url, {
      method: 'POST',
      contentType: 'application/ocsp-request',
      body,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (cause) {
    throw new AppError('revocation.unavailable', {}, { cause });
  }
  const result = checkOcspResponse(answer, {
    certificate: request.certificate,
    issuer: request.issuer,
    at: request.at,
    requiresFresh: true,
  });
  if ('problem' in result)
    throw new AppError(result.problem === 'status' ? 'revocation.unavailable' : 'revocation.rejected', {
      reason: result.problem,
    });
  return { response: Buffer.from(answer), statement: result.statement };
}

/**
 * OCSPRequest for one certificate. The CertID uses SHA-1, which identifies and protects nothing: many responders know no
 * other (RFC 5019 §2.1.1). Without nonce, so that the responder may answer from its store; freshness is checked by date.
 */
export function encodeOcspRequest(certificate: Certificate, issuer: Certificate): Buffer {
  const algorithm = encodeSequence(encodeObjectIdentifier(oid.sha1), encodeNull());
  const identifier = encodeSequence(
    algorithm,
    encodeOctetString(digestOf('sha1', issuer.subjectDer)),
    encodeOctetString(digestOf('sha1', keyBits(issuer))),
    certificate.serial,
  );
  return encodeSequence(encodeSequence(encodeSequence(encodeSequence(identifier))));
}

/**
 * Verifies an OCSP response about `certificate`. Responder: the issuer itself, or a certificate that the issuer issued
 * for OCSP signing (RFC 6960 §4.2.2.2). With `requiresFresh`, `at` lies between thisUpdate and nextUpdate.
 */
export function checkOcspResponse(
  response: Uint8Array,
  options: Readonly<{ certificate: Certificate; issuer: Certificate; at: Date; requiresFresh: boolean }>,
): OcspResult {
  try {
    return check(response, options);
  } catch {
    return { problem: 'malformed' };
  }
}

function check(
  response: Uint8Array,
  options: Readonly<{ certificate: Certificate; issuer: Certificate; at: Date; requiresFresh: boolean }>,
): OcspResult {
  const [status, bytes] = derChildren(expectDer(readDer(response), derTag.sequence));
  if (decodeSmallInteger(expectDer(status, derTag.enumerated)) !== 0) return { problem: 'status' };
  const [type, content] = derChildren(derChild(expectDer(bytes, 0xa0), 0));
  if (decodeObjectIdentifier(expectDer(type)) !== oid.ocspBasic) return { problem: 'malformed' };
  const [data, algorithm, signature, extra] = derChildren(readDer(decodeOctetString(expectDer(content))));
  const certificates =
    extra === undefined ? [] : derChildren(derChild(extra, 0)).map((node) => readCertificate(node.raw));
  const fields = derChildren(expectDer(data, derTag.sequence)).filter((field) => field.tag !== 0xa0);
  const [responder, producedAt, responses] = fields;
  const single = derChildren(expectDer(responses, derTag.sequence)).find((node) => isAbout(derChild(node, 0), options));
  if (single === undefined) return { problem: 'otherCertificate' };
  const signer = findResponder(
    expectDer(responder),
    [options.issuer, ...certificates],
    options.issuer,
    decodeTime(expectDer(producedAt)),
  );
  if (signer === null) return { problem: 'responder' };
  const verdict = checkSignature({
    publicKeyInfo: signer.publicKeyInfo,
    algorithm: expectDer(algorithm).raw,
    data: expectDer(data).raw,
    signature: decodeBitString(expectDer(signature)),
  });
  if (verdict !== 'valid') return { problem: 'signature' };
  const [, state, thisUpdate, ...optional] = derChildren(single);
  const next = optional.find((node) => node.tag === 0xa0);
  const statement: OcspStatement = {
    status: readStatus(expectDer(state)),
    producedAt: decodeTime(expectDer(producedAt)),
    thisUpdate: decodeTime(expectDer(thisUpdate)),
    nextUpdate: next === undefined ? null : decodeTime(derChild(next, 0)),
    certificates,
  };
  const time = options.at.getTime();
  if (statement.thisUpdate.getTime() > time + clockToleranceMilliseconds && options.requiresFresh)
    return { problem: 'notYetValid' };
  const isStale = statement.nextUpdate !== null && statement.nextUpdate.getTime() < time - clockToleranceMilliseconds;
  return isStale && options.requiresFresh ? { problem: 'stale' } : { statement };
}

function isAbout(identifier: DerNode, subject: Readonly<{ certificate: Certificate; issuer: Certificate }>): boolean {
  const [algorithm, nameHash, keyHash, serial] = derChildren(identifier);
  const hash = readHashAlgorithm(expectDer(algorithm));
  if (hash === null) return false;
  return (
    expectDer(nameHash).content.equals(digestOf(hash, subject.issuer.subjectDer)) &&
    expectDer(keyHash).content.equals(digestOf(hash, keyBits(subject.issuer))) &&
    expectDer(serial).raw.equals(subject.certificate.serial)
  );
}

function findResponder(
  identifier: DerNode,
  candidates: readonly Certificate[],
  issuer: Certificate,
  producedAt: Date,
): Certificate | null {
  return (
    candidates.find((candidate) => {
      const isNamed =
        identifier.tag === 0xa1
          ? candidate.subjectDer.equals(derChild(identifier, 0).raw)
          : decodeOctetString(derChild(identifier, 0)).equals(digestOf('sha1', keyBits(candidate)));
      if (!isNamed) return false;
      if (candidate.der.equals(issuer.der)) return true;
      const isInDate = producedAt >= candidate.notBefore && producedAt <= candidate.notAfter;
      return (
        isInDate && candidate.extendedKeyUsage.includes(oid.keyPurposeOcspSigning) && isIssuedBy(candidate, issuer)
      );
    }) ?? null
  );
}

function readStatus(node: DerNode): RevocationStatus {
  switch (node.tag & 0x1f) {
    case 0:
      return { status: 'good' };
    case 1: {
      const [at, reason] = derChildren(node);
      return {
        status: 'revoked',
        at: decodeTime(expectDer(at)),
        reason: reason === undefined ? null : decodeSmallInteger(derChild(reason, 0)),
      };
    }
    default:
      return { status: 'unknown' };
  }
}

// The key's bits without algorithm, as issuerKeyHash wants them (RFC 6960 §4.1.1).
function keyBits(certificate: Certificate): Buffer {
  return decodeBitString(derChild(readDer(certificate.publicKeyInfo), 1));
}
