import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { encodeLosslessCopy } from '../../core/imaging/codecs.ts';
import { comparisonOf } from '../../core/imaging/copy-comparison.fixture.ts';
import { compareWithCapture } from '../../core/imaging/copy-comparison.ts';
import { drawPage, textLines, trialProfile } from '../../core/imaging/drawn-page.ts';
import { quantile } from '../../core/imaging/gray-image.ts';
import { createImaging } from '../../core/imaging/imaging.ts';
import { openKernels } from '../../core/imaging/kernels/kernels.ts';
import type { RawPage } from '../../core/services/ports/scanner.ts';
import { runPagePrograms } from './page-programs.ts';

/*
 * The page optimiser in figures: one page at a time, then stacks through the pool, against what libvips needs to decode and
 * encode the same page, and against other programs where they are installed. Ratios are of one run, and of processor time,
 * which a busy machine distorts less than the clock. `--pages N` (default 50) is the largest stack.
 */
type Figure = Readonly<{ name: string; value: number; unit: string; note: string }>;

const stamp = '<circle cx="500" cy="2200" r="150" fill="none" stroke="#b03040" stroke-width="12"/>';
/** Until V8 has compiled what a page needs. */
const warmUps = 5;
const rounds = 15;
const stacks = [1, 10, 50, 100, 500];
const profile = trialProfile('text');
const figures: Figure[] = [];
const { values } = parseArgs({ options: { pages: { type: 'string', default: '50' }, json: { type: 'boolean' } } });

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

type Cost = Readonly<{ ms: readonly number[]; cpu: readonly number[] }>;

async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const cost = { ms: [] as number[], cpu: [] as number[] };
  for (let round = -warmUps; round < rounds; round += 1) {
    const [started, before] = [performance.now(), cpuMs()];
    await work();
    if (round < 0) continue;
    cost.ms.push(performance.now() - started);
    cost.cpu.push(cpuMs() - before);
  }
  return cost;
}

function tell(name: string, value: number, unit: string, note = ''): void {
  figures.push({ name, value, unit, note });
  if (values.json !== true)
    process.stdout.write(`${name.padEnd(27)} ${value.toFixed(1).padStart(9)} ${unit.padEnd(8)} ${note}\n`);
}

async function measurePages(pages: readonly (readonly [string, RawPage])[], limit: number): Promise<void> {
  const one = createImaging({ workers: 1 });
  const kernels = openKernels();
  for (const [name, page] of pages) {
    const { ms, cpu } = await costOf(() => one.optimize(page, profile));
    const result = await one.optimize(page, profile);
    const request = await comparisonOf(page, result);
    const comparison = await costOf(() => compareWithCapture(kernels, request));
    tell(`page ${name}, median`, quantile(ms, 0.5), 'ms', `${String(page.dpi)} dpi colour capture of A4`);
    tell(`page ${name}, p95`, quantile(ms, 0.95), 'ms');
    tell(`page ${name}, processor`, quantile(cpu, 0.5), 'ms', `${(quantile(cpu, 0.5) / limit).toFixed(1)} × the limit`);
    tell(
      `comparison ${name}`,
      quantile(comparison.cpu, 0.5),
      'ms',
      'of copy and capture, processor; part of the above',
    );
    tell(`copy ${name}`, result.copy.data.length / 1024, 'KiB', result.copy.format);
    tell(`capture ${name}`, result.capturePng.length / 1024, 'KiB', 'PNG, kept until its retention ends');
  }
  await one.close();
}

const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);

/**
 * Stacks through the pool as the services open it, with a page more under way than it has workers: the pages' processor
 * time, and the whole process's memory before, at most, and after. A page's result is let go when it is there.
 */
async function measureStacks(name: string, page: RawPage, largest: number): Promise<void> {
  const samples = new Uint8Array(new SharedArrayBuffer(page.samples.length));
  samples.set(page.samples);
  const pool = createImaging();
  const underWay = Math.max(1, availableParallelism() - 1) + 1;
  for (const pages of stacks.filter((count) => count <= largest)) {
    const before = process.memoryUsage.rss();
    let peak = before;
    let left = pages;
    const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 50);
    const feed = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await pool.optimize({ ...page, samples }, profile);
      }
    };
    const [started, startedCpu] = [performance.now(), cpuMs()];
    await Promise.all(Array.from({ length: underWay }, feed));
    const seconds = (performance.now() - started) / 1000;
    const cpu = (cpuMs() - startedCpu) / pages;
    clearInterval(watch);
    const after = process.memoryUsage.rss();
    tell(
      `stack of ${String(pages)} ${name}`,
      cpu,
      'ms/page',
      `processor; ${(pages / seconds).toFixed(2)} pages/s; memory ${mib(before)}, at most ${mib(Math.max(peak, after))}, then ${mib(after)} MiB`,
    );
  }
  await pool.close();
}

async function measurePeers(page: RawPage, limit: number): Promise<void> {
  const one = createImaging({ workers: 1 });
  const { copy } = await one.optimize(page, profile);
  await one.close();
  for (const { name, run } of await runPagePrograms(page, await encodeLosslessCopy(openKernels(), copy)))
    if (run === null) tell(name, Number.NaN, 'ms', 'not installed');
    else
      tell(
        name,
        run.cpuMs,
        'ms',
        `processor, ${(run.cpuMs / limit).toFixed(1)} × the limit; ${run.ms.toFixed(0)} ms by the clock; ${(run.bytes / 1024).toFixed(0)} KiB`,
      );
}

const text = await drawPage({ content: textLines(35), dpi: 300, skewDegrees: 1.7 });
const colored = { content: textLines(30) + stamp, skewDegrees: -1.2 };
const color = await drawPage({ ...colored, dpi: 300 });
const raw = { raw: { width: text.widthPixels, height: text.heightPixels, channels: 3 as const } };
const jpeg = await sharp(text.samples, raw).jpeg({ quality: 85 }).toBuffer();
const limits = await costOf(() => sharp(jpeg).jpeg({ quality: 75 }).toBuffer());
const limit = quantile(limits.cpu, 0.5);
tell('limit', limit, 'ms', 'libvips decode and encode of the 300 dpi page, processor');
await measurePages(
  [
    ['bitonal', text],
    ['color', color],
    ['color 200', await drawPage({ ...colored, dpi: 200 })],
  ],
  limit,
);
await measureStacks('bitonal', text, Number(values.pages));
await measureStacks('color', color, Number(values.pages));
await measurePeers(text, limit);
if (values.json === true) process.stdout.write(`${JSON.stringify(figures)}\n`);
