import { AppError } from '../contract/errors.ts';
import { readCertificate } from '../documents/signing/certificate.ts';
import { findCertificatePath } from '../documents/signing/certificate-path.ts';
import { getReferenceData } from './context.ts';
import type { ServiceContext } from './context.ts';
import { trustedCertificatesOf } from './officer-session.ts';
import { createRevocationSource } from './revocation.ts';

/** Somebody stands at the counter: who does not answer by then is asked when the signature is completed. */
const patienceMs = 4_000;

/**
 * Asks the issuer whether a certificate is still in force before its owner is let sign (NTI 2016, III.6.2.b). Throws
 * `revocation.revoked`. Without a line, or an answer that proves itself, the signature goes on: its evidence is gathered at
 * the first connection, and a revocation is told then.
 */
export async function assertNotRevoked(context: ServiceContext, certificate: Uint8Array): Promise<void> {
  const anchors = trustedCertificatesOf(getReferenceData(context)).map(readCertificate);
  const at = context.clock.now();
  const found = findCertificatePath(readCertificate(certificate), { pool: [], anchors, at });
  const [own, issuer] = found.outcome === 'trusted' ? found.path : [];
  if (own === undefined || issuer === undefined) return;
  try {
    const answer = await createRevocationSource(context).ask({
      certificate: own,
      issuer,
      since: null,
      signal: AbortSignal.timeout(patienceMs),
    });
    if (answer?.status.status === 'revoked') throw new AppError('revocation.revoked');
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'revocation.revoked') throw error;
    context.log.info('revocation.postponed', { code: error.code });
  }
}
