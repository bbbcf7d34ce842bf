import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../contract/errors.ts';
import { seededRandom } from '../../documents/signing/testing/mutations.ts';
import type { RawPage } from '../../services/ports/scanner.ts';
import { isEveryCase } from '../../testing/every-case.ts';
import { defaultPdfLimits, openPdfPages } from './pdf-pages.ts';
import type { PdfLimits } from './pdf-pages.ts';

const a6 = { widthMm: 105, heightMm: 148, dpi: 200 };

type Drawn = Readonly<{ content: string; resources?: string; box?: string; more?: readonly (string | Buffer)[] }>;

/** One page; objects from 5 on are those of `more`. Readers mend a file without a table of its objects. */
function makePdf({ content, resources = '', box = '0 0 297.64 419.53', more = [] }: Drawn): Buffer {
  const objects: readonly (string | Buffer)[] = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    `<< /Type /Page /Parent 2 0 R /MediaBox [${box}] /Resources << ${resources} >> /Contents 4 0 R >>`,
    streamOf('', Buffer.from(content)),
    ...more,
  ];
  const parts = objects.flatMap((object, index) => [`${index + 1} 0 obj\n`, object, '\nendobj\n']);
  const all = ['%PDF-1.7\n', ...parts, 'trailer << /Root 1 0 R >>\n'];
  return Buffer.concat(all.map((part) => Buffer.from(part)));
}

function streamOf(entries: string, bytes: Buffer): Buffer {
  const head = `<< ${entries} /Length ${bytes.length} >> stream\n`;
  return Buffer.concat([Buffer.from(head), bytes, Buffer.from('\nendstream')]);
}

function imageOf(width: number, height: number, entries: string, bytes: Buffer): Buffer {
  return streamOf(`/Type /XObject /Subtype /Image /Width ${width} /Height ${height} ${entries}`, bytes);
}

const words = 'BT /F 24 Tf 40 300 Td (Total 1.250,00) Tj ET';
const font = '/Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>';
const wholePage = 'q 297.64 0 0 419.53 0 0 cm /I Do Q';
const image = '/XObject << /I 5 0 R >>';

async function read(file: Buffer, paper = a6, limits: PdfLimits = defaultPdfLimits) {
  const pages = await openPdfPages(file, { limits });
  try {
    return { count: pages.count, ...(await pages.read(0, paper)) };
  } finally {
    await pages.close();
  }
}

/** Bits turned, bytes lost, a piece twice, or a figure changed. */
function alter(file: Buffer, random: () => number): Buffer {
  const below = (limit: number): number => Math.floor(random() * limit);
  const place = below(file.length);
  const end = Math.min(file.length, place + 1 + below(300));
  switch (below(4)) {
    case 0:
      return Buffer.from(file.map((byte, index) => (index >= place && index < end ? byte ^ (1 << below(8)) : byte)));
    case 1:
      return Buffer.concat([file.subarray(0, place), file.subarray(end)]);
    case 2:
      return Buffer.concat([file.subarray(0, end), file.subarray(place)]);
    default:
      return Buffer.from(
        file.toString('latin1').replaceAll(/\d/gu, (digit) => (random() < 0.05 ? String(below(10)) : digit)),
        'latin1',
      );
  }
}

function bytesOf({ widthPixels, heightPixels, colorMode }: RawPage): number {
  if (colorMode === 'bitonal') return Math.ceil(widthPixels / 8) * heightPixels;
  return widthPixels * heightPixels * (colorMode === 'color' ? 3 : 1);
}

async function errorCodeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'none',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );
}

describe('what a page is made of', () => {
  test('lines and letters: drawn as large as the paper asks, twice the same', async () => {
    const file = makePdf({ content: words, resources: font });
    const { count, page, samplesDpi } = await read(file);
    expect([count, samplesDpi, page.colorMode]).toEqual([1, null, 'gray']);
    expect([page.widthPixels, page.heightPixels]).toEqual([827, 1165]);
    expect(page.samples).toContain(0);
    const larger = await read(file, { widthMm: 210, heightMm: 297, dpi: 100 });
    expect(larger.page.widthPixels).toBeGreaterThan(825);
    expect((await read(file)).page.sha256).toBe(page.sha256);
  });

  test('one image: its own samples, in gray, colour or one bit, whatever lies over it unseen', async () => {
    const jpeg = await sharp({ create: { width: 413, height: 583, channels: 3, background: '#c84' } })
      .composite([{ input: Buffer.from('<svg><text x="20" y="90" font-size="60">Título</text></svg>') }])
      .jpeg({ quality: 92 })
      .toBuffer();
    const dct = imageOf(413, 583, '/ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode', jpeg);
    const hidden = `${wholePage} ${words.replace('Tf', 'Tf 3 Tr')}`;
    const { page, samplesDpi } = await read(makePdf({ content: hidden, resources: `${image} ${font}`, more: [dct] }));
    const decoded = await sharp(jpeg).raw().toBuffer();
    expect([page.widthPixels, page.heightPixels, page.colorMode]).toEqual([413, 583, 'color']);
    expect(Math.round(samplesDpi ?? 0)).toBe(100);
    const off = decoded.reduce((most, value, index) => Math.max(most, Math.abs(value - page.samples[index]!)), 0);
    expect(off).toBeLessThanOrEqual(2);

    // A bit is 1 for white in a PDF, and for ink in a capture.
    const bits = Buffer.alloc(52 * 583, 0xff).fill(0xf0, 52 * 100, 52 * 104);
    const flate = imageOf(
      413,
      583,
      '/ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /FlateDecode',
      deflateSync(bits),
    );
    const bitonal = await read(makePdf({ content: wholePage, resources: image, more: [flate] }));
    expect(bitonal.page.colorMode).toBe('bitonal');
    expect([...bitonal.page.samples.subarray(52 * 99, 52 * 99 + 4)]).toEqual([0, 0, 0, 0]);
    expect([...bitonal.page.samples.subarray(52 * 100, 52 * 100 + 4)]).toEqual([0x0f, 0x0f, 0x0f, 0x0f]);
  });

  test('a coarse image with words over it is drawn, and known for coarse', async () => {
    const gray = imageOf(100, 141, '/ColorSpace /DeviceGray /BitsPerComponent 8', Buffer.alloc(14_100, 0xcc));
    const { page, samplesDpi } = await read(
      makePdf({ content: `${wholePage} ${words}`, resources: `${image} ${font}`, more: [gray] }),
    );
    expect(Math.round(samplesDpi ?? 0)).toBe(24);
    expect(Math.round(page.dpi)).toBe(24);
    const letterhead = await read(
      makePdf({ content: `q 100 0 0 50 0 0 cm /I Do Q ${words}`, resources: `${image} ${font}`, more: [gray] }),
    );
    expect(letterhead.samplesDpi).toBeNull();
  });
});

describe('a file that means harm, or is none', () => {
  test('is not comparable', async () => {
    expect(await errorCodeOf(read(Buffer.from('%PDF-1.7 and nothing else')))).toBe('file.notComparable');
  });

  test('wants a password that nobody has', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ventanilla-locked-'));
    try {
      const [plain, locked] = [join(folder, 'plain.pdf'), join(folder, 'locked.pdf')];
      writeFileSync(plain, makePdf({ content: words, resources: font }));
      // It mends the table of objects, and says so by its exit code.
      spawnSync('qpdf', ['--encrypt', 'clave', 'owner', '256', '--', plain, locked]);
      expect(await errorCodeOf(read(readFileSync(locked)))).toBe('document.encrypted');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('is altered at random: a page of the size that was asked for, or an error of the list', async () => {
    const jpeg = await sharp({ create: { width: 413, height: 583, channels: 3, background: '#c84' } })
      .jpeg()
      .toBuffer();
    const dct = imageOf(413, 583, '/ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode', jpeg);
    const file = makePdf({ content: `${wholePage} ${words}`, resources: `${image} ${font}`, more: [dct] });
    const outcomes = new Set<string>();
    const quick = { ...defaultPdfLimits, milliseconds: 5_000 };
    for (let seed = 0; seed < (isEveryCase ? 200 : 10); seed += 1) {
      const altered = read(alter(file, seededRandom(seed)), a6, quick).then(
        ({ page }) => {
          expect([seed, page.samples.length]).toEqual([seed, bytesOf(page)]);
          return 'read';
        },
        (error: unknown) => (error instanceof AppError ? error.code : `${seed}: ${String(error)}`),
      );
      outcomes.add(await altered);
    }
    const known = ['read', 'document.encrypted', 'file.notComparable', 'file.pageNotDrawn'];
    expect([...outcomes].filter((outcome) => !known.includes(outcome))).toEqual([]);
    if (isEveryCase) expect(outcomes.size).toBeGreaterThan(1);
  });

  test('asks for more memory than it gets, or for a page without end', async () => {
    const file = makePdf({ content: words, resources: font });
    const small = { ...defaultPdfLimits, memoryMegabytes: 48 };
    expect(await errorCodeOf(read(file, { ...a6, dpi: 1200 }, small))).toBe('file.pageNotDrawn');
    const thin = makePdf({ content: words, resources: font, box: '0 0 1 14400' });
    expect(await errorCodeOf(read(thin))).toBe('file.pageNotDrawn');
  });

  test('takes too long, or nobody waits any more', async () => {
    const slow = makePdf({ content: '0 0 m 297 419 l S '.repeat(400_000) });
    expect(await errorCodeOf(read(slow, a6, { ...defaultPdfLimits, milliseconds: 1 }))).toBe('file.notComparable');
    const controller = new AbortController();
    const opened = openPdfPages(slow, {}, controller.signal);
    controller.abort();
    expect(await errorCodeOf(opened)).toBe('request.cancelled');
  });
});
