import { checkSignature, digestOf } from './algorithms.ts';
import type { ReadableHashName } from './algorithms.ts';
import type { Certificate } from './certificate.ts';
import { checkSignedData, findSingleAttribute, isWeaklySigned, readSignedData } from './cms-reader.ts';
import type { CmsCheck, SignedData, SignerInfo } from './cms-reader.ts';
import { derTag, encodeNull, encodeObjectIdentifier, encodeSequence, expectDer, readDer } from './der.ts';
import { oid } from './oids.ts';
import type { PdfSignature } from './pdf-signatures.ts';
import { readCertificates } from './trust-evaluation.ts';
import type { VerificationReason } from './verification-model.ts';

/** What the value of a PDF signature proves by itself; trust is not looked at. */
export type ValueCheck = Readonly<{
  /** Null when the value is no CMS. */
  signedData: SignedData | null;
  signer: SignerInfo | null;
  certificate: Certificate | null;
  /** What came along outside of a CMS. */
  certificates: readonly Certificate[];
  problems: readonly VerificationReason[];
}>;

const cmsSubFilters: ReadonlySet<string> = new Set(['ETSI.CAdES.detached', 'adbe.pkcs7.detached', 'adbe.pkcs7.sha1']);

/** Checks the value of a signature over `content`, in pieces; null when nobody can say what is covered. */
export function checkValue(signature: PdfSignature, content: readonly Uint8Array[] | null): ValueCheck {
  if (signature.subFilter === 'adbe.x509.rsa_sha1') return checkBareValue(signature, content ?? []);
  let signedData: SignedData;
  try {
    signedData = readSignedData(signature.contents);
  } catch {
    // Countries and programs have names of their own for what is CMS all the same.
    const isCms = cmsSubFilters.has(signature.subFilter);
    return nothing([isCms ? 'unreadableSignature' : 'unsupportedFormat']);
  }
  const problems: VerificationReason[] = [];
  // Whatever follows the CMS in its room should be the padding: it is outside every signature.
  if (!isPadding(signature.contents.subarray(signedData.encodedLength))) problems.push('unsignedContent');
  const check = checkCms(signature, signedData, content ?? [], problems);
  return { signedData, signer: check.signer, certificate: check.certificate, certificates: [], problems };
}

function checkCms(
  signature: PdfSignature,
  signedData: SignedData,
  content: readonly Uint8Array[],
  problems: VerificationReason[],
): CmsCheck {
  let signed = content;
  if (signature.subFilter === 'adbe.pkcs7.sha1') {
    // The oldest form of CMS (ISO 32000-1 §12.8.3.3.1) signs the SHA-1 of the document, carried inside.
    const digest = signedData.content ?? Buffer.alloc(0);
    if (!digest.equals(digestOf('sha1', ...signed))) problems.push('digestMismatch');
    problems.push('algorithmWeak');
    signed = [digest];
  } else if (signedData.content !== null && !signedData.content.equals(Buffer.concat(signed))) {
    // A copy of the document inside is only useless; anything else, nothing included, is what was really signed.
    problems.push('contentNotDetached');
  }
  let check: CmsCheck;
  try {
    check = checkSignedData(signedData, signed);
  } catch {
    problems.push('unreadableSignature');
    return { signer: null, certificate: null, problems: [] };
  }
  problems.push(...check.problems);
  const { signer } = check;
  // PAdES keeps the claimed time in /M (ETSI EN 319 142-1 §6.3); readers show two times when both are there.
  const isPades = signature.subFilter === 'ETSI.CAdES.detached';
  if (isPades && findSingleAttribute(signer?.signedAttributes ?? [], oid.signingTime) !== null)
    problems.push('signingTimeInCms');
  if (signer !== null && isWeaklySigned(signer)) problems.push('algorithmWeak');
  return check;
}

const bareAlgorithms: readonly (readonly [ReadableHashName, string])[] = [
  ['sha1', oid.sha1WithRsa],
  ['sha256', oid.sha256WithRsa],
  ['sha384', oid.sha384WithRsa],
  ['sha512', oid.sha512WithRsa],
];

// PKCS#1 in an OCTET STRING, the signer's certificate first in /Cert (ISO 32000-1 §12.8.3.2).
function checkBareValue(signature: PdfSignature, content: readonly Uint8Array[]): ValueCheck {
  const certificates = readCertificates(signature.certificates);
  const [certificate = null] = certificates;
  let value: Buffer;
  const problems: VerificationReason[] = ['signingCertificateMissing'];
  try {
    const node = expectDer(readDer(signature.contents), derTag.octetString);
    if (!isPadding(signature.contents.subarray(node.raw.length))) problems.push('unsignedContent');
    value = node.content;
  } catch {
    return nothing(['unreadableSignature']);
  }
  if (certificate === null) return nothing(['signerCertificateMissing']);
  const data = Buffer.concat(content);
  const found = bareAlgorithms.find(
    ([, algorithm]) =>
      checkSignature({
        publicKeyInfo: certificate.publicKeyInfo,
        algorithm: encodeSequence(encodeObjectIdentifier(algorithm), encodeNull()),
        data,
        signature: value,
      }) === 'valid',
  );
  if (found === undefined) problems.push('signatureInvalid');
  else if (found[0] === 'sha1') problems.push('algorithmWeak');
  return { signedData: null, signer: null, certificate, certificates, problems };
}

function nothing(problems: readonly VerificationReason[]): ValueCheck {
  return { signedData: null, signer: null, certificate: null, certificates: [], problems };
}

function isPadding(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}
