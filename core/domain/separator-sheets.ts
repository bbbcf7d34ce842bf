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

/** What a printed sheet carries, of a type or of none: the other half of `separatorOf`. */
export function separatorCode(documentType: string | null): string {
  return documentType === null ? 'SEP-DOC' : `SEP-${documentType}`;
}

/** Millimetres. Bars of patch T from its edge on, narrow, wide, narrow, wide, with narrow gaps. */
const patchUnit = 2.03;
export const patchBars = [
  { from: 0, to: 1 },
  { from: 2, to: 4.5 },
  { from: 5.5, to: 6.5 },
  { from: 7.5, to: 10 },
].map(({ from, to }) => ({ from: from * patchUnit, to: to * patchUnit }));
export const patchLength = 10 * patchUnit;
