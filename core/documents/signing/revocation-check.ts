import { checkCrl } from './crl.ts';
import type { Certificate } from './certificate.ts';
import { checkOcspResponse } from './ocsp.ts';
import type { RevocationStatus } from './ocsp.ts';
import type { RevocationVerification } from './verification-model.ts';

type Statement = Readonly<{
  source: 'ocsp' | 'crl';
  status: RevocationStatus;
  thisUpdate: Date;
  nextUpdate: Date | null;
}>;

const unknown: RevocationVerification = { status: 'unknown', source: null, statedAt: null, revokedAt: null };

/**
 * What the evidence says about a certificate used at `time`: a revocation counts from its own moment, and a good answer
 * counts when it was current then or is of later.
 */
export function checkRevocation(
  certificate: Certificate,
  issuer: Certificate,
  evidence: Readonly<{ ocsps: readonly Uint8Array[]; crls: readonly Uint8Array[] }>,
  time: Date,
): RevocationVerification {
  const statements: Statement[] = [];
  for (const ocsp of evidence.ocsps) {
    const result = checkOcspResponse(ocsp, { certificate, issuer, at: time, requiresFresh: false });
    if ('statement' in result) statements.push({ source: 'ocsp', ...result.statement });
  }
  for (const crl of evidence.crls) {
    const statement = checkCrl(crl, { certificate, issuer });
    if (statement !== null) statements.push({ source: 'crl', ...statement });
  }
  const newestFirst = statements.toSorted((left, right) => right.thisUpdate.getTime() - left.thisUpdate.getTime());
  for (const { status, source, thisUpdate } of newestFirst) {
    if (status.status === 'revoked' && status.at <= time) {
      return { status: 'revoked', source, statedAt: thisUpdate.toISOString(), revokedAt: status.at.toISOString() };
    }
  }
  const current = newestFirst.find(
    ({ status, thisUpdate, nextUpdate }) =>
      status.status !== 'unknown' && (thisUpdate >= time || (nextUpdate !== null && nextUpdate >= time)),
  );
  if (current === undefined) return unknown;
  const revokedAt = current.status.status === 'revoked' ? current.status.at.toISOString() : null;
  return { status: 'good', source: current.source, statedAt: current.thisUpdate.toISOString(), revokedAt };
}
