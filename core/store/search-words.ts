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

/** Those of some texts as `record_search` keeps them, each once. */
export function indexedWords(texts: readonly string[]): string {
  const words = texts.flatMap((text) => searchWords(text));
  return [...new Set(words.flatMap((word) => [word, ...sharedBeginnings(word)]))].join(' ');
}

/**
 * Of a word written like a record number, the beginnings that thousands of others have too: all that leave the five last signs,
 * which count. Shorter ones have lists of their own (migration 0011).
 */
export function sharedBeginnings(word: string): readonly string[] {
  if (!/^(?=.*\d)[\da-z]{16,20}$/u.test(word)) return [];
  return Array.from({ length: word.length - 9 }, (_none, index) => word.slice(0, index + 5));
}

/** What `search_vocabulary` keeps: shorter beginnings have lists of their own, and hardly two records share a number. */
export function isOfVocabulary(word: string): boolean {
  return /^[^\p{N}]{5,}$/u.test(word);
}

/** Words that are looked for, each by its beginning. */
export function soughtWords(text: string): readonly string[] {
  return searchWords(text).slice(0, 12);
}

/** FTS5 expression: all of the words; of each, what `endings` says that it may be, or whatever begins with it (null). */
export function searchExpression(
  words: readonly string[],
  endings: (word: string) => readonly string[] | null = () => null,
): string {
  return words
    .map((word) => {
      const whole = endings(word);
      return whole === null ? `"${word}"*` : `(${whole.map((one) => `"${one}"`).join(' OR ')})`;
    })
    .join(' AND ');
}
