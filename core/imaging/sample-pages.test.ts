import { existsSync, readFileSync } from 'node:fs';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import type { RawPage } from '../services/ports/scanner.ts';
import { drawPage, textLines, trialProfile } from './drawn-page.ts';
import { quantile } from './gray-image.ts';
import { createImaging } from './imaging.ts';
import { rawPageFromImage } from './raw-page-from-image.ts';
import { partOf } from '../testing/every-case.ts';

// Pages beside the checkout that the project did not make; without them, optimize-page.test.ts draws its own.
const folder = new URL('../../../shared/data/pages/synthetic/', import.meta.url);
const truthFile = new URL('truth.json', folder);
const truthSchema = z.array(
  z.object({
    name: z.string(),
    base: z.string(),
    skew: z.number(),
    rot: z.number(),
    page: z.tuple([z.number(), z.number()]),
    blank: z.boolean(),
  }),
);
const colored = ['stamped', 'idcard', 'form', 'sparse', 'signonly'];
/** Sides whose text is capitals and figures only, or a drawing: their head cannot be told. */
const withoutHead = ['separator', 'signonly', 'pagenum', 'blank', 'blankholes', 'bleed8', 'bleed25'];

type Sample = Readonly<{ known: z.infer<typeof truthSchema>[number]; load: () => Promise<RawPage> }>;

function listSamples(): readonly Sample[] {
  if (existsSync(truthFile))
    return partOf(truthSchema.parse(JSON.parse(readFileSync(truthFile, 'utf8'))), 3).map((known) => ({
      known,
      load: () => rawPageFromImage(readFileSync(new URL(`${known.name}.jpg`, folder))),
    }));
  process.stdout.write(`no sample pages at ${truthFile.pathname}: two drawn pages take their place\n`);
  return [-1.9, 3.4].map((skew) => ({
    known: { name: `drawn ${String(skew)}`, base: 'letter', skew, rot: 0, page: [1654, 2339], blank: false },
    load: () => drawPage({ content: textLines(30), skewDegrees: skew }),
  }));
}

describe('the sample pages', () => {
  const imaging = createImaging({ workers: 1 });
  afterAll(() => imaging.close());

  it('come out straight, upright, of the paper’s size, and with all that was on them', async () => {
    const profile = trialProfile('text');
    const errors: number[] = [];
    const times: number[] = [];
    const lines: string[] = [];
    const differing: string[] = [];
    for (const { known, load } of listSamples()) {
      const page = await imaging.optimize(await load(), profile);
      const error = Math.abs(page.skewDegrees - known.skew);
      errors.push(error);
      if (page.zones.some(({ kind }) => kind === 'inkMissing' || kind === 'inkAdded')) differing.push(known.name);
      times.push(page.milliseconds);
      lines.push(
        [
          known.name.padEnd(16),
          `skew ${error.toFixed(4)}`,
          `turns ${String(page.quarterTurns)}`,
          `${page.paperMm.width.toFixed(2)} x ${page.paperMm.height.toFixed(2)} mm`,
          page.copy.colorMode.padEnd(8),
          `${(page.copy.data.length / 1024).toFixed(0)} KiB`.padEnd(9),
          page.isBlank ? 'blank' : '',
          page.warnings.join(' '),
        ].join('  '),
      );
      const label = known.name;
      if (!withoutHead.includes(known.base)) expect(page.quarterTurns * 90, label).toBe(known.rot);
      if (!known.blank) expect(page.isBlank, label).toBe(false);
      if (colored.includes(known.base)) expect(page.copy.colorMode, label).toBe('color');
      if (page.quarterTurns * 90 === known.rot) {
        const [width, height] = known.page;
        expect(Math.abs(page.copy.widthPixels / width - 1), label).toBeLessThan(0.005);
        expect(Math.abs(page.copy.heightPixels / height - 1), label).toBeLessThan(0.005);
      }
    }
    // What shows through from the other side is whitened away where it is dense: told, and rightly so.
    expect(differing.filter((name) => !name.startsWith('b2_bleed25'))).toEqual([]);
    lines.push(
      `skew error: median ${quantile(errors, 0.5).toFixed(4)}, p95 ${quantile(errors, 0.95).toFixed(4)}, worst ${Math.max(...errors).toFixed(4)} degrees; ` +
        `median ${quantile(times, 0.5).toFixed(0)} ms, p95 ${quantile(times, 0.95).toFixed(0)} ms a page`,
    );
    process.stdout.write(`${lines.join('\n')}\n`);
    expect(quantile(errors, 0.5)).toBeLessThanOrEqual(0.02);
    expect(quantile(errors, 0.95)).toBeLessThanOrEqual(0.1);
  }, 300_000);
});

describe('an image file', () => {
  const gray = { create: { width: 400, height: 300, channels: 3 as const, background: '#c8c8c8' } };

  it('becomes a raw page with its resolution and depth', async () => {
    const jpeg = await sharp(gray).withMetadata({ density: 240 }).jpeg().toBuffer();
    const page = await rawPageFromImage(jpeg);
    expect(page).toMatchObject({ widthPixels: 400, heightPixels: 300, dpi: 240, colorMode: 'color' });
    expect(page.samples.length).toBe(400 * 300 * 3);
    const png = await sharp(gray).toColourspace('b-w').png().toBuffer();
    expect(await rawPageFromImage(png, 200)).toMatchObject({ dpi: 200, colorMode: 'gray' });
  });

  it('of one bit stays one bit', async () => {
    const tiff = await sharp(gray)
      .toColourspace('b-w')
      .threshold(240)
      .tiff({ bitdepth: 1, compression: 'ccittfax4', xres: 11.811, yres: 11.811 })
      .toBuffer();
    const page = await rawPageFromImage(tiff);
    expect(page).toMatchObject({ colorMode: 'bitonal', dpi: 300 });
    expect(page.samples.every((byte) => byte === 0xff)).toBe(true);
  });

  it('that is truncated or no image is refused', async () => {
    const jpeg = await sharp(gray).jpeg().toBuffer();
    const codes = await Promise.all(
      [jpeg.subarray(0, 700), new Uint8Array(), Buffer.from('%PDF-1.7')].map((bytes) =>
        rawPageFromImage(bytes).then(
          () => 'read',
          (error: unknown) => (error instanceof AppError ? error.code : String(error)),
        ),
      ),
    );
    expect(codes).toEqual(['image.unreadable', 'image.unreadable', 'image.unreadable']);
  });
});
