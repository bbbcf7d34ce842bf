import { createHash } from 'node:crypto';
import type { Sharp } from 'sharp';
import sharp from 'sharp';
import type { ScanProfile } from '../contract/schemas/scan-profile.ts';
import type { RawPage } from '../services/ports/scanner.ts';
import { findTrialProfile } from './scan-profiles-for-trial.ts';

/** Pages that the tests draw: a sheet laid askew on a scanner's bed, with shading and noise. Not part of the program. */
export type DrawnPage = Readonly<{
  /** SVG inside of the paper, in tenths of a millimetre. */
  content: string;
  widthMm?: number;
  heightMm?: number;
  dpi?: number;
  /** Clockwise. */
  skewDegrees?: number;
  quarterTurns?: 0 | 1 | 2 | 3;
  bed?: number;
  paper?: string;
  noise?: number;
  shading?: number;
  /** Millimetres of bed around the sheet, or at its left, top, right and bottom. */
  around?: number | readonly [number, number, number, number];
}>;

export async function drawPage(drawn: DrawnPage): Promise<RawPage> {
  const { widthMm = 210, heightMm = 297, dpi = 200, skewDegrees = 0, quarterTurns = 0 } = drawn;
  const { bed = 18, noise = 4, shading = 0.1, paper = '#fbfaf6', around = 5 } = drawn;
  const scale = dpi / 25.4;
  const width = Math.round(widthMm * scale);
  const height = Math.round(heightMm * scale);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${widthMm * 10} ${heightMm * 10}"
    preserveAspectRatio="none"><rect width="100%" height="100%" fill="${paper}"/>${drawn.content}</svg>`;
  const background = { r: bed, g: bed, b: bed };
  const sides = typeof around === 'number' ? ([around, around, around, around] as const) : around;
  const [left, top, right, bottom] = sides.map((mm) => Math.round(mm * scale)) as [number, number, number, number];
  // Each step on its own: one pipeline would put them into an order of its own.
  const turned = await samplesOf(sharp(Buffer.from(svg)).flatten().rotate(skewDegrees, { background }));
  const laid = await samplesOf(turned.extend({ left, right: right + 7, top: top + 3, bottom, background }));
  const image = laid
    .rotate(quarterTurns * 90)
    .toColourspace('srgb')
    .removeAlpha();
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const samples = new Uint8Array(data);
  const random = generator();
  const gains = Float64Array.from({ length: info.width }, (_, x) => 1 - (shading * x) / info.width);
  for (let i = 0, x = 0; i < samples.length; x = x + 1 < info.width ? x + 1 : 0) {
    const error = (random() + random() + random() + random() - 2) * 1.7 * noise;
    for (const end = i + 3; i < end; i += 1)
      samples[i] = Math.max(0, Math.min(255, Math.round(samples[i]! * gains[x]! + error)));
  }
  return rawPage(samples, info.width, info.height, dpi);
}

async function samplesOf(image: Sharp): Promise<Sharp> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return sharp(data, { raw: { width, height, channels } });
}

export function rawPage(samples: Uint8Array, widthPixels: number, heightPixels: number, dpi: number): RawPage {
  const sha256 = createHash('sha256').update(samples).digest('hex');
  return { sequence: 1, widthPixels, heightPixels, dpi, colorMode: 'color', samples, sha256 };
}

export function trialProfile(id: 'text' | 'gray' | 'color' | 'photo'): ScanProfile {
  const profile = findTrialProfile(id);
  if (profile === null) throw new Error(`no trial profile ${id}`);
  return profile;
}

/** Lines of Spanish text, in tenths of a millimetre. */
export function textLines(
  count: number,
  options: Readonly<{ size?: number; fill?: string; top?: number }> = {},
): string {
  const { size = 42, fill = '#1a1a1a', top = 300 } = options;
  const words =
    'El interesado presentó la solicitud en el registro general de la oficina y aportó copia del documento original';
  return Array.from({ length: count }, (_, line) => {
    const start = (line * 17) % 40;
    return `<text x="200" y="${top + line * size * 1.6}" font-family="Noto Sans" font-size="${size}" fill="${fill}">${words.slice(start, start + 74)}</text>`;
  }).join('');
}

function generator(): () => number {
  let state = 20_260_314;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
