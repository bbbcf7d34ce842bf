import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import type { RawPage } from '../../core/services/ports/scanner.ts';

/** What another program took for the same page; null where it is not installed. */
export type Peer = Readonly<{ name: string; run: Readonly<{ ms: number; cpuMs: number; bytes: number }> | null }>;

/**
 * The page through the programs that people straighten and clean scans with, and through img2pdf, which packs `copyPng` (one
 * bit a pixel) as it is. They are no part of the product: whoever wants the comparison installs them.
 */
export async function runPagePrograms(page: RawPage, copyPng: Uint8Array): Promise<readonly Peer[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'peers-'));
  const at = (name: string): string => path.join(folder, name);
  try {
    const raw = { width: page.widthPixels, height: page.heightPixels, channels: 3 as const };
    const image = sharp(page.samples, { raw }).withMetadata({ density: page.dpi });
    await image.clone().png({ compressionLevel: 1 }).toFile(at('page.png'));
    const header = `P6 ${String(page.widthPixels)} ${String(page.heightPixels)} 255\n`;
    writeFileSync(at('page.ppm'), Buffer.concat([Buffer.from(header), page.samples]));
    writeFileSync(at('copy.png'), copyPng);
    return [
      run('unpaper', ['unpaper', '--overwrite', at('page.ppm'), at('unpaper.ppm')], at('unpaper.ppm')),
      run('ImageMagick -deskew', ['convert', at('page.png'), '-deskew', '40%', at('deskewed.png')], at('deskewed.png')),
      run(
        'ocrmypdf --deskew --clean',
        [
          'ocrmypdf',
          '--deskew',
          '--clean',
          '--tesseract-timeout',
          '0',
          '--image-dpi',
          String(page.dpi),
          at('page.png'),
          at('ocr.pdf'),
        ],
        at('ocr.pdf'),
      ),
      run('img2pdf of our copy', ['img2pdf', at('copy.png'), '-o', at('copy.pdf')], at('copy.pdf')),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Once: these programs take seconds. The shell tells the processor time of its children. */
function run(name: string, command: readonly string[], output: string): Peer {
  const started = performance.now();
  const { stdout } = spawnSync(
    'sh',
    ['-c', 'command -v "$1" >/dev/null || exit 127; "$@" >/dev/null 2>&1; times', 'sh', ...command],
    { encoding: 'utf8' },
  );
  const ms = performance.now() - started;
  const times = [...stdout.matchAll(/(\d+)m([\d.]+)s/gu)].slice(2);
  const cpuMs = times.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1000, 0);
  const bytes = statSync(output, { throwIfNoEntry: false })?.size;
  return { name, run: bytes === undefined ? null : { ms, cpuMs, bytes } };
}
