import { AppError } from '../../contract/errors.ts';
import { checkSignature, digestOf, isWeakDigest, readHashAlgorithm, weakDigestsEnd } from './algorithms.ts';
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
import { comparableName, isSameName } from './distinguished-name.ts';
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
  /** Null when the issuer itself answered. */
  responder: Certificate | null;
  /** Certificates that came along: the responder's belongs into the document's evidence. */
  certificates: readonly Certificate[];
}>;

export type OcspProblem =
  | 'malformed'
  | 'status'
  | 'otherCertificate'
  | 'responder'
  | 'signature'
  | 'weakSignature'
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
    encodeOctetString(digestOf('sha1', certificate.issuerDer)),
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
  const certificates = extra === undefined ? [] : readCertificates(derChildren(derChild(extra, 0)));
  const fields = derChildren(expectDer(data, derTag.sequence)).filter((field) => field.tag !== 0xa0);
  const [responderName, producedAtNode, responses, responseExtensions] = fields;
  const producedAt = decodeTime(expectDer(producedAtNode));
  const singles = derChildren(expectDer(responses, derTag.sequence)).filter((node) =>
    isAbout(derChild(node, 0), options),
  );
  if (singles.length === 0) return { problem: 'otherCertificate' };
  if (hasUnknownCritical(responseExtensions)) return { problem: 'malformed' };
  const responders = listResponders(expectDer(responderName), certificates, options.issuer, producedAt);
  if (responders.length === 0) return { problem: 'responder' };
  const responder = responders.find(
    ({ publicKeyInfo }) =>
      checkSignature({
        publicKeyInfo,
        algorithm: expectDer(algorithm).raw,
        data: expectDer(data).raw,
        signature: decodeBitString(expectDer(signature)),
      }) === 'valid',
  );
  if (responder === undefined) return { problem: 'signature' };
  const answers = singles.map((single) => readSingle(single, options.certificate));
  // An issuer that contradicts itself is believed the worse.
  const answer = worstOrder
    .map((status) => answers.find((one) => one.status.status === status))
    .find((one) => one !== undefined);
  if (answer === undefined) return { problem: 'otherCertificate' };
  // Whoever asks chooses a part of what is signed, the nonce: a broken digest lets the answer be exchanged.
  if (answer.status.status === 'good' && options.at >= weakDigestsEnd && isWeakDigest(expectDer(algorithm)))
    return { problem: 'weakSignature' };
  const statement: OcspStatement = {
    ...answer,
    producedAt,
    responder: responder.der.equals(options.issuer.der) ? null : responder,
    certificates,
  };
  const time = options.at.getTime();
  if (statement.thisUpdate.getTime() > time + clockToleranceMilliseconds && options.requiresFresh)
    return { problem: 'notYetValid' };
  const isStale = statement.nextUpdate !== null && statement.nextUpdate.getTime() < time - clockToleranceMilliseconds;
  return isStale && options.requiresFresh ? { problem: 'stale' } : { statement };
}

const worstOrder = ['revoked', 'unknown', 'good'] as const;

// Nonce, references to lists, archive cutoff, service locator, extended revoke (RFC 6960 §4.4).
const understoodExtensions = /^1\.3\.6\.1\.5\.5\.7\.48\.1\.[23679]$/;

function hasUnknownCritical(container: DerNode | undefined): boolean {
  return listExtensions(container).some((extension) => {
    const [type, critical] = derChildren(extension);
    const isCritical = critical?.tag === derTag.boolean && critical.content[0] !== 0;
    return isCritical && !understoodExtensions.test(decodeObjectIdentifier(expectDer(type)));
  });
}

function listExtensions(container: DerNode | undefined): readonly DerNode[] {
  return container === undefined ? [] : derChildren(derChild(container, 0));
}

/** An answer that a certificate is good says nothing once it has expired, unless the responder says how far it remembers. */
function readSingle(
  single: DerNode,
  { notAfter }: Certificate,
): Pick<OcspStatement, 'status' | 'thisUpdate' | 'nextUpdate'> {
  const [, state, thisUpdateNode, ...optional] = derChildren(single);
  const next = optional.find((node) => node.tag === 0xa0);
  const container = optional.find((node) => node.tag === 0xa1);
  const thisUpdate = decodeTime(expectDer(thisUpdateNode));
  const cutoff = listExtensions(container).find(
    (extension) => decodeObjectIdentifier(derChild(extension, 0)) === oid.archiveCutoff,
  );
  const remembersSince =
    cutoff === undefined ? thisUpdate : decodeTime(readDer(decodeOctetString(expectDer(derChildren(cutoff).at(-1)))));
  const status = readStatus(expectDer(state));
  const isTelling = status.status !== 'good' || (remembersSince <= notAfter && !hasUnknownCritical(container));
  return {
    status: isTelling ? status : { status: 'unknown' },
    thisUpdate,
    nextUpdate: next === undefined ? null : decodeTime(derChild(next, 0)),
  };
}

function readCertificates(nodes: readonly DerNode[]): readonly Certificate[] {
  return nodes.flatMap((node) => {
    try {
      return [readCertificate(node.raw)];
    } catch {
      return [];
    }
  });
}

function isAbout(identifier: DerNode, subject: Readonly<{ certificate: Certificate; issuer: Certificate }>): boolean {
  const [algorithm, nameHash, keyHash, serial] = derChildren(identifier);
  const hash = readHashAlgorithm(expectDer(algorithm));
  if (hash === null) return false;
  return (
    expectDer(nameHash).content.equals(digestOf(hash, subject.certificate.issuerDer)) &&
    expectDer(keyHash).content.equals(digestOf(hash, keyBits(subject.issuer))) &&
    expectDer(serial).raw.equals(subject.certificate.serial)
  );
}

// More than one of the name may come along when a responder changes its key.
const maximumResponders = 8;

function listResponders(
  identifier: DerNode,
  certificates: readonly Certificate[],
  issuer: Certificate,
  producedAt: Date,
): readonly Certificate[] {
  const isNamed = (candidate: Certificate): boolean =>
    identifier.tag === 0xa1
      ? isSameName(candidate.subjectName, comparableName(derChild(identifier, 0)))
      : decodeOctetString(derChild(identifier, 0)).equals(digestOf('sha1', keyBits(candidate)));
  const delegates = certificates
    .filter((candidate) => isNamed(candidate) && isDelegate(candidate, producedAt))
    .slice(0, maximumResponders)
    .filter((candidate) => isIssuedBy(candidate, issuer));
  return isNamed(issuer) ? [issuer, ...delegates] : delegates;
}

function isDelegate(candidate: Certificate, producedAt: Date): boolean {
  const { keyUsage } = candidate;
  return (
    producedAt >= candidate.notBefore &&
    producedAt <= candidate.notAfter &&
    candidate.extendedKeyUsage.includes(oid.keyPurposeOcspSigning) &&
    (keyUsage === null || keyUsage.digitalSignature || keyUsage.contentCommitment) &&
    candidate.unknownCriticalExtensions.length === 0
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
