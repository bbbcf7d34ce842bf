import type { DocumentAssets, FontName } from '../assets.ts';
import { createFontUse, showText, type FontUse } from './embedded-font.ts';
import { pdfNumber } from './pdf-syntax.ts';

/** Fonts of one document: remembers which glyphs its pages show. */
export type FontSet = Readonly<Record<FontName, FontUse>>;

export function createFontSet(assets: DocumentAssets): FontSet {
  const { sans, sansBold, mono } = assets.fonts;
  return { sans: createFontUse(sans), sansBold: createFontUse(sansBold), mono: createFontUse(mono) };
}

/** Gray: 0 black, 1 white. */
export type TextStyle = Readonly<{ font: FontName; size: number; gray: number }>;

/** A page being drawn. Points from the upper left corner, downwards. */
export type Canvas = Readonly<{
  width: number;
  height: number;
  text(x: number, baseline: number, text: string, style: TextStyle): void;
  fill(x: number, y: number, width: number, height: number, gray: number): void;
  frame(x: number, y: number, width: number, height: number, thickness: number, gray: number): void;
  horizontal(x: number, y: number, width: number, thickness: number, gray: number): void;
  /** Several rectangles in one path, so that no hairline shows between neighbours. */
  fillAll(rectangles: readonly (readonly [x: number, y: number, width: number, height: number])[]): void;
  content(): string;
}>;

export function createCanvas(width: number, height: number, fonts: FontSet): Canvas {
  const operations: string[] = [];
  const n = pdfNumber;
  const rectangle = (x: number, y: number, w: number, h: number): string =>
    `${n(x)} ${n(height - y - h)} ${n(w)} ${n(h)} re`;
  return {
    width,
    height,
    text: (x, baseline, text, { font, size, gray }) => {
      if (text === '') return;
      operations.push(
        `BT ${n(gray)} g /${font} ${n(size)} Tf ${n(x)} ${n(height - baseline)} Td ${showText(fonts[font], text)} Tj ET`,
      );
    },
    fill: (x, y, w, h, gray) => {
      operations.push(`${n(gray)} g ${rectangle(x, y, w, h)} f`);
    },
    frame: (x, y, w, h, thickness, gray) => {
      operations.push(`${n(gray)} G ${n(thickness)} w ${rectangle(x, y, w, h)} S`);
    },
    horizontal: (x, y, w, thickness, gray) => {
      operations.push(`${n(gray)} G ${n(thickness)} w ${n(x)} ${n(height - y)} m ${n(x + w)} ${n(height - y)} l S`);
    },
    fillAll: (rectangles) => {
      operations.push(`0 g ${rectangles.map(([x, y, w, h]) => rectangle(x, y, w, h)).join(' ')} f`);
    },
    content: () => operations.join('\n'),
  };
}
