const typed = /^(?<day>\d{1,2})[\s/.-]+(?<month>\d{1,2})(?:[\s/.-]+(?<year>\d{4}|\d{2}))?$/u;
const unbroken = /^(?<day>\d{2})(?<month>\d{2})(?<year>\d{4}|\d{2})$/u;

/**
 * `2026-12-01` for what an officer types as a day: `1/12/2026`, `1-12-26`, `01122026`, or `1/12` in the year of `today`
 * (ISO date). Null: no such day, or not written in this order.
 */
export function parseTypedDate(text: string, today: string): string | null {
  const parts = (typed.exec(text.trim()) ?? unbroken.exec(text.trim()))?.groups;
  if (parts === undefined) return null;
  const { day = '', month = '', year = '' } = parts;
  const wholeYear = `${today.slice(0, 4 - year.length)}${year}`;
  const iso = `${wholeYear}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const instant = new Date(`${iso}T00:00:00Z`);
  // A day that its month does not have becomes one of the next month, or none.
  return !Number.isNaN(instant.getTime()) && instant.toISOString().startsWith(iso) ? iso : null;
}

/** `01/12/2026`, whatever the language of the computer. */
export function formatTypedDate(iso: string): string {
  return iso.split('-').toReversed().join('/');
}
