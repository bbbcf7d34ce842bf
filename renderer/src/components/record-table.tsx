import { Button } from 'react-aria-components/Button';
import type { RecordSummary } from '../../../core/contract/schemas/record.ts';
import { formatDateTime, formatTime } from '../format/format.ts';
import { codes, t } from '../i18n/i18n.ts';
import styles from './tables.module.css';

type RecordTableProps = Readonly<{
  label: string;
  records: readonly RecordSummary[];
  emptyText: string;
  /** False in the list of the day: the hour is enough. */
  hasDate: boolean;
  onOpen: (recordId: string) => void;
}>;

export function RecordTable({ label, records, emptyText, hasDate, onOpen }: RecordTableProps) {
  if (records.length === 0) return <p className={styles['soft']}>{emptyText}</p>;
  return (
    <table className={styles['table']} aria-label={label}>
      <thead>
        <tr>
          <th scope="col">{t('records.number')}</th>
          <th scope="col">{hasDate ? t('records.date') : t('records.time')}</th>
          <th scope="col">{t('records.person')}</th>
          <th scope="col">{t('records.subject')}</th>
          <th scope="col">{t('records.state')}</th>
        </tr>
      </thead>
      <tbody>
        {records.map((record) => (
          <tr key={record.recordId}>
            <td className={styles['code']}>
              <Button className={styles['link'] ?? ''} onPress={() => onOpen(record.recordId)}>
                {record.recordNumber}
              </Button>
            </td>
            <td className={styles['code']}>
              {hasDate ? formatDateTime(record.recordedAt) : formatTime(record.recordedAt)}
            </td>
            <td>
              {record.presenterName}
              <br />
              <span className={styles['soft']}>{record.presenterIdentifier}</span>
            </td>
            <td>
              {record.summary}
              <br />
              <span className={styles['soft']}>
                {record.procedureTitle} · {t('common.documents', { count: record.documentCount })}
              </span>
              {record.foundIn === 'record' ? null : (
                <>
                  <br />
                  <span className={styles['soft']}>{t('records.foundInPapers')}</span>
                </>
              )}
            </td>
            <td className={styles['state']}>
              <span className={record.state === 'annulled' ? styles['bad'] : undefined}>
                {codes.recordState[record.state]}
              </span>
              <br />
              <span
                className={
                  record.syncState === 'complete'
                    ? styles['good']
                    : record.syncState === 'halted'
                      ? styles['bad']
                      : styles['warn']
                }
              >
                {codes.syncState[record.syncState]}
              </span>
              <br />
              <span
                className={
                  record.evidenceState === 'complete'
                    ? styles['good']
                    : record.evidenceState === 'problem'
                      ? styles['bad']
                      : styles['warn']
                }
              >
                {codes.evidenceState[record.evidenceState]}
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
