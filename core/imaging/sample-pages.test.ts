import { existsSync, readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { trialProfile } from './drawn-page.ts';
import { quantile } from './gray-image.ts';
import { createImaging } from './imaging.ts';
import { rawPageFromImage } from './raw-page-from-image.ts';

// Pages beside the checkout that the project did not make; without them, optimize-page.test.ts draws its own.
const folder = new URL('../../../shared/data/pages/synthetic/', import.meta.url);
const truthFile = new URL('truth.json', folder);
const isThere = existsSync(truthFile);
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

describe.runIf(isThere)('the sample pages', () => {
  const imaging = createImaging({ workers: 1 });
  afterAll(() => imaging.close());

  it('come out straight, upright, of the paper’s size, and with all that was on them', async () => {
    const truth = truthSchema.parse(JSON.parse(readFileSync(truthFile, 'utf8')));
    const profile = trialProfile('text');
    const errors: number[] = [];
    const times: number[] = [];
    const lines: string[] = [];
    for (const known of truth) {
      const raw = await rawPageFromImage(readFileSync(new URL(`${known.name}.jpg`, folder)));
      const page = await imaging.optimize(raw, profile);
      const error = Math.abs(page.skewDegrees - known.skew);
      errors.push(error);
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
    lines.push(
      `skew error: median ${quantile(errors, 0.5).toFixed(4)}, p95 ${quantile(errors, 0.95).toFixed(4)}, worst ${Math.max(...errors).toFixed(4)} degrees; ` +
        `median ${quantile(times, 0.5).toFixed(0)} ms, p95 ${quantile(times, 0.95).toFixed(0)} ms a page`,
    );
    process.stdout.write(`${lines.join('\n')}\n`);
    expect(quantile(errors, 0.5)).toBeLessThanOrEqual(0.02);
    expect(quantile(errors, 0.95)).toBeLessThanOrEqual(0.1);
  }, 300_000);
});

describe.runIf(!isThere)('the sample pages', () => {
  it('are not beside this checkout', () => {
    process.stdout.write(`no sample pages at ${truthFile.pathname}: accuracy is tested on drawn pages only\n`);
    expect(isThere).toBe(false);
  });
});
