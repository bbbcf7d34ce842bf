import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { recordNumberSchema } from '../contract/schemas/common.ts';
import { formatRecordNumber } from './numbering.ts';

const series = {
  officeCode: 'O00009999',
  deskNumber: '03',
  year: 2026,
  direction: 'incoming',
  epoch: 'A',
  template: '{office}{direction}{year2}{desk}{epoch}{sequence5}',
} as const;

function text(sequence: number, template: string = series.template): string {
  const outcome = formatRecordNumber({ ...series, template }, sequence);
  return outcome.kind === 'number' ? outcome.recordNumber : outcome.kind;
}

describe('record numbers', () => {
  test('the default template gives twenty characters', () => {
    expect(text(42)).toBe('O00009999e2603A00042');
    expect(formatRecordNumber({ ...series, direction: 'outgoing', epoch: 'B' }, 7)).toEqual({
      kind: 'number',
      recordNumber: 'O00009999s2603B00007',
    });
  });

  test('a series ends with its digits', () => {
    expect(text(99_999)).toBe('O00009999e2603A99999');
    expect(text(100_000)).toBe('exhausted');
  });

  test.each([
    '{office}{direction}',
    '{sequence5}{sequence5}',
    '{who}{sequence5}',
    '{office}-{office}-{sequence5}',
    '{sequence}',
    'ñ{sequence5}',
  ])('refuses the template %s', (template) => {
    expect(text(1, template)).toBe('templateInvalid');
  });

  test('copies what is not a part', () => {
    expect(text(42, 'R-{year}/{sequence6}')).toBe('R-2026/000042');
  });

  test('numbers of a series are valid, distinct and sort as they were given', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99_998 }), fc.integer({ min: 1, max: 99_999 }), (first, step) => {
        const second = Math.min(99_999, first + step);
        expect(recordNumberSchema.safeParse(text(first)).success).toBe(true);
        expect(text(first) < text(second)).toBe(true);
      }),
    );
  });

  test('refuses a sequence that no series has', () => {
    expect(() => formatRecordNumber(series, 0)).toThrow(RangeError);
    expect(() => formatRecordNumber(series, 1.5)).toThrow(RangeError);
  });
});
