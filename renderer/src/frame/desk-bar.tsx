import { createContext, use, useState } from 'react';
import type { ReactNode } from 'react';
import { Button as AriaButton } from 'react-aria-components/Button';
import { Dialog, DialogTrigger, Heading } from 'react-aria-components/Dialog';
import { Popover } from 'react-aria-components/Popover';
import type { DeskStatus } from '../../../core/contract/schemas/desk.ts';
import { t } from '../i18n/i18n.ts';
import { BackupDiagnosis } from './backup-diagnosis.tsx';
import { CardDiagnosis, ClockDiagnosis, NoticesDiagnosis, ScannerDiagnosis, SealDiagnosis } from './desk-diagnosis.tsx';
import { LineDiagnosis } from './line-diagnosis.tsx';
import { backupSummary, cardSummary, lineSummary, listNotices, scannerSummary, sealSummary } from './desk-summary.ts';
import type { Sign, Summary } from './desk-summary.ts';
import styles from './frame.module.css';

/** The desk at a glance; each part opens its diagnosis. */
export function DeskBar({ status }: Readonly<{ status: DeskStatus }>) {
  const notices = listNotices(status);
  const [footer, setFooter] = useState<HTMLElement | null>(null);
  return (
    <BarElement value={footer}>
      <footer ref={setFooter} className={styles['bar']} aria-label={t('desk.bar')}>
        <BarItem name={t('desk.card')} summary={cardSummary(status)}>
          <CardDiagnosis status={status} />
        </BarItem>
        <BarItem name={t('desk.scanner')} summary={scannerSummary(status)}>
          <ScannerDiagnosis status={status} />
        </BarItem>
        {status.phase === 'open' && status.seal.state !== 'absent' ? (
          <BarItem name={t('desk.seal')} summary={sealSummary(status)}>
            <SealDiagnosis status={status} />
          </BarItem>
        ) : null}
        <BarItem name={t('desk.line')} summary={lineSummary(status)}>
          <LineDiagnosis status={status} />
        </BarItem>
        <BarItem
          name={t('desk.clock')}
          summary={{ sign: status.clock.jumpedFrom === null ? 'ok' : 'attention', text: '' }}
        >
          <ClockDiagnosis status={status} />
        </BarItem>
        {status.phase === 'open' ? (
          <BarItem name={t('backup.bar')} summary={backupSummary(status)}>
            <BackupDiagnosis status={status} />
          </BarItem>
        ) : null}
        <BarItem
          name={t('desk.notices')}
          summary={{ sign: notices.length === 0 ? 'ok' : 'attention', text: String(notices.length) }}
          isLast
        >
          <NoticesDiagnosis notices={notices} />
        </BarItem>
      </footer>
    </BarElement>
  );
}

/** The diagnoses open inside of the bar's landmark, not loose at the end of the page. */
const BarElement = createContext<HTMLElement | null>(null);

const signs: Readonly<Record<Sign, string>> = { ok: '●', attention: '▲', failed: '✕', idle: '○' };

type BarItemProps = Readonly<{ name: string; summary: Summary; children: ReactNode; isLast?: boolean }>;

function BarItem({ name, summary, children, isLast = false }: BarItemProps) {
  const bar = use(BarElement);
  return (
    <DialogTrigger>
      <AriaButton className={`${styles['barItem'] ?? ''} ${isLast ? (styles['last'] ?? '') : ''}`}>
        <span className={`${styles['sign'] ?? ''} ${styles[summary.sign] ?? ''}`} aria-hidden="true">
          {signs[summary.sign]}
        </span>
        <b>{name}</b> {summary.text}
      </AriaButton>
      <Popover placement="top start" {...(bar === null ? {} : { UNSTABLE_portalContainer: bar })}>
        <Dialog className={styles['diagnosis'] ?? ''}>
          <section className={styles['diagnosisBody']} aria-label={name}>
            <Heading slot="title" level={2}>
              {name}
            </Heading>
            {children}
          </section>
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}
