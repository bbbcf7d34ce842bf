/** Breaks text into lines. Knows fonts and widths, nothing of pages. */
import type { FontName } from '../assets.ts';
import type { Canvas, FontSet } from './canvas.ts';
import { textWidth } from './embedded-font.ts';

export type Run = Readonly<{ text: string; font?: FontName; gray?: number }>;
/** Plain text, or pieces in different fonts. A line feed breaks the line. */
export type RichText = string | readonly Run[];

export type FlowStyle = Readonly<{ font: FontName; size: number; leading: number; gray: number }>;

type Fragment = Readonly<{ text: string; font: FontName; gray: number; width: number }>;
export type Line = Readonly<{ fragments: readonly Fragment[]; width: number }>;

type Word = Readonly<{ fragments: readonly Fragment[]; width: number; space: Fragment | null; breaksAfter: boolean }>;

export function flowText(text: RichText, width: number, style: FlowStyle, fonts: FontSet): readonly Line[] {
  const lines: Line[] = [];
  let current: Fragment[] = [];
  let used = 0;
  const close = (): void => {
    lines.push({ fragments: mergeFragments(current), width: used });
    current = [];
    used = 0;
  };
  for (const word of splitWords(text, style, fonts)) {
    const needed = (word.space?.width ?? 0) + word.width;
    if (current.length > 0 && used + needed > width + 0.01) close();
    if (current.length > 0 && word.space !== null) {
      current.push(word.space);
      used += word.space.width;
    }
    for (const piece of word.width > width ? splitLongWord(word, width, style.size, fonts) : [word]) {
      if (current.length > 0 && used + piece.width > width + 0.01) close();
      current.push(...piece.fragments);
      used += piece.width;
    }
    if (word.breaksAfter) close();
  }
  if (current.length > 0 || lines.length === 0) close();
  return lines;
}

/** `top`: upper edge of the line's box, `leading` high. */
export function drawLine(canvas: Canvas, line: Line, x: number, top: number, style: FlowStyle): void {
  // Half of the cap height (0.714 em) below the middle of the box centres capitals and figures.
  const baseline = top + style.leading / 2 + style.size * 0.357;
  let at = x;
  for (const { text, font, gray, width } of line.fragments) {
    canvas.text(at, baseline, text, { font, gray, size: style.size });
    at += width;
  }
}

export function drawColumn(canvas: Canvas, lines: readonly Line[], x: number, top: number, style: FlowStyle): void {
  lines.forEach((line, index) => drawLine(canvas, line, x, top + index * style.leading, style));
}

function splitWords(text: RichText, style: FlowStyle, fonts: FontSet): readonly Word[] {
  const runs = typeof text === 'string' ? [{ text }] : text;
  const words: Word[] = [];
  let fragments: Fragment[] = [];
  let space: Fragment | null = null;
  const close = (breaksAfter: boolean): void => {
    if (fragments.length > 0 || breaksAfter) {
      words.push({
        fragments,
        space,
        breaksAfter,
        width: fragments.reduce((sum, fragment) => sum + fragment.width, 0),
      });
    }
    fragments = [];
    space = null;
  };
  for (const run of runs) {
    const font = ('font' in run ? run.font : undefined) ?? style.font;
    const gray = ('gray' in run ? run.gray : undefined) ?? style.gray;
    const measure = (part: string, name: FontName = font): number => textWidth(fonts[name].font, part, style.size);
    for (const part of run.text.normalize('NFC').split(/([ \t]+|\r?\n)/)) {
      if (part === '') continue;
      if (/^\r?\n$/.test(part)) close(true);
      else if (/^[ \t]+$/.test(part)) {
        close(false);
        space = { text: ' ', font, gray, width: measure(' ') };
      } else {
        for (const piece of splitByFont(part, font, fonts))
          fragments.push({ ...piece, gray, width: measure(piece.text, piece.font) });
      }
    }
  }
  close(false);
  return words;
}

// A sign that the font lacks is taken from the monospaced one, which holds mathematical signs and arrows.
function splitByFont(
  text: string,
  font: FontName,
  fonts: FontSet,
): readonly Readonly<{ text: string; font: FontName }>[] {
  const pieces: { text: string; font: FontName }[] = [];
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0;
    const isElsewhere = fonts[font].font.glyphOf(codePoint) === 0 && fonts.mono.font.glyphOf(codePoint) !== 0;
    const name = isElsewhere ? 'mono' : font;
    const last = pieces.at(-1);
    if (last?.font === name) last.text += character;
    else pieces.push({ text: character, font: name });
  }
  return pieces;
}

// Digests, addresses and long names: break after a mark if there is one near the edge, else anywhere.
function splitLongWord(
  word: Word,
  width: number,
  size: number,
  fonts: FontSet,
): readonly Pick<Word, 'fragments' | 'width'>[] {
  const pieces: Pick<Word, 'fragments' | 'width'>[] = [];
  for (const fragment of word.fragments) {
    const { font } = fonts[fragment.font];
    let rest = fragment.text;
    while (rest !== '') {
      let end = 0;
      let mark = 0;
      let used = 0;
      for (const character of rest) {
        used += textWidth(font, character, size);
        if (used > width && end > 0) break;
        end += character.length;
        if ('/-@._'.includes(character)) mark = end;
      }
      const cut = end < rest.length && mark > end / 2 ? mark : end;
      const text = rest.slice(0, cut);
      const measured = textWidth(font, text, size);
      pieces.push({ fragments: [{ ...fragment, text, width: measured }], width: measured });
      rest = rest.slice(cut);
    }
  }
  return pieces;
}

function mergeFragments(fragments: readonly Fragment[]): readonly Fragment[] {
  const merged: Fragment[] = [];
  for (const fragment of fragments) {
    const last = merged.at(-1);
    if (last !== undefined && last.font === fragment.font && last.gray === fragment.gray) {
      merged[merged.length - 1] = { ...last, text: last.text + fragment.text, width: last.width + fragment.width };
    } else merged.push(fragment);
  }
  return merged;
}
