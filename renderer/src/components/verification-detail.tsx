import type { DocumentVerification, SignatureReport } from '../../../core/contract/schemas/verification.ts';
import { formatDateTime } from '../format/format.ts';
import { listReasons } from '../format/verification.ts';
import { codes, t } from '../i18n/i18n.ts';
import {
  modificationSentences,
  revocationSources,
  revocationStates,
  timestampKinds,
} from '../i18n/verification-sentences.ts';
import { Facts } from './facts.tsx';
import type { Fact } from './facts.tsx';
import { verdictIcons, verdictLooks } from './verdict-line.tsx';
import styles from './verification.module.css';

/** Everything that the verification found: the verdict large, why, what it means, and each signature. */
export function VerificationDetail({ verification }: Readonly<{ verification: DocumentVerification }>) {
  const { verdict, subIndication, signatures, signatureCount, verifiedAt, wasOnline } = verification;
  // With signatures, each says its own.
  const reasons = listReasons(verification);
  return (
    <div className={styles['detail']}>
      <p className={`${styles['large'] ?? ''} ${styles[verdictLooks[verdict]] ?? ''}`} data-testid="verdict">
        <span aria-hidden="true">{verdictIcons[verdict]}</span>
        <span>{t(`verdict.short.${verdict}`)}</span>
      </p>
      {reasons.length === 0 ? null : <Reasons reasons={reasons} />}
      <p>{t(`verdict.next.${verdict}`)}</p>
      <p className={styles['soft']}>
        {t(wasOnline ? 'detail.online' : 'detail.offline', { time: formatDateTime(verifiedAt) })}
        {subIndication === null ? '' : ` ${t('detail.technical', { result: subIndication })}`}
      </p>
      {signatureCount === 0 ? null : (
        <section className={styles['signatures']} aria-label={t('detail.signatures', { count: signatureCount })}>
          <h3>{t('detail.signatures', { count: signatureCount })}</h3>
          {signatures.length < signatureCount ? (
            <p>{t('detail.shown', { shown: signatures.length, count: signatureCount })}</p>
          ) : null}
          {signatures.map((signature, index) => (
            <Signature
              key={`${String(index)} ${signature.signer?.certificateSerial ?? ''}`}
              signature={signature}
              number={index + 1}
            />
          ))}
        </section>
      )}
    </div>
  );
}

function Reasons({ reasons }: Readonly<{ reasons: readonly string[] }>) {
  return (
    <ul className={styles['reasons']} aria-label={t('detail.reasons')}>
      {reasons.map((reason) => (
        <li key={reason}>{reason}</li>
      ))}
    </ul>
  );
}

function Signature({ signature, number }: Readonly<{ signature: SignatureReport; number: number }>) {
  const { verdict } = signature;
  const label = t('detail.signature', { number });
  return (
    <div role="group" aria-label={label} className={styles['signature']}>
      <h4>
        {label}{' '}
        <span className={styles[verdictLooks[verdict]]}>
          <span aria-hidden="true">{verdictIcons[verdict]}</span> {t(`verdict.short.${verdict}`)}
        </span>
      </h4>
      {verdict === 'passed' ? null : <Reasons reasons={listReasons(signature)} />}
      <Facts rows={factsOf(signature)} />
    </div>
  );
}

function factsOf(signature: SignatureReport): readonly Fact[] {
  const { signer, issuer, signingTime, level, timestamps, revocation, coversWholeFile, modificationsAfter } = signature;
  const facts: Fact[] = [
    [t('detail.signer'), signer === null ? t('verdict.unknownSigner') : withIdentifier(signer.name, signer.identifier)],
  ];
  if (signer !== null && signer.organization !== null)
    facts.push([t('detail.organization'), withIdentifier(signer.organization, signer.organizationIdentifier)]);
  if (issuer !== null) facts.push([t('detail.issuer'), issuer]);
  if (signer !== null) facts.push([t('detail.serial'), signer.certificateSerial]);
  facts.push(
    [t('detail.time'), signingTime === null ? t('detail.noTime') : formatDateTime(signingTime)],
    [t('detail.level'), level === null ? t('detail.noLevel') : `${codes.signatureLevel[level]} (${level})`],
    [
      t('detail.timestamps'),
      timestamps.length === 0 ? t('detail.noTimestamps') : timestamps.map(describeTimestamp).join('; '),
    ],
    [t('detail.revocation'), describeRevocation(revocation)],
    [t('detail.covers'), t(coversWholeFile ? 'detail.coversWhole' : 'detail.coversPart')],
    [t('detail.after'), modificationSentences[modificationsAfter]],
  );
  return facts;
}

function withIdentifier(name: string, identifier: string | null): string {
  return identifier === null ? name : `${name} · ${identifier}`;
}

function describeTimestamp({
  kind,
  time,
  authority,
  isIntact,
  isTrusted,
}: SignatureReport['timestamps'][number]): string {
  const said = t('detail.timestamp', {
    kind: timestampKinds[kind],
    time: time === null ? t('detail.timestampNoTime') : formatDateTime(time),
    authority: authority ?? t('detail.timestampNoAuthority'),
  });
  if (!isIntact) return `${said}, ${t('detail.timestampBroken')}`;
  return isTrusted ? said : `${said}, ${t('detail.timestampUntrusted')}`;
}

function describeRevocation({ status, source, statedAt, revokedAt }: SignatureReport['revocation']): string {
  const at = revokedAt ?? statedAt;
  const basis =
    source === null || at === null
      ? ''
      : ` (${t('detail.statedAt', { source: revocationSources[source], time: formatDateTime(at) })})`;
  return `${revocationStates[status]}${basis}.`;
}
