/** What a separator sheet opens: a document, of the type (`TD01`…) that the sheet names, or of any. */
export type Separator = Readonly<{ documentType: string | null }>;

/**
 * Whether a page is a separator sheet: patch T, or a bar code or matrix code that begins with `SEP-`. `SEP-TD08` and
 * `SEP-TD08-…` name the type of the document that follows (NTI de Documento Electrónico, TipoDocumental).
 */
export function separatorOf(codes: readonly Readonly<{ format: string; text: string }>[]): Separator | null {
  const texts = codes.filter(({ text }) => text.startsWith('SEP-')).map(({ text }) => text);
  const named = texts.map((text) => /^SEP-(TD(?:0[1-9]|1\d|20|99))(?:-|$)/u.exec(text)?.[1]);
  const documentType = named.find((type) => type !== undefined) ?? null;
  const isSeparator = texts.length > 0 || codes.some(({ format }) => format === 'PatchT');
  return isSeparator ? { documentType } : null;
}
