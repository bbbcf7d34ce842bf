import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { toErrorMessage } from '../contract/errors.ts';
import { encodeLosslessCopy } from './codecs.ts';
import { createImaging } from './imaging.ts';
import { rawPageFromImage } from './raw-page-from-image.ts';
import { findTrialProfile } from './scan-profiles-for-trial.ts';

/**
 * `optimize -- IN OUT.png [--profile ID] [--dpi N] --json`: optimises one image file and prints one JSON line. `--dpi` is
 * for files that do not say their resolution. Exit code 2: wrong arguments; 1: the image cannot be read.
 */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      profile: { type: 'string', default: 'text' },
      dpi: { type: 'string', default: '300' },
      json: { type: 'boolean' },
    },
  });
  const [input, output] = positionals;
  const profile = findTrialProfile(values.profile);
  if (input === undefined || output === undefined || !output.endsWith('.png') || profile === null) {
    process.stderr.write('usage: optimize -- IN OUT.png [--profile text|gray|color|photo] [--dpi N] --json\n');
    return 2;
  }
  const imaging = createImaging({ workers: 1 });
  try {
    const page = await imaging.optimize(await rawPageFromImage(await readFile(input), Number(values.dpi)), profile);
    await writeFile(output, await encodeLosslessCopy(page.copy));
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
    return 1;
  } finally {
    await imaging.close();
  }
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

process.exitCode = await main();
