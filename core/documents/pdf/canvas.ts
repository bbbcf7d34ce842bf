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
  /** A closed shape of black straight lines. */
  polygon(corners: readonly (readonly [x: number, y: number])[]): void;
  /** A black disc. */
  disc(x: number, y: number, radius: number): void;
  content(): string;
}>;

/** Of a quarter of a circle drawn as one Bézier curve: 4/3 · (√2 − 1). */
const circleControl = 0.552_284_75;
const quarterTurns = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
] as const;

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
    polygon: (corners) => {
      const path = corners.map(([x, y], index) => `${n(x)} ${n(height - y)} ${index === 0 ? 'm' : 'l'}`);
      operations.push(`0 g ${path.join(' ')} h f`);
    },
    disc: (x, y, radius) => {
      const point = (dx: number, dy: number): string => `${n(x + dx * radius)} ${n(height - y - dy * radius)}`;
      const quarters = quarterTurns.map(
        ([c, s]) =>
          `${point(c - s * circleControl, s + c * circleControl)} ${point(c * circleControl - s, s * circleControl + c)} ${point(-s, c)} c`,
      );
      operations.push(`0 g ${point(1, 0)} m ${quarters.join(' ')} f`);
    },
    content: () => operations.join('\n'),
  };
}
