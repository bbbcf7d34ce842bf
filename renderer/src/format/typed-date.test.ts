import { expect, it } from 'vitest';
import { formatTypedDate, parseTypedDate } from './typed-date.ts';

const today = '2026-12-01';

it.each([
  ['1/12/2026', '2026-12-01'],
  ['01/12/2026', '2026-12-01'],
  [' 1-12-26 ', '2026-12-01'],
  ['1.2.2025', '2025-02-01'],
  ['1 2 25', '2025-02-01'],
  ['01122026', '2026-12-01'],
  ['011226', '2026-12-01'],
  ['29/2/2028', '2028-02-29'],
  ['24/6', '2026-06-24'],
])('reads %s as %s', (text, iso) => {
  expect(parseTypedDate(text, today)).toBe(iso);
});

it.each(['', '1', '1/', '1/12/2', '1/12/202', '31/4/2026', '29/2/2026', '0/1/2026', '1/13/2026', '2026-12-01', 'hoy'])(
  'does not guess a day from «%s»',
  (text) => {
    expect(parseTypedDate(text, today)).toBeNull();
  },
);

it('writes the day as it is read', () => {
  expect(formatTypedDate(today)).toBe('01/12/2026');
  expect(formatTypedDate('')).toBe('');
});
