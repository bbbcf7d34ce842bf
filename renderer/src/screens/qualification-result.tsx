import type { CriterionResult, ScannerQualification } from '../../../core/contract/schemas/qualification.ts';
import { Facts } from '../components/facts.tsx';
import { Notice } from '../components/notices.tsx';
import tables from '../components/tables.module.css';
import { formatDateTime, formatNumber } from '../format/format.ts';
import { t } from '../i18n/i18n.ts';
import { criterionTexts } from '../i18n/qualification-sentences.ts';
import { nameDevice } from './device-name.ts';
import styles from './records.module.css';
import own from './scanner-screen.module.css';

type Sheet = ScannerQualification['sheets'][number];

/** The verdict first, then what to do, then the figures that it comes from. */
export function QualificationResult({ qualification }: Readonly<{ qualification: ScannerQualification }>) {
  const { sheets, verdict, device, profile } = qualification;
  const failed = sheets.flatMap(({ results }) => results).filter(({ isPassed }) => !isPassed);
  return (
    <div className={own['result']}>
      <h2>{t('scannerCheck.result')}</h2>
      {verdict === 'passed' ? (
        <Notice kind="fine">
          <p role="status">✓ {t('scannerCheck.verdictPassed')}</p>
        </Notice>
      ) : (
        <Notice kind="warn">
          <p role="status">✕ {t('scannerCheck.verdictFailed')}</p>
        </Notice>
      )}
      {failed.length === 0 ? null : <Advice failed={failed} sheets={sheets} />}
      <Facts
        rows={[
          [t('scannerCheck.date'), formatDateTime(qualification.at)],
          [t('scannerCheck.officer'), qualification.officerName],
          [
            t('scannerCheck.device'),
            <>
              {nameDevice(device)}
              {device.serial === null && device.connection !== null ? (
                <p className={tables['soft']}>{t('scannerCheck.placeMatters')}</p>
              ) : null}
            </>,
          ],
          [
            t('scannerCheck.profileUsed'),
            t('scannerCheck.profileValue', { title: profile.title, version: profile.version }),
          ],
        ]}
      />
      {sheets.map((sheet) => (
        <Figures key={`${sheet.side}-${sheet.rawSha256}`} sheet={sheet} />
      ))}
    </div>
  );
}

function Advice({ failed, sheets }: Readonly<{ failed: readonly CriterionResult[]; sheets: readonly Sheet[] }>) {
  const criteria = [...new Set(failed.map(({ criterion }) => criterion))];
  const places = sheets.flatMap(({ measurement }) => measurement.deadLines.map(({ atMm }) => Math.round(atMm)));
  return (
    <section aria-label={t('scannerCheck.todo')}>
      <h3>{t('scannerCheck.todo')}</h3>
      <ul className={own['todo']}>
        {criteria.map((criterion) => (
          <li key={criterion}>
            <b>{criterionTexts[criterion].name}.</b>{' '}
            {criterion === 'lines' ? `${t('scannerCheck.lines', { places: listPlaces(places) })} ` : ''}
            {criterionTexts[criterion].advice}
          </li>
        ))}
      </ul>
      <p>{t('scannerCheck.thenRepeat')}</p>
    </section>
  );
}

const mostPlaces = 6;
const listFormat = new Intl.ListFormat('es-ES');

function listPlaces(places: readonly number[]): string {
  const known = [...new Set(places)].toSorted((a, b) => a - b).map(String);
  const isLong = known.length > mostPlaces;
  return listFormat.format(isLong ? [...known.slice(0, mostPlaces), t('scannerCheck.moreLines')] : known);
}

function Figures({ sheet: { side, measurement, results } }: Readonly<{ sheet: Sheet }>) {
  const title = t(side === 'front' ? 'scannerCheck.front' : 'scannerCheck.reverse');
  const { dpiAcross, dpiAlong, askedDpi, sheetId } = measurement;
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <p className={styles['soft']}>
        {t('scannerCheck.resolution')}:{' '}
        {t('scannerCheck.resolutionValue', {
          across: formatNumber(dpiAcross),
          along: formatNumber(dpiAlong),
          asked: formatNumber(askedDpi),
        })}
        <br />
        {t('scannerCheck.sheet')} <span className={tables['mono']}>{sheetId}</span>
      </p>
      <table className={tables['table']} aria-label={`${t('scannerCheck.figures')}: ${title}`}>
        <thead>
          <tr>
            <th scope="col">{t('scannerCheck.criterion')}</th>
            <th scope="col">{t('scannerCheck.value')}</th>
            <th scope="col">{t('scannerCheck.limit')}</th>
            <th scope="col">{t('scannerCheck.verdict')}</th>
          </tr>
        </thead>
        <tbody>
          {failedFirst(results).map((result) => (
            <tr key={result.criterion}>
              <td>{criterionTexts[result.criterion].name}</td>
              <td className={own['figure']}>{withUnit(result.value, result)}</td>
              <td className={own['figure']}>{describeLimit(result)}</td>
              <td className={`${tables['state'] ?? ''} ${tables[result.isPassed ? 'good' : 'bad'] ?? ''}`}>
                {result.isPassed ? `✓ ${t('scannerCheck.passed')}` : `✕ ${t('scannerCheck.failed')}`}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function failedFirst(results: readonly CriterionResult[]): readonly CriterionResult[] {
  return [...results.filter(({ isPassed }) => !isPassed), ...results.filter(({ isPassed }) => isPassed)];
}

const figureFormat = new Intl.NumberFormat('es-ES', { maximumFractionDigits: 2 });

function withUnit(value: number, { criterion }: CriterionResult): string {
  const { unit } = criterionTexts[criterion];
  // A degree sign stands at its number, a unit after a space.
  const between = unit === '' || unit === '°' ? '' : '\u00A0';
  return `${figureFormat.format(value)}${between}${unit}`;
}

function describeLimit(result: CriterionResult): string {
  if (result.criterion === 'lines') return t('scannerCheck.noLines');
  return t(result.rule === 'atMost' ? 'scannerCheck.atMost' : 'scannerCheck.atLeast', {
    limit: withUnit(result.limit, result),
  });
}
