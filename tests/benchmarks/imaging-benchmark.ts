import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { comparisonOf } from '../../core/imaging/copy-comparison.fixture.ts';
import { compareWithCapture } from '../../core/imaging/copy-comparison.ts';
import { drawPage, textLines, trialProfile } from '../../core/imaging/drawn-page.ts';
import { quantile } from '../../core/imaging/gray-image.ts';
import { openKernels } from '../../core/imaging/kernels/kernels.ts';
import { createImaging } from '../../core/imaging/imaging.ts';

/*
 * The page optimiser in figures: one page at a time, then a stack through the pool, against what libvips needs to decode
 * and encode the same page. Ratios are of one run. `--pages N` (default 20) sets the size of the stack.
 */
type Figure = Readonly<{ name: string; value: number; unit: string; note: string }>;

const stamp = '<circle cx="500" cy="2200" r="150" fill="none" stroke="#b03040" stroke-width="12"/>';

async function measure(pages: number): Promise<readonly Figure[]> {
  const profile = trialProfile('text');
  const text = await drawPage({ content: textLines(35), dpi: 300, skewDegrees: 1.7 });
  const colored = await drawPage({ content: textLines(30) + stamp, dpi: 300, skewDegrees: -1.2 });
  const figures: Figure[] = [];
  const one = createImaging({ workers: 1 });
  const kernels = openKernels();
  for (const [name, page] of [
    ['bitonal', text],
    ['color', colored],
  ] as const) {
    const times: number[] = [];
    let bytes = 0;
    for (let round = 0; round < Math.max(5, pages); round += 1) {
      const result = await one.optimize(page, profile);
      times.push(result.milliseconds);
      bytes = result.copy.data.length;
    }
    figures.push({
      name: `page ${name}, median`,
      value: quantile(times, 0.5),
      unit: 'ms',
      note: 'A4, 300 dpi colour capture',
    });
    figures.push({ name: `page ${name}, p95`, value: quantile(times, 0.95), unit: 'ms', note: '' });
    const [result, comparisons] = [await one.optimize(page, profile), [] as number[]];
    const request = await comparisonOf(page, result);
    for (let round = 0; round < 9; round += 1) {
      const started = performance.now();
      await compareWithCapture(kernels, request);
      comparisons.push(performance.now() - started);
    }
    figures.push({
      name: `comparison ${name}`,
      value: quantile(comparisons, 0.5),
      unit: 'ms',
      note: 'of the copy with its capture; part of the above',
    });
    figures.push({ name: `copy ${name}`, value: bytes / 1024, unit: 'KiB', note: '' });
  }
  await one.close();
  const raw = { raw: { width: text.widthPixels, height: text.heightPixels, channels: 3 as const } };
  const jpeg = await sharp(text.samples, raw).jpeg({ quality: 85 }).toBuffer();
  const limits: number[] = [];
  for (let round = 0; round < 9; round += 1) {
    const started = performance.now();
    await sharp(jpeg).jpeg({ quality: 75 }).toBuffer();
    limits.push(performance.now() - started);
  }
  figures.push({
    name: 'limit',
    value: quantile(limits, 0.5),
    unit: 'ms',
    note: 'libvips decode and encode of that page',
  });
  const workers = cpus().length;
  const pool = createImaging({ workers });
  const started = performance.now();
  await Promise.all(Array.from({ length: pages }, () => pool.optimize(text, profile)));
  const seconds = (performance.now() - started) / 1000;
  await pool.close();
  figures.push({
    name: 'stack',
    value: pages / seconds,
    unit: 'pages/s',
    note: `${String(workers)} workers, ${String(pages)} pages`,
  });
  figures.push({
    name: 'peak memory',
    value: process.resourceUsage().maxRSS / 1024,
    unit: 'MiB',
    note: 'whole process',
  });
  return figures;
}

const { values } = parseArgs({ options: { pages: { type: 'string', default: '20' }, json: { type: 'boolean' } } });
const figures = await measure(Number(values.pages));
if (values.json === true) process.stdout.write(`${JSON.stringify(figures)}\n`);
else
  for (const { name, value, unit, note } of figures)
    process.stdout.write(`${name.padEnd(24)} ${value.toFixed(1).padStart(9)} ${unit.padEnd(8)} ${note}\n`);
