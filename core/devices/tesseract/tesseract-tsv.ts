import type { PageText, ReadLine, ReadWord } from '../../contract/schemas/page-text.ts';

type Row = Readonly<{
  level: number;
  left: number;
  top: number;
  width: number;
  height: number;
  confidence: number;
  text: string;
}>;

/** Levels of Tesseract's table: 1 page, 2 block, 3 paragraph, 4 line, 5 word. */
const [page, paragraph, line, word] = [1, 3, 4, 5];

/**
 * What Tesseract's table of one page (`tessedit_create_tsv`) says, without rules and frames that it took for words; null for
 * what is no such table.
 */
export function parseTesseractTable(table: string): Pick<PageText, 'widthPixels' | 'heightPixels' | 'lines'> | null {
  const rows = table.split('\n').flatMap((text) => readRow(text) ?? []);
  const size = rows.find(({ level }) => level === page);
  if (size === undefined || size.width < 1 || size.height < 1) return null;
  const lines: ReadLine[] = [];
  let words: Row[] = [];
  let isFirst = true;
  const endLine = (): void => {
    const kept = toLine(words, isFirst);
    if (kept !== null) {
      lines.push(kept);
      isFirst = false;
    }
    words = [];
  };
  for (const row of rows) {
    if (row.level === word) words.push(row);
    if (row.level === line || row.level === paragraph) endLine();
    if (row.level === paragraph) isFirst = true;
  }
  endLine();
  return { widthPixels: size.width, heightPixels: size.height, lines };
}

function readRow(text: string): Row | null {
  const columns = text.split('\t');
  if (columns.length < 11) return null;
  // Between the level and the place stand the numbers of page, block, paragraph, line and word.
  const [level = Number.NaN, , , , , , left = 0, top = 0, width = 0, height = 0, confidence = 0] = columns.map(Number);
  const row = { level, left, top, width, height, confidence, text: columns[11] ?? '' };
  return [level, left, top, width, height, confidence].every((figure) => Number.isFinite(figure)) ? row : null;
}

/** The box of a line is that of its words: a frame that it was taken together with would make it as high as the page. */
function toLine(rows: readonly Row[], isFirst: boolean): ReadLine | null {
  const spoken = rows.flatMap((row) => {
    const text = spellOut(row.text);
    return text === '' || row.width < 1 || row.height < 1 ? [] : [{ ...row, text: text.slice(0, 400) }];
  });
  if (spoken.length === 0) return null;
  const top = Math.min(...spoken.map((row) => row.top));
  const bottom = Math.max(...spoken.map((row) => row.top + row.height));
  const words = spoken.map(({ text, left, width, confidence }): ReadWord => ({
    text,
    left,
    width,
    confidence: Math.max(0, Math.min(100, Math.round(confidence))),
  }));
  return { top, height: bottom - top, isFirst, words };
}

/** Ligatures as the letters that people look for; º and ª stay as they are. */
function spellOut(text: string): string {
  return text
    .replaceAll(/[\p{C}\s]+/gu, '')
    .normalize('NFC')
    .replaceAll(/[\uFB00-\uFB06]/gu, (ligature) => ligature.normalize('NFKC'));
}
