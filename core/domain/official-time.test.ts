import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addDays,
  addMonths,
  formatOfficialInstant,
  formatSicresInstant,
  officialDate,
  officialMidnight,
  officialYear,
  weekday,
} from './official-time.ts';

const instants = fc.date({
  min: new Date('1990-01-01T00:00:00Z'),
  max: new Date('2199-12-31T23:59:59Z'),
  noInvalidDate: true,
});

test.each([
  ['2026-11-29', 6, '2027-05-29'],
  ['2026-08-31', 6, '2027-02-28'],
  ['2027-08-31', 6, '2028-02-29'],
  ['2026-12-01', 1, '2027-01-01'],
])('%s and %d months: %s', (from, months, to) => {
  expect(addMonths(from, months)).toBe(to);
});

describe('official time', () => {
  test.each([
    ['2026-11-22T09:42:07.999Z', '2026-11-22T10:42:07+01:00', '20261122104207+0100'],
    ['2026-07-01T22:00:00Z', '2026-07-02T00:00:00+02:00', '20260702000000+0200'],
    // The hour that is lived twice in October, told apart by its offset.
    ['2026-10-25T00:30:00Z', '2026-10-25T02:30:00+02:00', '20261025023000+0200'],
    ['2026-10-25T01:30:00Z', '2026-10-25T02:30:00+01:00', '20261025023000+0100'],
  ])('%s is %s', (instant, official, sicres) => {
    expect(formatOfficialInstant(new Date(instant))).toBe(official);
    expect(formatSicresInstant(new Date(instant))).toBe(sicres);
  });

  test('the year changes at official midnight, an hour before UTC', () => {
    expect(officialYear(new Date('2026-12-31T22:59:59.999Z'))).toBe(2026);
    expect(officialYear(new Date('2026-12-31T23:00:00Z'))).toBe(2027);
  });

  test('names the same second as the instant it was made from', () => {
    fc.assert(
      fc.property(instants, (instant) => {
        expect(Date.parse(formatOfficialInstant(instant))).toBe(Math.floor(instant.getTime() / 1000) * 1000);
      }),
    );
  });

  test('a day starts at its midnight and ends with the next', () => {
    fc.assert(
      fc.property(instants, (instant) => {
        const date = officialDate(instant);
        const start = officialMidnight(date);
        expect(formatOfficialInstant(start)).toMatch(new RegExp(`^${date}T00:00:00`, 'u'));
        expect(start.getTime()).toBeLessThanOrEqual(instant.getTime());
        expect(officialMidnight(addDays(date, 1)).getTime()).toBeGreaterThan(instant.getTime());
      }),
    );
  });

  test('counts days and weekdays', () => {
    expect(addDays('2028-02-28', 1)).toBe('2028-02-29');
    expect(addDays('2026-01-01', -1)).toBe('2025-12-31');
    expect([weekday('2026-11-21'), weekday('2026-11-22'), weekday('2026-11-23')]).toEqual([6, 7, 1]);
  });

  test.each(['2026-02-30', '2026-2-3', 'hoy', ''])('refuses «%s» as a date', (text) => {
    expect(() => officialMidnight(text)).toThrow(RangeError);
  });

  test('refuses an invalid date', () => {
    expect(() => formatOfficialInstant(new Date(Number.NaN))).toThrow(RangeError);
  });
});
