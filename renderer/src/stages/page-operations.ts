import type { PageView } from '../../../core/contract/schemas/attention.ts';
import { formatNumber } from '../format/format.ts';
import { codes, t } from '../i18n/i18n.ts';

/** What was done to a page, as the officer reads it: «enderezada 1,3° · borde recortado · girada 90°». */
export function describeOperations(page: Pick<PageView, 'operations' | 'skewDegrees' | 'quarterTurns'>): string {
  const parts = page.operations.flatMap(({ name }) => {
    switch (name) {
      case 'draw':
        return [t('papers.done.draw')];
      case 'cutOut':
        return [t('papers.done.cutOut')];
      case 'straighten':
        return page.skewDegrees === 0
          ? []
          : [t('papers.done.straighten', { degrees: formatNumber(Math.abs(page.skewDegrees)) })];
      case 'crop':
        return [t('papers.done.crop')];
      case 'turn':
        return page.quarterTurns === 0 ? [] : [t('papers.done.turn', { degrees: page.quarterTurns * 90 })];
      case 'whiten':
        return [t('papers.done.whiten')];
      case 'threshold':
        return [t('papers.done.threshold')];
      case 'grayscale':
        return [t('papers.done.grayscale')];
      default:
        return [];
    }
  });
  return parts.length === 0 ? t('papers.done.asCaptured') : parts.join(' · ');
}

export function describePaper(page: Pick<PageView, 'paperMm' | 'dpi' | 'colorMode'>): string {
  return t('papers.done.facts', {
    width: Math.round(page.paperMm.width),
    height: Math.round(page.paperMm.height),
    dpi: page.dpi,
    color: codes.colorMode[page.colorMode],
  });
}
