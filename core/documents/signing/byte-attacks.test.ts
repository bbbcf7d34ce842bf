import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from './algorithms.ts';
import { signCms } from './cms.ts';
import { readSignedData } from './cms-reader.ts';
import {
  derChild,
  derChildren,
  derTag,
  encodeElement,
  encodeObjectIdentifier,
  encodeOctetString,
  encodeSequence,
  encodeSetOf,
  readDer,
} from './der.ts';
import { oid } from './oids.ts';
import { appendDocumentTimestamp } from './pades-completion.ts';
import { openPdf } from './pdf-reader.ts';
import { readSignatures } from './pdf-signatures.ts';
import { createTestAuthority } from './testing/authority.ts';
import type { TestAuthority } from './testing/authority.ts';
import { appendRaw, fillSignature, makeOffice, part, signatureEntries, signOffice } from './testing/signed-office.ts';
import { makeTinyPdf } from './testing/tiny-pdf.ts';
import { requestTimestamp } from './timestamp.ts';
import { plainAnchor } from './trust-evaluation.ts';
import type { PdfVerification } from './verification-model.ts';
import { verifyPdfAgainst } from './verify.ts';

// Attacks on the bytes: what a signature covers, where readers look for objects, what the value itself says.

let authority: TestAuthority;
let crl: Buffer;
let signed: Buffer;

beforeAll(async () => {
  authority = createTestAuthority();
  crl = authority.crl();
  signed = await signOffice(makeOffice(), authority.signer('officer', 'rsa-sha256'));
}, 60_000);
afterAll(() => {
  authority.dispose();
});

function verify(pdf: Uint8Array): PdfVerification {
  const at = new Date(Date.now() + 60_000);
  return verifyPdfAgainst(pdf, { anchors: [plainAnchor(authority.root)], at, ocsps: [], crls: [crl] });
}

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
const append = (pdf: Buffer, text: string): Buffer => Buffer.concat([pdf, latin(text)]);
const swap = (pdf: Buffer, from: string | RegExp, to: string): Buffer => {
  const text = pdf.toString('latin1');
  const changed = text.replace(from, to);
  expect(changed).not.toBe(text);
  return latin(changed);
};
const rangePattern = /\[0 \d+ \d+ \d+ *\]/;
const range = (pdf: Buffer): readonly [number, number, number, number] =>
  readSignatures(pdf)[0]?.byteRange ?? [0, 0, 0, 0];
/** Keeps the length, so that only what is said changes. */
const sayRange = (pdf: Buffer, text: string): Buffer => {
  const [found = ''] = rangePattern.exec(pdf.toString('latin1')) ?? [];
  return swap(pdf, found, text.padEnd(found.length));
};

describe('a byte range', () => {
  it.each<[string, (figures: readonly [number, number, number, number]) => string]>([
    ['is missing', () => ''],
    ['is empty', () => '[]'],
    ['is null', () => 'null'],
    ['has one piece', ([a, b]) => `[${a} ${b}]`],
    ['has three pieces', ([a, b, c, d]) => `[${a} ${b} ${c} ${d} 0 1]`],
    ['goes backwards', ([a, b, c, d]) => `[${a} -${b} ${c} ${d}]`],
    ['starts before the file', ([, b, c, d]) => `[-1 ${b} ${c} ${d}]`],
    ['is huge', ([a, b, c]) => `[${a} ${b} ${c} 99999999999]`],
    ['is beyond numbers', ([a, b]) => `[${a} ${b} 1${'0'.repeat(17)} 1]`],
    ['is fractional', ([a, b, c, d]) => `[${a} ${b}.5 ${c} ${d}]`],
    ['refers to objects', () => '[4 0 R 4 0 R 4 0 R 4 0 R]'],
    ['is somewhere else', () => '4 0 R'],
    ['covers nothing', () => '[0 0 0 0]'],
    ['changes its pieces', ([a, b, c, d]) => `[${c} ${d} ${a} ${b}]`],
    ['covers the value', ([, , , d]) => `[0 ${d} ${d} ${d}]`],
    ['has words', ([a, b, c]) => `[${a} ${b} ${c} (x)]`],
    ['is a string', () => '(0 1 2 3)'],
  ])('that %s is not accepted', (_, shape) => {
    const attacked = sayRange(signed, shape(range(signed)));
    expect(verify(attacked).verdict).not.toBe('passed');
  });

  // The signer's own program wrote these: the figures are covered, and wrong all the same.
  it.each<[string, (figures: readonly [number, number, number, number]) => string]>([
    ['said twice', ([a, b, c, d]) => `[0]/ByteRange[${a} ${b} ${c} ${d}]`],
    ['with reals', ([a, b, c, d]) => `[${a}.0 ${b}.0 ${c} ${d}]`],
    ['with another start', ([, b, c, d]) => `[1 ${b - 1} ${c} ${d}]`],
  ])('%s is not accepted though it is signed', async (_, shape) => {
    const prepared = appendSignature(makeOffice());
    const pdf = await fillSignature(prepared, authority.signer('officer', 'rsa-sha256'), shape);
    expect(verify(pdf).verdict).not.toBe('passed');
  });
});

/** A signature field whose dictionary is object 31. */
function appendSignature(
  pdf: Buffer,
  entries = signatureEntries,
  more: readonly (readonly [number, string])[] = [],
): Buffer {
  return appendRaw(pdf, {
    objects: new Map([
      [
        part.form,
        '<</Fields[15 0 R 16 0 R 17 0 R 22 0 R 30 0 R]/DR<</Font<</F1 5 0 R>>>>/DA(/F1 10 Tf 0 g)/SigFlags 3>>',
      ],
      [30, '<</Type/Annot/Subtype/Widget/FT/Sig/T(Firma)/Rect[0 0 0 0]/V 31 0 R>>'],
      [31, `<<${entries}>>`],
      ...more,
    ]),
  });
}

describe('the value of a signature', () => {
  const contents = (pdf: Buffer): string => readSignatures(pdf)[0]?.contents.toString('hex') ?? '';
  const withContents = (pdf: Buffer, value: string): Buffer => swap(pdf, `<${contents(pdf)}>`, value);
  const fitting = (pdf: Buffer, value: string): Buffer =>
    withContents(pdf, value.padEnd(contents(pdf).length + 2).slice(0, contents(pdf).length + 2));

  it('passes when a hand writes it', async () => {
    const pdf = await fillSignature(appendSignature(makeOffice()), authority.signer('officer', 'rsa-sha256'));
    expect(verify(pdf)).toMatchObject({ verdict: 'passed' });
  });

  it.each<[string, (pdf: Buffer) => Buffer]>([
    ['is null', (pdf) => fitting(pdf, 'null')],
    ['is empty', (pdf) => fitting(pdf, '<>')],
    ['is all zeros', (pdf) => fitting(pdf, `<${'0'.repeat(contents(pdf).length)}>`)],
    ['is in another object', (pdf) => fitting(pdf, '4 0 R')],
    ['is missing', (pdf) => swap(pdf, `/Contents <${contents(pdf)}>`, `/Contenus <${contents(pdf)}>`)],
    ['ends early', (pdf) => fitting(pdf, `<${contents(pdf).slice(0, 2000)}>`)],
    ['has an odd digit', (pdf) => withContents(pdf, `<${contents(pdf).slice(0, -1)} >`)],
    ['is followed by something', (pdf) => fitting(pdf, `<${contents(pdf).slice(0, -20)}>/Reason(otra)`)],
    ['is said twice', (pdf) => fitting(pdf, `<00>/Contents<${contents(pdf).slice(0, -20)}>`)],
    ['is a literal string', (pdf) => fitting(pdf, `(${'\\060'.repeat(100)})`)],
    ['has a comment before it', (pdf) => fitting(pdf, `%\n<${contents(pdf).slice(0, -2)}>`)],
    ['is cut by white space', (pdf) => fitting(pdf, `<${contents(pdf).slice(0, 1999)} ${contents(pdf).slice(2000)}>`)],
  ])('that %s does not pass', (_, attack) => {
    expect(verify(attack(signed)).verdict).not.toBe('passed');
  });

  it('does not pass over another document', async () => {
    const other = await signOffice(
      swap(makeOffice(), '100 euros', '900 euros'),
      authority.signer('officer', 'rsa-sha256'),
    );
    expect(verify(withContents(signed, `<${contents(other)}>`))).toMatchObject({ verdict: 'failed' });
  });

  const withCms = (pdf: Buffer, make: (cms: Buffer) => Buffer): Buffer => {
    const whole = readSignatures(pdf)[0]?.contents ?? Buffer.alloc(0);
    const cms = make(whole.subarray(0, readSignedData(whole).encodedLength));
    return withContents(pdf, `<${cms.toString('hex').padEnd(whole.length * 2, '0')}>`);
  };
  /** Writes the parts of the SignedData anew. */
  const rebuild = (cms: Buffer, change: (parts: Buffer[]) => readonly Buffer[]): Buffer => {
    const body = derChild(derChild(readDer(cms), 1), 0);
    const parts = derChildren(body).map((node) => node.raw);
    return encodeSequence(
      encodeObjectIdentifier(oid.signedData),
      encodeElement(0xa0, encodeSequence(...change(parts))),
    );
  };

  it.each<[string, (parts: Buffer[]) => readonly Buffer[]]>([
    ['has no signer', (parts) => [...parts.slice(0, -1), encodeSetOf([])]],
    [
      'has two signers',
      (parts) => [
        ...parts.slice(0, -1),
        encodeElement(
          derTag.set,
          readDer(parts.at(-1) ?? Buffer.alloc(0)).content,
          readDer(parts.at(-1) ?? Buffer.alloc(0)).content,
        ),
      ],
    ],
    ['has no certificate', (parts) => parts.filter((node) => node[0] !== 0xa0)],
    [
      'carries other content',
      (parts) =>
        parts.map((node, index) =>
          index === 2
            ? encodeSequence(encodeObjectIdentifier(oid.data), encodeElement(0xa0, encodeOctetString(latin('otro'))))
            : node,
        ),
    ],
    [
      'carries empty content',
      (parts) =>
        parts.map((node, index) =>
          index === 2
            ? encodeSequence(encodeObjectIdentifier(oid.data), encodeElement(0xa0, encodeOctetString(Buffer.alloc(0))))
            : node,
        ),
    ],
    [
      'says to be of another type',
      (parts) =>
        parts.map((node, index) => (index === 2 ? encodeSequence(encodeObjectIdentifier(oid.timestampInfo)) : node)),
    ],
  ])('that %s does not pass', (_, change) => {
    expect(verify(withCms(signed, (cms) => rebuild(cms, change))).verdict).not.toBe('passed');
  });

  it.each([
    ['an empty digest', Buffer.alloc(0)],
    ['the digest of nothing', digestOf('sha256')],
    ['a short digest', Buffer.alloc(20)],
  ])('that signs %s does not pass', async (_, contentDigest) => {
    const signer = authority.signer('officer', 'rsa-sha256');
    const { cms } = await signCms({ contentDigest, signer, maximumBytes: 16_384 });
    expect(verify(withCms(signed, () => cms))).toMatchObject({ verdict: 'failed', subIndication: 'HASH_FAILURE' });
  });

  it('does not pass under a certificate of somebody else', () => {
    const stranger = authority.certificate('other');
    const attacked = withCms(signed, (cms) =>
      rebuild(cms, (parts) => parts.map((node) => (node[0] === 0xa0 ? encodeElement(0xa0, stranger) : node))),
    );
    expect(verify(attacked).verdict).not.toBe('passed');
  });

  it('without CMS, in the oldest format, is verified all the same', async () => {
    const chain = [authority.certificate('officer'), authority.intermediate];
    const placeholder = signatureEntries
      .replace('ETSI.CAdES.detached', 'adbe.x509.rsa_sha1')
      .replace('/ByteRange', `/Cert[${chain.map((der) => `<${der.toString('hex')}>`).join('')}]/ByteRange`);
    const prepared = appendSignature(makeOffice(), placeholder);
    const place = prepared.lastIndexOf('[0 1111111111');
    const start = prepared.indexOf('<000', place);
    const end = prepared.indexOf('>', start) + 1;
    prepared.write(`[0 ${start} ${end} ${prepared.length - end}]`.padEnd(36), place, 'latin1');
    const covered = Buffer.concat([prepared.subarray(0, start), prepared.subarray(end)]);
    const value = encodeOctetString(await authority.signer('officer', 'rsa-sha256').sign(covered));
    prepared.write(value.toString('hex'), start + 1, 'latin1');
    // Signed with SHA-256, which ISO 32000-2 lets this format use.
    expect(verify(prepared)).toMatchObject({ verdict: 'passed', signatures: [{ level: null }] });
    expect(verify(swap(prepared, '100 euros', '900 euros'))).toMatchObject({ verdict: 'failed' });
  });
});

describe('where readers look', () => {
  const evil = '<</Length 8>>\nstream\nBT (900)\nendstream';

  it.each<[string, (pdf: Buffer) => Buffer]>([
    ['bytes after the end', (pdf) => append(pdf, 'x')],
    ['a comment after the end', (pdf) => append(pdf, '% x\n')],
    ['an object after the end', (pdf) => append(pdf, `4 0 obj\n${evil}\nendobj\n`)],
    ['a second end', (pdf) => append(pdf, `4 0 obj\n${evil}\nendobj\n%%EOF\n`)],
    ['another document after the end', (pdf) => Buffer.concat([pdf, makeTinyPdf('otro')])],
    [
      'another document with packed objects after the end',
      (pdf) => Buffer.concat([pdf, makeTinyPdf('otro', 'stream')]),
    ],
    ['another document before the start', (pdf) => Buffer.concat([makeTinyPdf('otro'), pdf])],
    ['bytes before the start', (pdf) => Buffer.concat([latin('x\n'), pdf])],
    [
      'a table that does not go on',
      (pdf) => appendRaw(pdf, { objects: new Map([[part.content, evil]]), previous: '' }),
    ],
    [
      'a table that comes back to itself',
      (pdf) => appendRaw(pdf, { objects: new Map([[part.content, evil]]), previous: `/Prev ${pdf.length}` }),
    ],
    [
      'a table that goes on beyond the file',
      (pdf) => appendRaw(pdf, { objects: new Map([[part.content, evil]]), previous: '/Prev 99999999' }),
    ],
    [
      'a table that goes on at a negative place',
      (pdf) => appendRaw(pdf, { objects: new Map([[part.content, evil]]), previous: '/Prev -1' }),
    ],
    [
      'another catalog',
      (pdf) =>
        appendRaw(pdf, {
          objects: new Map([[60, '<</Type/Catalog/Pages<</Type/Pages/Kids[7 0 R]/Count 1>>>>']]),
          trailer: '/Root 60 0 R',
        }),
    ],
    [
      'an encrypted document',
      (pdf) => appendRaw(pdf, { objects: new Map(), trailer: '/Encrypt<</Filter/Standard/V 1/R 2/O()/U()/P 0>>' }),
    ],
    [
      'a newer generation',
      (pdf) => swap(appendRaw(pdf, { objects: new Map([[part.content, evil]]) }), /4 0 obj(?!.*4 0 obj)/s, '4 1 obj'),
    ],
    [
      'a table that names two places',
      (pdf) =>
        appendRaw(pdf, {
          objects: new Map([[part.content, evil]]),
          rows: [
            [part.content, '0000000015 00000 n '],
            [part.content, `${String(pdf.length).padStart(10, '0')} 00000 n `],
          ],
        }),
    ],
    [
      'a table that hides an object that is there',
      (pdf) => appendRaw(pdf, { objects: new Map([[part.content, evil]]), rows: [] }),
    ],
    [
      'a size that overlooks objects',
      (pdf) => swap(appendRaw(pdf, { objects: new Map([[60, 'null']]) }), /\/Size \d+(?!.*\/Size)/s, '/Size 4'),
    ],
    ['no size', (pdf) => swap(appendRaw(pdf, { objects: new Map([[60, 'null']]) }), /\/Size(?!.*\/Size)/s, '/Siz ')],
    [
      'a generation that nobody refers to',
      (pdf) =>
        appendRaw(pdf, {
          objects: new Map([[part.font, '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>']]),
          rows: [[part.font, `${String(pdf.length).padStart(10, '0')} 00001 n `]],
        }),
    ],
    ['a start of the table that is wrong', (pdf) => append(pdf, 'startxref\n9\n%%EOF\n')],
    ['a start of the table that is not a number', (pdf) => append(pdf, 'startxref\nx\n%%EOF\n')],
    ['an earlier revision shown again', (pdf) => append(pdf, `startxref\n${openPdf(makeOffice()).startXref}\n%%EOF\n`)],
  ])('%s does not pass', (_, attack) => {
    expect(verify(attack(signed)).verdict).not.toBe('passed');
  });

  const packed = (pdf: Buffer, number: number, body: string): Buffer => {
    const header = `${number} 0 `;
    const data = deflateSync(latin(header + body)).toString('latin1');
    const containerPlace = pdf.length;
    const container = `60 0 obj\n<</Type/ObjStm/N 1/First ${header.length}/Filter/FlateDecode/Length ${data.length}>>\nstream\n${data}\nendstream\nendobj\n`;
    const tablePlace = containerPlace + container.length;
    const rows = Buffer.alloc(21);
    [
      [2, 60, 0],
      [1, containerPlace, 0],
      [1, tablePlace, 0],
    ].forEach(([type = 0, second = 0, third = 0], index) => {
      rows.writeUInt8(type, index * 7);
      rows.writeUInt32BE(second, index * 7 + 1);
      rows.writeUInt16BE(third, index * 7 + 5);
    });
    const former = openPdf(pdf);
    const table = `61 0 obj\n<</Type/XRef/Size 62/Root 1 0 R/Info 20 0 R/Prev ${former.startXref}/W[1 4 2]/Index[${number} 1 60 2]/Length 21>>\nstream\n${rows.toString('latin1')}\nendstream\nendobj\nstartxref\n${tablePlace}\n%%EOF\n`;
    return append(pdf, container + table);
  };

  it('an object in an object stream counts like any other', () => {
    expect(verify(packed(signed, part.font, '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>'))).toMatchObject({
      verdict: 'passed',
    });
    expect(verify(packed(signed, part.font, '<</Type/Font/Subtype/Type1/BaseFont/Symbol>>'))).toMatchObject({
      verdict: 'failed',
    });
    expect(verify(packed(signed, part.resources, '<</XObject<</X 19 0 R>>/Font<</F1 5 0 R>>>>'))).toMatchObject({
      verdict: 'failed',
    });
    expect(
      verify(packed(signed, part.font, '<</Type/Font/Subtype/Type1/BaseFont/Symbol/BaseFont/Helvetica>>')),
    ).toMatchObject({ verdict: 'failed' });
  });

  it('a stream of cross references beside a table hides nothing', () => {
    const stream = packed(signed, part.font, '<</Type/Font/Subtype/Type1/BaseFont/Symbol>>');
    const { startXref } = openPdf(stream);
    const hybrid = appendRaw(stream, {
      objects: new Map(),
      rows: [],
      previous: `/Prev ${openPdf(signed).startXref}/XRefStm ${startXref}`,
    });
    expect(verify(hybrid)).toMatchObject({ verdict: 'failed' });
  });
});

describe('signatures that share', () => {
  it('a value with a field that came later do not pass', () => {
    const number = Number(
      /\/V (\d+) 0 R/.exec(signed.subarray(signed.lastIndexOf('/FT /Sig')).toString('latin1'))?.[1] ?? 0,
    );
    const file = openPdf(signed);
    expect(file.object(number)).not.toBeNull();
    const attacked = appendRaw(signed, {
      objects: new Map([
        [
          part.form,
          `<</Fields[15 0 R 16 0 R 17 0 R 22 0 R ${file.size - 2} 0 R 60 0 R]/DR<</Font<</F1 5 0 R>>>>/DA(/F1 10 Tf 0 g)/SigFlags 3>>`,
        ],
        [60, `<</Type/Annot/Subtype/Widget/FT/Sig/T(Otra)/Rect[300 400 450 450]/V ${number} 0 R>>`],
      ]),
    });
    expect(verify(attacked)).toMatchObject({ verdict: 'failed' });
  });

  it('a time stamp of another document do not pass', async () => {
    const stamped = async (pdf: Buffer): Promise<Buffer> =>
      appendDocumentTimestamp(pdf, (imprint) =>
        requestTimestamp({ url: 'http://tsa.test/', fetchBytes: authority.fetchBytes, ...imprint }),
      );
    const one = await stamped(signed);
    const other = await stamped(await signOffice(makeOffice(), authority.signer('officerEc', 'ecdsa-sha256')));
    expect(verify(one)).toMatchObject({ verdict: 'passed' });
    const tokenOf = (pdf: Buffer): string => readSignatures(pdf).at(-1)?.contents.toString('hex') ?? '';
    expect(verify(swap(one, tokenOf(one), tokenOf(other)))).toMatchObject({
      verdict: 'indeterminate',
      subIndication: 'TIMESTAMP_ORDER_FAILURE',
    });
  });
});
