import type { DocumentVerification, SignatureReport } from '../../../core/contract/schemas/verification.ts';
import { t } from '../i18n/i18n.ts';
import { reasonSentences, subIndicationSentences } from '../i18n/verification-sentences.ts';
import { formatNumber } from './format.ts';

/** What is needed of a verification to say its verdict. */
export type Verdict = Pick<DocumentVerification, 'verdict' | 'subIndication' | 'reasons'>;

/** One calm line: who signed, or what is the matter and what follows. `isPast`: of what is registered already. */
export function describeVerdict(verification: DocumentVerification, isPast = false): string {
  const { verdict, signatures, wasOnline, reasons } = verification;
  switch (verdict) {
    case 'passed':
      return t(signatures.length > 1 ? 'verdict.signedByMany' : 'verdict.signedBy', { names: signerNames(signatures) });
    case 'indeterminate':
      if (isWaiting(verification)) {
        if (isPast) return t(wasOnline ? 'verdict.pastLater' : 'verdict.pastOffline');
        return t(wasOnline ? 'verdict.later' : 'verdict.offline');
      }
      return t('verdict.open', { reason: mainReason(verification) });
    case 'failed':
      return t('verdict.failed', { reason: mainReason(verification) });
    case 'no-signature':
      return reasons.length === 0 ? t('verdict.none') : t('verdict.noneBecause', { reason: mainReason(verification) });
  }
}

/** Only an answer of the authority is missing: asking later may conclude it. */
export function isWaiting({ verdict, reasons, subIndication }: Verdict): boolean {
  if (verdict !== 'indeterminate') return false;
  return subIndication === 'TRY_LATER' || (reasons.length > 0 && reasons.every((r) => r === 'revocationUnavailable'));
}

/** The sentence that says most: the first reason, or the meaning of the technical outcome. */
export function mainReason({ reasons, subIndication }: Verdict): string {
  const [first] = reasons;
  if (first !== undefined) return reasonSentences[first];
  return subIndication === null ? '' : subIndicationSentences[subIndication];
}

/** All of them, said once each. */
export function listReasons({ reasons, subIndication }: Verdict): readonly string[] {
  const said: readonly string[] = reasons.map((reason) => reasonSentences[reason]);
  if (subIndication === null) return [...new Set(said)];
  return [...new Set(said.length === 0 ? [subIndicationSentences[subIndication]] : said)];
}

export function signerNames(signatures: readonly SignatureReport[]): string {
  const names = [...new Set(signatures.map(({ signer }) => signer?.name ?? t('verdict.unknownSigner')))];
  return names.length < 2
    ? (names[0] ?? '')
    : `${names.slice(0, -1).join(', ')}${t('verdict.and')}${names.at(-1) ?? ''}`;
}

/** `12 KB`, `3,4 MB`. */
export function formatBytes(byteLength: number): string {
  if (byteLength < 1024) return `${formatNumber(byteLength)} bytes`;
  if (byteLength < 1024 * 1024) return `${formatNumber(Math.round(byteLength / 1024))} KB`;
  return `${formatNumber(byteLength / 1024 / 1024)} MB`;
}
