/** Dates as the citizen reads them. They are taken from the text of the date, offset included: no time zone of the machine enters. */
import { AppError } from '../contract/errors.ts';

const months = [
  'enero',
  'febrero',
  'marzo',
  'abril',
  'mayo',
  'junio',
  'julio',
  'agosto',
  'septiembre',
  'octubre',
  'noviembre',
  'diciembre',
];

type DateParts = Readonly<{ year: string; month: string; day: string; time: string; offset: string }>;

function splitDate(isoDate: string): DateParts {
  const match = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}:\d{2}:\d{2})(?:\.\d+)?(Z|[+-]\d{2}:\d{2})$/.exec(isoDate);
  if (match === null) throw new AppError('request.invalid', { reason: 'dateWithoutOffset' });
  const [, year = '', month = '', day = '', time = '', offset = ''] = match;
  return { year, month, day, time, offset: offset === 'Z' ? '+00:00' : offset };
}

/** `22/11/2026, 10:15:03 (UTC+01:00)`. */
export function formatDateTime(isoDate: string): string {
  const { year, month, day, time, offset } = splitDate(isoDate);
  return `${day}/${month}/${year}, ${time} (UTC${offset})`;
}

/** `22 de noviembre de 2026`. Takes a date with or without hour. */
export function formatLongDate(isoDate: string): string {
  const { year, month, day } = splitDate(isoDate.includes('T') ? isoDate : `${isoDate}T00:00:00Z`);
  return `${Number(day)} de ${months[Number(month) - 1] ?? ''} de ${year}`;
}
