import { deflateSync } from 'node:zlib';

/** How the cross references of a test document are written. */
export type TinyPdfForm = 'table' | 'stream' | 'hybrid';

/** One page with the given text, in any of the forms that a PDF may have. */
export function makeTinyPdf(text: string, form: TinyPdfForm = 'table'): Buffer {
  const content = `BT /F1 24 Tf 72 720 Td (${text}) Tj ET`;
  const plain = [
    '<</Type/Catalog/Pages 2 0 R/Metadata 6 0 R>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R>>',
    `<</Length ${content.length}>>\nstream\n${content}\nendstream`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
    '<</Type/Metadata/Subtype/XML/Length 11>>\nstream\n<x:xmpmeta/>\nendstream'.replace('<x:xmpmeta/>', '<xmpmeta/>\n'),
  ];
  switch (form) {
    case 'table':
      return writePdf(plain);
    case 'stream':
      return writeStream(plain);
    case 'hybrid':
      return writeHybrid(plain);
  }
}

/** Objects from number 1 on, the first of them the catalog. */
export function writePdf(objects: readonly string[], trailer = ''): Buffer {
  const body = writeBodies(objects.map((text, index) => [index + 1, text]));
  const start = body.text.length;
  const rows = objects.map((_, index) => row(body.offsets.get(index + 1) ?? 0));
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows.join('')}`;
  return Buffer.from(
    `${body.text}${table}trailer\n<</Size ${objects.length + 1}/Root 1 0 R${trailer}>>\nstartxref\n${start}\n%%EOF\n`,
    'latin1',
  );
}

// Objects 1, 2, 3 and 5 go into the object stream 7; 4 and 6 are streams; 8 is the cross-reference stream.
function writeStream(objects: readonly string[]): Buffer {
  const { head, entries } = withObjectStream(objects);
  const rows = xrefRows([[0, 0, 65535], ...entries, [1, head.length, 0]]);
  const dictionary = `<</Type/XRef/Size 9/Root 1 0 R/W[1 3 2]/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 6>>/Length ${rows.length}>>`;
  return Buffer.concat([
    head,
    Buffer.from(`8 0 obj\n${dictionary}\nstream\n`),
    rows,
    Buffer.from(`\nendstream\nendobj\nstartxref\n${head.length}\n%%EOF\n`),
  ]);
}

// A table that shows packed objects as free, and a stream named by /XRefStm that knows where they are.
function writeHybrid(objects: readonly string[]): Buffer {
  const { head, entries } = withObjectStream(objects);
  const rows = xrefRows([[0, 0, 65535], ...entries, [1, head.length, 0]]);
  const dictionary = `<</Type/XRef/Size 9/Root 1 0 R/W[1 3 2]/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 6>>/Length ${rows.length}>>`;
  const stream = Buffer.concat([
    Buffer.from(`8 0 obj\n${dictionary}\nstream\n`),
    rows,
    Buffer.from('\nendstream\nendobj\n'),
  ]);
  const table = [
    '0000000000 65535 f \n',
    ...entries.map(([type, offset]) => (type === 1 ? row(offset) : '0000000000 65535 f \n')),
    row(head.length),
  ];
  const tail = `xref\n0 9\n${table.join('')}trailer\n<</Size 9/Root 1 0 R/XRefStm ${head.length}>>\nstartxref\n${head.length + stream.length}\n%%EOF\n`;
  return Buffer.concat([head, stream, Buffer.from(tail)]);
}

type Row = readonly [type: number, second: number, third: number];

function withObjectStream(objects: readonly string[]): Readonly<{ head: Buffer; entries: readonly Row[] }> {
  const packed = [1, 2, 3, 5];
  const texts = packed.map((number) => objects[number - 1] ?? '');
  let offset = 0;
  const index = texts.map((text, position) => {
    const pair = `${packed[position]} ${offset}`;
    offset += text.length + 1;
    return pair;
  });
  const header = `${index.join(' ')} `;
  const data = deflateSync(Buffer.from(header + texts.join(' '), 'latin1')).toString('latin1');
  const container = `<</Type/ObjStm/N ${packed.length}/First ${header.length}/Filter/FlateDecode/Length ${data.length}>>\nstream\n${data}\nendstream`;
  const body = writeBodies([
    [4, objects[3] ?? ''],
    [6, objects[5] ?? ''],
    [7, container],
  ]);
  const entries = [1, 2, 3, 4, 5, 6, 7].map((number): Row => {
    const place = packed.indexOf(number);
    return place < 0 ? [1, body.offsets.get(number) ?? 0, 0] : [2, 7, place];
  });
  return { head: Buffer.from(body.text, 'latin1'), entries };
}

function writeBodies(
  objects: readonly (readonly [number, string])[],
): Readonly<{ text: string; offsets: ReadonlyMap<number, number> }> {
  let text = '%PDF-1.7\n%\u00e2\u00e3\u00cf\u00d3\n';
  const offsets = new Map<number, number>();
  for (const [number, body] of objects) {
    offsets.set(number, text.length);
    text += `${number} 0 obj\n${body}\nendobj\n`;
  }
  return { text, offsets };
}

// PNG "up" predictor, as most writers of cross-reference streams use.
function xrefRows(rows: readonly Row[]): Buffer {
  const previous = Buffer.alloc(6);
  const output = rows.map(([type, second, third]) => {
    const current = Buffer.alloc(6);
    current.writeUInt8(type, 0);
    current.writeUIntBE(second, 1, 3);
    current.writeUInt16BE(third, 4);
    const encoded = Buffer.from(current.map((byte, column) => byte - (previous[column] ?? 0)));
    current.copy(previous);
    return Buffer.concat([Buffer.from([2]), encoded]);
  });
  return deflateSync(Buffer.concat(output));
}

function row(offset: number): string {
  return `${String(offset).padStart(10, '0')} 00000 n \n`;
}
