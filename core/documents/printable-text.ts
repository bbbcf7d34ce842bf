import type { DocumentAssets } from './assets.ts';

/** Characters that no font of ours can show: documents print `?` in their place, so that the counter should tell it before. */
export function listUnprintableCharacters(text: string, assets: DocumentAssets): readonly string[] {
  const { sans, mono } = assets.fonts;
  const missing = [...text.normalize('NFC')].filter((character) => {
    const codePoint = character.codePointAt(0) ?? 0;
    return codePoint >= 0x20 && sans.glyphOf(codePoint) === 0 && mono.glyphOf(codePoint) === 0;
  });
  return [...new Set(missing)];
}
