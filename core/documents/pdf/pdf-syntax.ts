/** Spelling of PDF values, and the assembly of objects into a file with a classic cross-reference table. */
import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { AppError } from '../../contract/errors.ts';

/** At most four decimals, never an exponent: PDF knows none. */
export function pdfNumber(value: number): string {
  const text = value.toFixed(4);
  return text.includes('.') ? text.replace(/\.?0+$/, '').replace(/^-0$/, '0') : text;
}

export function pdfName(name: string): string {
  let text = '/';
  for (const byte of Buffer.from(name, 'utf8')) {
    const isRegular = byte > 0x20 && byte < 0x7f && !'#()<>[]{}/%'.includes(String.fromCharCode(byte));
    text += isRegular ? String.fromCharCode(byte) : `#${byte.toString(16).padStart(2, '0')}`;
  }
  return text;
}

/** Text string in UTF-16BE with its mark, as hexadecimal. */
export function pdfText(text: string): string {
  return `<${Buffer.from(`\ufeff${text}`, 'utf16le').swap16().toString('hex')}>`;
}

/** `2026-11-22T10:15:03+01:00` → `(D:20261122101503+01'00')`. */
export function pdfDate(isoDate: string): string {
  const [, day, time, zone] =
    /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.\d+)?(Z|[+-]\d{2}:\d{2})$/.exec(isoDate) ?? [];
  if (day === undefined || time === undefined || zone === undefined)
    throw new AppError('request.invalid', { reason: 'dateWithoutOffset' });
  const offset = zone === 'Z' ? "+00'00'" : `${zone.slice(0, 3)}'${zone.slice(4)}'`;
  return `(D:${day.replaceAll('-', '')}${time.replaceAll(':', '')}${offset})`;
}

export type PdfFileBuilder = Readonly<{
  /** Number of an object that will be added later. */
  reserve(): number;
  add(object: number, body: string): void;
  /** `entries` are dictionary entries without `/Length`. The data is written as it comes. */
  addStream(object: number, entries: string, data: Uint8Array): void;
  addCompressedStream(object: number, entries: string, data: Uint8Array): void;
  /** The whole file. Its identifier is taken from the content: equal content gives equal bytes. */
  finish(trailer: Readonly<{ root: number; info: number }>): Uint8Array;
}>;

export function createPdfFile(): PdfFileBuilder {
  const chunks: Buffer[] = [];
  const offsets: number[] = [0];
  const hash = createHash('sha256');
  let length = 0;
  const put = (data: Buffer): void => {
    chunks.push(data);
    hash.update(data);
    length += data.length;
  };
  const putText = (text: string): void => put(Buffer.from(text, 'latin1'));
  const addStream = (object: number, entries: string, data: Uint8Array): void => {
    offsets[object] = length;
    putText(`${object} 0 obj\n<<${entries}/Length ${data.length}>>\nstream\n`);
    put(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    putText('\nendstream\nendobj\n');
  };
  putText('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n');
  return {
    reserve: () => offsets.push(0) - 1,
    add: (object, body) => {
      offsets[object] = length;
      putText(`${object} 0 obj\n${body}\nendobj\n`);
    },
    addStream,
    addCompressedStream: (object, entries, data) => {
      addStream(object, `${entries}/Filter/FlateDecode`, deflateSync(data, { level: 9 }));
    },
    finish: ({ root, info }) => {
      const start = length;
      const identifier = hash.copy().digest('hex').slice(0, 32);
      putText(`xref\n0 ${offsets.length}\n0000000000 65535 f \n`);
      putText(
        offsets
          .slice(1)
          .map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`)
          .join(''),
      );
      putText(
        `trailer\n<</Size ${offsets.length}/Root ${root} 0 R/Info ${info} 0 R/ID[<${identifier}><${identifier}>]>>\n`,
      );
      putText(`startxref\n${start}\n%%EOF\n`);
      return Buffer.concat(chunks, length);
    },
  };
}
