import { readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import type { PageText } from '../../core/contract/schemas/page-text.ts';
import { createTesseract } from '../../core/devices/tesseract/tesseract.ts';
import { loadDocumentAssets } from '../../core/documents/assets.ts';
import { buildImagePdf } from '../../core/documents/copy.ts';
import { leastConfidence, plainTextOf, withoutDoubtfulWords } from '../../core/domain/recognized-text.ts';
import { encodeLosslessCopy } from '../../core/imaging/codecs.ts';
import { drawPage, trialProfile } from '../../core/imaging/drawn-page.ts';
import { quantile } from '../../core/imaging/gray-image.ts';
import { createImaging } from '../../core/imaging/imaging.ts';
import { openKernels } from '../../core/imaging/kernels/kernels.ts';
import { makeRandom, sentence } from './drawn-papers.ts';

/*
 * Text that Tesseract reads on drawn pages whose words are known: on the capture as it came from the scanner, on the copy, and
 * on the JPEG of the copy that the program gives it. Times are of processor, and ratios to
 * the capture's; errors, of characters against the known text. `--pages N` (default 4): each of another font, askew.
 */
const { values } = parseArgs({ options: { pages: { type: 'string', default: '4' } } });
const fonts = ['Liberation Serif', 'Noto Sans', 'Liberation Mono', 'Carlito'];
const sources = ['capture', 'copy without loss', 'copy as it is read'] as const;
const limits = [0, 30, leastConfidence, 70, 90];
const linesPerPage = 42;
const dpi = 300;

type Reading = Readonly<{ milliseconds: number; errorRate: number; text: PageText }>;

const tesseract = createTesseract({ program: 'tesseract', languages: 'spa', dataFolder: null, priority: 0 });
const imaging = createImaging({ workers: 1 });
const readings = new Map<string, Reading[]>(sources.map((source) => [source, []]));
const truths: string[] = [];
const layerBytes: number[] = [];
for (let number = 0; number < Number(values.pages); number += 1) {
  const random = makeRandom(7_000 + number);
  const lines = Array.from({ length: linesPerPage }, () => sentence(random, 74));
  const font = fonts[number % fonts.length] ?? '';
  const drawn = lines.map(
    (line, index) => `<text x="200" y="${300 + index * 58}" font-family="${font}" font-size="36">${line}</text>`,
  );
  const capture = await drawPage({ content: drawn.join(''), dpi, skewDegrees: random.between(-2, 2) });
  const { widthPixels: width, heightPixels: height } = capture;
  const page = await imaging.optimize(capture, trialProfile('text'));
  const truth = lines.join('\n');
  truths.push(truth);
  const images: Readonly<Record<(typeof sources)[number], Uint8Array>> = {
    capture: await sharp(capture.samples, { raw: { width, height, channels: 3 } })
      .jpeg({ quality: 90 })
      .toBuffer(),
    'copy without loss': await encodeLosslessCopy(openKernels(), page.copy),
    'copy as it is read': page.copyPreview,
  };
  for (const source of sources) {
    const reading = await read(images[source], truth);
    readings.get(source)?.push(reading);
    if (source === 'copy as it is read')
      layerBytes.push(sizeOf(page.copy, withoutDoubtfulWords(reading.text)) - sizeOf(page.copy, undefined));
  }
}
await imaging.close();
report();

async function read(image: Uint8Array, truth: string): Promise<Reading> {
  const before = childMilliseconds();
  const text = await tesseract.recognize(image, dpi, new AbortController().signal);
  const milliseconds = childMilliseconds() - before;
  return { milliseconds, errorRate: errorRateOf(plainTextOf(text), truth), text };
}

/** Of processor, of children that have ended (Linux counts hundredths of a second): what else runs does not change it. */
function childMilliseconds(): number {
  const fields = readFileSync('/proc/self/stat', 'latin1').split(') ')[1]?.split(' ') ?? [];
  return 10 * (Number(fields[13]) + Number(fields[14]));
}

function sizeOf(copy: Parameters<typeof encodeLosslessCopy>[1], text: PageText | undefined): number {
  const about = { title: 'Medida', author: 'Ventanilla', language: 'es', createdAt: '2026-11-22T10:15:03+01:00' };
  return buildImagePdf({ ...about, pages: [{ ...copy, text }] }, loadDocumentAssets()).length;
}

/** Of Levenshtein, over the characters without line ends. */
function errorRateOf(readText: string, truth: string): number {
  const [a, b] = [readText, truth].map((text) => [...text.replaceAll(/\s+/gu, ' ').trim()]) as [string[], string[]];
  let previous = Uint32Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [row, character] of a.entries()) {
    let left = row + 1;
    const current = Uint32Array.from(previous, (above, column) => {
      if (column === 0) return left;
      const replaced = (previous[column - 1] ?? 0) + (character === b[column - 1] ? 0 : 1);
      left = Math.min(replaced, above + 1, left + 1);
      return left;
    });
    previous = current;
  }
  return (previous[b.length] ?? 0) / b.length;
}

function report(): void {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const median = (source: string, figure: (reading: Reading) => number): number =>
    quantile((readings.get(source) ?? []).map(figure), 0.5);
  const limit = median('capture', ({ milliseconds }) => milliseconds);
  say(`${cpus()[0]?.model ?? ''}, load ${loadavg()[0]?.toFixed(1) ?? ''}; ${truths.length} pages A4, ${dpi} dpi`);
  for (const source of sources) {
    const time = median(source, ({ milliseconds }) => milliseconds);
    const error = median(source, ({ errorRate }) => errorRate);
    const worst = Math.max(...(readings.get(source) ?? []).map(({ errorRate }) => errorRate));
    say(
      `${source.padEnd(20)} ${time.toFixed(0).padStart(6)} ms of processor, ${(time / limit).toFixed(2)} of the capture; characters wrong ${percent(error)}, worst page ${percent(worst)}`,
    );
  }
  for (const least of limits) {
    const words = (readings.get('copy as it is read') ?? []).flatMap(({ text }, index) => {
      const known = new Set(truths[index]?.split(/\s+/u));
      return text.lines.flatMap((line) =>
        line.words.map(({ text: word, confidence }) => ({ isRight: known.has(word), confidence })),
      );
    });
    const kept = words.filter(({ confidence }) => confidence >= least);
    const right = kept.filter(({ isRight }) => isRight).length;
    say(
      `confidence ${String(least).padStart(3)}       ${percent(kept.length / words.length)} of the words kept, ${percent(right / kept.length)} of them right`,
    );
  }
  const characters = truths.reduce((sum, truth) => sum + truth.length, 0) / truths.length;
  say(
    `text layer           ${(quantile(layerBytes, 0.5) / 1024).toFixed(1)} KiB a page with its font (${characters.toFixed(0)} characters); limit 6.0`,
  );
}

function percent(part: number): string {
  return `${(100 * part).toFixed(2)} %`;
}
