import type { PageText, ReadLine } from '../../contract/schemas/page-text.ts';
import { showText, type FontUse } from './embedded-font.ts';
import { pdfNumber } from './pdf-syntax.ts';

/**
 * Content that lays what was read on a page's image over it, as text that is not drawn (text rendering mode 3): every word in
 * its own box. `font`: an invisible one, which the content names `/invisible`. Page and image share their lower left
 * corner. Measures in points; empty where nothing was read.
 */
export function layTextLayer(text: PageText, font: FontUse, page: Readonly<{ width: number; height: number }>): string {
  if (text.lines.length === 0) return '';
  const scale = [page.width / text.widthPixels, page.height / text.heightPixels].map(pdfNumberOfScale).join(' 0 0 ');
  // Each move is counted from the one before.
  let [left, baseline] = [0, 0];
  const operations = text.lines.map((line) => {
    const depth = Math.round((-font.font.descent * line.height) / font.font.unitsPerEm);
    const lineBaseline = text.heightPixels - line.top - line.height + depth;
    const words = line.words.map((word) => {
      const move = `${word.left - left} ${lineBaseline - baseline} Td`;
      [left, baseline] = [word.left, lineBaseline];
      return `${move} ${stretchOf(word, line, font)} Tz ${showText(font, word.text)} Tj`;
    });
    return `/invisible ${line.height} Tf ${words.join(' ')}`;
  });
  return `q ${scale} 0 0 cm BT 3 Tr\n${operations.join('\n')}\nET Q`;
}

/** In per cent of the natural width, so that the word ends where it ends on the image. */
function stretchOf(word: ReadLine['words'][number], line: ReadLine, { font }: FontUse): string {
  const natural = ([...word.text].length * font.advanceOf(0) * line.height) / font.unitsPerEm;
  return pdfNumber(Math.max(1, Math.round((word.width / natural) * 100)));
}

/** Six decimals: a page has thousands of pixels. */
function pdfNumberOfScale(value: number): string {
  return value.toFixed(6).replace(/\.?0+$/u, '');
}
