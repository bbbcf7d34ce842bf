import type { Certificate } from './certificate.ts';
import { checkCrl } from './crl.ts';
import { checkOcspResponse } from './ocsp.ts';
import type { RevocationStatus } from './ocsp.ts';
import type { RevocationVerification } from './verification-model.ts';

type RevocationEvidence = Readonly<{ ocsps: readonly Uint8Array[]; crls: readonly Uint8Array[] }>;

/** What is known of a certificate: for the report, and whether the revocation is for good. */
type RevocationFinding = Readonly<{ verification: RevocationVerification; isOnHold: boolean }>;

type Statement = Readonly<{
  source: 'ocsp' | 'crl';
  status: RevocationStatus;
  thisUpdate: Date;
  nextUpdate: Date | null;
}>;

type Revocation = Statement & Readonly<{ status: Extract<RevocationStatus, { status: 'revoked' }> }>;

const noRevocation: RevocationVerification = {
  status: 'unknown',
  source: null,
  statedAt: null,
  revokedAt: null,
};

const certificateHold = 6;
// Unspecified, affiliation changed, superseded, cessation of operation: the key was never in other hands.
const harmlessReasons: ReadonlySet<number | null> = new Set([0, 3, 4, 5, certificateHold]);
// An answer that names no next one is replaced at any time (RFC 6960 §4.2.2.1).
const undatedMilliseconds = 60 * 60 * 1000;

/**
 * What the evidence says about a certificate used at `time`: a revocation counts from its own moment, and a good answer
 * counts when it was current then or is of later. Only the end of a hold undoes a revocation.
 */
export function checkRevocation(
  certificate: Certificate,
  issuer: Certificate,
  evidence: RevocationEvidence,
  time: Date,
): RevocationFinding {
  const statements = listStatements(certificate, issuer, evidence, time);
  const revocation = findRevocations(statements).find(({ status }) => status.at <= time);
  if (revocation !== undefined)
    return { verification: report(revocation, 'revoked'), isOnHold: revocation.status.reason === certificateHold };
  const current = statements.find(
    ({ status, thisUpdate, nextUpdate }) =>
      status.status !== 'unknown' &&
      (thisUpdate >= time || time.getTime() <= (nextUpdate?.getTime() ?? thisUpdate.getTime() + undatedMilliseconds)),
  );
  return { verification: current === undefined ? noRevocation : report(current, 'good'), isOnHold: false };
}

/**
 * Whether a time-stamp authority's certificate, or one above it, takes the trust from a token of `time`: revoked by then, or
 * ever for a reason that may have let others stamp with its key (RFC 3161 §4.1).
 */
export function mayBeForged(
  certificate: Certificate,
  issuer: Certificate,
  evidence: RevocationEvidence,
  time: Date,
): boolean {
  return findRevocations(listStatements(certificate, issuer, evidence, time)).some(
    ({ status }) => status.at <= time || !harmlessReasons.has(status.reason),
  );
}

/** The newest first. */
function listStatements(
  certificate: Certificate,
  issuer: Certificate,
  evidence: RevocationEvidence,
  time: Date,
): readonly Statement[] {
  const statements: Statement[] = [];
  for (const ocsp of evidence.ocsps) {
    const result = checkOcspResponse(ocsp, { certificate, issuer, at: time, requiresFresh: false });
    if (!('statement' in result)) continue;
    const { responder, producedAt } = result.statement;
    // Whoever took a responder's key makes good answers of any date.
    if (responder !== null && isResponderRevoked(responder, issuer, evidence.crls, producedAt)) continue;
    statements.push({ source: 'ocsp', ...result.statement });
  }
  for (const crl of evidence.crls) {
    const statement = checkCrl(crl, { certificate, issuer });
    if (statement !== null) statements.push({ source: 'crl', ...statement });
  }
  return statements.toSorted((left, right) => right.thisUpdate.getTime() - left.thisUpdate.getTime());
}

function isResponderRevoked(
  responder: Certificate,
  issuer: Certificate,
  crls: readonly Uint8Array[],
  producedAt: Date,
): boolean {
  return crls.some((crl) => {
    const status = checkCrl(crl, { certificate: responder, issuer })?.status;
    return status?.status === 'revoked' && (status.at <= producedAt || !harmlessReasons.has(status.reason));
  });
}

function findRevocations(newestFirst: readonly Statement[]): readonly Revocation[] {
  const isReleased = ({ status, thisUpdate }: Revocation): boolean =>
    status.reason === certificateHold &&
    newestFirst.some((other) => other.status.status === 'good' && other.thisUpdate > thisUpdate);
  return newestFirst.filter(isRevocation).filter((statement) => !isReleased(statement));
}

function isRevocation(statement: Statement): statement is Revocation {
  return statement.status.status === 'revoked';
}

function report({ source, status, thisUpdate }: Statement, verdict: 'good' | 'revoked'): RevocationVerification {
  const revokedAt = status.status === 'revoked' ? status.at.toISOString() : null;
  return { status: verdict, source, statedAt: thisUpdate.toISOString(), revokedAt };
}
