import type { PageText, ReadLine } from '../contract/schemas/page-text.ts';

/** Words of which the machine is less sure than this are left out: mostly frames, stamps and handwriting taken for letters. */
export const leastConfidence = 50;

/** Without the words that are doubtful, and without lines that have no other. */
export function withoutDoubtfulWords(text: PageText): PageText {
  const lines = text.lines.flatMap((line): readonly ReadLine[] => {
    const words = line.words.filter(({ confidence }) => confidence >= leastConfidence);
    return words.length === 0 ? [] : [{ ...line, words }];
  });
  return { ...text, lines };
}

/** Line by line, with an empty line between paragraphs. */
export function plainTextOf({ lines }: PageText): string {
  return lines
    .map(({ isFirst, words }, index) => {
      const line = words.map(({ text }) => text).join(' ');
      return isFirst && index > 0 ? `\n${line}` : line;
    })
    .join('\n');
}

/** Words that the hyphen of a line's end tears apart, whole: what somebody looks for. */
export function joinHyphens(text: string): string {
  return text.replaceAll(/(\p{L})-\n(\p{Ll})/gu, '$1$2');
}
