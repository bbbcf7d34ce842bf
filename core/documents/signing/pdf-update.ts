import { randomBytes } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { isArray, isString, pdfName, pdfReference, pdfString, serializePdf } from './pdf-objects.ts';
import type { PdfDictionary, PdfReference, PdfValue } from './pdf-objects.ts';
import type { PdfFile } from './pdf-reader.ts';

/** One revision to be appended to a PDF file. */
export type PdfUpdate = Readonly<{
  allocate(): PdfReference;
  /** Writes a new version of an object. */
  set(reference: PdfReference, value: PdfValue): void;
  /** Writes a new stream object; evidence is compressed, an appearance that must stay readable is not. */
  addStream(dictionary: PdfDictionary, data: Uint8Array, compression: 'deflate' | 'none'): PdfReference;
  /** The bytes that follow the file, and the place of each object in them. */
  finish(): Readonly<{ tail: Buffer; places: ReadonlyMap<number, number> }>;
}>;

/**
 * Starts an incremental update (ISO 32000-1 §7.5.6). The new cross references have the form of the file's last ones,
 * because a reader may refuse a mixture; the earlier bytes are never touched.
 */
export function createPdfUpdate(file: PdfFile): PdfUpdate {
  const bodies = new Map<number, Readonly<{ generation: number; body: Buffer }>>();
  let next = file.size;
  const allocate = (): PdfReference => {
    next += 1;
    return pdfReference(next - 1);
  };
  return {
    allocate,
    set(reference, value) {
      bodies.set(reference.number, {
        generation: reference.generation,
        body: Buffer.from(serializePdf(value), 'latin1'),
      });
    },
    addStream(dictionary, data, compression) {
      const reference = allocate();
      const raw = compression === 'deflate' ? deflateSync(data) : Buffer.from(data);
      const entries = new Map([...dictionary, ['Length', raw.length]]);
      if (compression === 'deflate') entries.set('Filter', pdfName('FlateDecode'));
      const body = Buffer.concat([
        Buffer.from(`${serializePdf(entries)}\nstream\n`, 'latin1'),
        raw,
        Buffer.from('\nendstream'),
      ]);
      bodies.set(reference.number, { generation: 0, body });
      return reference;
    },
    finish() {
      const chunks: Buffer[] = [];
      let length = 0;
      const add = (chunk: Buffer): void => {
        chunks.push(chunk);
        length += chunk.length;
      };
      const offsetHere = (): number => file.bytes.length + length - file.base;
      if (file.bytes.at(-1) !== 0x0a) add(Buffer.from('\n'));
      const places = new Map<number, number>();
      const rows: XrefRow[] = [];
      for (const [number, { generation, body }] of bodies) {
        places.set(number, length);
        rows.push({ number, generation, offset: offsetHere() });
        add(Buffer.concat([Buffer.from(`${number} ${generation} obj\n`), body, Buffer.from('\nendobj\n')]));
      }
      const startXref = offsetHere();
      if (file.xrefForm === 'table') add(tableSection(rows, trailerOf(file, next)));
      else
        add(
          streamSection([...rows, { number: next, generation: 0, offset: startXref }], trailerOf(file, next + 1), next),
        );
      add(Buffer.from(`startxref\n${startXref}\n%%EOF\n`));
      return { tail: Buffer.concat(chunks), places };
    },
  };
}

type XrefRow = Readonly<{ number: number; generation: number; offset: number }>;

function trailerOf(file: PdfFile, size: number): Map<string, PdfValue> {
  const trailer = new Map<string, PdfValue>([
    ['Size', size],
    ['Prev', file.startXref],
    ['Root', file.rootReference],
  ]);
  const information = file.trailer.get('Info');
  if (information !== undefined) trailer.set('Info', information);
  const identifiers = file.resolve(file.trailer.get('ID'));
  const revision = pdfString(randomBytes(16));
  const permanent = isArray(identifiers) ? identifiers[0] : undefined;
  // The first identifier stays for the document's life, the second changes with each revision (§14.4).
  trailer.set('ID', [isString(permanent) ? permanent : revision, revision]);
  return trailer;
}

function tableSection(rows: readonly XrefRow[], trailer: PdfDictionary): Buffer {
  let text = 'xref\n';
  for (const run of consecutiveRuns(rows)) {
    text += `${run[0]?.number ?? 0} ${run.length}\n`;
    for (const row of run)
      text += `${String(row.offset).padStart(10, '0')} ${String(row.generation).padStart(5, '0')} n \n`;
  }
  return Buffer.from(`${text}trailer\n${serializePdf(trailer)}\n`, 'latin1');
}

function streamSection(rows: readonly XrefRow[], trailer: Map<string, PdfValue>, ownNumber: number): Buffer {
  const runs = consecutiveRuns(rows);
  const data = Buffer.alloc(rows.length * 7);
  let position = 0;
  for (const row of runs.flat()) {
    data.writeUInt8(1, position);
    data.writeUInt32BE(row.offset, position + 1);
    data.writeUInt16BE(row.generation, position + 5);
    position += 7;
  }
  trailer.set('Type', pdfName('XRef'));
  trailer.set('W', [1, 4, 2]);
  trailer.set(
    'Index',
    runs.flatMap((run) => [run[0]?.number ?? 0, run.length]),
  );
  trailer.set('Length', data.length);
  const head = Buffer.from(`${ownNumber} 0 obj\n${serializePdf(trailer)}\nstream\n`, 'latin1');
  return Buffer.concat([head, data, Buffer.from('\nendstream\nendobj\n')]);
}

function consecutiveRuns(rows: readonly XrefRow[]): readonly (readonly XrefRow[])[] {
  const runs: XrefRow[][] = [];
  for (const row of rows.toSorted((left, right) => left.number - right.number)) {
    const run = runs.at(-1);
    if (run !== undefined && run.at(-1)?.number === row.number - 1) run.push(row);
    else runs.push([row]);
  }
  return runs;
}
