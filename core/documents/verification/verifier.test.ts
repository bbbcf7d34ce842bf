import { deflateSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { makeTinyPdf } from '../signing/testing/tiny-pdf.ts';
import { defaultLimits } from './limits.ts';
import { createVerifier } from './verifier.ts';

const sources = { authorities: [], lists: [], listSigners: [], at: null, cacheFolder: null, isOnline: false };
const verifier = createVerifier({ sources });
const hurried = createVerifier({ sources, limits: { ...defaultLimits, milliseconds: 30 } });
const strict = createVerifier({ sources, limits: { ...defaultLimits, fileMegabytes: 16 } });
afterAll(async () => {
  await verifier.close();
  await hurried.close();
  await strict.close();
});

const namespace = 'http://www.w3.org/2000/09/xmldsig#';
const stopped = { verdict: 'indeterminate', subIndication: 'GENERIC', reasons: ['limitReached'] };

/** A document whose store of evidence unpacks to many gigabytes. */
function makeBomb(): Buffer {
  const packed = deflateSync(Buffer.alloc(100_000_000)).toString('latin1');
  const stream = `<</Length ${packed.length}/Filter/FlateDecode>>\nstream\n${packed}\nendstream`;
  const objects = [
    `<</Type/Catalog/Pages 2 0 R/DSS<</Certs[${'4 0 R 5 0 R '.repeat(50)}]>>>>`,
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R>>',
    stream,
    stream,
  ];
  let text = '%PDF-1.7\n';
  const rows = objects.map((object, index) => {
    const row = `${String(text.length).padStart(10, '0')} 00000 n \n`;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return row;
  });
  const table = `xref\n0 6\n0000000000 65535 f \n${rows.join('')}trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n${text.length}\n%%EOF\n`;
  return Buffer.from(text + table, 'latin1');
}

describe('documents that are made to harm', () => {
  it.each<[string, () => Buffer]>([
    ['a decompression bomb', makeBomb],
    ['brackets without end', () => Buffer.from(`%PDF-1.7\n1 0 obj\n${'['.repeat(1_000_000)}\nstartxref\n9\n%%EOF`)],
    ['elements without end', () => Buffer.from(`${'<a>'.repeat(200_000)}<Signature xmlns="${namespace}"/>`)],
    ['nested ASN.1 without end', () => Buffer.from(`308006092a864886f70d010702a080${'3080'.repeat(500_000)}`, 'hex')],
    ['ends without number', () => Buffer.concat([makeTinyPdf('hola'), Buffer.from('%%EOF\n'.repeat(100_000))])],
    [
      'one identifier a hundred thousand times',
      () => Buffer.from(`<a><Signature xmlns="${namespace}"/>${'<b Id="x"/>'.repeat(100_000)}</a>`),
    ],
    ['nothing', () => Buffer.alloc(0)],
    ['an image', () => Buffer.from('89504e470d0a1a0a', 'hex')],
  ])(
    'end in a verdict: %s',
    async (_, make) => {
      const { verdict } = await verifier.verify(make());
      expect(['failed', 'indeterminate', 'no-signature']).toContain(verdict);
    },
    60_000,
  );

  it('are stopped at the limit of time, and the next document is verified all the same', async () => {
    // Ten times as long as the limit, at the least, on a fast machine.
    const attributes = Array.from({ length: 300_000 }, (_, index) => `a${index}="1"`).join(' ');
    const slow = Buffer.from(`<a ${attributes}><Signature xmlns="${namespace}"/></a>`);
    expect(await hurried.verify(slow)).toMatchObject({ format: 'xml', ...stopped });
    expect(await verifier.verify(makeTinyPdf('hola'))).toMatchObject({ format: 'pdf', verdict: 'no-signature' });
  });

  it('are not read beyond the limit of size', async () => {
    expect(await strict.verify(Buffer.alloc(17 * 1024 * 1024))).toMatchObject(stopped);
  });

  it('are stopped at the limit of memory', async () => {
    const small = createVerifier({ sources, limits: { ...defaultLimits, heapMegabytes: 24 } });
    const many = Buffer.from(
      `<a>${`<Signature xmlns="${namespace}"/>`.repeat(90)}${'<b Id="x">y</b>'.repeat(400_000)}</a>`,
    );
    expect(await small.verify(many)).toMatchObject(stopped);
    await small.close();
  }, 60_000);
});
