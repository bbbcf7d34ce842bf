/**
 * PostgreSQL has no place for U+0000 nor for half a surrogate pair, which JSON may carry: an entry that does is kept, its
 * text made readable.
 */
export function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\u{FFFD}');
}
