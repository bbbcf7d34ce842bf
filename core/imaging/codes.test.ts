import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { beforeAll, describe, expect, it } from 'vitest';
import { prepareZXingModule, writeBarcode } from 'zxing-wasm/writer';
import { drawPage, textLines, trialProfile } from './drawn-page.ts';
import type { DrawnPage } from './drawn-page.ts';
import { openKernels } from './kernels/kernels.ts';
import type { OptimizedPageWithLegibility } from './optimize-page.ts';
import { optimizePage } from './optimize-page.ts';
import { partOf } from '../testing/every-case.ts';

type Format = 'Code128' | 'Code39' | 'QRCode' | 'DataMatrix' | 'PDF417';

const kernels = openKernels();

beforeAll(async () => {
  const file = createRequire(import.meta.url).resolve('zxing-wasm/writer/zxing_writer.wasm');
  const wasmBinary = new Uint8Array(readFileSync(file)).buffer;
  await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
});

/** SVG of a code whose top left stands at x, y; everything in tenths of a millimetre. */
async function code(format: Format, text: string, x: number, y: number, module: number): Promise<string> {
  const { svg } = await writeBarcode(text, { format, scale: 1, addQuietZones: false });
  const paths = [...svg.matchAll(/ d="([^"]*)"/gu)].map(([, path]) => `<path d="${path}"/>`);
  return `<g transform="translate(${x},${y}) scale(${module})" fill="#111">${paths.join('')}</g>`;
}

async function optimize(drawn: DrawnPage): Promise<OptimizedPageWithLegibility> {
  return optimizePage(kernels, await drawPage({ dpi: 300, ...drawn }), trialProfile('text'), () => undefined);
}

describe('codes of a page', () => {
  const kinds = [
    { format: 'Code128', text: 'EXP-2026-00041732', module: 3.3 },
    { format: 'Code39', text: 'EXP2026000', module: 3.3 },
    { format: 'QRCode', text: 'https://sede.example/csv?v=AB12-CD34', module: 5 },
    { format: 'DataMatrix', text: 'FORM-0042/3', module: 5 },
    { format: 'PDF417', text: 'Solicitud general 2026', module: 3.3 },
  ] as const;
  it.each(partOf(kinds, 2))('are read among text, askew, with their place: %o', async ({ format, text, module }) => {
    const content = `${textLines(25)}${await code(format, text, 1200, 2300, module)}`;
    const page = await optimize({ content, skewDegrees: 2.6 });
    expect(page.codes).toMatchObject([{ format, text }]);
    const [corner] = page.codes[0]?.cornersMm ?? [];
    // The first line that a linear code was read on may lie lower than its top.
    expect(Math.abs((corner?.x ?? 0) - 120)).toBeLessThan(1.5);
    expect(Math.abs((corner?.y ?? 0) - 230)).toBeLessThan(8);
  });

  it.each(partOf([1, 2, 3] as const, 2))('are read on a page that lies turned by %d quarters', async (quarterTurns) => {
    const content = `${textLines(25)}${await code('Code128', 'EXP-2026-1', 300, 2300, 4)}`;
    const page = await optimize({ content, quarterTurns });
    expect(page.quarterTurns).toBe(quarterTurns);
    expect(page.codes).toMatchObject([{ format: 'Code128', text: 'EXP-2026-1' }]);
    expect(Math.abs((page.codes[0]?.cornersMm[0]?.x ?? 0) - 30)).toBeLessThan(1.5);
  });

  it('too fine for the reduced image are read in the capture', async () => {
    const content = `${textLines(25)}${await code('QRCode', 'https://sede.example/csv?v=AB12-CD34', 1200, 2300, 2.2)}`;
    const page = await optimize({ content });
    expect(page.codes).toMatchObject([{ format: 'QRCode', text: 'https://sede.example/csv?v=AB12-CD34' }]);
  });

  it.each(partOf(['#111', '#b4b4b4'] as const, 2))(
    'are read close to the edge of a sheet without text: %s',
    async (ink) => {
      const drawn = (await code('QRCode', 'EXP-2026-7', 20, 30, 4)).replace('#111', ink);
      const page = await optimize({ content: drawn, skewDegrees: 1.2 });
      expect(page.codes).toMatchObject([{ format: 'QRCode', text: 'EXP-2026-7' }]);
    },
  );

  it('are told one by one, from the top', async () => {
    const second = await code('DataMatrix', 'B', 1500, 2200, 8);
    const content = `${textLines(10, { top: 900 })}${second}${await code('QRCode', 'A', 1500, 300, 8)}`;
    expect((await optimize({ content })).codes.map(({ text }) => text)).toEqual(['A', 'B']);
  });

  it.each(partOf([1, 0] as const, 2))(
    'are known as patch T by bars that no reader knows: turned by %d quarters',
    async (turns) => {
      const bars = [0, 40.6, 111.7, 152.3].map(
        (y, i) => `<rect x="700" y="${300 + y}" width="640" height="${i % 2 === 0 ? 20.3 : 50.8}" fill="#111"/>`,
      );
      const content = `${bars.join('')}${textLines(8, { top: 900 })}`;
      const page = await optimize({ content, dpi: 200, skewDegrees: -3.1, quarterTurns: turns });
      expect(page.quarterTurns).toBe(turns);
      expect(page.codes).toMatchObject([{ format: 'PatchT', text: 'T' }]);
    },
  );

  it('are none where there is only text', async () => {
    expect((await optimize({ content: textLines(40) })).codes).toEqual([]);
  });
});
