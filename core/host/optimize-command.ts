import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { AppError, toErrorMessage } from '../contract/errors.ts';
import { loadDocumentAssets } from '../documents/assets.ts';
import { buildImagePdf } from '../documents/copy.ts';
import { encodeLosslessCopy } from '../imaging/codecs.ts';
import { createImaging } from '../imaging/imaging.ts';
import { openKernels } from '../imaging/kernels/kernels.ts';
import { rawPageFromImage } from '../imaging/raw-page-from-image.ts';
import { findTrialProfile } from '../imaging/scan-profiles-for-trial.ts';
import type { CopyImage } from '../services/ports/imaging.ts';

const usage = 'Uso: optimize -- ENTRADA SALIDA.{png,pdf} [--profile text|gray|color|photo] [--dpi N] --json\n';

/**
 * `optimize -- IN OUT.{png,pdf} [--profile ID] [--dpi N] --json`: optimises one image file and prints one JSON line.
 * `OUT.pdf` is PDF/A-2b with the page as a copy holds it. `--dpi` is for files that do not say their resolution. Exit code
 * 2: wrong arguments; 1: the image cannot be read, or the page not written.
 */
async function main(): Promise<number> {
  const request = readRequest();
  if (request === null) {
    process.stderr.write(usage);
    return 2;
  }
  const { input, output, dpi, profile } = request;
  const imaging = createImaging({ workers: 1 });
  try {
    const bytes = await readFile(input).catch((cause: unknown) => {
      throw new AppError('image.unreadable', { path: input }, { cause });
    });
    const page = await imaging.optimize(await rawPageFromImage(bytes, dpi), profile);
    await writeFile(output, output.endsWith('.pdf') ? await toPdf(page.copy, input) : await toPng(page.copy));
    const { skewDegrees, quarterTurns, operations, warnings } = page;
    const line = {
      skewDegrees,
      quarterTurns,
      paper: { widthMm: rounded(page.paperMm.width), heightMm: rounded(page.paperMm.height) },
      blank: page.isBlank,
      codes: page.codes,
      legibility: page.legibility,
      operations,
      milliseconds: Math.round(page.milliseconds),
      warnings,
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
    return 0;
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ error: toErrorMessage(error) })}\n`);
    process.stderr.write(`${input}: ${error instanceof Error ? reasonOf(error) : String(error)}\n`);
    return 1;
  } finally {
    await imaging.close();
  }
}

/** Null when the arguments are not what the usage says. */
function readRequest() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        profile: { type: 'string', default: 'text' },
        dpi: { type: 'string', default: '300' },
        json: { type: 'boolean' },
      },
    });
    const [input, output = '', ...more] = positionals;
    const profile = findTrialProfile(values.profile);
    const dpi = Number(values.dpi);
    const isUnderstood = /\.(?:png|pdf)$/u.test(output) && more.length === 0 && dpi > 0 && Number.isFinite(dpi);
    return input !== undefined && profile !== null && isUnderstood ? { input, output, dpi, profile } : null;
  } catch {
    return null;
  }
}

function reasonOf(error: Error): string {
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}

async function toPng(copy: CopyImage): Promise<Uint8Array> {
  return encodeLosslessCopy(openKernels(), copy);
}

/** Dated as the file that it was made of, so that the same file gives the same bytes. */
async function toPdf(copy: CopyImage, input: string): Promise<Uint8Array> {
  const { mtime } = await stat(input);
  const createdAt = mtime.toISOString().replace(/\.\d+Z$/u, '+00:00');
  const title = path.basename(input);
  return buildImagePdf({ pages: [copy], title, author: 'Ventanilla', language: 'es', createdAt }, loadDocumentAssets());
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

process.exitCode = await main();
