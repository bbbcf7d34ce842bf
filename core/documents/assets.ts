import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AppError } from '../contract/errors.ts';
import { parseTrueTypeFont, type TrueTypeFont } from './pdf/truetype-font.ts';

export type FontName = 'sans' | 'sansBold' | 'mono';

/** What every producer of documents needs from the repository's `resources/`. Load once, pass to each. */
export type DocumentAssets = Readonly<{
  fonts: Readonly<Record<FontName, TrueTypeFont>>;
  /** sRGB profile of the output intent. */
  iccProfile: Uint8Array;
}>;

/** `resourcesFolder`: the folder `resources` of the repository or of the packaged program. */
export function loadDocumentAssets(resourcesFolder: string = findResourcesFolder()): DocumentAssets {
  const font = (file: string): TrueTypeFont => parseTrueTypeFont(readFileSync(join(resourcesFolder, 'fonts', file)));
  return {
    fonts: {
      sans: font('NotoSans-Regular.ttf'),
      sansBold: font('NotoSans-Bold.ttf'),
      mono: font('LiberationMono-Regular.ttf'),
    },
    iccProfile: readFileSync(join(resourcesFolder, 'icc', 'srgb.icc')),
  };
}

/** The nearest `resources/` at or above this file: the repository's when sources run, the program's when bundled. */
export function findResourcesFolder(start: string = import.meta.dirname): string {
  for (let folder = start; ; folder = dirname(folder)) {
    const candidate = join(folder, 'resources');
    if (existsSync(join(candidate, 'fonts', 'OFL.txt'))) return candidate;
    if (folder === dirname(folder)) throw new AppError('reference.notFound', { what: 'resources' });
  }
}
