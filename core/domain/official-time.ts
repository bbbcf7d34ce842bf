/**
 * Official time of the registry: peninsular, whatever zone the machine is set to (ordinance art. 11.4; art. 31.2 Ley
 * 39/2015). Instants are floored to the second, the precision that records, receipts and exchange messages carry.
 */
const officialZone = 'Europe/Madrid';

const wallClock = new Intl.DateTimeFormat('en-US', {
  timeZone: officialZone,
  hourCycle: 'h23',
  era: 'short',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});

type WallTime = Readonly<{
  year: string;
  month: string;
  day: string;
  hour: string;
  minute: string;
  second: string;
  offsetMinutes: number;
}>;

/** `2026-11-22T10:42:07+01:00`. Throws RangeError for an invalid date or a year outside 1902-9999. */
export function formatOfficialInstant(instant: Date): string {
  const wall = wallTime(instant);
  return `${wall.year}-${wall.month}-${wall.day}T${wall.hour}:${wall.minute}:${wall.second}${formatOffset(wall.offsetMinutes, ':')}`;
}

/** SICRES 4 date and time, `yyyyMMddHHmmss±HHMM`: `20261122104207+0100`. */
export function formatSicresInstant(instant: Date): string {
  const wall = wallTime(instant);
  return `${wall.year}${wall.month}${wall.day}${wall.hour}${wall.minute}${wall.second}${formatOffset(wall.offsetMinutes, '')}`;
}

/** Official calendar day of an instant, `2026-11-22`. */
export function officialDate(instant: Date): string {
  const wall = wallTime(instant);
  return `${wall.year}-${wall.month}-${wall.day}`;
}

/** Year of the number series that a record made at this instant belongs to: it changes at official midnight. */
export function officialYear(instant: Date): number {
  return Number(wallTime(instant).year);
}

/** The first instant of an official day, given as `2026-11-22`. */
export function officialMidnight(date: string): Date {
  const utcMidnight = parseDate(date);
  // Spain's clocks change at 01:00 UTC, so the offset at the official midnight is that of one hour before UTC midnight.
  const offsetMinutes = wallTime(new Date(utcMidnight - 3_600_000)).offsetMinutes;
  return new Date(utcMidnight - offsetMinutes * 60_000);
}

/** Days after (or before) an official date, `2026-02-28` + 1 = `2026-03-01`. */
export function addDays(date: string, days: number): string {
  return new Date(parseDate(date) + days * 86_400_000).toISOString().slice(0, 10);
}

/** Months after an official date; where that month has no such day, its last: `2026-08-31` + 6 = `2027-02-28` (art. 30.4 Ley 39/2015). */
export function addMonths(date: string, months: number): string {
  const start = new Date(parseDate(date));
  const end = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + months + 1, 0));
  end.setUTCDate(Math.min(start.getUTCDate(), end.getUTCDate()));
  return end.toISOString().slice(0, 10);
}

/** ISO weekday of a date: 1 is Monday, 7 is Sunday. */
export function weekday(date: string): number {
  return new Date(parseDate(date)).getUTCDay() || 7;
}

function parseDate(date: string): number {
  const time = /^\d{4}-\d{2}-\d{2}$/u.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
  // Date.parse lets 30 February through as 2 March.
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== date) throw new RangeError('not a date');
  return time;
}

function wallTime(instant: Date): WallTime {
  const seconds = Math.floor(instant.getTime() / 1000);
  const offsetMinutes = offsetMinutesAt(seconds);
  const wall = new Date((seconds + offsetMinutes * 60) * 1000).toISOString();
  return {
    year: wall.slice(0, 4),
    month: wall.slice(5, 7),
    day: wall.slice(8, 10),
    hour: wall.slice(11, 13),
    minute: wall.slice(14, 16),
    second: wall.slice(17, 19),
    offsetMinutes,
  };
}

// Asking Intl costs more than a database row. No zone has changed its offset but at a whole quarter of an hour.
let lastQuarter = { quarter: Number.NaN, offsetMinutes: 0 };

function offsetMinutesAt(seconds: number): number {
  const quarter = Math.floor(seconds / 900);
  if (quarter !== lastQuarter.quarter) lastQuarter = { quarter, offsetMinutes: askOffset(quarter * 900) };
  return lastQuarter.offsetMinutes;
}

function askOffset(seconds: number): number {
  const parts: Record<string, string> = {};
  for (const part of wallClock.formatToParts(new Date(seconds * 1000))) parts[part.type] = part.value;
  const { era, year = '', month, day, hour, minute, second } = parts;
  // Before 1901 Madrid's offset was not of whole minutes; such a date is a fault of the caller.
  if (era !== 'AD' || year.length !== 4 || Number(year) < 1902) throw new RangeError('date out of range');
  const asUtc = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  return (asUtc / 1000 - seconds) / 60;
}

function formatOffset(minutes: number, separator: string): string {
  const absolute = Math.abs(minutes);
  const hours = String(Math.floor(absolute / 60)).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${hours}${separator}${String(absolute % 60).padStart(2, '0')}`;
}
