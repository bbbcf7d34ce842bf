import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { formatClock, shortOfficeName } from '../format/format.ts';
import { t } from '../i18n/i18n.ts';
import type { ReceivedStatus } from '../state/queries.ts';
import { useView } from '../state/view-store.ts';
import { useShortcuts } from '../state/use-shortcuts.ts';
import { Button } from '../components/button.tsx';
import { DeskBar } from './desk-bar.tsx';
import styles from './frame.module.css';
import { SessionMenu } from './session-menu.tsx';

/** What never leaves the window: where we are, the official time, the work, and the state of the desk. */
export function Frame({ desk, children }: Readonly<{ desk: ReceivedStatus; children: ReactNode }>) {
  const { status } = desk;
  return (
    <div className={styles['frame']}>
      {status.isDemonstration ? (
        <section className={styles['banner']} aria-label={t('demonstration.label')}>
          {t('demonstration.text')}
        </section>
      ) : null}
      <header className={styles['title']}>
        <p className={styles['place']}>
          <b>{t('app.name')}</b> {status.officeName === '' ? '' : ` · ${shortOfficeName(status.officeName)}`} ·{' '}
          {t('app.desk', { number: Number(status.deskNumber) || status.deskNumber })}
        </p>
        {status.session.state === 'signedIn' ? (
          <Navigation
            hasAttention={status.openAttentionId !== null}
            officerName={status.session.officer?.fullName ?? ''}
          />
        ) : null}
        <OfficialClock desk={desk} />
      </header>
      <div className={styles['work']}>{children}</div>
      <DeskBar status={status} />
    </div>
  );
}

function Navigation({ hasAttention, officerName }: Readonly<{ hasAttention: boolean; officerName: string }>) {
  const { place, goTo } = useView();
  const isAtWork = place.kind === 'work';
  const openRecords = () => goTo({ kind: 'records', text: '' });
  const verify = () => goTo({ kind: 'verify' });
  useShortcuts({ '/': isAtWork && !hasAttention ? undefined : openRecords, F4: verify });
  return (
    <>
      {place.kind === 'verify' ? null : (
        <Button kind="quiet" isSmall shortcut="F4" onPress={verify}>
          {t('verify.nav')}
        </Button>
      )}
      {isAtWork ? (
        <Button kind="quiet" isSmall {...(hasAttention ? { shortcut: '/' } : {})} onPress={openRecords}>
          {t('nav.records')}
        </Button>
      ) : (
        <Button kind="quiet" isSmall onPress={() => goTo({ kind: 'work' })}>
          {hasAttention ? t('nav.backToAttention') : t('nav.home')}
        </Button>
      )}
      <SessionMenu officerName={officerName} />
    </>
  );
}

/** Ticks from the services' official time, not from the window's clock. */
function OfficialClock({ desk }: Readonly<{ desk: ReceivedStatus }>) {
  const [now, setNow] = useState(() => officialNow(desk));
  useEffect(() => {
    setNow(officialNow(desk));
    const timer = setInterval(() => setNow(officialNow(desk)), 1000);
    return () => clearInterval(timer);
  }, [desk]);
  return (
    <p className={styles['clock']}>
      <b>{formatClock(now)}</b> {t('app.officialTime')}
    </p>
  );
}

function officialNow({ status, receivedAt }: ReceivedStatus): number {
  return Date.parse(status.clock.officialNow) + (performance.now() - receivedAt);
}
