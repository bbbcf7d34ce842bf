import { AppError } from '../contract/errors.ts';
import { isSelfIssued, readCertificate } from '../documents/signing/certificate.ts';
import type { Certificate } from '../documents/signing/certificate.ts';
import { findCertificatePath } from '../documents/signing/certificate-path.ts';
import { checkSignedData, findSingleAttribute, readSignedData } from '../documents/signing/cms-reader.ts';
import type { SignedData } from '../documents/signing/cms-reader.ts';
import type { FetchBytes } from '../documents/signing/network.ts';
import { requestOcsp } from '../documents/signing/ocsp.ts';
import { oid } from '../documents/signing/oids.ts';
import type { RevocationEvidence } from '../documents/signing/pdf-evidence.ts';
import { readSignatures } from '../documents/signing/pdf-signatures.ts';

type GatheringOptions = Readonly<{
  trusted: readonly Uint8Array[];
  fetchBytes: FetchBytes;
  at: Date;
  signal: AbortSignal;
}>;

/**
 * Certificates of every signer and time-stamp authority in a PDF up to a trusted root, and an OCSP answer for each that
 * names a responder. Throws `revocation.revoked` when one was revoked, `revocation.unavailable` when nobody answers,
 * `revocation.rejected` when an answer does not prove itself.
 */
export async function gatherEvidence(pdf: Uint8Array, options: GatheringOptions): Promise<RevocationEvidence> {
  const anchors = options.trusted.map(readCertificate);
  const certificates = new Map<string, Certificate>();
  const ocsps: Uint8Array[] = [];
  for (const signedData of listSignedData(pdf)) {
    const { certificate } = checkSignedData(signedData, []);
    if (certificate === null) throw new AppError('signature.failed');
    const pool = [...signedData.certificates, ...anchors];
    const result = findCertificatePath(certificate, { pool, anchors: anchors.filter(isSelfIssued), at: options.at });
    // A certificate that expired in between still has its path: its status tells what can be told.
    if (result.outcome === 'noPath') throw new AppError('revocation.unavailable');
    for (const [index, member] of result.path.entries()) {
      if (certificates.has(member.serialHex)) continue;
      certificates.set(member.serialHex, member);
      const issuer = result.path[index + 1];
      const [url] = member.ocspUrls;
      if (issuer === undefined || url === undefined) continue;
      const { response, statement } = await requestOcsp({ url, certificate: member, issuer, ...options });
      if (statement.status.status === 'revoked') throw new AppError('revocation.revoked');
      if (statement.status.status === 'unknown') throw new AppError('revocation.rejected', { reason: 'unknown' });
      ocsps.push(response);
      for (const extra of statement.certificates) certificates.set(extra.serialHex, extra);
    }
  }
  return { certificates: [...certificates.values()].map((certificate) => certificate.der), ocsps, crls: [] };
}

/** The CMS of each signature, and of each time stamp inside it or beside it. */
function listSignedData(pdf: Uint8Array): SignedData[] {
  return readSignatures(pdf).flatMap((signature) => {
    const signedData = readSignedData(signature.contents);
    const tokens = signedData.signers.flatMap((signer) => {
      const token = findSingleAttribute(signer.unsignedAttributes, oid.signatureTimestamp);
      return token === null ? [] : [readSignedData(token.raw)];
    });
    return [signedData, ...tokens];
  });
}
