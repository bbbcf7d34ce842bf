/**
 * The words of a text as they are indexed and looked for: lower case, without accents, joined where a code is written with
 * dots or dashes (`12.345.678-Z`).
 */
export function searchWords(text: string): readonly string[] {
  const words: string[] = [];
  const plain = text.toLowerCase().normalize('NFD').replaceAll(/\p{M}/gu, '');
  for (const chunk of plain.split(/\s+/u)) {
    const joined = /\p{N}/u.test(chunk) ? chunk.replaceAll(/[.-]/gu, '') : chunk;
    words.push(...joined.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== ''));
  }
  return words;
}

/** FTS5 expression: every word, as a prefix; null when there is none. */
export function searchExpression(text: string): string | null {
  const words = searchWords(text).slice(0, 12);
  return words.length === 0 ? null : words.map((word) => `"${word}"*`).join(' AND ');
}
