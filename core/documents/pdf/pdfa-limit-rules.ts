import { isArray, isName, isString, type PdfValue } from '../signing/pdf-objects.ts';
import type { PdfFile } from '../signing/pdf-reader.ts';
import type { Report } from './pdfa-finding.ts';
import { toNumber } from './pdfa-numbers.ts';

const largestInteger = 2_147_483_647;

/** Architectural limits of a value (6.1.13). */
export function checkLimits(value: PdfValue, report: Report, object?: number): void {
  if (isString(value) && value.bytes.length > 32_767) report('6.1.13', 'a string of more than 32767 bytes', object);
  if (isName(value)) checkNameLength(value.name, report, object);
  if (typeof value === 'number' && (value > largestInteger || value < -largestInteger - 1))
    report('6.1.13', 'an integer beyond 32 bits', object);
}

export function checkNameLength(name: string, report: Report, object?: number): void {
  if (name.length > 127) report('6.1.13', 'a name of more than 127 bytes', object);
}

/** The boundaries of a page, inherited ones too: 3 to 14400 units each way. */
export function checkPageSize(
  file: PdfFile,
  boxOf: (key: string) => PdfValue | undefined,
  report: Report,
  object?: number,
): void {
  for (const key of ['MediaBox', 'CropBox', 'BleedBox', 'TrimBox', 'ArtBox']) {
    const box = file.resolve(boxOf(key));
    if (!isArray(box)) continue;
    const [left = 0, bottom = 0, right = 0, top = 0] = box.map((part) => toNumber(file.resolve(part)));
    for (const side of [Math.abs(right - left), Math.abs(top - bottom)])
      if (side < 3 || side > 14_400) report('6.1.13', `${key} of less than 3 or more than 14400 units`, object);
  }
}
