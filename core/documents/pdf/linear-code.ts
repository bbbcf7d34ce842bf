import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { prepareZXingModule, writeBarcode } from 'zxing-wasm/writer';
import type { Canvas } from './canvas.ts';

/** Draws Code 128 as vector bars; `width` holds the bars alone: whoever draws it leaves ten modules white at either side. */
export async function drawCode128(
  canvas: Canvas,
  text: string,
  place: Readonly<{ x: number; y: number; width: number; height: number }>,
): Promise<void> {
  // The package would fetch its file from the network otherwise.
  const file = createRequire(import.meta.url).resolve('zxing-wasm/writer/zxing_writer.wasm');
  const wasmBinary = new Uint8Array(readFileSync(file)).buffer;
  await prepareZXingModule({ overrides: { wasmBinary }, fireImmediately: true });
  const { symbol, error } = await writeBarcode(text, { format: 'Code128' });
  if (symbol.width === 0) throw new Error(`no Code 128 of this text: ${error}`);
  const module = place.width / symbol.width;
  const bars: [number, number, number, number][] = [];
  for (let column = 0; column < symbol.width; column += 1) {
    if (symbol.data[column] !== 0) continue;
    const start = column;
    while (column + 1 < symbol.width && symbol.data[column + 1] === 0) column += 1;
    bars.push([place.x + start * module, place.y, (column - start + 1) * module, place.height]);
  }
  canvas.fillAll(bars);
}
