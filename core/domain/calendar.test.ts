import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Calendar } from '../contract/schemas/reference.ts';
import { addWorkingDays, effectivePresentation, hasCalendar, isWorkingDay, nextWorkingDay } from './calendar.ts';
import { addDays, officialDate, weekday } from './official-time.ts';

const calendars: readonly Calendar[] = [
  {
    year: 2026,
    nonWorkingDays: [
      { date: '2026-10-12', title: 'Fiesta Nacional de España', scope: 'national' },
      { date: '2026-12-07', title: 'Lunes siguiente al día de la Constitución', scope: 'regional' },
      { date: '2026-12-08', title: 'Inmaculada Concepción', scope: 'national' },
      { date: '2026-12-25', title: 'Natividad del Señor', scope: 'national' },
    ],
  },
  { year: 2027, nonWorkingDays: [{ date: '2027-01-01', title: 'Año Nuevo', scope: 'national' }] },
];

describe('working days', () => {
  test('Saturdays, Sundays and holidays are not working days', () => {
    expect(isWorkingDay('2026-11-20', calendars)).toBe(true);
    expect(isWorkingDay('2026-11-21', calendars)).toBe(false);
    expect(isWorkingDay('2026-11-22', calendars)).toBe(false);
    expect(isWorkingDay('2026-12-08', calendars)).toBe(false);
    expect(nextWorkingDay('2026-12-04', calendars)).toBe('2026-12-09');
  });

  test('a presentation on a working day counts at once, until its last second', () => {
    expect(effectivePresentation(new Date('2026-11-20T22:59:59Z'), calendars)).toBe('2026-11-20T23:59:59+01:00');
  });

  test.each([
    ['2026-11-20T23:00:00Z', '2026-11-23T00:00:00+01:00'],
    ['2026-11-22T09:42:07Z', '2026-11-23T00:00:00+01:00'],
    ['2026-12-05T10:00:00Z', '2026-12-09T00:00:00+01:00'],
    ['2026-12-31T23:30:00Z', '2027-01-04T00:00:00+01:00'],
    ['2026-10-10T22:30:00Z', '2026-10-13T00:00:00+02:00'],
  ])('presented at %s, counts from %s', (presentedAt, effective) => {
    expect(effectivePresentation(new Date(presentedAt), calendars)).toBe(effective);
  });

  test('a term of ten working days skips what is not worked', () => {
    expect(addWorkingDays('2026-11-27', 10, calendars)).toBe('2026-12-15');
    expect(() => addWorkingDays('2026-11-27', 0, calendars)).toThrow(RangeError);
  });

  test('tells a year whose calendar has not come yet', () => {
    expect([hasCalendar('2027-03-01', calendars), hasCalendar('2028-03-01', calendars)]).toEqual([true, false]);
  });

  test('an effective day is a working day, not before the presentation, with no working day between', () => {
    const instants = fc.date({
      min: new Date('2026-01-01T00:00:00Z'),
      max: new Date('2027-11-30T00:00:00Z'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(instants, (presentedAt) => {
        const effective = officialDate(new Date(effectivePresentation(presentedAt, calendars)));
        expect(isWorkingDay(effective, calendars)).toBe(true);
        for (let day = officialDate(presentedAt); day < effective; day = addDays(day, 1)) {
          expect(isWorkingDay(day, calendars)).toBe(false);
        }
      }),
    );
  });

  test('a term holds exactly its working days', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 600 }), fc.integer({ min: 1, max: 40 }), (start, days) => {
        const from = addDays('2026-01-01', start);
        const end = addWorkingDays(from, days, calendars);
        let counted = 0;
        for (let day = addDays(from, 1); day <= end; day = addDays(day, 1))
          if (isWorkingDay(day, calendars)) counted += 1;
        expect(counted).toBe(days);
        expect(weekday(end)).toBeLessThan(6);
      }),
    );
  });
});
