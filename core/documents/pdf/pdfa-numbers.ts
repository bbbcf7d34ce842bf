import type { PdfValue } from '../signing/pdf-objects.ts';

/** NaN for what is no number. */
export function toNumber(value: PdfValue): number {
  if (typeof value === 'number') return value;
  return value !== null && typeof value === 'object' && 'kind' in value && value.kind === 'real'
    ? Number(value.text)
    : Number.NaN;
}
