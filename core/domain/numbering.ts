import type { SeriesGrant } from '../contract/sync-protocol.ts';

/** SICRES: Numero_Registro_Entrada holds 20 characters. */
export const longestRecordNumber = 20;

export type NumberOutcome =
  | Readonly<{ kind: 'number'; recordNumber: string }>
  /** All numbers that the template can write are used: the series needs a new epoch. */
  | Readonly<{ kind: 'exhausted' }>
  /** The template has an unknown or no counting part, or gives more than 20 characters. */
  | Readonly<{ kind: 'templateInvalid' }>;

type NumberedSeries = Pick<SeriesGrant, 'officeCode' | 'deskNumber' | 'year' | 'direction' | 'epoch' | 'template'>;

/**
 * Record number (art. 16.3 Ley 39/2015) from the series' template. Parts: `{office}`, `{direction}` (`e` incoming, `s`
 * outgoing), `{year}`, `{year2}`, `{desk}`, `{epoch}` and one `{sequenceN}` of N digits; the rest is copied.
 * `{office}{direction}{year2}{desk}{epoch}{sequence5}` gives `O00009999e2603A00042`.
 */
export function formatRecordNumber(series: NumberedSeries, sequence: number): NumberOutcome {
  if (!Number.isSafeInteger(sequence) || sequence < 1) throw new RangeError('sequences count from 1');
  let counters = 0;
  let isExhausted = false;
  let isKnown = true;
  const recordNumber = series.template.replaceAll(/\{([a-z]+)(\d*)\}/gu, (_match, name: string, digits: string) => {
    if (name === 'sequence' && digits !== '') {
      counters += 1;
      const text = String(sequence).padStart(Number(digits), '0');
      if (text.length > Number(digits)) isExhausted = true;
      return text;
    }
    const text = fixedPart(series, name + digits);
    if (text === null) isKnown = false;
    return text ?? '';
  });
  if (!isKnown || counters !== 1 || !/^[\dA-Za-z_/.-]+$/u.test(recordNumber)) return { kind: 'templateInvalid' };
  if (isExhausted) return { kind: 'exhausted' };
  if (recordNumber.length > longestRecordNumber) return { kind: 'templateInvalid' };
  return { kind: 'number', recordNumber };
}

/** The emergency book: its numbers are provisional, its epochs in lower case. */
export function isEmergencyBook({ epoch }: Pick<SeriesGrant, 'epoch'>): boolean {
  return epoch >= 'a';
}

function fixedPart(series: NumberedSeries, name: string): string | null {
  switch (name) {
    case 'office':
      return series.officeCode;
    case 'direction':
      return series.direction === 'incoming' ? 'e' : 's';
    case 'year':
      return String(series.year);
    case 'year2':
      return String(series.year % 100).padStart(2, '0');
    case 'desk':
      return series.deskNumber;
    case 'epoch':
      return series.epoch;
    default:
      return null;
  }
}
