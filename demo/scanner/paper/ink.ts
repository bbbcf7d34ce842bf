import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readOutlineFont, type OutlineFont } from './glyph-outlines.ts';

const fontFolder = path.join(import.meta.dirname, '../../../resources/fonts');

function loadFont(name: string): OutlineFont {
  return readOutlineFont(readFileSync(path.join(fontFolder, `${name}.ttf`)));
}

export type Typeface = 'sans' | 'bold' | 'mono';

const typefaces: Readonly<Record<Typeface, OutlineFont>> = {
  sans: loadFont('NotoSans-Regular'),
  bold: loadFont('NotoSans-Bold'),
  mono: loadFont('LiberationMono-Regular'),
};

const millimetresPerPoint = 25.4 / 72;

export type TextStyle = Readonly<{
  typeface?: Typeface;
  points?: number;
  color?: string;
  anchor?: 'start' | 'middle' | 'end';
}>;

/** Printed text as SVG; (x, y) in millimetres is the start, middle or end of the baseline. */
export function printed(x: number, y: number, text: string, style: TextStyle = {}): string {
  const { typeface = 'sans', points = 10, color = '#1b1b1f', anchor = 'start' } = style;
  const font = typefaces[typeface];
  const em = points * millimetresPerPoint;
  const width = font.widthOf(text) * em;
  let left = anchor === 'start' ? x : anchor === 'middle' ? x - width / 2 : x - width;
  let outline = '';
  for (const character of text) {
    const origin = left;
    outline += font.pathOf(character, (px, py) => [origin + px * em, y - py * em]);
    left += font.advanceOf(character) * em;
  }
  return `<path fill="${color}" d="${outline}"/>`;
}

/** Breaks a text into lines that fit `width` millimetres. */
export function wrap(
  text: string,
  width: number,
  style: Pick<TextStyle, 'typeface' | 'points'> = {},
): readonly string[] {
  const em = (style.points ?? 10) * millimetresPerPoint;
  const font = typefaces[style.typeface ?? 'sans'];
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && font.widthOf(`${line} ${word}`) * em <= width)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

export function paragraph(
  x: number,
  y: number,
  width: number,
  text: string,
  style: TextStyle = {},
  leading = 1.45,
): string {
  const step = (style.points ?? 10) * millimetresPerPoint * leading;
  return wrap(text, width, style)
    .map((line, i) => printed(x, y + i * step, line, style))
    .join('');
}

/** Blue ink: each letter leans, rises and swells a little on its own, as a hand does in capitals and print letters. */
export function handwritten(x: number, y: number, text: string, random: () => number, points = 13): string {
  const em = points * millimetresPerPoint;
  let left = x;
  let outline = '';
  let drift = 0;
  for (const character of text) {
    const origin = left;
    const slant = 0.2 + (random() - 0.5) * 0.12;
    const size = em * (0.94 + random() * 0.14);
    drift = drift * 0.8 + (random() - 0.5) * 0.35;
    const rise = drift;
    const [wave, phase] = [0.02 + random() * 0.015, random() * 6];
    outline += typefaces.sans.pathOf(character, (px, py) => {
      const bent = px + py * slant + Math.sin(py * 7 + phase) * wave;
      return [origin + bent * size, y - rise - (py + Math.sin(px * 8 + phase) * wave) * size];
    });
    left += typefaces.sans.advanceOf(character) * size * (0.93 + random() * 0.1);
  }
  return `<path fill="#1f3a93" fill-opacity="0.93" stroke="#1f3a93" stroke-width="0.08" d="${outline}"/>`;
}

/** A signature of nobody: loops that run to the right, and a stroke beneath. */
export function signature(x: number, y: number, random: () => number, width = 42): string {
  const loops = 7;
  const step = width / loops;
  let line = `M${x} ${y}`;
  for (let i = 0; i < loops; i += 1) {
    const left = x + i * step;
    const height = 4 + random() * (i === 0 ? 12 : 7);
    line += `C${left + step * (0.2 + random() * 0.5)} ${y - height} ${left + step * (1.2 + random())} ${y - height * (0.6 + random() * 0.5)} ${left + step * 0.9} ${y + random() * 1.5}`;
  }
  const tail = `M${x - 3} ${y + 4}C${x + width * 0.4} ${y + 1} ${x + width * 0.8} ${y + 6} ${x + width + 6} ${y + 1 + random() * 2}`;
  return `<path fill="none" stroke="#17307f" stroke-width="0.55" stroke-linecap="round" stroke-linejoin="round" d="${line}${tail}"/>`;
}

export function rule(x1: number, y1: number, x2: number, y2: number, width = 0.25, color = '#55555c'): string {
  return `<path fill="none" stroke="${color}" stroke-width="${width}" d="M${x1} ${y1}L${x2} ${y2}"/>`;
}

export function box(x: number, y: number, width: number, height: number, fill = 'none', stroke = '#55555c'): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}" stroke="${stroke}" stroke-width="0.25"/>`;
}

/** Arms of a town that does not exist: a bridge on three waves. */
export function arms(x: number, y: number, size: number): string {
  const waves = [0.66, 0.76, 0.86]
    .map(
      (level) =>
        `<path fill="none" stroke="#fff" stroke-width="0.05" d="M0.14 ${level}q0.12 -0.07 0.24 0t0.24 0t0.24 0"/>`,
    )
    .join('');
  return `<g transform="translate(${x} ${y}) scale(${size})"><path fill="#7a1f2b" d="M0 0H1V0.75Q1 1.05 0.5 1.2Q0 1.05 0 0.75Z"/><path fill="#e8c76a" d="M0.12 0.54V0.34H0.88V0.54H0.78A0.11 0.14 0 0 0 0.56 0.54H0.44A0.11 0.14 0 0 0 0.22 0.54Z"/>${waves}</g>`;
}

/** A round rubber stamp: text along the rim, unevenly inked. */
export function stamp(
  x: number,
  y: number,
  radius: number,
  rim: string,
  center: readonly string[],
  color: string,
): string {
  const em = 8.5 * millimetresPerPoint;
  const rimRadius = radius - em * 1.15;
  const total = typefaces.bold.widthOf(rim) * em;
  let angle = -total / 2 / rimRadius;
  let outline = '';
  for (const character of rim) {
    const advance = typefaces.bold.advanceOf(character) * em;
    const turn = angle + advance / 2 / rimRadius;
    const [sin, cos] = [Math.sin(turn), Math.cos(turn)];
    outline += typefaces.bold.pathOf(character, (px, py) => {
      const [across, out] = [px * em - advance / 2, rimRadius + py * em];
      return [x + sin * out + cos * across, y - cos * out + sin * across];
    });
    angle += advance / rimRadius;
  }
  const lines = center.map((line, i) =>
    printed(x, y + (i - (center.length - 1) / 2) * 4 + 1, line, {
      typeface: 'bold',
      points: 8,
      color,
      anchor: 'middle',
    }),
  );
  const rings = [radius, radius - 0.9, rimRadius - 1].map(
    (r, i) =>
      `<circle cx="${x}" cy="${y}" r="${r}" fill="none" stroke="${color}" stroke-width="${i === 0 ? 0.7 : 0.3}"/>`,
  );
  return `<g opacity="0.78" transform="rotate(-11 ${x} ${y})">${rings.join('')}<path fill="${color}" d="${outline}"/>${lines.join('')}</g>`;
}
