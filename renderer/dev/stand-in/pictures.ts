/** Papers that the stand-in draws itself: a copy, and a raw capture of it, turned and a little crooked. */
export type DrawnPage = Readonly<{
  copy: Uint8Array;
  capture: Uint8Array;
  thumbnail: Uint8Array;
  width: number;
  height: number;
  captureWidth: number;
  captureHeight: number;
  corners: readonly Readonly<{ x: number; y: number }>[];
}>;

const width = 1240;
const height = 1754;

function makeCanvas(w: number, h: number): [OffscreenCanvas, OffscreenCanvasRenderingContext2D] {
  const canvas = new OffscreenCanvas(w, h);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('no canvas');
  return [canvas, context];
}

function drawPaper(title: string, number: number): OffscreenCanvas {
  const [canvas, paint] = makeCanvas(width, height);
  paint.fillStyle = '#fdfdfb';
  paint.fillRect(0, 0, width, height);
  paint.fillStyle = '#173a63';
  paint.font = 'bold 46px sans-serif';
  paint.fillText(title, 110, 190);
  paint.fillStyle = '#222';
  paint.font = '27px serif';
  const words =
    'Don José Martínez Soler, con domicilio en la calle Mayor, expone los hechos que siguen y aporta los documentos que los prueban ante esta administración'.split(
      ' ',
    );
  for (let line = 0; line < 30; line += 1) {
    const from = (line * 7 + number * 3) % words.length;
    paint.fillText([...words.slice(from), ...words].slice(0, 11).join(' '), 110, 290 + line * 40);
  }
  paint.strokeStyle = '#1a4aa0';
  paint.lineWidth = 4;
  paint.beginPath();
  paint.moveTo(700, 1560);
  paint.bezierCurveTo(760, 1480, 820, 1640, 900, 1540);
  paint.bezierCurveTo(960, 1480, 1000, 1600, 1080, 1530);
  paint.stroke();
  paint.font = '22px sans-serif';
  paint.fillText(String(number), 610, 1700);
  return canvas;
}

async function toJpeg(canvas: OffscreenCanvas): Promise<Uint8Array> {
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.85 });
  return new Uint8Array(await blob.arrayBuffer());
}

export async function drawPage(title: string, number: number, isTurned: boolean): Promise<DrawnPage> {
  const paper = drawPaper(title, number);
  const [small, smallPaint] = makeCanvas(226, 320);
  smallPaint.drawImage(paper, 0, 0, 226, 320);
  const captureWidth = isTurned ? height + 120 : width + 120;
  const captureHeight = isTurned ? width + 160 : height + 160;
  const [capture, paint] = makeCanvas(captureWidth, captureHeight);
  paint.fillStyle = '#1c1a19';
  paint.fillRect(0, 0, captureWidth, captureHeight);
  const angle = (isTurned ? Math.PI / 2 : 0) + (1.3 * Math.PI) / 180;
  paint.translate(captureWidth / 2, captureHeight / 2);
  paint.rotate(angle);
  paint.filter = 'brightness(0.93) sepia(0.12)';
  paint.drawImage(paper, -width / 2, -height / 2);
  const corners = [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1],
  ].map(([sx = 0, sy = 0]) => {
    const px = (sx * width) / 2;
    const py = (sy * height) / 2;
    return {
      x: (captureWidth / 2 + px * Math.cos(angle) - py * Math.sin(angle)) / captureWidth,
      y: (captureHeight / 2 + px * Math.sin(angle) + py * Math.cos(angle)) / captureHeight,
    };
  });
  return {
    copy: await toJpeg(paper),
    capture: await toJpeg(capture),
    thumbnail: await toJpeg(small),
    width,
    height,
    captureWidth,
    captureHeight,
    corners,
  };
}

/** A PDF of one page with some lines: enough to see where a document is shown. */
export function makePdf(lines: readonly string[]): Uint8Array {
  const text = lines
    .map(
      (line, index) =>
        `BT /F1 ${index === 0 ? '20' : '12'} Tf 60 ${String(760 - index * 24)} Td (${line.replaceAll(/[()\\]/gu, '')}) Tj ET`,
    )
    .join('\n');
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${String(text.length)} >>\nstream\n${text}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
  ];
  let body = '%PDF-1.7\n';
  const offsets = objects.map((object, index) => {
    const offset = body.length;
    body += `${String(index + 1)} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const start = body.length;
  body += `xref\n0 6\n0000000000 65535 f \n${offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')}trailer << /Size 6 /Root 1 0 R >>\nstartxref\n${String(start)}\n%%EOF`;
  return Uint8Array.from(body, (character) => character.charCodeAt(0) & 0xff);
}
