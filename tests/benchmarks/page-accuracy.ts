import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import type { Samples } from '../../core/imaging/codecs.ts';
import { encodeLosslessCopy } from '../../core/imaging/codecs.ts';
import { trialProfile } from '../../core/imaging/drawn-page.ts';
import { mmPerInch, quantile } from '../../core/imaging/gray-image.ts';
import { openKernels } from '../../core/imaging/kernels/kernels.ts';
import type { OptimizedPageWithLegibility } from '../../core/imaging/optimize-page.ts';
import { optimizePage } from '../../core/imaging/optimize-page.ts';
import type { Random } from './drawn-papers.ts';
import { kinds, makeRandom } from './drawn-papers.ts';
import type { Capture, DrawnScan } from './drawn-scans.ts';
import { scanPaper } from './drawn-scans.ts';

/*
 * How well pages come out that no sample shows: sheets of every kind that reaches a counter, drawn from a seed, laid on a
 * scanner in every way, optimised, and compared with what was drawn.
 * `--each N` pages of each kind (default 8), `--seed S`, `--kind NAME,NAME`, `--only I` the I-th alone, `--out FOLDER`
 * writes the pages that failed.
 */
type Result = Readonly<{
  name: string;
  kind: string;
  how: string;
  skewError: number;
  isTurnWrong: boolean;
  sizeError: number;
  lostMm2: number;
  dirtMm2: number;
  isColorLost: boolean;
  isPhotographLost: boolean;
  isBlankWrong: boolean;
  warnings: string;
  milliseconds: number;
  kib: number;
}>;

const { values } = parseArgs({
  options: {
    each: { type: 'string', default: '8' },
    seed: { type: 'string', default: '1' },
    kind: { type: 'string' },
    only: { type: 'string' },
    out: { type: 'string' },
    json: { type: 'boolean' },
    verbose: { type: 'boolean' },
  },
});

const cropShare = 0.005;

function drawCapture(random: Random, kind: string, paper: string): Capture & Readonly<{ how: string }> {
  const skewDegrees = random.chance(0.12) ? random.between(-14, 14) : random.chance(0.15) ? 0 : random.between(-5, 5);
  const isAll = kind === 'card' || kind === 'photo print' || kind === 'receipt' || kind === 'a5';
  const way = random.pick(
    isAll
      ? (['overscan', 'white bed', 'gray bed', 'glass'] as const)
      : (['overscan', 'white bed', 'gray bed', 'close', 'full'] as const),
  );
  const colorMode =
    kind === 'coloured paper' || kind === 'card'
      ? 'color'
      : random.pick(['color', 'color', 'color', 'gray', 'bitonal'] as const);
  const dpi =
    kind === 'a3'
      ? 200
      : random.pick([150, 200, 200, 200, 300, 300, 300, 300, 300, 300, 400, random.chance(0.4) ? 600 : 240]);
  const base = {
    dpi,
    colorMode,
    skewDegrees,
    quarterTurns: random.pick([0, 0, 1, 2, 3] as const),
    shading: random.between(0, 0.25),
    noise: random.between(1, 8),
    blur: random.between(0, (0.8 * dpi) / 300),
    jpeg: random.chance(0.5) ? random.whole(40, 95) : null,
    shadow: random.chance(0.5),
  };
  const some = (from: number, to: number): readonly [number, number, number, number] => [
    random.between(from, to),
    random.between(from, to),
    random.between(from, to),
    random.between(from, to),
  ];
  switch (way) {
    case 'overscan':
      return { ...base, how: way, bed: random.whole(5, 60), around: some(2, isAll ? 70 : 12) };
    case 'white bed':
      return { ...base, how: way, bed: whiteBed(random, paper), around: some(2, isAll ? 70 : 12), shadow: true };
    case 'glass':
      // In its corner, as most people lay a small paper.
      return {
        ...base,
        how: way,
        bed: whiteBed(random, paper),
        around: [random.between(0, 8), random.between(0, 8), random.between(40, 120), random.between(80, 230)],
        shadow: true,
      };
    case 'gray bed':
      return { ...base, how: way, bed: random.whole(90, 190), around: some(2, isAll ? 70 : 12) };
    case 'close':
      // The feeder cuts at the sheet's rectangle: wedges of bed at the corners only, or nothing at the top.
      return { ...base, how: way, bed: random.pick([12, 30, 128]), around: [0.5, 0, 0.5, random.between(0, 4)] };
    case 'full': {
      // No edge to be seen, as on the bed whose cover is as white as the paper.
      return { ...base, how: way, bed: null, around: some(-2, 6), shadow: false };
    }
  }
}

/** Darker or lighter than the sheet by as much as its cover's distance makes it. */
function whiteBed(random: Random, paper: string): number {
  const darkest = Math.min(...[1, 3, 5].map((at) => Number.parseInt(paper.slice(at, at + 2), 16)));
  return darkest > 225 ? darkest - random.whole(8, 30) : Math.min(250, darkest + random.whole(12, 40));
}

async function decode(page: OptimizedPageWithLegibility): Promise<Samples> {
  const { data, info } = await sharp(await encodeLosslessCopy(kernels, page.copy), { limitInputPixels: false })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), width: info.width, height: info.height, channels: 3 };
}

/** Mean over squares of `mm`; darkness of the green and red mean, and chroma. */
function judge(
  scan: DrawnScan,
  page: OptimizedPageWithLegibility,
  copy: Samples,
): Pick<Result, 'lostMm2' | 'dirtMm2' | 'isColorLost' | 'isPhotographLost'> {
  const { clean } = scan;
  const scale = scan.capture.dpi / mmPerInch;
  const [a, b, , d] = page.captureCorners;
  if (a === undefined || b === undefined || d === undefined) throw new Error('no corners');
  const ax = { x: (b.x - a.x) / copy.width, y: (b.y - a.y) / copy.width };
  const ay = { x: (d.x - a.x) / copy.height, y: (d.y - a.y) / copy.height };
  const det = ax.x * ay.y - ax.y * ay.x;
  const toCopy = (x: number, y: number): readonly [number, number] => {
    const p = scan.toCapture({ x, y });
    const dx = p.x - a.x;
    const dy = p.y - a.y;
    return [(dx * ay.y - dy * ay.x) / det, (dy * ax.x - dx * ax.y) / det];
  };
  // Squares of a third of a millimetre: the darkness of each in the drawing, and the copy's around it.
  const size = Math.max(2, Math.round(scale / 3));
  const paperLevel = brightest(clean);
  let lost = 0;
  let dirt = 0;
  const photo: [number, number][][] = scan.paper.photographs.map(() => []);
  const edge = 1.2 * scale;
  const columns = Math.floor(clean.width / size);
  const rows = Math.floor(clean.height / size);
  const darkness = new Float32Array(columns * rows);
  for (let r = 0; r < rows; r += 1)
    for (let c = 0; c < columns; c += 1)
      darkness[r * columns + c] = 1 - meanOf(clean, c * size, r * size, size) / paperLevel;
  const kept = new Float32Array(columns * rows);
  for (let r = 0; r < rows; r += 1)
    for (let c = 0; c < columns; c += 1) {
      const [x, y] = toCopy((c + 0.5) * size, (r + 0.5) * size);
      kept[r * columns + c] =
        x < 0 || y < 0 || x >= copy.width || y >= copy.height
          ? -1
          : 1 - meanOf(copy, Math.floor(x - size / 2), Math.floor(y - size / 2), size) / 255;
    }
  const most = (field: Float32Array, r: number, c: number, reach: number): number => {
    let value = -1;
    for (let y = Math.max(0, r - reach); y <= Math.min(rows - 1, r + reach); y += 1)
      for (let x = Math.max(0, c - reach); x <= Math.min(columns - 1, c + reach); x += 1)
        value = Math.max(value, field[y * columns + x]!);
    return value;
  };
  // A capture of one bit has lost the faint strokes already.
  const faintest = scan.capture.colorMode === 'bitonal' ? 0.6 : 0.1;
  for (let r = 0; r < rows; r += 1) {
    for (let c = 0; c < columns; c += 1) {
      const value = darkness[r * columns + c]!;
      const x = c * size;
      const y = r * size;
      if (x < edge || y < edge || x > clean.width - edge || y > clean.height - edge) continue;
      if (scan.paper.kind.startsWith('bleed') && value < 0.35) continue;
      const seen = scan.toCapture({ x, y });
      if (
        seen.x < scale ||
        seen.y < scale ||
        seen.x > scan.page.widthPixels - scale ||
        seen.y > scan.page.heightPixels - scale
      )
        continue;
      if (value > faintest && most(kept, r, c, 1) < 0.25 * value) lost += 1;
      const isInPhotograph = scan.paper.photographs.some(
        ([left, top, w, h]) => x > left * scale && x < (left + w) * scale && y > top * scale && y < (top + h) * scale,
      );
      if (!isInPhotograph && kept[r * columns + c]! > 0.4 && most(darkness, r, c, 2) < 0.04) dirt += 1;
    }
  }
  scan.paper.photographs.forEach(([left, top, w, h], index) => {
    for (let y = top + 1; y < top + h - 1; y += 1)
      for (let x = left + 1; x < left + w - 1; x += 1) {
        const r = Math.floor((y * scale) / size);
        const c = Math.floor((x * scale) / size);
        const there = kept[r * columns + c];
        if (there !== undefined && there >= 0) photo[index]!.push([darkness[r * columns + c]!, there]);
      }
  });
  const mm2 = (size / scale) ** 2;
  return {
    lostMm2: lost * mm2,
    dirtMm2: dirt * mm2,
    isColorLost: scan.paper.needsColor && scan.capture.colorMode === 'color' && page.copy.colorMode !== 'color',
    isPhotographLost: scan.capture.colorMode !== 'bitonal' && photo.some((pairs) => correlation(pairs) < 0.85),
  };
}

/** mm² of the drawing that a capture of one bit surely holds. */
function darkMm2({ clean, capture }: DrawnScan): number {
  let count = 0;
  for (let i = 0; i < clean.data.length; i += 3)
    if (0.3 * clean.data[i]! + 0.59 * clean.data[i + 1]! + 0.11 * clean.data[i + 2]! < 100) count += 1;
  return count * (mmPerInch / capture.dpi) ** 2;
}

function brightest(clean: Samples): number {
  const levels: number[] = [];
  for (let i = 0; i < clean.data.length; i += 3 * 997)
    levels.push((clean.data[i]! + clean.data[i + 1]! + clean.data[i + 2]!) / 3);
  return quantile(levels, 0.85);
}

function meanOf(image: Samples, x: number, y: number, size: number): number {
  let sum = 0;
  let count = 0;
  for (let dy = Math.max(0, y); dy < Math.min(image.height, y + size); dy += 1)
    for (let dx = Math.max(0, x); dx < Math.min(image.width, x + size); dx += 1) {
      const i = (dy * image.width + dx) * 3;
      sum += image.data[i]! + image.data[i + 1]! + image.data[i + 2]!;
      count += 3;
    }
  return count === 0 ? 255 : sum / count;
}

function correlation(pairs: readonly (readonly [number, number])[]): number {
  if (pairs.length < 50) return 1;
  const mean = (index: 0 | 1): number => pairs.reduce((sum, pair) => sum + pair[index], 0) / pairs.length;
  const [ma, mb] = [mean(0), mean(1)];
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (const [a, b] of pairs) {
    ab += (a - ma) * (b - mb);
    aa += (a - ma) ** 2;
    bb += (b - mb) ** 2;
  }
  return aa === 0 ? 1 : ab / Math.sqrt(aa * bb || 1);
}

const kernels = openKernels();
const results: Result[] = [];
const names = Object.keys(kinds).filter((name) => values.kind === undefined || values.kind.split(',').includes(name));
if (values.out !== undefined) mkdirSync(values.out, { recursive: true });

for (const name of names) {
  for (let i = 0; i < Number(values.each); i += 1) {
    if (values.only !== undefined && Number(values.only) !== i) continue;
    const seed =
      Number(values.seed) * 1_000_003 +
      i * 7919 +
      [...name].reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) % 2 ** 45, 7);
    const random = makeRandom(seed);
    const draw = kinds[name]!;
    const paper = draw(random);
    const capture = drawCapture(random, name, paper.paper);
    const scan = await scanPaper(paper, capture, random);
    const page = await optimizePage(kernels, scan.page, trialProfile('text'), () => undefined);
    const copy = await decode(page);
    const skew = wrapped(page.skewDegrees + 90 * page.quarterTurns - capture.skewDegrees - 90 * capture.quarterTurns);
    const quarters = Math.round(skew / 90);
    const isTurnWrong = quarters !== 0;
    const sideways = Math.abs(quarters) % 2 === 1;
    const [w, h] = sideways ? [paper.heightMm, paper.widthMm] : [paper.widthMm, paper.heightMm];
    const verdict = judge(scan, page, copy);
    // What nobody can see is not asked for: a white bed in a capture of one bit, a window smaller than the sheet.
    const isEdgeSeen =
      capture.bed !== null && capture.how !== 'full' && (capture.colorMode !== 'bitonal' || capture.bed < 140);
    const isSkewSeen = isEdgeSeen || paper.hasHead;
    const result: Result = {
      name: `${name} ${i}`,
      kind: paper.kind,
      how: `${capture.how} ${capture.colorMode} ${capture.dpi} skew ${capture.skewDegrees.toFixed(2)} turns ${capture.quarterTurns} noise ${capture.noise.toFixed(0)} bed ${capture.bed} jpeg ${capture.jpeg} around ${capture.around.map((v) => v.toFixed(0)).join('/')}`,
      skewError: isSkewSeen ? Math.abs(skew - 90 * quarters) : 0,
      isTurnWrong: paper.hasHead && isTurnWrong,
      sizeError: !isEdgeSeen
        ? 0
        : Math.max(Math.abs(page.paperMm.width / w - 1), Math.abs(page.paperMm.height / h - 1)),
      ...verdict,
      isBlankWrong:
        paper.isBlank !== null &&
        page.isBlank !== paper.isBlank &&
        !(paper.isBlank === false && capture.colorMode === 'bitonal' && darkMm2(scan) < 1),
      warnings: page.warnings.join(' '),
      milliseconds: page.milliseconds,
      kib: page.copy.data.length / 1024,
    };
    results.push(result);
    const failures = failuresOf(result);
    if (values.verbose === true || failures.length > 0)
      process.stdout.write(
        `${result.name.padEnd(18)} ${failures.join(', ').padEnd(40)} ${result.how} | ${page.copy.colorMode} ${result.kib.toFixed(0)} KiB ${result.warnings}\n`,
      );
    if (values.out !== undefined && failures.length > 0) {
      const file = path.join(values.out, result.name.replaceAll(' ', '-'));
      writeFileSync(`${file}-copy.png`, await encodeLosslessCopy(kernels, page.copy));
      writeFileSync(`${file}-scan.png`, page.capturePng);
    }
  }
}

function failuresOf(result: Result): readonly string[] {
  return [
    result.skewError > 0.1 ? `skew ${result.skewError.toFixed(2)}` : '',
    result.isTurnWrong ? 'turn' : '',
    result.sizeError > cropShare ? `size ${(result.sizeError * 100).toFixed(1)}%` : '',
    result.lostMm2 > 2 ? `lost ${result.lostMm2.toFixed(1)}` : '',
    result.dirtMm2 > 4 ? `dirt ${result.dirtMm2.toFixed(1)}` : '',
    result.isColorLost ? 'colour' : '',
    result.isPhotographLost ? 'photograph' : '',
    result.isBlankWrong ? 'blank' : '',
  ].filter((text) => text !== '');
}

function wrapped(degrees: number): number {
  return ((((degrees + 180) % 360) + 360) % 360) - 180;
}

process.stdout.write(
  `\n${'kind'.padEnd(16)} pages  skew median    p95  worst  turns  size  lost  dirt  colour  photo  blank    ms   KiB\n`,
);
const groups = [...new Set(results.map((result) => result.kind)), 'all'];
for (const kind of groups) {
  const list = results.filter((result) => kind === 'all' || result.kind === kind);
  const errors = list.map((result) => result.skewError);
  const count = (test: (result: Result) => boolean): string => String(list.filter(test).length);
  process.stdout.write(
    `${kind.padEnd(16)} ${String(list.length).padStart(5)}  ${quantile(errors, 0.5).toFixed(4).padStart(11)} ${quantile(errors, 0.95).toFixed(3).padStart(6)} ${Math.max(
      ...errors,
    )
      .toFixed(2)
      .padStart(6)} ` +
      `${count((r) => r.isTurnWrong).padStart(6)} ${count((r) => r.sizeError > cropShare).padStart(5)} ${count((r) => r.lostMm2 > 2).padStart(5)} ${count((r) => r.dirtMm2 > 4).padStart(5)} ` +
      `${count((r) => r.isColorLost).padStart(7)} ${count((r) => r.isPhotographLost).padStart(6)} ${count((r) => r.isBlankWrong).padStart(6)} ` +
      `${quantile(
        list.map((r) => r.milliseconds),
        0.5,
      )
        .toFixed(0)
        .padStart(5)} ${quantile(
        list.map((r) => r.kib),
        0.5,
      )
        .toFixed(0)
        .padStart(5)}\n`,
  );
}
if (values.json === true) process.stdout.write(`${JSON.stringify(results)}\n`);
