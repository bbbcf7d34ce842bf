import { AppError } from '../contract/errors.ts';
import type { Certificate } from '../documents/signing/certificate.ts';
import { checkCrl } from '../documents/signing/crl.ts';
import { requestOcsp } from '../documents/signing/ocsp.ts';
import type { RevocationStatus } from '../documents/signing/ocsp.ts';
import type { ServiceContext } from './context.ts';

/** What an authority says of a certificate, verified, with the bytes that prove it. */
export type RevocationAnswer = Readonly<{
  kind: 'ocsp' | 'crl';
  response: Buffer;
  status: RevocationStatus;
  /** Came along with the answer: the responder's certificate. */
  certificates: readonly Certificate[];
}>;

export type RevocationQuestion = Readonly<{
  certificate: Certificate;
  issuer: Certificate;
  /** An answer that was asked for earlier would not know of a revocation since; null: any that is still current. */
  since: Date | null;
  signal: AbortSignal;
}>;

export type RevocationSource = Readonly<{
  /**
   * OCSP first, revocation lists second. Null when the certificate names neither. Throws `revocation.unavailable` when
   * nobody answers and `revocation.rejected` when no answer proves itself or tells anything (reason `unknown`).
   */
  ask(question: RevocationQuestion): Promise<RevocationAnswer | null>;
}>;

type Cached = Readonly<{ answer: RevocationAnswer; askedAt: number; expiresAt: number }>;
type CachedList = Readonly<{ list: Buffer; expiresAt: number }>;
type Asked = Readonly<{ answer: RevocationAnswer; expiresAt: number }>;

const answerMs = 10_000;
const clockToleranceMs = 5 * 60_000;
/** An answer without nextUpdate says that newer ones are always to be had: an old one is a replay. */
const undatedAnswerMs = 60 * 60_000;
/** The next certificate of the same authority does not wait for a responder that has just failed. */
const failureMs = 20_000;
const keptAnswers = 2_000;

/** Keeps answers until they expire, in memory: a restart asks again. */
export function createRevocationSource(
  context: Pick<ServiceContext, 'clock' | 'fetchBytes' | 'downloadBytes'>,
): RevocationSource {
  const answers = new Map<string, Cached>();
  const lists = new Map<string, CachedList>();
  const failedUntil = new Map<string, number>();
  const now = (): number => context.clock.now().getTime();

  /** The first address that gives a proven answer; what the others said is thrown. */
  async function firstOf(urls: readonly string[], ask: (url: string) => Promise<Asked>): Promise<Asked> {
    let failure = new AppError('revocation.unavailable');
    for (const url of urls) {
      if ((failedUntil.get(url) ?? 0) > performance.now()) continue;
      try {
        return await ask(url);
      } catch (error) {
        failure = error instanceof AppError ? error : new AppError('revocation.unavailable', {}, { cause: error });
        if (failure.code === 'revocation.unavailable') failedUntil.set(url, performance.now() + failureMs);
      }
    }
    throw failure;
  }

  async function askResponder(url: string, { certificate, issuer, signal }: RevocationQuestion): Promise<Asked> {
    const { response, statement } = await requestOcsp({
      url,
      certificate,
      issuer,
      at: context.clock.now(),
      fetchBytes: context.fetchBytes,
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
    });
    const { status, thisUpdate, nextUpdate, certificates } = statement;
    if (status.status === 'unknown') throw new AppError('revocation.rejected', { reason: 'unknown' });
    if (nextUpdate === null && thisUpdate.getTime() < now() - undatedAnswerMs)
      throw new AppError('revocation.rejected', { reason: 'stale' });
    const answer = { kind: 'ocsp', response, status, certificates } as const;
    return { answer, expiresAt: nextUpdate?.getTime() ?? 0 };
  }

  async function askList(url: string, question: RevocationQuestion): Promise<Asked> {
    const { certificate, issuer, since } = question;
    const cached = lists.get(url);
    // Lists are issued at intervals: a newer one than the current one is not to be had by asking.
    const isCurrent = cached !== undefined && cached.expiresAt > now() && since === null;
    const list = isCurrent ? cached.list : await downloadList(url, question.signal);
    const statement = checkCrl(list, { certificate, issuer });
    if (statement === null) throw new AppError('revocation.rejected', { reason: 'list' });
    const { status, thisUpdate, nextUpdate } = statement;
    const expiresAt = nextUpdate?.getTime() ?? 0;
    if (thisUpdate.getTime() > now() + clockToleranceMs) throw new AppError('revocation.rejected', { reason: 'list' });
    if (expiresAt < now() - clockToleranceMs) throw new AppError('revocation.rejected', { reason: 'stale' });
    // RFC 5280 §3.3: lists forget certificates that have expired.
    if (status.status === 'good' && thisUpdate > certificate.notAfter)
      throw new AppError('revocation.rejected', { reason: 'unknown' });
    lists.set(url, { list, expiresAt });
    return { answer: { kind: 'crl', response: list, status, certificates: [] }, expiresAt };
  }

  async function downloadList(url: string, signal: AbortSignal): Promise<Buffer> {
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(answerMs)]);
      return withoutArmor(Buffer.from(await context.downloadBytes(url, limit)));
    } catch (cause) {
      throw new AppError('revocation.unavailable', {}, { cause });
    }
  }

  async function askAnybody(question: RevocationQuestion): Promise<Asked | null> {
    const responders = question.certificate.ocspUrls.filter(isWebAddress);
    const publications = question.certificate.crlUrls.filter(isWebAddress);
    if (responders.length + publications.length === 0) return null;
    try {
      return await firstOf(responders, (url) => askResponder(url, question));
    } catch (error) {
      if (publications.length === 0) throw error;
      return firstOf(publications, (url) => askList(url, question));
    }
  }

  return {
    async ask(question) {
      const key = question.certificate.der.toString('base64');
      const known = answers.get(key);
      const isUsable =
        known !== undefined &&
        known.expiresAt > now() &&
        (question.since === null || known.askedAt >= question.since.getTime());
      if (isUsable) return known.answer;
      const askedAt = now();
      const asked = await askAnybody(question);
      if (asked === null) return null;
      answers.delete(key);
      answers.set(key, { ...asked, askedAt });
      const oldest = answers.keys().next().value;
      if (answers.size > keptAnswers && oldest !== undefined) answers.delete(oldest);
      return asked.answer;
    },
  };
}

function isWebAddress(url: string): boolean {
  return /^https?:\/\//iu.test(url);
}

/** Some authorities publish their lists in PEM. */
function withoutArmor(list: Buffer): Buffer {
  const body = /-----BEGIN X509 CRL-----([\s\S]*?)-----END/u.exec(
    list.subarray(0, 64).includes('-----BEGIN') ? list.toString('latin1') : '',
  )?.[1];
  return body === undefined ? list : Buffer.from(body, 'base64');
}
