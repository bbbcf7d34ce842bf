import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Button as PlainButton } from 'react-aria-components/Button';
import type { ScannerQualification } from '../../../core/contract/schemas/qualification.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import { SelectField } from '../components/fields.tsx';
import { ErrorNotice, JobNotice } from '../components/notices.tsx';
import { PrintControl } from '../components/print-control.tsx';
import { ScreenHeading } from '../components/screen-heading.tsx';
import { SeparatorSheets } from '../components/separator-sheets.tsx';
import tables from '../components/tables.module.css';
import { formatDateTime } from '../format/format.ts';
import { t } from '../i18n/i18n.ts';
import { followJob } from '../state/follow-job.ts';
import { useJob, useScanProfiles } from '../state/queries.ts';
import { toAppError } from '../state/to-app-error.ts';
import { useAction } from '../state/use-action.ts';
import { useShortcuts } from '../state/use-shortcuts.ts';
import { useView } from '../state/view-store.ts';
import { nameDevice } from './device-name.ts';
import { QualificationResult } from './qualification-result.tsx';
import styles from './records.module.css';
import own from './scanner-screen.module.css';

const mostListed = 50;
const listKey = ['qualifications'] as const;

/** Print the sheet, scan it, read the verdict and what to do; what was found before is below. */
export function ScannerScreen() {
  const bridge = useBridge();
  const { goTo } = useView();
  const [shownId, setShownId] = useState<string | null>(null);
  const { data, error } = useQuery({
    queryKey: listKey,
    queryFn: () => bridge.call('qualification.list', { limit: mostListed }),
    staleTime: 0,
  });
  const viewer = useRef<HTMLElement>(null);
  const showNewest = () => {
    setShownId(null);
    // With large text it lies below the steps.
    viewer.current?.scrollIntoView({ block: 'start' });
  };
  const goBack = () => goTo({ kind: 'work' });
  useShortcuts({ Escape: goBack });
  const qualifications = data?.qualifications ?? [];
  const shown = qualifications.find(({ qualificationId }) => qualificationId === shownId) ?? qualifications[0];
  return (
    <main className={styles['detail']}>
      <div className={styles['facts']}>
        <div className={styles['head']}>
          <ScreenHeading>{t('scannerCheck.title')}</ScreenHeading>
          <Button onPress={goBack} shortcut="Esc">
            {t('scannerCheck.back')}
          </Button>
        </div>
        <p className={styles['soft']}>{t('scannerCheck.intro')}</p>
        <Steps onMeasured={showNewest} />
        <h2 id="qualifications">{t('scannerCheck.history')}</h2>
        <ErrorNotice error={toAppError(error)} />
        {data === undefined && error === null ? <p role="status">{t('common.loading')}</p> : null}
        {data === undefined ? null : qualifications.length === 0 ? (
          <p className={styles['soft']}>{t('scannerCheck.none')}</p>
        ) : (
          <History qualifications={qualifications} onShow={setShownId} />
        )}
        <h2>{t('separators.title')}</h2>
        <p className={styles['soft']}>{t('separators.about')}</p>
        <div>
          <SeparatorSheets />
        </div>
      </div>
      <section ref={viewer} className={styles['viewer']} aria-label={t('scannerCheck.result')} tabIndex={0}>
        {shown === undefined ? (
          <p className={styles['soft']}>{t('scannerCheck.choose')}</p>
        ) : (
          <QualificationResult key={shown.qualificationId} qualification={shown} />
        )}
      </section>
    </main>
  );
}

function Steps({ onMeasured }: Readonly<{ onMeasured: () => void }>) {
  const bridge = useBridge();
  const client = useQueryClient();
  const profiles = useScanProfiles();
  const { jobs, noteJob } = useView();
  const job = useJob(jobs.qualify ?? null);
  const [chosenId, setChosenId] = useState('');
  const profile = profiles.find(({ id }) => id === chosenId) ?? profiles[0];
  // One sheet for as long as the screen is open: printing it twice prints the same one.
  const sheet = useQuery({
    queryKey: ['testSheet'],
    queryFn: () => bridge.call('qualification.makeSheet', {}),
    staleTime: Infinity,
  });
  const measure = useAction(async () => {
    if (profile === undefined) return;
    const { jobId } = await bridge.call('qualification.start', { profileId: profile.id });
    noteJob('qualify', jobId);
    await followJob(bridge, jobId);
    await client.invalidateQueries({ queryKey: listKey });
    onMeasured();
  });
  const isRunning = measure.isRunning || job?.state === 'running';
  const scan = () => void (isRunning ? undefined : measure.run());
  useShortcuts({ F8: scan });
  return (
    <ol className={own['steps']} aria-label={t('scannerCheck.steps')}>
      <li>
        <h2>{t('scannerCheck.stepPrint')}</h2>
        <p className={styles['soft']}>{t('scannerCheck.stepPrintText')}</p>
        <ErrorNotice error={toAppError(sheet.error)} />
        <PrintControl
          items={[{ label: t('scannerCheck.print'), digest: sheet.data?.digest ?? null }]}
          doneText={t('scannerCheck.printed')}
        />
      </li>
      <li>
        <h2>{t('scannerCheck.stepPlace')}</h2>
        <p className={styles['soft']}>
          {t('scannerCheck.stepPlaceText')}{' '}
          {profile?.source === 'feederDuplex' ? t('scannerCheck.stepPlaceDuplex') : null}
        </p>
      </li>
      <li>
        <h2>{t('scannerCheck.stepScan')}</h2>
        <div className={own['row']}>
          <SelectField
            label={t('scannerCheck.profile')}
            value={profile?.id ?? ''}
            options={profiles.map(({ id, title }) => ({ value: id, text: title }))}
            onChange={setChosenId}
          />
          <Button kind="primary" shortcut="F8" onPress={scan} isPending={isRunning} isDisabled={profile === undefined}>
            {t('scannerCheck.scan')}
          </Button>
        </div>
        {job?.state === 'running' ? (
          <JobNotice
            job={job}
            onCancel={() => void bridge.call('jobs.cancel', { jobId: job.jobId }).catch(() => {})}
            cancelLabel={t('papers.stop')}
          />
        ) : null}
        <ErrorNotice error={measure.error} />
      </li>
    </ol>
  );
}

type HistoryProps = Readonly<{
  qualifications: readonly ScannerQualification[];
  onShow: (qualificationId: string) => void;
}>;

function History({ qualifications, onShow }: HistoryProps) {
  return (
    <table className={tables['table']} aria-labelledby="qualifications">
      <thead>
        <tr>
          <th scope="col">{t('scannerCheck.date')}</th>
          <th scope="col">{t('scannerCheck.device')}</th>
          <th scope="col">{t('scannerCheck.verdict')}</th>
        </tr>
      </thead>
      <tbody>
        {qualifications.map(({ qualificationId, at, officerName, device, profile, verdict }) => (
          <tr key={qualificationId}>
            <td>
              <PlainButton
                className={tables['link'] ?? ''}
                aria-label={t('scannerCheck.view', { date: formatDateTime(at) })}
                onPress={() => onShow(qualificationId)}
              >
                {formatDateTime(at)}
              </PlainButton>
              <br />
              <span className={tables['soft']}>{officerName}</span>
            </td>
            <td>
              {nameDevice(device)}
              <br />
              <span className={tables['soft']}>{profile.title}</span>
            </td>
            <td className={`${tables['state'] ?? ''} ${tables[verdict === 'passed' ? 'good' : 'bad'] ?? ''}`}>
              {verdict === 'passed' ? `✓ ${t('scannerCheck.passed')}` : `✕ ${t('scannerCheck.failed')}`}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
