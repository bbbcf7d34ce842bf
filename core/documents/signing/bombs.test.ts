import { deflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { writePdf } from './testing/tiny-pdf.ts';
import { verifyPdf } from './verify.ts';

// Small files that ask for much. Each would run for minutes, into the time limit of the test, if it were followed.

const pages = '<</Type/Pages/Kids[3 0 R]/Count 1>>';
const page = '<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>';
const signature = '<</SubFilter/ETSI.CAdES.detached/ByteRange[0 1 2 3]/Contents<00>>>';
const withForm = (fields: string, ...objects: readonly string[]): Buffer =>
  writePdf([`<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[${fields}]>>>>`, pages, page, ...objects]);
const field = '<</FT/Sig/T(a)/V 4 0 R>>';

function tableBomb(): Buffer {
  const data = deflateSync(Buffer.alloc(8_000_000)).toString('latin1');
  const head = '%PDF-1.7\n%/ByteRange\n1 0 obj\n<</Type/Catalog>>\nendobj\n';
  const table = `<</Type/XRef/Size 8000000/Root 1 0 R/W[1 0 0]/Filter/FlateDecode/Length ${data.length}>>`;
  return Buffer.from(
    `${head}2 0 obj\n${table}\nstream\n${data}\nendstream\nendobj\nstartxref\n${head.length}\n%%EOF\n`,
    'latin1',
  );
}

it.each<[string, () => Buffer, object]>([
  [
    'more signatures than anybody makes',
    () => withForm('<</FT/Sig/T(a)/V 4 0 R>>'.repeat(20_000), signature),
    { verdict: 'indeterminate', reasons: ['limitReached'] },
  ],
  [
    'the same field over and over',
    () => withForm('5 0 R '.repeat(400_000), signature, field),
    { verdict: 'indeterminate', reasons: ['unreadableDocument'] },
  ],
  [
    'names that grow',
    () =>
      withForm(
        '5 0 R',
        signature,
        ...Array.from(
          { length: 20_000 },
          (_, index) => `<</T(${'n'.repeat(50)})/FT/Sig/V 4 0 R/Kids[${index + 6} 0 R]>>`,
        ),
      ),
    { verdict: 'indeterminate', reasons: ['unreadableDocument'] },
  ],
  [
    'brackets in brackets',
    () => withForm('4 0 R', `<</FT/Sig/T(a)/V${'['.repeat(300_000)}`),
    { verdict: 'no-signature' },
  ],
  ['a table of millions out of kilobytes', tableBomb, { verdict: 'indeterminate', reasons: ['unreadableDocument'] }],
])('%s', (_, make, expected) => {
  expect(verifyPdf(make(), { trustAnchors: [], at: new Date() })).toMatchObject(expected);
});
