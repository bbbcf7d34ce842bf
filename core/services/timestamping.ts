import { AppError } from '../contract/errors.ts';
import { readCertificate } from '../documents/signing/certificate.ts';
import type { TimestampSource } from '../documents/signing/cms.ts';
import { readTokenInfo, requestTimestamp } from '../documents/signing/timestamp.ts';
import { getReferenceData } from './context.ts';
import type { ServiceContext } from './context.ts';
import { trustedCertificatesOf } from './officer-session.ts';

/** A citizen waits: an authority that does not answer in this time is passed over, and the evidence comes later. */
const counterAnswerMs = 4_000;
/** As far as the centre lets a desk's clock be off. A stamp of another time proves a lie or a broken clock. */
const timeToleranceMs = 10 * 60_000;
const settingName = 'timestamp.lastWorking';

export type TimestampContext = Pick<ServiceContext, 'configuration' | 'desk' | 'fetchBytes' | 'clock'>;

export type TimestampAuthorities = Readonly<{
  source: TimestampSource;
  /** False once every authority has failed: the next stamp would fail as well. */
  hasAnswering(): boolean;
}>;

/** As `createTimestampAuthorities`, at the counter's pace. */
export function createTimestampSource(context: TimestampContext): TimestampSource {
  return createTimestampAuthorities(context, { answerMs: counterAnswerMs }).source;
}

/**
 * Time-stamp authorities, the last that worked first and then in the administrator's order. One that failed is not asked
 * again by this source, so that a batch without a line loses the time once; several stamps may be asked for at the same
 * time. The source rejects with `timestamp.unavailable` or `timestamp.rejected` when no authority is left.
 */
export function createTimestampAuthorities(
  context: TimestampContext,
  options: Readonly<{ answerMs: number; signal?: AbortSignal }>,
): TimestampAuthorities {
  const { store } = context.desk();
  const trusted = trustedCertificatesOf(getReferenceData(context)).map(readCertificate);
  const urls = inOrder(context.configuration.timestampUrls, store.findSetting(settingName));
  const failed = new Set<string>();
  let lastError: AppError = new AppError('timestamp.unavailable');

  async function ask(url: string, imprint: Parameters<TimestampSource>[0]): Promise<Buffer> {
    const limit = AbortSignal.timeout(options.answerMs);
    const token = await requestTimestamp({
      ...imprint,
      url,
      trusted,
      fetchBytes: context.fetchBytes,
      signal: options.signal === undefined ? limit : AbortSignal.any([options.signal, limit]),
    });
    const offset = readTokenInfo(token).time.getTime() - context.clock.now().getTime();
    if (Math.abs(offset) > timeToleranceMs) throw new AppError('timestamp.rejected', { reason: 'time' });
    return token;
  }

  return {
    hasAnswering: () => urls.some((url) => !failed.has(url)),
    async source(imprint) {
      for (const url of urls) {
        if (failed.has(url)) continue;
        try {
          const token = await ask(url, imprint);
          if (store.findSetting(settingName) !== url) store.putSetting(settingName, url);
          return token;
        } catch (error) {
          lastError = error instanceof AppError ? error : new AppError('timestamp.unavailable', {}, { cause: error });
          failed.add(url);
        }
      }
      throw lastError;
    },
  };
}

function inOrder(urls: readonly string[], lastWorking: string | null): readonly string[] {
  return [...urls.filter((url) => url === lastWorking), ...urls.filter((url) => url !== lastWorking)];
}
