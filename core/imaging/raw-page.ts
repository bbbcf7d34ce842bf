import { AppError } from '../contract/errors.ts';
import type { RawPage } from '../services/ports/scanner.ts';

/** Coordinates are 16.16 fixed point in the kernels. */
const longestSidePixels = 32_000;
/** A3 at 600 dots per inch in colour is 70 million pixels. */
const mostPixels = 100_000_000;
const shortestSidePixels = 16;

/** Bytes of the samples of a page of this size; see RawPage. */
export function sampleBytes(page: Pick<RawPage, 'widthPixels' | 'heightPixels' | 'colorMode'>): number {
  switch (page.colorMode) {
    case 'bitonal':
      return Math.ceil(page.widthPixels / 8) * page.heightPixels;
    case 'gray':
      return page.widthPixels * page.heightPixels;
    case 'color':
      return page.widthPixels * page.heightPixels * 3;
  }
}

/** Refuses what is no page: AppError `image.unreadable`, or `image.tooLarge` with the limits. */
export function checkRawPage(page: RawPage): void {
  const { widthPixels, heightPixels, dpi } = page;
  const isSize = (value: number): boolean => Number.isInteger(value) && value >= shortestSidePixels;
  if (!isSize(widthPixels) || !isSize(heightPixels) || !Number.isFinite(dpi) || dpi < 30 || dpi > 2400)
    throw new AppError('image.unreadable', { sequence: page.sequence });
  if (widthPixels > longestSidePixels || heightPixels > longestSidePixels || widthPixels * heightPixels > mostPixels)
    throw new AppError('image.tooLarge', { sequence: page.sequence, longestSidePixels, mostPixels });
  const isKnown = page.colorMode === 'bitonal' || page.colorMode === 'gray' || page.colorMode === 'color';
  if (!isKnown || page.samples.byteLength !== sampleBytes(page))
    throw new AppError('image.unreadable', { sequence: page.sequence });
}
