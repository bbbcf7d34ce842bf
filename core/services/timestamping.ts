import { AppError } from '../contract/errors.ts';
import { readCertificate } from '../documents/signing/certificate.ts';
import type { TimestampSource } from '../documents/signing/cms.ts';
import { requestTimestamp } from '../documents/signing/timestamp.ts';
import { getReferenceData } from './context.ts';
import type { ServiceContext } from './context.ts';
import { trustedCertificatesOf } from './officer-session.ts';

/** A citizen waits: an authority that does not answer in this time is passed over, and the evidence comes later. */
const answerTimeMs = 4_000;

/**
 * Time-stamp authorities in their order. One that failed is not asked again by this source, so that a batch without a
 * line loses the time once. Rejects with `timestamp.unavailable` or `timestamp.rejected` when none is left.
 */
export function createTimestampSource(context: ServiceContext): TimestampSource {
  const trusted = trustedCertificatesOf(getReferenceData(context)).map(readCertificate);
  const urls = [...context.configuration.timestampUrls];
  let lastError: AppError = new AppError('timestamp.unavailable');
  return async ({ hash, digest }) => {
    for (let url = urls[0]; url !== undefined; url = urls[0]) {
      try {
        return await requestTimestamp({
          url,
          hash,
          digest,
          trusted,
          fetchBytes: context.fetchBytes,
          signal: AbortSignal.timeout(answerTimeMs),
        });
      } catch (error) {
        lastError = error instanceof AppError ? error : new AppError('timestamp.unavailable', {}, { cause: error });
        urls.shift();
      }
    }
    throw lastError;
  };
}
