import { randomBytes } from 'node:crypto';
import { AppError } from '../../contract/errors.ts';
import { digestOf, encodeHashAlgorithm, readHashAlgorithm } from './algorithms.ts';
import type { HashName, ReadableHashName } from './algorithms.ts';
import type { Certificate } from './certificate.ts';
import { findCertificatePath } from './certificate-path.ts';
import { checkSignedData, findSingleAttribute, readSignedData } from './cms-reader.ts';
import type { SignedData, SignerInfo } from './cms-reader.ts';
import {
  decodeObjectIdentifier,
  decodeOctetString,
  decodeSmallInteger,
  decodeTime,
  derChild,
  derChildren,
  derTag,
  encodeBoolean,
  encodeInteger,
  encodeOctetString,
  encodeSequence,
  expectDer,
  readDer,
} from './der.ts';
import type { FetchBytes } from './network.ts';
import { oid } from './oids.ts';

/** What a time-stamp token states (RFC 3161 §2.4.2). */
export type TimestampInfo = Readonly<{
  hash: ReadableHashName | null;
  digest: Buffer;
  time: Date;
  /** Content of the nonce's INTEGER, or null. */
  nonce: Buffer | null;
  policy: string;
  serialHex: string;
}>;

export type TimestampProblem =
  | 'malformed'
  | 'notTimestamp'
  | 'signature'
  | 'certificate'
  | 'keyPurpose'
  | 'imprint'
  | 'outOfValidity';

export type TimestampCheck = Readonly<{
  info: TimestampInfo | null;
  certificate: Certificate | null;
  certificates: readonly Certificate[];
  problems: readonly TimestampProblem[];
}>;

export type TimestampRequest = Readonly<{
  url: string;
  hash: HashName;
  digest: Uint8Array;
  fetchBytes: FetchBytes;
  /** When given, the authority's certificate must lead to one of these. */
  trusted?: readonly Certificate[];
  signal?: AbortSignal;
}>;

/**
 * Asks a time-stamp authority for a token over `digest` and returns the token's DER, verified: status, nonce, imprint,
 * signature, signing certificate and its key purpose. Throws AppError `timestamp.unavailable` when the network fails and
 * `timestamp.rejected` when the answer is not what was asked.
 */
export async function requestTimestamp(request: TimestampRequest): Promise<Buffer> {
  const nonce = randomBytes(16);
  const body = encodeTimestampQuery(request.hash, request.digest, nonce);
  let answer: Uint8Array;
  try {
    const { signal } = request;
    answer = await request.fetchBytes(request.url, {
      method: 'POST',
      contentType: 'application/timestamp-query',
      body,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (cause) {
    throw new AppError('timestamp.unavailable', {}, { cause });
  }
  const token = readTimestampReply(answer);
  const check = checkTimestampToken(token, { hash: request.hash, digest: request.digest });
  const [problem] = check.problems;
  if (problem !== undefined || check.info === null || check.certificate === null)
    throw rejected(problem ?? 'malformed');
  if (check.info.nonce === null || !check.info.nonce.equals(readDer(encodeInteger(nonce)).content))
    throw rejected('nonce');
  if (request.trusted !== undefined) {
    const path = findCertificatePath(check.certificate, {
      pool: check.certificates,
      anchors: request.trusted,
      at: check.info.time,
    });
    if (path.outcome !== 'trusted') throw rejected('notTrusted');
  }
  return token;
}

/** TimeStampReq that asks for the authority's certificate. */
export function encodeTimestampQuery(hash: HashName, digest: Uint8Array, nonce: Uint8Array): Buffer {
  const imprint = encodeSequence(encodeHashAlgorithm(hash), encodeOctetString(digest));
  return encodeSequence(encodeInteger(1), imprint, encodeInteger(nonce), encodeBoolean(true));
}

/** The token inside a TimeStampResp. Throws AppError `timestamp.rejected` when it was not granted or is not one. */
export function readTimestampReply(answer: Uint8Array): Buffer {
  let status: number;
  let token: Buffer | undefined;
  try {
    const [statusInfo, tokenNode] = derChildren(expectDer(readDer(answer), derTag.sequence));
    status = decodeSmallInteger(derChild(expectDer(statusInfo, derTag.sequence), 0, derTag.integer));
    token = tokenNode?.raw;
  } catch (cause) {
    throw new AppError('timestamp.rejected', { reason: 'malformed' }, { cause });
  }
  // 0 granted, 1 granted with modifications (RFC 3161 §2.4.2).
  if ((status !== 0 && status !== 1) || token === undefined)
    throw new AppError('timestamp.rejected', { reason: 'status', status });
  return token;
}

/** Checks a token by itself, and its imprint when one is given. Trust in the authority is not looked at. */
export function checkTimestampToken(
  token: Uint8Array,
  imprint: Readonly<{ hash: ReadableHashName; digest: Uint8Array }> | null,
  pool: readonly Certificate[] = [],
): TimestampCheck {
  let signedData: SignedData;
  let info: TimestampInfo;
  try {
    signedData = readSignedData(token);
    if (signedData.contentType !== oid.timestampInfo || signedData.content === null) return failed('notTimestamp');
    info = readTimestampInfo(signedData.content);
  } catch {
    return failed('malformed');
  }
  const {
    certificate,
    signer,
    problems: cmsProblems,
  } = checkSignedData({ ...signedData, certificates: [...signedData.certificates, ...pool] }, [signedData.content]);
  const problems: TimestampProblem[] = [];
  if (certificate === null) problems.push('certificate');
  else {
    if (cmsProblems.some((problem) => problem.startsWith('signingCertificate'))) problems.push('certificate');
    if (cmsProblems.some((problem) => !problem.startsWith('signingCertificate'))) problems.push('signature');
    if (!isTimestampCertificate(certificate)) problems.push('keyPurpose');
    if (info.time < certificate.notBefore || info.time > certificate.notAfter) problems.push('outOfValidity');
    if (signer !== null && isSignedOutOfValidity(signer, certificate)) problems.push('signature');
  }
  if (imprint !== null && (info.hash !== imprint.hash || !info.digest.equals(imprint.digest))) problems.push('imprint');
  return { info, certificate, certificates: signedData.certificates, problems };
}

// The authority's own word on when it signed: one that it could not sign at shows a token that was made up or kept.
function isSignedOutOfValidity(signer: SignerInfo, { notBefore, notAfter }: Certificate): boolean {
  const value = findSingleAttribute(signer.signedAttributes ?? [], oid.signingTime);
  if (value === null) return false;
  try {
    const time = decodeTime(value);
    return time < notBefore || time > notAfter;
  } catch {
    return true;
  }
}

/**
 * Checks a token against what it should have been made over, in pieces. The authority's certificate may lie in `pool`
 * where the token does not bring it.
 */
export function checkTokenOver(
  token: Uint8Array,
  content: readonly Uint8Array[],
  pool: readonly Certificate[] = [],
): TimestampCheck {
  try {
    const { hash } = readTokenInfo(token);
    if (hash !== null) return checkTimestampToken(token, { hash, digest: digestOf(hash, ...content) }, pool);
  } catch {
    // Told below as a token that proves nothing.
  }
  return failed('malformed');
}

/** Digest that a token was made over, to know what to compare with. Throws AppError `document.unreadable`. */
export function readTokenInfo(token: Uint8Array): TimestampInfo {
  const { content } = readSignedData(token);
  if (content === null) throw new AppError('document.unreadable', { part: 'timestamp' });
  return readTimestampInfo(content);
}

function readTimestampInfo(content: Buffer): TimestampInfo {
  const [, policy, imprint, serial, time, ...optional] = derChildren(expectDer(readDer(content), derTag.sequence));
  const nonce = optional.find((node) => node.tag === derTag.integer);
  const [hashAlgorithm, digest] = derChildren(expectDer(imprint, derTag.sequence));
  return {
    hash: readHashAlgorithm(expectDer(hashAlgorithm)),
    digest: decodeOctetString(expectDer(digest, derTag.octetString)),
    time: decodeTime(expectDer(time, derTag.generalizedTime)),
    nonce: nonce === undefined ? null : nonce.content,
    policy: decodeObjectIdentifier(expectDer(policy)),
    serialHex: expectDer(serial, derTag.integer).content.toString('hex'),
  };
}

// RFC 3161 §2.3: the purpose is timeStamping, alone and critical.
function isTimestampCertificate(certificate: Certificate): boolean {
  const [purpose, ...others] = certificate.extendedKeyUsage;
  return purpose === oid.keyPurposeTimestamping && others.length === 0 && certificate.isExtendedKeyUsageCritical;
}

function failed(problem: TimestampProblem): TimestampCheck {
  return { info: null, certificate: null, certificates: [], problems: [problem] };
}

function rejected(reason: TimestampProblem | 'nonce' | 'notTrusted'): AppError {
  return new AppError('timestamp.rejected', { reason });
}
