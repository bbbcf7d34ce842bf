import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { drawPage, trialProfile } from '../../core/imaging/drawn-page.ts';
import { compareFilePage } from '../../core/imaging/file-comparison.ts';
import { openKernels } from '../../core/imaging/kernels/kernels.ts';
import { optimizePage } from '../../core/imaging/optimize-page.ts';
import { openPdfPages } from '../../core/imaging/pdf/pdf-pages.ts';
import type { FilePage, FilePageRequest } from '../../core/services/ports/imaging.ts';
import { makeRandom } from './drawn-papers.ts';
import type { Random } from './drawn-papers.ts';

/*
 * Second flow of art. 71.3 with typeset files: a drawn A5 document is rendered, printed (a little blur), scanned askew with noise,
 * and compared with its own file and with files that were changed afterwards. `--pages N` (default 6), `--seed S`.
 */
const { values } = parseArgs({
  options: { pages: { type: 'string', default: '6' }, seed: { type: 'string', default: '1' } },
});
const count = Number(values.pages);
const dpi = 200;
const sizeMm = { width: 148, height: 210 };
const points = { width: (148 / 25.4) * 72, height: (210 / 25.4) * 72 };
const profile = { ...trialProfile('color'), dpi };

type Line = Readonly<{ text: string; y: number; size: number }>;
type Sheet = Readonly<{ lines: readonly Line[]; font: string; hasStamp: boolean }>;

const words =
  'el interesado solicita licencia de obra menor en la calle indicada y aporta certificado de empadronamiento recibo del tributo plazo recurso reposicion decreto expediente ayuntamiento'.split(
    ' ',
  );

function drawSheet(random: Random): Sheet {
  const size = random.pick([9, 10, 11]);
  const lines: Line[] = [];
  for (let y = points.height - 60; y > 130; y -= size * 1.5) {
    if (random.chance(0.1)) continue;
    let text = random.chance(0.3) ? `${random.whole(1000, 9999)},${random.whole(10, 99)} euros ` : '';
    while (text.length < 52) text += `${random.pick(words)} `;
    lines.push({ text: text.trim(), y, size });
  }
  return { lines, font: random.pick(['Helvetica', 'Times-Roman', 'Courier']), hasStamp: true };
}

function makePdf({ lines, font, hasStamp }: Sheet): Buffer {
  const text = lines.map((line) => `BT /F ${line.size} Tf 40 ${line.y} Td (${line.text}) Tj ET`).join('\n');
  const ring = 'q 0.15 0.2 0.55 RG 2.5 w 280 60 m 340 60 l 340 110 l 280 110 l s 290 85 m 330 85 l S Q';
  const content = `${text}\n${hasStamp ? ring : ''}`;
  return Buffer.from(
    `%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n` +
      `3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${points.width} ${points.height}] /Contents 4 0 R /Resources << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /${font} >> >> >> >>\nendobj\n` +
      `4 0 obj\n<< /Length ${content.length} >> stream\n${content}\nendstream\nendobj\ntrailer << /Root 1 0 R >>\n`,
  );
}

async function readPage(pdf: Buffer, atDpi: number) {
  const pages = await openPdfPages(pdf);
  try {
    return await pages.read(0, { widthMm: sizeMm.width, heightMm: sizeMm.height, dpi: atDpi });
  } finally {
    await pages.close();
  }
}

const kernels = openKernels();

/** On paper, and from there through the scanner. */
async function printAndScan(sheet: Sheet, random: Random): Promise<FilePageRequest> {
  const { page } = await readPage(makePdf(sheet), 600);
  const channels = page.colorMode === 'color' ? 3 : 1;
  const raw = { width: page.widthPixels, height: page.heightPixels, channels } as const;
  const printed = await sharp(page.samples, { raw, limitInputPixels: false })
    .blur(random.between(1, 2))
    .png()
    .toBuffer();
  const content = `<image href="data:image/png;base64,${printed.toString('base64')}" width="1480" height="2100"/>`;
  const scan = await drawPage({
    content,
    widthMm: sizeMm.width,
    heightMm: sizeMm.height,
    dpi,
    skewDegrees: random.between(-2, 2),
    noise: random.between(2, 6),
    shading: random.between(0, 0.1),
  });
  const copy = await optimizePage(kernels, scan, profile, () => undefined);
  return {
    capturePng: copy.capturePng,
    captureCorners: copy.captureCorners.map(({ x, y }) => ({ x: x / scan.widthPixels, y: y / scan.heightPixels })),
    paperMm: copy.paperMm,
    colorMode: copy.copy.colorMode,
    profile,
  };
}

const compare = async (sheet: Sheet, request: FilePageRequest): Promise<FilePage> =>
  compareFilePage(kernels, await readPage(makePdf(sheet), dpi), request);

const toMm = (y: number): number => ((points.height - y) / 72) * 25.4;
/** Whether what was pointed out lies there, and nothing elsewhere. */
const pointsAt = ({ zones }: FilePage, y: number): Readonly<{ isFound: boolean; elsewhere: number }> => {
  const isThere = zones.map(({ placeMm }) => placeMm.y - 4 < toMm(y) && toMm(y) < placeMm.y + placeMm.height + 4);
  return { isFound: isThere.includes(true), elsewhere: isThere.filter((is) => !is).length };
};

const otherDigit = (text: string): string => text.replace(/\d/u, (digit) => String((Number(digit) + 5) % 10));
const changes = {
  digit: (sheet: Sheet, line: Line): Sheet => ({
    ...sheet,
    lines: sheet.lines.map((each) => (each === line ? { ...each, text: otherDigit(each.text) } : each)),
  }),
  line: (sheet: Sheet, line: Line): Sheet => ({ ...sheet, lines: sheet.lines.filter((each) => each !== line) }),
} as const;

const tally = {
  same: 0,
  falseZones: 0,
  obstacles: 0,
  digit: 0,
  digits: 0,
  line: 0,
  stamp: 0,
  swapped: 0,
  elsewhere: 0,
};
const milliseconds: number[] = [];
let before: Sheet | null = null;
for (let index = 0; index < count; index += 1) {
  const random = makeRandom(Number(values.seed) * 1000 + index);
  const sheet = drawSheet(random);
  const request = await printAndScan(sheet, random);
  const started = performance.now();
  const same = await compare(sheet, request);
  milliseconds.push(performance.now() - started);
  tally.same += same.zones.length === 0 && same.obstacles.length === 0 ? 1 : 0;
  tally.falseZones += same.zones.length;
  tally.obstacles += same.obstacles.length;
  for (const zone of same.zones)
    process.stdout.write(`  page ${index}: false alarm ${zone.kind} ${JSON.stringify(zone.placeMm)}\n`);
  if (same.obstacles.length > 0) process.stdout.write(`  page ${index}: ${same.obstacles.join(', ')}\n`);

  const withDigits = sheet.lines.filter(({ text }) => /\d/u.test(text));
  if (withDigits.length > 0) {
    const line = random.pick(withDigits);
    const found = pointsAt(await compare(changes.digit(sheet, line), request), line.y);
    tally.digits += 1;
    tally.digit += found.isFound ? 1 : 0;
    tally.elsewhere += found.elsewhere;
    if (!found.isFound)
      process.stdout.write(`  page ${index}: digit not found in «${line.text}» (${sheet.font} ${line.size})\n`);
  }
  const missing = random.pick(sheet.lines);
  const line = pointsAt(await compare(changes.line(sheet, missing), request), missing.y);
  tally.line += line.isFound ? 1 : 0;
  tally.elsewhere += line.elsewhere;
  const stamp = pointsAt(await compare({ ...sheet, hasStamp: false }, request), 85);
  tally.stamp += stamp.isFound ? 1 : 0;
  tally.elsewhere += stamp.elsewhere;
  if (before !== null) {
    const other = await compare(before, request);
    tally.swapped += other.obstacles.includes('differs') || other.zones.length >= 5 ? 1 : 0;
  }
  before = sheet;
}
const sorted = milliseconds.toSorted((a, b) => a - b);
process.stdout.write(
  `${count} pages of 148 × 210 mm at ${dpi} dpi\n` +
    `same page quiet: ${tally.same} of ${count} (${tally.falseZones} false zones, ${tally.obstacles} obstacles)\n` +
    `altered digit found: ${tally.digit} of ${tally.digits}; missing line: ${tally.line} of ${count}; missing stamp: ${tally.stamp} of ${count}; ` +
    `another page: ${tally.swapped} of ${count - 1}\n` +
    `zones elsewhere on altered pages: ${tally.elsewhere}\n` +
    `render and compare, median: ${Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0)} ms\n`,
);
