import { useQuery } from '@tanstack/react-query';
import { Fragment, useState } from 'react';
import { Button as PlainButton } from 'react-aria-components/Button';
import type { RecordView } from '../../../core/contract/schemas/record.ts';
import type { DocumentMediaType } from '../../../core/contract/schemas/verification.ts';
import { useBridge } from '../bridge/bridge-context.tsx';
import { Button } from '../components/button.tsx';
import { Facts } from '../components/facts.tsx';
import { FileView } from '../components/file-view.tsx';
import { ErrorNotice, Notice } from '../components/notices.tsx';
import { RecognizedText } from '../components/recognized-text.tsx';
import { ScreenHeading } from '../components/screen-heading.tsx';
import tables from '../components/tables.module.css';
import { formatDate, formatDateTime } from '../format/format.ts';
import { personName } from '../format/person-name.ts';
import { describeAction } from '../format/audit-action.ts';
import { codes, t } from '../i18n/i18n.ts';
import { keys } from '../state/queries.ts';
import { toAppError } from '../state/to-app-error.ts';
import { useAction } from '../state/use-action.ts';
import { useShortcuts } from '../state/use-shortcuts.ts';
import { useView } from '../state/view-store.ts';
import { BroughtState, LaterFailures } from './record-verification.tsx';
import styles from './records.module.css';

type Shown =
  | Readonly<{ title: string; sha256: string; mediaType: DocumentMediaType }>
  | Readonly<{ title: string; textOf: string }>;

/** One record: what was registered, its documents and versions, and everything that happened to it. */
export function RecordScreen({ recordId }: Readonly<{ recordId: string }>) {
  const bridge = useBridge();
  const { goTo } = useView();
  const [shown, setShown] = useState<Shown | null>(null);
  const { data, error } = useQuery({
    queryKey: keys.record(recordId),
    queryFn: () => bridge.call('records.get', { recordId }),
  });
  const [folder, setFolder] = useState<string | null>(null);
  const exportRecord = useAction(async () => setFolder((await bridge.call('records.export', { recordId })).folder));
  const goBack = () => goTo({ kind: 'records', text: '' });
  useShortcuts({ Escape: goBack });
  if (data === undefined) {
    return (
      <main className={styles['records']}>
        {error === null ? <p role="status">{t('common.loading')}</p> : <ErrorNotice error={toAppError(error)} />}
        <div>
          <Button onPress={goBack} shortcut="Esc">
            {t('records.backToList')}
          </Button>
        </div>
      </main>
    );
  }
  return (
    <main className={styles['detail']}>
      <div className={styles['facts']}>
        <div className={styles['head']}>
          <ScreenHeading>{t('records.detailTitle', { number: data.record.recordNumber })}</ScreenHeading>
          <Button onPress={goBack} shortcut="Esc">
            {t('records.backToList')}
          </Button>
        </div>
        <p className={styles['soft']}>
          {codes.recordState[data.state]} · {codes.syncState[data.syncState]}
          {data.ordinaryNumber === null ? null : ` · ${t('records.ordinaryNumber', { number: data.ordinaryNumber })}`}
        </p>
        <LaterFailures view={data} />
        <RecordFacts view={data} />
        <h2>{t('records.documents')}</h2>
        <Documents view={data} onShow={setShown} />
        <div className={styles['head']}>
          <Button onPress={() => void exportRecord.run()} isPending={exportRecord.isRunning}>
            {t('records.export')}
          </Button>
        </div>
        <ErrorNotice error={exportRecord.error} />
        {folder === null ? null : (
          <Notice kind="fine">
            <p role="status">{t('records.exported', { folder })}</p>
          </Notice>
        )}
        <h2 id="history">{t('records.history')}</h2>
        <ol className={styles['history']} aria-labelledby="history">
          {data.history.map((row, index) => (
            <li key={`${row.at} ${String(index)}`}>
              <span className={styles['soft']}>{formatDateTime(row.at)}</span>
              <span>
                {describeAction(row.action)} <span className={styles['small']}>{row.officerName}</span>
              </span>
            </li>
          ))}
        </ol>
      </div>
      <section className={styles['viewer']} aria-label={t('records.documentView')} tabIndex={0}>
        {shown === null ? (
          <p className={styles['soft']}>{t('records.choose')}</p>
        ) : 'textOf' in shown ? (
          <RecognizedText key={shown.textOf} recordId={recordId} documentId={shown.textOf} title={shown.title} />
        ) : (
          <FileView key={shown.sha256} file={shown} title={shown.title} />
        )}
      </section>
    </main>
  );
}

function RecordFacts({ view: { record } }: Readonly<{ view: RecordView }>) {
  const rows: readonly (readonly [string, string])[] = [
    [t('records.presented'), formatDateTime(record.presentedAt)],
    [t('records.effective'), formatDateTime(record.effectiveAt)],
    [t('records.person'), `${personName(record.presenter)} · ${record.presenter.identifier}`],
    [t('records.parties'), record.interestedParties.map(personName).join('; ')],
    [t('records.procedure'), record.procedureId === null ? t('records.generalApplication') : record.procedureTitle],
    [t('records.unit'), `${record.unitName} (${record.unitCode})`],
    [t('records.subject'), record.summary],
    [t('records.route'), codes.route[record.route]],
    [t('records.officer'), `${record.officer.fullName}, ${record.officer.post}`],
    [t('records.code'), record.receiptVerificationCode],
  ];
  return <Facts rows={rows} />;
}

function Documents({ view, onShow }: Readonly<{ view: RecordView; onShow: (shown: Shown) => void }>) {
  const documents = [
    ...view.record.documents.map((document) => ({
      id: document.documentId,
      title: document.title,
      pages: document.pageCount,
      state: codes.elaborationState[document.elaborationState],
      mediaType: document.mediaType,
      registered: document,
    })),
    {
      id: 'receipt',
      title: t('records.receipt'),
      pages: null,
      state: '',
      mediaType: 'application/pdf' as const,
      registered: null,
    },
  ].filter((document) => (view.versions[document.id] ?? []).length > 0);
  return (
    <table className={tables['table']} aria-label={t('records.documents')}>
      <thead>
        <tr>
          <th scope="col">{t('records.document')}</th>
          <th scope="col">{t('records.versions')}</th>
          <th scope="col">{t('records.evidence')}</th>
        </tr>
      </thead>
      <tbody>
        {documents.map((document) => {
          const versions = view.versions[document.id] ?? [];
          const current = versions.at(-1);
          const evidence = view.evidence[document.id];
          return (
            <Fragment key={document.id}>
              <tr>
                <td>
                  <PlainButton
                    className={tables['link'] ?? ''}
                    aria-label={t('records.view', { title: document.title })}
                    onPress={() =>
                      current === undefined
                        ? undefined
                        : onShow({ title: document.title, sha256: current.sha256, mediaType: document.mediaType })
                    }
                  >
                    {document.title}
                  </PlainButton>
                  <br />
                  <span className={tables['soft']}>
                    {[document.pages === null ? '' : t('common.pages', { count: document.pages }), document.state]
                      .filter((part) => part !== '')
                      .join(' · ')}
                  </span>
                  {document.registered === null || document.registered.scanProfile === null ? null : (
                    <>
                      <br />
                      <PlainButton
                        className={tables['link'] ?? ''}
                        aria-label={t('recognizedText.showOf', { title: document.title })}
                        onPress={() => onShow({ title: document.title, textOf: document.id })}
                      >
                        {t('recognizedText.show')}
                      </PlainButton>
                    </>
                  )}
                  {document.registered === null || document.registered.keptUntil === null ? null : (
                    <>
                      <br />
                      <span className={tables['soft']}>
                        {t('originals.keptUntil', { date: formatDate(document.registered.keptUntil) })}
                      </span>
                    </>
                  )}
                </td>
                <td>
                  <ul>
                    {versions.map((version) => (
                      <li key={version.sha256} className={tables['soft']}>
                        {version.signatureLevel === null
                          ? formatDateTime(version.at)
                          : t('records.version', {
                              level: codes.signatureLevel[version.signatureLevel],
                              date: formatDateTime(version.at),
                            })}
                      </li>
                    ))}
                  </ul>
                </td>
                <td className={tables['state']}>
                  {evidence === undefined ? null : (
                    <span
                      className={
                        evidence === 'complete'
                          ? tables['good']
                          : evidence === 'problem'
                            ? tables['bad']
                            : tables['warn']
                      }
                    >
                      {codes.evidenceState[evidence]}
                    </span>
                  )}
                </td>
              </tr>
              {document.registered === null || document.registered.file === null ? null : (
                <tr>
                  <td colSpan={3}>
                    <BroughtState document={document.registered} newest={view.verifications[document.id]} />
                  </td>
                </tr>
              )}
            </Fragment>
          );
        })}
      </tbody>
    </table>
  );
}
