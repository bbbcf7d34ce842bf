import type { Calendar } from '../contract/schemas/reference.ts';
import { addDays, formatOfficialInstant, officialDate, officialMidnight, weekday } from './official-time.ts';

/** Longer than any run of non-working days: a calendar that is non-working for a whole month is a fault in the data. */
const longestClosure = 60;

/**
 * Whether an official day counts as a working day (art. 30.2 Ley 39/2015): not a Saturday, a Sunday or a day that the
 * calendars declare non-working. A year without a calendar has its weekends only; `hasCalendar` tells.
 */
export function isWorkingDay(date: string, calendars: readonly Calendar[]): boolean {
  if (weekday(date) >= 6) return false;
  return !calendars.some((calendar) => calendar.nonWorkingDays.some((day) => day.date === date));
}

export function hasCalendar(date: string, calendars: readonly Calendar[]): boolean {
  return calendars.some((calendar) => calendar.year === Number(date.slice(0, 4)));
}

/** The first working day after `date`. */
export function nextWorkingDay(date: string, calendars: readonly Calendar[]): string {
  for (let days = 1; days <= longestClosure; days += 1) {
    const candidate = addDays(date, days);
    if (isWorkingDay(candidate, calendars)) return candidate;
  }
  throw new RangeError('no working day within sixty days');
}

/**
 * The day on which a term of working days ends, counted from the day after `date` (art. 30.2 and 30.3 Ley 39/2015).
 * `days` is at least 1.
 */
export function addWorkingDays(date: string, days: number, calendars: readonly Calendar[]): string {
  if (!Number.isInteger(days) || days < 1) throw new RangeError('a term has at least one day');
  let end = date;
  for (let counted = 0; counted < days; counted += 1) end = nextWorkingDay(end, calendars);
  return end;
}

/**
 * When a presentation counts as made: at once on a working day, otherwise at the first hour (00:00:00) of the next
 * working day (art. 31.2.b Ley 39/2015).
 */
export function effectivePresentation(presentedAt: Date, calendars: readonly Calendar[]): string {
  const date = officialDate(presentedAt);
  if (isWorkingDay(date, calendars)) return formatOfficialInstant(presentedAt);
  return formatOfficialInstant(officialMidnight(nextWorkingDay(date, calendars)));
}
