import sharp from 'sharp';
import { describe, expect, it, vi } from 'vitest';
import { AppError } from '../contract/errors.ts';
import type { ScanProfile } from '../contract/schemas/scan-profile.ts';
import type { RawPage } from '../services/ports/scanner.ts';
import { encodeLosslessCopy } from './codecs.ts';
import type { DrawnPage } from './drawn-page.ts';
import { drawPage, rawPage, textLines, trialProfile } from './drawn-page.ts';
import { openKernels } from './kernels/kernels.ts';
import type { OptimizedPageWithLegibility } from './optimize-page.ts';
import { optimizePage } from './optimize-page.ts';
import { partOf } from '../testing/every-case.ts';

vi.setConfig({ testTimeout: 60_000 });

const kernels = openKernels();
const photograph = `<defs><linearGradient id="g" x2="1" y2="1"><stop offset="0" stop-color="#455"/><stop offset="1" stop-color="#cba"/></linearGradient></defs>
  <rect x="1200" y="1500" width="500" height="600" fill="url(#g)"/><circle cx="1450" cy="1750" r="130" fill="#b98"/>`;
const stamp = '<circle cx="500" cy="2200" r="150" fill="none" stroke="#b03040" stroke-width="12"/>';

async function optimize(
  page: RawPage,
  profile: ScanProfile = trialProfile('text'),
): Promise<OptimizedPageWithLegibility> {
  return optimizePage(kernels, page, profile, () => undefined);
}

async function optimizeDrawn(drawn: DrawnPage, profile?: ScanProfile): Promise<OptimizedPageWithLegibility> {
  return optimize(await drawPage(drawn), profile);
}

/** Mean of a field of the copy, given in tenths of a millimetre of the paper. */
async function meanAt(
  page: OptimizedPageWithLegibility,
  x: number,
  y: number,
  size: number,
): Promise<readonly number[]> {
  const scale = page.copy.dpi / 254;
  const png = await encodeLosslessCopy(kernels, page.copy);
  const field = {
    left: Math.round(x * scale),
    top: Math.round(y * scale),
    width: Math.round(size * scale),
    height: Math.round(size * scale),
  };
  const { channels } = await sharp(await sharp(png).extract(field).toColourspace('srgb').png().toBuffer()).stats();
  return channels.slice(0, 3).map((channel) => channel.mean);
}

describe('geometry of a sheet', () => {
  const drawnAskew = [
    { skewDegrees: 3.3, bed: 18 },
    { skewDegrees: -6.1, bed: 18 },
    { skewDegrees: 0.4, bed: 240, shading: 0.2 },
    { skewDegrees: -2.7, bed: 238, noise: 7 },
    { skewDegrees: 1.1, bed: 18, quarterTurns: 1 as const },
    { skewDegrees: -0.8, bed: 18, quarterTurns: 2 as const },
    { skewDegrees: 2.2, bed: 240, quarterTurns: 3 as const },
  ];
  it.each(partOf(drawnAskew, 2))('is undone to a twentieth of a degree and to the paper’s size: %o', async (drawn) => {
    const page = await optimizeDrawn({ content: textLines(30), ...drawn });
    expect(Math.abs(page.skewDegrees - drawn.skewDegrees)).toBeLessThan(0.05);
    expect(page.quarterTurns).toBe(drawn.quarterTurns ?? 0);
    expect(Math.abs(page.paperMm.width / 210 - 1)).toBeLessThan(0.005);
    expect(Math.abs(page.paperMm.height / 297 - 1)).toBeLessThan(0.005);
    expect(page.copy.widthPixels / page.copy.dpi).toBeCloseTo(page.paperMm.width / 25.4, 6);
    expect(page.warnings).toEqual([]);
    expect(page.operations.map((operation) => operation.name)).toContain('straighten');
  });

  it('keeps the size of an identity card alone on the glass', async () => {
    const content = `<rect x="40" y="120" width="200" height="260" fill="#89a"/>${textLines(4, { size: 36, top: 100 }).replaceAll('x="200"', 'x="300"')}`;
    const page = await optimizeDrawn({
      content,
      widthMm: 85.6,
      heightMm: 54,
      skewDegrees: 4,
      around: 60,
      paper: '#d8e6f0',
      dpi: 300,
    });
    expect(page.paperMm.width).toBeCloseTo(85.6, 0);
    expect(page.paperMm.height).toBeCloseTo(54, 0);
    expect(page.copy.colorMode).toBe('color');
  });

  it.each([
    ['a photograph', 150, 100, [0, 0, 60, 197]],
    ['an identity card', 54, 85.6, [2, 3, 154, 208]],
  ] as const)('finds %s in the corner of the glass', async (_, widthMm, heightMm, around) => {
    const content = `<defs><linearGradient id="g" x2="1" y2="1"><stop offset="0" stop-color="#345"/><stop offset="1" stop-color="#db9"/></linearGradient></defs>
      <rect width="1500" height="1000" fill="url(#g)"/><circle cx="300" cy="300" r="170" fill="#c98"/>`;
    const page = await optimizeDrawn({ content, widthMm, heightMm, around, bed: 240, dpi: 150 });
    expect(page.paperMm.width).toBeCloseTo(widthMm, 0);
    expect(page.paperMm.height).toBeCloseTo(heightMm, 0);
  });

  it('does not take a picture in a corner for the paper when there is a faint note elsewhere', async () => {
    const picture = '<rect x="0" y="0" width="900" height="700" fill="#456"/>';
    const note =
      '<text x="900" y="2500" font-size="60" font-family="Noto Sans" fill="#d4d4d4" font-style="italic">visto</text>';
    const page = await optimizeDrawn({ content: picture + note, around: 0, bed: 250, noise: 2, shading: 0, dpi: 150 });
    expect(page.paperMm.height).toBeGreaterThan(296);
  });

  it('maps the copy’s corners to the capture', async () => {
    const page = await optimizeDrawn({ content: textLines(20), quarterTurns: 1, around: 8 });
    const [topLeft, topRight] = page.captureCorners;
    // A sheet turned clockwise has its top left corner at the capture's top right.
    expect(topLeft?.x).toBeGreaterThan(2200);
    expect(topLeft?.y).toBeLessThan(100);
    expect(topRight?.x).toBeCloseTo(topLeft?.x ?? 0, 0);
    expect((topRight?.y ?? 0) - (topLeft?.y ?? 0)).toBeCloseTo(page.copy.widthPixels, 0);
  });

  it('does not take a printed frame for the paper', async () => {
    const frame = '<rect x="150" y="150" width="1800" height="2500" fill="none" stroke="#111" stroke-width="8"/>';
    const outside = '<text x="1000" y="2850" font-size="50" font-family="Noto Sans">7</text>';
    const page = await optimizeDrawn({
      content: frame + textLines(25) + outside,
      around: 0,
      bed: 250,
      noise: 2,
      shading: 0,
    });
    expect(page.warnings).toContain('edgesNotFound');
    expect(page.paperMm.height).toBeGreaterThan(297);
    const mean = await meanAt(page, 990, 2810, 60);
    expect(mean[0]).toBeLessThan(250);
  });

  it.each([
    ['straighten', 34, [12, 12.4, 12.1, 12.2, 64], ''],
    ['turn', 9, [90], 'M80 700 H230'],
  ] as const)('does not %s a map by the names along its rivers', async (_, pieces, angles, border) => {
    const names = ['Río Alhama', 'Las Cuevas', 'Peña Roya', 'El Soto', 'La Vega', 'Monte Bajo', 'Val de Oro'];
    const label = (k: number): string =>
      `<text transform="translate(${180 + ((k * 397) % 1150)} ${260 + ((k * 263) % 1500)}) rotate(${angles[k % angles.length] ?? 0})"
        font-family="Noto Sans" font-size="34">${names[k % 7] ?? ''}</text>`;
    const river = (k: number): string =>
      `<path d="M${60 + k * 190} 80 q 160 ${280 + k * 37} ${-40 + k * 21} 700 t 90 ${640 + k * 40}" fill="none" stroke="#357" stroke-width="${3 + k}"/>`;
    const across = `<path d="${border}" stroke="#333" stroke-width="6" stroke-dasharray="60 20"/>`;
    const content = across + Array.from({ length: pieces }, (_piece, k) => (k < 7 ? river(k) : label(k))).join('');
    const page = await optimizeDrawn({ content, widthMm: 148, heightMm: 210, dpi: 150, around: 0, bed: 250 });
    expect(page.quarterTurns).toBe(0);
    expect(page.skewDegrees).toBeCloseTo(0, 1);
  });

  it('tells head from foot by dots and accents where more letters reach below the line than above', async () => {
    const row = (k: number): string =>
      `<text x="200" y="${String(300 + k * 160)}" font-family="Noto Sans" font-size="42">siguió cogiendo paja y agua, página y pegó</text>`;
    const page = await optimizeDrawn({ content: Array.from({ length: 14 }, (_, k) => row(k)).join(''), dpi: 150 });
    expect(page.quarterTurns).toBe(0);
  });

  it('does not take a page for upside down whose letters have a few more strokes below and no marks, as in Hebrew', async () => {
    const row = (k: number): string =>
      `<text x="200" y="${String(300 + k * 100)}" font-family="Noto Sans" font-size="42">pagar hasta agua barba papa pagar hasta agua barba hasta pagar</text>`;
    const page = await optimizeDrawn({ content: Array.from({ length: 24 }, (_, k) => row(k)).join(''), dpi: 150 });
    expect(page.quarterTurns).toBe(0);
    expect(page.warnings).toContain('orientationUnsure');
  });

  const cyrillic = (marks: (k: number) => string): string =>
    Array.from(
      { length: 24 },
      (_, k) =>
        `<text x="200" y="${String(300 + k * 100)}" font-family="DejaVu Sans" font-size="42">супруга сурово рисует группу, у группы цифры ${marks(k)}</text>`,
    ).join('');

  it.each([0, 2] as const)(
    'lets marks decide where strokes say the other, as in Russian (%i quarter turns)',
    async (quarterTurns) => {
      const content = cyrillic((k) => (k < 16 ? 'край' : k < 21 ? 'ạ' : ''));
      const page = await optimizeDrawn({ content, quarterTurns, dpi: 150 });
      expect(page.quarterTurns).toBe(quarterTurns);
      expect(page.warnings).not.toContain('orientationUnsure');
    },
  );

  it('is not sure of what strokes say against the few marks that there are', async () => {
    const page = await optimizeDrawn({ content: cyrillic((k) => (k < 5 ? 'край' : '')), dpi: 150 });
    expect(page.quarterTurns).toBe(0);
    expect(page.warnings).toContain('orientationUnsure');
  });

  it('finds a pale card on a gray bed as noisy as cheap glasses are', async () => {
    const lines = textLines(4, { size: 36, top: 100 }).replaceAll('x="200"', 'x="300"');
    const page = await optimizeDrawn({
      content: `<rect x="40" y="120" width="200" height="260" fill="#89a"/>${lines}`,
      widthMm: 85.6,
      heightMm: 54,
      skewDegrees: 2.9,
      around: 60,
      paper: '#cfe0ea',
      bed: 158,
      noise: 8,
    });
    expect(page.paperMm.width).toBeCloseTo(85.6, 0);
    expect(page.paperMm.height).toBeCloseTo(54, 0);
  });

  it('cuts nothing off a clipping whose print goes on to the border', async () => {
    const columns = [0, 720, 1440].map((x) =>
      textLines(48, { top: 20 }).replaceAll('x="200"', `x="${x - 20}" textLength="640"`),
    );
    // The first column's paper is darker, and the clip ends within a line.
    const shade = '<rect width="712" height="2970" fill="#000" fill-opacity="0.12"/>';
    const drawn = await drawPage({ content: shade + columns.join(''), around: 0, bed: 250, shading: 0 });
    const { widthPixels, heightPixels, dpi, samples } = drawn;
    const cut = 3 * widthPixels * 107;
    const clip = rawPage(samples.slice(cut, samples.length - cut), widthPixels, heightPixels - 214, dpi);
    const page = await optimize(clip);
    expect(page.copy.widthPixels).toBeGreaterThan(widthPixels - 10);
    expect(page.copy.heightPixels).toBe(heightPixels - 214);
  });

  it('leaves two pieces on one glass together', async () => {
    const card = (
      x: number,
      y: number,
    ): string => `<g transform="translate(${String(x)} ${String(y)})"><rect width="856" height="540" fill="#cfe0ea"/>
      <rect x="50" y="100" width="250" height="320" fill="#78909c"/><rect x="350" y="150" width="400" height="20" fill="#222"/></g>`;
    const page = await optimizeDrawn({ content: card(150, 200) + card(700, 1500), paper: '#121212', bed: 18 });
    expect(page.warnings).toContain('edgesNotFound');
    expect(page.paperMm.width).toBeGreaterThan(205);
  });
});

describe('what the copy keeps', () => {
  it('thresholds text only', async () => {
    const page = await optimizeDrawn({ content: textLines(35), dpi: 300 });
    expect(page.copy).toMatchObject({ format: 'jbig2', colorMode: 'bitonal', dpi: 300 });
    expect(page.copy.data.length).toBeLessThan(60_000);
    expect(page.legibility.verdict).toBe('good');
    expect(await meanAt(page, 100, 2700, 100)).toEqual([255, 255, 255]);
  });

  it('keeps a stamp’s colour', async () => {
    const page = await optimizeDrawn({ content: textLines(20) + stamp, skewDegrees: 1.5 });
    expect(page.copy).toMatchObject({ format: 'jpeg', colorMode: 'color' });
    const [red = 0, green = 0] = await meanAt(page, 345, 2185, 10);
    expect(red - green).toBeGreaterThan(60);
  });

  it('keeps a photograph’s half-tones, also in gray', async () => {
    const page = await optimizeDrawn({ content: textLines(15) + photograph }, trialProfile('gray'));
    expect(page.copy).toMatchObject({ format: 'jpeg', colorMode: 'gray' });
    const [mean = 0] = await meanAt(page, 1400, 1700, 100);
    expect(mean).toBeGreaterThan(110);
    expect(mean).toBeLessThan(210);
  });

  it('does not brighten a picture that fills the paper as if its walls were paper', async () => {
    const spots =
      '<circle cx="400" cy="500" r="260" fill="#8040a0"/><circle cx="1100" cy="300" r="200" fill="#a05060"/>';
    const content = `<rect width="1500" height="1000" fill="#2b8064"/>${spots}`;
    const page = await optimizeDrawn({ content, widthMm: 150, heightMm: 100, bed: 230 }, trialProfile('text'));
    const [red = 0, green = 0, blue = 0] = await meanAt(page, 1300, 700, 60);
    expect([red < 60, green < 145, blue < 115]).toEqual([true, true, true]);
  });

  it('keeps pencil so faint that a threshold would lose it', async () => {
    const pencil = '<path d="M300,2000 q200,-160 400,0 t400,0 t400,0" fill="none" stroke="#d4d3d0" stroke-width="9"/>';
    const page = await optimizeDrawn({ content: textLines(10) + pencil, skewDegrees: -1 });
    expect(page.copy.colorMode).toBe('gray');
    const [stroke = 255] = await meanAt(page, 297, 1992, 8);
    expect(stroke).toBeLessThan(245);
  });

  it('fills solid areas in a bitonal copy', async () => {
    const page = await optimizeDrawn({
      content: `${textLines(10)}<rect x="300" y="1500" width="600" height="300" fill="#111"/>`,
      dpi: 300,
    });
    expect(page.copy.colorMode).toBe('bitonal');
    expect(await meanAt(page, 400, 1550, 200)).toEqual([0, 0, 0]);
  });

  it('leaves the background alone when the profile says so', async () => {
    const page = await optimizeDrawn({ content: textLines(10), paper: '#d8d0b0' }, trialProfile('photo'));
    const [red = 0, , blue = 0] = await meanAt(page, 1000, 2500, 100);
    expect(red - blue).toBeGreaterThan(25);
    expect(page.operations.map((operation) => operation.name)).not.toContain('whiten');
  });

  it('keeps the capture without loss', async () => {
    const raw = await drawPage({ content: textLines(5), widthMm: 80, heightMm: 60 });
    const page = await optimize(raw);
    const decoded = await sharp(page.capturePng).raw().toBuffer();
    expect(decoded.equals(raw.samples)).toBe(true);
    const preview = await sharp(page.capturePreview).metadata();
    expect([preview.width, preview.height]).toEqual([raw.widthPixels, raw.heightPixels]);
    const thumbnail = await sharp(page.thumbnail).metadata();
    expect(Math.max(thumbnail.width, thumbnail.height)).toBe(320);
  });

  it('takes a capture of one bit', async () => {
    const color = await drawPage({ content: textLines(20), around: 0, noise: 0, shading: 0 });
    const { data, info } = await sharp(color.samples, {
      raw: { width: color.widthPixels, height: color.heightPixels, channels: 3 },
    })
      .toColourspace('b-w')
      .threshold(128)
      .extractChannel(0)
      .raw()
      .toBuffer({ resolveWithObject: true });
    const stride = Math.ceil(info.width / 8);
    const samples = new Uint8Array(stride * info.height);
    for (let i = 0; i < data.length; i += 1) {
      const x = i % info.width;
      if (data[i] === 0) samples[Math.floor(i / info.width) * stride + (x >> 3)]! |= 0x80 >> (x & 7);
    }
    const page = await optimize({ ...color, colorMode: 'bitonal', samples });
    expect(page.copy).toMatchObject({ format: 'jbig2', colorMode: 'bitonal' });
    expect(page.isBlank).toBe(false);
  });
});

describe('blank sides', () => {
  it.each([
    ['empty', ''],
    [
      'two punch holes',
      '<circle cx="120" cy="1085" r="28" fill="#111"/><circle cx="120" cy="1885" r="28" fill="#111"/>',
    ],
  ])('are blank: %s', async (_, content) => {
    const page = await optimizeDrawn({ content, skewDegrees: 0.7, noise: 6 });
    expect(page.isBlank).toBe(true);
    expect(page.warnings).toContain('blank');
  });

  it.each([
    ['a page number', '<text x="1020" y="2850" font-size="40" font-family="Noto Sans">- 12 -</text>'],
    ['faint pencil', textLines(1, { fill: '#c4c4c0' })],
    ['one short stroke of a pencil', '<path d="M1400,900h60" stroke="#d8d8d8" stroke-width="2.5"/>'],
    ['a marker’s stroke', '<rect x="400" y="900" width="500" height="40" fill="#fff68a"/>'],
    [
      'a signature',
      '<path d="M900,1400 q80,-220 150,0 t160,-60 t190,20" fill="none" stroke="#123a8a" stroke-width="9"/>',
    ],
  ])('are not blank: %s', async (_, content) => {
    const page = await optimizeDrawn({ content, noise: 6, dpi: 300 });
    expect(page.isBlank).toBe(false);
  });
});

describe('warnings', () => {
  it('says that a blurred page cannot be read', async () => {
    const sharpPage = await drawPage({ content: textLines(30), dpi: 300 });
    const raw = { width: sharpPage.widthPixels, height: sharpPage.heightPixels, channels: 3 as const };
    const blurred = await sharp(sharpPage.samples, { raw }).blur(3.5).raw().toBuffer();
    const page = await optimize(rawPage(new Uint8Array(blurred), raw.width, raw.height, 300));
    expect(page.warnings).toContain('illegible');
  });

  it('says that the resolution is too low and the size unusual', async () => {
    const page = await optimizeDrawn({ content: textLines(8), widthMm: 120, heightMm: 260, dpi: 150 });
    expect(page.warnings).toEqual(expect.arrayContaining(['lowResolution', 'unusualSize']));
  });

  it('says that capitals alone do not tell head from foot', async () => {
    const page = await optimizeDrawn({
      content: '<text x="300" y="600" font-size="90" font-family="Noto Sans">HOJA</text>',
    });
    expect(page.warnings).toContain('orientationUnsure');
    expect(page.quarterTurns).toBe(0);
  });
});

describe('hostile input', () => {
  const good = rawPage(new Uint8Array(32 * 32 * 3), 32, 32, 300);
  it.each([
    ['no pixels', { ...good, widthPixels: 0, heightPixels: 0, samples: new Uint8Array() }, 'image.unreadable'],
    ['too few samples', { ...good, samples: new Uint8Array(100) }, 'image.unreadable'],
    ['a width that is no number', { ...good, widthPixels: Number.NaN }, 'image.unreadable'],
    ['no resolution', { ...good, dpi: 0 }, 'image.unreadable'],
    ['a side too long', { ...good, widthPixels: 40_000, heightPixels: 16 }, 'image.tooLarge'],
    ['too many pixels', { ...good, widthPixels: 30_000, heightPixels: 30_000 }, 'image.tooLarge'],
  ] as const)('is refused: %s', async (_, page, code) => {
    const error = await optimize(page).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).code).toBe(code);
  });

  it('does not fall over a tiny or a uniform page', async () => {
    expect((await optimize(good)).isBlank).toBe(true);
    const black = rawPage(new Uint8Array(400 * 300 * 3), 400, 300, 200);
    expect((await optimize(black)).warnings).toContain('edgesNotFound');
  });
});
