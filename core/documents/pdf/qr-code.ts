import { create } from 'qrcode';
import type { Canvas } from './canvas.ts';

/** Draws a QR code as vector rectangles, with its quiet zone of four modules inside `size` points. */
export function drawQrCode(canvas: Canvas, text: string, x: number, y: number, size: number): void {
  const { modules } = create(text, { errorCorrectionLevel: 'M' });
  const module = size / (modules.size + 8);
  const rectangles: [number, number, number, number][] = [];
  for (let row = 0; row < modules.size; row += 1) {
    for (let column = 0; column < modules.size; column += 1) {
      if (modules.get(row, column) === 0) continue;
      const start = column;
      while (column + 1 < modules.size && modules.get(row, column + 1) !== 0) column += 1;
      rectangles.push([x + (start + 4) * module, y + (row + 4) * module, (column - start + 1) * module, module]);
    }
  }
  canvas.fillAll(rectangles);
}
