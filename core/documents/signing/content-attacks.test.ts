import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isArray, isReference, serializePdf } from './pdf-objects.ts';
import type { PdfValue } from './pdf-objects.ts';
import { openPdf } from './pdf-reader.ts';
import { createTestAuthority } from './testing/authority.ts';
import type { TestAuthority } from './testing/authority.ts';
import {
  appendRaw,
  certification,
  dictionaryOf,
  fieldLock,
  fillSignature,
  makeOffice,
  part,
  raw,
  revise,
  signatureEntries,
  signOffice,
} from './testing/signed-office.ts';
import { plainAnchor } from './trust-evaluation.ts';
import type { PdfVerification } from './verification-model.ts';
import { verifyPdfAgainst } from './verify.ts';

// What the published attacks on signed PDFs change (incremental saving, shadow attacks, evil annotations, sneaky signatures),
// all of them by somebody whose certificates we trust: nothing but the document itself can give them away.

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

const modified = { verdict: 'failed', subIndication: 'FORMAT_FAILURE' };
const write = (pdf: Buffer, ...objects: readonly (readonly [number, string])[]): Buffer =>
  appendRaw(pdf, { objects: new Map(objects) });

/** Writes an object anew with some entries changed; null takes one away. */
function change(pdf: Buffer, number: number, entries: Readonly<Record<string, string | null>>): Buffer {
  return revise(pdf, (file, update) => {
    const value = new Map(dictionaryOf(file, { kind: 'reference', number, generation: 0 }));
    for (const [key, text] of Object.entries(entries)) {
      if (text === null) value.delete(key);
      else value.set(key, raw(text));
    }
    update.set({ kind: 'reference', number, generation: 0 }, value);
  });
}

const newStream = (data: string, dictionary = ''): string =>
  `<<${dictionary}/Length ${data.length}>>\nstream\n${data}\nendstream`;
const form = '/Type/XObject/Subtype/Form/BBox[0 0 200 20]';

it('passes as it was signed', () => {
  expect(verify(signed)).toMatchObject({ verdict: 'passed', reasons: [] });
});

describe('an attacker who appends', () => {
  it.each<[string, (pdf: Buffer) => Buffer]>([
    ['replaces the content of a page', (pdf) => write(pdf, [part.content, newStream('BT (900) Tj ET')])],
    ['gives a page other content', (pdf) => change(pdf, part.firstPage, { Contents: '19 0 R' })],
    ['adds content to a page', (pdf) => change(pdf, part.firstPage, { Contents: '[4 0 R 19 0 R]' })],
    ['empties a page', (pdf) => change(pdf, part.firstPage, { Contents: null })],
    ['exchanges the font', (pdf) => change(pdf, part.font, { BaseFont: '/Symbol' })],
    ['encodes the font anew', (pdf) => change(pdf, part.font, { Encoding: '<</Differences[49/nine]>>' })],
    ['exchanges a picture', (pdf) => write(pdf, [part.picture, newStream('1 0 0 rg 0 0 200 20 re f', form)])],
    ['names another picture', (pdf) => change(pdf, part.resources, { XObject: '<</X 19 0 R>>' })],
    ['gives a page other resources', (pdf) => change(pdf, part.firstPage, { Resources: '<</XObject<</X 19 0 R>>>>' })],
    ['makes things transparent', (pdf) => change(pdf, part.state, { ca: '0' })],
    ['hides a layer', (pdf) => change(pdf, part.layers, { D: '<</OFF[23 0 R]>>' })],
    [
      'exchanges the layers',
      (pdf) => change(pdf, part.catalog, { OCProperties: '<</OCGs[23 0 R]/D<</OFF[23 0 R]>>>>' }),
    ],
    ['takes the layers away', (pdf) => change(pdf, part.catalog, { OCProperties: null })],
    [
      'puts the picture in a layer',
      (pdf) => write(pdf, [part.picture, newStream('0 0 200 20 re f', `${form}/OC 23 0 R`)]),
    ],
    ['turns a page', (pdf) => change(pdf, part.firstPage, { Rotate: '180' })],
    ['turns all pages', (pdf) => change(pdf, part.pages, { Rotate: '180' })],
    ['crops a page', (pdf) => change(pdf, part.firstPage, { CropBox: '[0 0 300 300]' })],
    ['gives a page another size', (pdf) => change(pdf, part.firstPage, { MediaBox: '[0 0 300 300]' })],
    ['moves the origin of all pages', (pdf) => change(pdf, part.pages, { MediaBox: '[0 -842 595 0]' })],
    ['scales a page', (pdf) => change(pdf, part.firstPage, { UserUnit: '10' })],
    ['shows a page blended', (pdf) => change(pdf, part.firstPage, { Group: '<</S/Transparency/K true>>' })],
    ['gives a page a start time', (pdf) => change(pdf, part.firstPage, { AA: '<</O<</S/JavaScript/JS(x)>>>>' })],
    [
      'adds a page',
      (pdf) =>
        write(
          pdf,
          [part.pages, '<</Type/Pages/Kids[3 0 R 7 0 R 30 0 R]/Count 3/MediaBox[0 0 595 842]>>'],
          [30, '<</Type/Page/Parent 2 0 R>>'],
        ),
    ],
    ['takes a page away', (pdf) => change(pdf, part.pages, { Kids: '[3 0 R]', Count: '1' })],
    ['says there are fewer pages', (pdf) => change(pdf, part.pages, { Count: '1' })],
    ['changes the order of pages', (pdf) => change(pdf, part.pages, { Kids: '[7 0 R 3 0 R]' })],
    ['shows a page twice', (pdf) => change(pdf, part.pages, { Kids: '[3 0 R 3 0 R]' })],
    ['exchanges the page tree', (pdf) => change(pdf, part.catalog, { Pages: '<</Type/Pages/Kids[7 0 R]/Count 1>>' })],
    [
      'copies the page tree with a difference',
      (pdf) =>
        write(
          change(pdf, part.catalog, { Pages: '30 0 R' }),
          [30, '<</Type/Pages/Kids[3 0 R 31 0 R]/Count 2/MediaBox[0 0 595 842]>>'],
          [31, '<</Type/Page/Parent 30 0 R/Resources 9 0 R/Contents 4 0 R>>'],
        ),
    ],
    ['opens with an action', (pdf) => change(pdf, part.catalog, { OpenAction: '<</S/JavaScript/JS(x)>>' })],
    ['acts on events', (pdf) => change(pdf, part.catalog, { AA: '<</WC<</S/JavaScript/JS(x)>>>>' })],
    [
      'exchanges what readers prefer',
      (pdf) => change(pdf, part.catalog, { ViewerPreferences: '<</HideToolbar true>>' }),
    ],
    ['numbers the pages anew', (pdf) => change(pdf, part.catalog, { PageLabels: '<</Nums[0<</S/r>>]>>' })],
    ['takes the attachments away', (pdf) => change(pdf, part.catalog, { Names: null })],
    ['exchanges the attachments', (pdf) => change(pdf, part.names, { EmbeddedFiles: '<</Names[]>>' })],
    ['exchanges an attachment', (pdf) => write(pdf, [part.attachment, newStream('otro')])],
    ['adds scripts', (pdf) => change(pdf, part.names, { JavaScript: '<</Names[(a)<</S/JavaScript/JS(x)>>]>>' })],
    [
      'adds a logical structure',
      (pdf) => change(pdf, part.catalog, { StructTreeRoot: '<</Type/StructTreeRoot/K[30 0 R]>>' }),
    ],
    ['adds another form', (pdf) => change(pdf, part.form, { XFA: '(<xdp/>)' })],
    ['has fields drawn anew', (pdf) => change(pdf, part.form, { NeedAppearances: 'true' })],
    ['draws the fields with another font', (pdf) => change(pdf, part.form, { DR: '<</Font<</F1 30 0 R>>>>' })],
    ['takes a field away', (pdf) => change(pdf, part.form, { Fields: '[16 0 R 17 0 R 22 0 R]' })],
    ['takes the form away', (pdf) => change(pdf, part.catalog, { AcroForm: null })],
    [
      'adds a field to fill in',
      (pdf) =>
        write(
          pdf,
          [
            part.form,
            '<</Fields[15 0 R 16 0 R 17 0 R 22 0 R 30 0 R 99 0 R]/DR<</Font<</F1 5 0 R>>>>/DA(/F1 10 Tf 0 g)>>',
          ],
          [30, '<</FT/Tx/T(otro)/V(x)>>'],
        ),
    ],
    ['entitles the document', (pdf) => change(pdf, part.information, { Title: '(Recurso)' })],
    [
      'tells other metadata',
      (pdf) =>
        write(pdf, [
          part.metadata,
          newStream('<x:xmpmeta><dc:title>Recurso</dc:title></x:xmpmeta>', '/Type/Metadata/Subtype/XML'),
        ]),
    ],
    ['tells no metadata', (pdf) => change(pdf, part.catalog, { Metadata: null })],
    ['edits a note', (pdf) => change(pdf, part.note, { Contents: '(Otra)' })],
    ['moves a note', (pdf) => change(pdf, part.note, { Rect: '[0 0 595 842]' })],
    ['takes the notes away', (pdf) => change(pdf, part.firstPage, { Annots: null })],
    ['gives a field another look', (pdf) => write(pdf, [part.textLook, newStream('BT (Eva) Tj ET', form)])],
    ['leads a field to another look', (pdf) => change(pdf, part.text, { AP: '<</N 19 0 R>>' })],
    ['moves a field with its value', (pdf) => change(pdf, part.text, { V: '(Eva)', Rect: '[0 0 595 842]' })],
    ['hides a field with its value', (pdf) => change(pdf, part.text, { V: '(Eva)', F: '2' })],
    ['has a field act', (pdf) => change(pdf, part.text, { V: '(Eva)', AA: '<</F<</S/JavaScript/JS(x)>>>>' })],
    [
      'gives a ticked box the look of an empty one',
      (pdf) => change(pdf, part.box, { V: '/Si', AS: '/Si', AP: '<</N<</Si 26 0 R/Off 11 0 R>>>>' }),
    ],
    ['exchanges the picture of a button', (pdf) => change(pdf, part.button, { AP: '<</N 19 0 R>>', V: '(x)' })],
    [
      'exchanges the picture behind a button',
      (pdf) => write(change(pdf, part.button, { V: '(x)' }), [part.buttonLook, newStream('1 g', form)]),
    ],
    [
      'frees the content of a page',
      (pdf) => appendRaw(pdf, { objects: new Map(), rows: [[part.content, '0000000000 00001 f ']] }),
    ],
    [
      'covers the page with a note',
      (pdf) =>
        write(change(pdf, part.firstPage, { Annots: '[15 0 R 16 0 R 17 0 R 21 0 R 22 0 R 60 0 R]' }), [
          60,
          '<</Type/Annot/Subtype/Square/Rect[0 0 595 842]/IC[1 1 1]>>',
        ]),
    ],
    ['says a key twice', (pdf) => change(pdf, part.firstPage, { Contents: '19 0 R/Contents 4 0 R' })],
    ['says a key twice deep inside', (pdf) => change(pdf, part.resources, { XObject: '<</X 19 0 R/X 11 0 R>>' })],
  ])('and %s', (_, attack) => {
    const attacked = attack(signed);
    expect(attacked.subarray(0, signed.length).equals(signed)).toBe(true);
    expect(verify(attacked).verdict).not.toBe('passed');
    expect(verify(attacked)).toMatchObject(modified);
  });
});

describe('a mark of a later signature', () => {
  const withMark = (pdf: Buffer, mark: string, value: string | null, isField = true): Buffer => {
    const file = openPdf(pdf);
    const [firma, valueNumber] = file.entries.has(60) ? ['61 0 R', 71] : ['60 0 R', 70];
    const fields = [...listOf(file, part.form, 'Fields'), ...(isField ? [firma] : [])].join(' ');
    const annotations = [...listOf(file, part.firstPage, 'Annots'), firma].join(' ');
    const changed = change(change(pdf, part.form, { Fields: `[${fields}]` }), part.firstPage, {
      Annots: `[${annotations}]`,
    });
    const number = Number(firma.split(' ')[0]);
    const entries = mark.replace('/V 70 0 R', `/V ${valueNumber} 0 R`);
    const objects: (readonly [number, string])[] = [
      [number, `<</Type/Annot/Subtype/Widget/FT/Sig/T(Otra${number})/F 4/P 3 0 R/AP<</N 19 0 R>>${entries}>>`],
    ];
    if (value !== null) objects.push([valueNumber, value]);
    return write(changed, ...objects);
  };
  const listOf = (file: ReturnType<typeof openPdf>, number: number, key: string): readonly string[] => {
    const list = file.resolve(dictionaryOf(file, { kind: 'reference', number, generation: 0 }).get(key));
    return (isArray(list) ? list : []).map((item) => (isReference(item) ? `${item.number} 0 R` : ''));
  };
  const signMark = (rectangle: string, isField = true, pdf = signed): Promise<Buffer> =>
    fillSignature(
      withMark(pdf, `/Rect[${rectangle}]/V 70 0 R`, `<<${signatureEntries}>>`, isField),
      authority.signer('officerEc', 'ecdsa-sha256'),
    );

  it('may stand where nothing was', async () => {
    expect(verify(await signMark('300 400 450 450'))).toMatchObject({ verdict: 'passed' });
  });

  it('may stand over the mark of the signature before it', async () => {
    const again = await signMark('310 405 450 450', true, await signMark('300 400 450 450'));
    expect(verify(again)).toMatchObject({
      verdict: 'passed',
      signatures: [{ modificationsAfter: 'allowed' }, { modificationsAfter: 'allowed' }, { coversWholeFile: true }],
    });
  });

  it.each([
    ['cover the page', '0 0 595 842'],
    ['cover most of the page', '20 300 580 842'],
    ['cover a field', '40 90 260 125'],
    ['cover a note', '290 95 350 130'],
  ])('may not %s', async (_, rectangle) => {
    expect(verify(await signMark(rectangle))).toMatchObject(modified);
  });

  it('must belong to a field of the form', async () => {
    expect(verify(await signMark('300 400 450 450', false))).toMatchObject(modified);
  });

  it.each([
    ['no value', '/Rect[300 400 450 450]', null],
    ['a value that signs nothing', '/Rect[300 400 450 450]/V 70 0 R', '<</Type/Sig/Filter/Adobe.PPKLite>>'],
    ['a value that is no dictionary', '/Rect[300 400 450 450]/V 70 0 R', '(firmado)'],
  ])('may not have %s', (_, mark, value) => {
    expect(verify(withMark(signed, mark, value))).toMatchObject(modified);
  });

  it('may not lean on the signature that was there before', () => {
    const file = openPdf(signed);
    const fields = listOf(file, part.form, 'Fields');
    const own = dictionaryOf(file, raw0(fields.at(-1) ?? ''));
    const value = own.get('V');
    const number = typeof value === 'object' && value !== null && 'number' in value ? value.number : 0;
    expect(number).toBeGreaterThan(0);
    expect(verify(withMark(signed, `/Rect[300 400 450 450]/V ${number} 0 R`, null))).toMatchObject(modified);
  });

  it('may not move a field that waited for it', async () => {
    const waiting = (entries: Readonly<Record<string, string>>): Promise<Buffer> =>
      fillSignature(
        write(change(signed, part.emptySignature, { V: '70 0 R', ...entries }), [70, `<<${signatureEntries}>>`]),
        authority.signer('officerEc', 'ecdsa-sha256'),
      );
    expect(verify(await waiting({ AP: '<</N 19 0 R>>' }))).toMatchObject({ verdict: 'passed' });
    expect(verify(await waiting({ Rect: '[0 0 595 842]' }))).toMatchObject(modified);
  });
});

function raw0(reference: string): Readonly<{ kind: 'reference'; number: number; generation: number }> {
  return { kind: 'reference', number: Number(reference.split(' ')[0]), generation: 0 };
}

describe('a certified document', () => {
  const certified = (level: number): Promise<Buffer> =>
    signOffice(makeOffice(), authority.signer('officer', 'rsa-sha256'), certification(level));
  const withNote = (pdf: Buffer, note: string): Buffer =>
    write(
      revise(pdf, (file, update) => {
        const page = dictionaryOf(file, raw0(`${part.firstPage}`));
        const list = file.resolve(page.get('Annots'));
        const all = [...(isArray(list) ? list : []), raw0('60')];
        update.set(raw0(`${part.firstPage}`), new Map<string, PdfValue>([...page, ['Annots', all]]));
      }),
      [60, `<</Type/Annot/P 3 0 R${note}>>`],
    );
  const notes: readonly (readonly [string, string])[] = [
    ['free text', '/Subtype/FreeText/Rect[72 700 400 750]/DA(/F1 24 Tf 1 g)/Contents(900)'],
    ['a stamp', '/Subtype/Stamp/Rect[72 700 400 750]/AP<</N 19 0 R>>'],
    ['a white square', '/Subtype/Square/Rect[72 700 400 750]/IC[1 1 1]'],
    ['thick ink', '/Subtype/Ink/Rect[72 700 400 750]/InkList[[72 720 400 720]]/BS<</W 60>>'],
    ['a redaction', '/Subtype/Redact/Rect[72 700 400 750]/IC[1 1 1]'],
    [
      'a mark that looks like text',
      '/Subtype/Highlight/Rect[72 700 400 750]/QuadPoints[0 0 1 1 2 2 3 3]/AP<</N 19 0 R>>',
    ],
    ['an icon as large as a page', '/Subtype/Text/Rect[0 0 595 842]/AP<</N 19 0 R>>'],
    ['a field', '/Subtype/Widget/FT/Tx/T(x)/V(900)/Rect[72 700 400 750]'],
    ['a film', '/Subtype/Screen/Rect[72 700 400 750]'],
    ['a link', '/Subtype/Link/Rect[72 700 400 750]/A<</S/URI/URI(http://otro.test/)>>'],
    ['a watermark', '/Subtype/Watermark/Rect[72 700 400 750]/AP<</N 19 0 R>>'],
  ];

  it.each(notes)('of level 3 does not take %s over its content', async (_, note) => {
    expect(verify(withNote(await certified(3), note))).toMatchObject(modified);
  });

  it('of level 3 takes marks and icons, of level 2 none', async () => {
    const icon = '/Subtype/Text/Rect[500 800 520 820]/Contents(Visto)/AP<</N 19 0 R>>';
    const mark = '/Subtype/Highlight/Rect[72 700 400 750]/QuadPoints[72 750 400 750 72 700 400 700]/C[1 1 0]';
    // The reader draws this one, and takes no more of the rectangle than it likes.
    const drawn = '/Subtype/Text/Rect[500 700 590 820]/Contents(Visto)';
    for (const note of [icon, mark, drawn]) {
      expect(verify(withNote(await certified(3), note))).toMatchObject({ verdict: 'passed' });
      expect(verify(withNote(await certified(2), note))).toMatchObject(modified);
    }
  });

  it.each([1, 2, 3])('of level %i shows nothing else', async (level) => {
    expect(verify(write(await certified(level), [part.content, newStream('BT ET')]))).toMatchObject(modified);
  });

  it('of level 1 takes no further signature', async () => {
    const again = await signOffice(await certified(1), authority.signer('officerEc', 'ecdsa-sha256'));
    expect(verify(again)).toMatchObject(modified);
  });
});

describe('a locked field', () => {
  it.each([
    ['all', fieldLock('All')],
    ['that one', fieldLock('Include', 'nombre')],
    ['all but another', fieldLock('Exclude', 'acepta')],
  ])('is not filled in when %s are locked', async (_, lock) => {
    const locked = await signOffice(makeOffice(), authority.signer('officer', 'rsa-sha256'), lock);
    expect(verify(change(locked, part.text, { V: '(Eva)' }))).toMatchObject(modified);
  });

  it('leaves the others to be filled in', async () => {
    const lock = fieldLock('Include', 'nombre');
    const locked = await signOffice(makeOffice(), authority.signer('officer', 'rsa-sha256'), lock);
    expect(verify(change(locked, part.box, { V: '/Si', AS: '/Si' }))).toMatchObject({ verdict: 'passed' });
  });
});

describe('what does no harm', () => {
  it.each<[string, (pdf: Buffer) => Buffer]>([
    [
      'a field filled in',
      (pdf) =>
        write(change(pdf, part.text, { V: '(Eva)', AP: '<</N 60 0 R>>' }), [60, newStream('BT (Eva) Tj ET', form)]),
    ],
    [
      'a look that follows its value',
      (pdf) => write(change(pdf, part.text, { V: '(Eva)' }), [part.textLook, newStream('BT (Eva) Tj ET', form)]),
    ],
    ['a box ticked', (pdf) => change(pdf, part.box, { V: '/Si', AS: '/Si' })],
    ['a new date', (pdf) => change(pdf, part.information, { ModDate: '(D:20260101)' })],
    ['an object rewritten as it was', (pdf) => change(pdf, part.firstPage, {})],
    [
      'an object under another number',
      (pdf) =>
        write(change(pdf, part.firstPage, { Resources: '60 0 R' }), [
          60,
          '<</Font<</F1 5 0 R>>/XObject<</X 11 0 R>>/ExtGState<</G 14 0 R>>/Properties<</L 23 0 R>>>>',
        ]),
    ],
    ['an object that nobody uses', (pdf) => write(pdf, [60, '(nadie)'])],
    [
      'a newer version',
      (pdf) =>
        change(pdf, part.catalog, { Version: '/2.0', Extensions: '<</ESIC<</BaseVersion/1.7/ExtensionLevel 2>>>>' }),
    ],
    ['a mark of the program in the page tree', (pdf) => change(pdf, part.pages, { ITXT: '(5.0.0)' })],
    [
      'further resources for fields',
      (pdf) => change(pdf, part.form, { DR: '<</Font<</F1 5 0 R/F2 5 0 R>>/XObject<</FRM 19 0 R>>>>' }),
    ],
  ])('%s', (_, alteration) => {
    expect(verify(alteration(signed))).toMatchObject({
      verdict: 'passed',
      signatures: [{ modificationsAfter: 'allowed' }],
    });
  });
});

it('takes neither version nor evidence back', async () => {
  const extended = {
    Version: '/1.7',
    Extensions: '<</ESIC<</BaseVersion/1.7/ExtensionLevel 5>>>>',
    DSS: '<</Type/DSS>>',
  };
  const pdf = await signOffice(change(makeOffice(), part.catalog, extended), authority.signer('officer', 'rsa-sha256'));
  const raised = { Version: '/2.0', Extensions: '<</ADBE<<>>/ESIC<</BaseVersion/1.7/ExtensionLevel 8>>>>' };
  expect(verify(change(pdf, part.catalog, raised))).toMatchObject({ verdict: 'passed' });
  for (const lowered of [
    { Version: '/1.4' },
    { Version: null },
    { Extensions: null },
    { DSS: null },
    { Extensions: '<</ESIC<</BaseVersion/1.7/ExtensionLevel 2>>>>' },
    { Extensions: '<</ESIC<</BaseVersion/1.6/ExtensionLevel 5>>>>' },
    { Extensions: '<</ADBE<</BaseVersion/1.7/ExtensionLevel 5>>>>' },
  ])
    expect(verify(change(pdf, part.catalog, lowered)), JSON.stringify(lowered)).toMatchObject(modified);
});

it('takes a first packet of metadata that says nothing of the document', async () => {
  const packet = (entries: string): string =>
    newStream(`<x:xmpmeta><rdf:RDF><rdf:Description ${entries}/></rdf:RDF></x:xmpmeta>`, '/Type/Metadata/Subtype/XML');
  const bare = await signOffice(
    change(makeOffice(), part.catalog, { Metadata: null }),
    authority.signer('officer', 'rsa-sha256'),
  );
  const withPacket = (entries: string): Buffer =>
    write(change(bare, part.catalog, { Metadata: '60 0 R' }), [60, packet(entries)]);
  expect(
    verify(withPacket('dc:format="application/pdf" xmp:CreateDate="2026" xmpMM:DocumentID="uuid:1" pdf:Producer="P"')),
  ).toMatchObject({ verdict: 'passed' });
  expect(verify(withPacket('dc:format="application/pdf" dc:title="Otro"'))).toMatchObject(modified);
  expect(verify(withPacket('pdfaid:part="2"'))).toMatchObject(modified);
});

it('does not pass without a signature that was there', async () => {
  const twice = await signOffice(signed, authority.signer('officerEc', 'ecdsa-sha256'));
  expect(verify(twice)).toMatchObject({ verdict: 'passed' });
  const page = (pdf: Buffer): string =>
    serializePdf(openPdf(pdf).resolve({ kind: 'reference', number: part.firstPage, generation: 0 }));
  const form = (pdf: Buffer): string =>
    serializePdf(openPdf(pdf).resolve({ kind: 'reference', number: part.form, generation: 0 }));
  const taken = write(twice, [part.form, form(signed)], [part.firstPage, page(signed)]);
  expect(verify(taken)).toMatchObject({ verdict: 'failed', reasons: ['signatureRemoved'] });
});
