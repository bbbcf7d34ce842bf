import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { joinPdf } from './appended-pdf.ts';
import { finishSignature, signPdf } from './pades.ts';
import { appendDocumentTimestamp } from './pades-completion.ts';
import { appendEvidence } from './pdf-evidence.ts';
import { isArray, isDictionary, isReference, pdfName, pdfReference, pdfText } from './pdf-objects.ts';
import type { PdfDictionary, PdfValue } from './pdf-objects.ts';
import { listPages, openPdf } from './pdf-reader.ts';
import type { PdfFile } from './pdf-reader.ts';
import { pdfDate, prepareSignatureField } from './pdf-signature-field.ts';
import { readSignatures } from './pdf-signatures.ts';
import { createPdfUpdate } from './pdf-update.ts';
import type { PdfUpdate } from './pdf-update.ts';
import { createTestAuthority } from './testing/authority.ts';
import type { TestAuthority } from './testing/authority.ts';
import { makeTinyPdf } from './testing/tiny-pdf.ts';
import { requestTimestamp } from './timestamp.ts';
import { plainAnchor } from './trust-evaluation.ts';
import type { PdfVerification } from './verification-model.ts';
import { verifyPdfAgainst } from './verify.ts';

let authority: TestAuthority;
let crl: Buffer;

beforeAll(() => {
  authority = createTestAuthority();
  crl = authority.crl();
}, 60_000);
afterAll(() => {
  authority.dispose();
});

function verify(pdf: Uint8Array): PdfVerification {
  const at = new Date(Date.now() + 60_000);
  return verifyPdfAgainst(pdf, { anchors: [plainAnchor(authority.root)], at, ocsps: [], crls: [crl] });
}

function revise(pdf: Buffer, change: (file: PdfFile, update: PdfUpdate) => void): Buffer {
  const file = openPdf(pdf);
  const update = createPdfUpdate(file);
  change(file, update);
  return Buffer.concat([pdf, update.finish().tail]);
}

const dictionary = (...entries: readonly (readonly [string, PdfValue])[]): PdfDictionary => new Map(entries);

function dictionaryOf(file: PdfFile, value: PdfValue | undefined): PdfDictionary {
  const resolved = file.resolve(value);
  if (!isDictionary(resolved)) throw new Error('no dictionary');
  return resolved;
}

const look = dictionary(['Type', pdfName('XObject')], ['Subtype', pdfName('Form')], ['BBox', [0, 0, 200, 20]]);

/** An application with two text fields, `nombre` and `importe`, the look of the first also shown on the page when shared. */
function makeForm(isShared = false): Buffer {
  return revise(makeTinyPdf('solicitud'), (file, update) => {
    const [page = pdfReference(0)] = listPages(file);
    const fields = ['nombre', 'importe'].map((name, index) => {
      const appearance = update.addStream(look, Buffer.from('BT (vacio) Tj ET'), 'none');
      const field = update.allocate();
      update.set(
        field,
        dictionary(
          ['Type', pdfName('Annot')],
          ['Subtype', pdfName('Widget')],
          ['FT', pdfName('Tx')],
          ['T', pdfText(name)],
          ['V', pdfText('vacio')],
          ['Rect', [50, 100 + 50 * index, 250, 120 + 50 * index]],
          ['AP', dictionary(['N', appearance])],
          ['P', page],
        ),
      );
      return { field, appearance };
    });
    const references = fields.map(({ field }) => field);
    const [first] = fields;
    const resources: readonly (readonly [string, PdfValue])[] =
      isShared && first !== undefined
        ? [['Resources', dictionary(['XObject', dictionary(['X', first.appearance])])]]
        : [];
    update.set(page, new Map([...dictionaryOf(file, page), ...resources, ['Annots', references]]));
    update.set(file.rootReference, new Map([...file.root, ['AcroForm', dictionary(['Fields', references])]]));
  });
}

async function sign(pdf: Buffer, reference: PdfDictionary | null = null): Promise<Buffer> {
  const prepared = prepareSignatureField(pdf, {
    type: 'Sig',
    subFilter: 'ETSI.CAdES.detached',
    fieldName: 'Firma',
    entries: new Map<string, PdfValue>([
      ['M', pdfDate(new Date())],
      ...(reference === null ? [] : [['Reference', [reference]] as const]),
    ]),
    reserveBytes: 16_384,
  });
  return joinPdf((await finishSignature(prepared, { signer: authority.signer('officer', 'rsa-sha256') })).document);
}

function transform(method: string, ...parameters: readonly (readonly [string, PdfValue])[]): PdfDictionary {
  return dictionary(
    ['Type', pdfName('SigRef')],
    ['TransformMethod', pdfName(method)],
    ['TransformParams', dictionary(['Type', pdfName('TransformParams')], ...parameters)],
  );
}

function fieldOf(file: PdfFile, name: string): Readonly<{ number: number; value: PdfDictionary }> {
  const fields = file.resolve(dictionaryOf(file, file.root.get('AcroForm')).get('Fields'));
  for (const field of isArray(fields) ? fields : []) {
    const value = dictionaryOf(file, field);
    const title = value.get('T');
    if (
      isReference(field) &&
      typeof title === 'object' &&
      title !== null &&
      'bytes' in title &&
      title.bytes.toString() === name
    )
      return { number: field.number, value };
  }
  throw new Error('no field');
}

/** What a program does to fill in a field; without a value it only changes how the field looks. */
function fill(pdf: Buffer, name: string, value: string | null): Buffer {
  return revise(pdf, (file, update) => {
    const field = fieldOf(file, name);
    const appearance = update.addStream(look, Buffer.from(`BT (${value ?? 'otro'}) Tj ET`), 'none');
    const stated: readonly (readonly [string, PdfValue])[] = value === null ? [] : [['V', pdfText(value)]];
    update.set(pdfReference(field.number), new Map([...field.value, ...stated, ['AP', dictionary(['N', appearance])]]));
  });
}

/** Writes another look into the very object of the former one. */
function repaint(pdf: Buffer, name: string, value: string | null): Buffer {
  return revise(pdf, (file, update) => {
    const field = fieldOf(file, name);
    const appearance = dictionaryOf(file, field.value.get('AP')).get('N');
    if (!isReference(appearance)) throw new Error('no appearance');
    const stream = update.addStream(look, Buffer.from('BT (otro) Tj ET'), 'none');
    update.set(appearance, dictionary(['Subtype', pdfName('Form')], ['Group', stream]));
    if (value !== null) update.set(pdfReference(field.number), new Map([...field.value, ['V', pdfText(value)]]));
  });
}

function addNote(pdf: Buffer): Buffer {
  return revise(pdf, (file, update) => {
    const [page = pdfReference(0)] = listPages(file);
    const note = update.allocate();
    update.set(note, dictionary(['Type', pdfName('Annot')], ['Subtype', pdfName('Text')], ['Rect', [0, 0, 20, 20]]));
    const value = dictionaryOf(file, page);
    const annotations = file.resolve(value.get('Annots'));
    update.set(page, new Map([...value, ['Annots', [...(isArray(annotations) ? annotations : []), note]] as const]));
  });
}

const modified = { verdict: 'failed', subIndication: 'FORMAT_FAILURE' };
const allowed = { verdict: 'passed', signatures: [{ modificationsAfter: 'allowed' }] };

describe('filling in a signed form', () => {
  it('is allowed: a value and how it looks', async () => {
    expect(verify(fill(await sign(makeForm()), 'nombre', 'Ana'))).toMatchObject(allowed);
  });

  it('is no way to show something else over the value that was signed', async () => {
    const signed = await sign(makeForm());
    expect(verify(fill(signed, 'nombre', null))).toMatchObject(modified);
    expect(verify(repaint(signed, 'nombre', null))).toMatchObject(modified);
    expect(verify(repaint(signed, 'nombre', 'Ana'))).toMatchObject(allowed);
  });

  it('is no way to change what the page shows too', async () => {
    expect(verify(repaint(await sign(makeForm(true)), 'nombre', 'Ana'))).toMatchObject(modified);
  });

  it('may not move or hide the field', async () => {
    const signed = await sign(makeForm());
    const change = (key: string, value: PdfValue): Buffer =>
      revise(signed, (file, update) => {
        const field = fieldOf(file, 'nombre');
        update.set(pdfReference(field.number), new Map([...field.value, ['V', pdfText('Ana')], [key, value]]));
      });
    expect(verify(change('Rect', [0, 0, 595, 842]))).toMatchObject(modified);
    expect(verify(change('F', 2))).toMatchObject(modified);
    expect(verify(change('AA', dictionary(['F', dictionary(['S', pdfName('JavaScript')])])))).toMatchObject(modified);
  });

  it.each<[string, readonly (readonly [string, PdfValue])[], 'nombre' | 'importe', object]>([
    ['all fields are locked', [['Action', pdfName('All')]], 'nombre', modified],
    [
      'this field is locked',
      [
        ['Action', pdfName('Include')],
        ['Fields', [pdfText('nombre')]],
      ],
      'nombre',
      modified,
    ],
    [
      'another field is locked',
      [
        ['Action', pdfName('Include')],
        ['Fields', [pdfText('nombre')]],
      ],
      'importe',
      allowed,
    ],
    [
      'all but another are locked',
      [
        ['Action', pdfName('Exclude')],
        ['Fields', [pdfText('importe')]],
      ],
      'nombre',
      modified,
    ],
    [
      'all but this one are locked',
      [
        ['Action', pdfName('Exclude')],
        ['Fields', [pdfText('importe')]],
      ],
      'importe',
      allowed,
    ],
  ])('when %s', async (_, parameters, field, expected) => {
    const signed = await sign(makeForm(), transform('FieldMDP', ...parameters));
    expect(verify(fill(signed, field, 'Ana'))).toMatchObject(expected);
  });
});

describe('a certified document', () => {
  const certified = (level: number): Promise<Buffer> => sign(makeForm(), transform('DocMDP', ['P', level]));

  it('of level 1 takes evidence and time stamps, and nothing else', async () => {
    const signed = await certified(1);
    const proved = appendEvidence(openPdf(signed), { certificates: [authority.root], ocsps: [], crls: [] });
    const stamped = await appendDocumentTimestamp(proved, (imprint) =>
      requestTimestamp({ url: 'http://tsa.test/', fetchBytes: authority.fetchBytes, ...imprint }),
    );
    expect(verify(stamped)).toMatchObject(allowed);
    expect(verify(fill(signed, 'nombre', 'Ana'))).toMatchObject(modified);
    expect(verify(addNote(signed))).toMatchObject(modified);
    const second = await signPdf(signed, {
      signer: authority.signer('officerEc', 'ecdsa-sha256'),
      signingTime: new Date(),
    });
    expect(verify(second.pdf)).toMatchObject(modified);
  });

  it('of level 2 takes forms and signatures as well', async () => {
    const signed = await certified(2);
    expect(verify(fill(signed, 'nombre', 'Ana'))).toMatchObject(allowed);
    expect(verify(addNote(signed))).toMatchObject(modified);
    const second = await signPdf(signed, {
      signer: authority.signer('officerEc', 'ecdsa-sha256'),
      signingTime: new Date(),
    });
    expect(verify(second.pdf).verdict).toBe('passed');
  });

  it('of level 3 takes notes as well', async () => {
    expect(verify(addNote(await certified(3)))).toMatchObject(allowed);
  });
});

describe('what other programs rewrite', () => {
  const rewrite = (signed: Buffer, entries: readonly (readonly [string, PdfValue])[]): Buffer =>
    revise(signed, (file, update) => {
      const [page = pdfReference(0)] = listPages(file);
      update.set(page, new Map([...dictionaryOf(file, page), ...entries]));
    });

  it('is told from a change: numbers, absent entries, the order of tabs', async () => {
    const signed = await sign(makeForm());
    const real = (text: string): PdfValue => ({ kind: 'real', text });
    expect(verify(rewrite(signed, [['MediaBox', [0, 0, real('595.00'), real('842.0')]]]))).toMatchObject(allowed);
    expect(verify(rewrite(signed, [['Rotate', null]]))).toMatchObject(allowed);
    expect(verify(rewrite(signed, [['Tabs', pdfName('S')]]))).toMatchObject(allowed);
    expect(verify(rewrite(signed, [['MediaBox', [0, 0, real('295.00'), 842]]]))).toMatchObject(modified);
    expect(verify(rewrite(signed, [['Rotate', 180]]))).toMatchObject(modified);
  });

  it('is told from a change: dates of the metadata, however they are written', async () => {
    const packet = (description: string): Buffer =>
      Buffer.from(`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF>${description}</rdf:RDF></x:xmpmeta>`);
    const withMetadata = (pdf: Buffer, xmp: Buffer): Buffer =>
      revise(pdf, (file, update) => {
        const stream = update.addStream(new Map(), xmp, 'none');
        const metadata = file.root.get('Metadata');
        if (metadata === undefined) throw new Error('no metadata');
        update.set(file.rootReference, new Map([...file.root, ['Metadata', stream]]));
      });
    const signed = await sign(
      withMetadata(
        makeForm(),
        packet('<rdf:Description><dc:title>Instancia</dc:title><xmp:ModifyDate>1</xmp:ModifyDate></rdf:Description>'),
      ),
    );
    const replaced = (xmp: Buffer): Buffer => {
      const file = openPdf(signed);
      const metadata = file.root.get('Metadata');
      if (!isReference(metadata)) throw new Error('no metadata');
      const body = `${metadata.number} 0 obj\n<</Length ${xmp.length}>>\nstream\n${xmp.toString()}\nendstream\nendobj\n`;
      const table = `xref\n${metadata.number} 1\n${String(signed.length).padStart(10, '0')} 00000 n \n`;
      const trailer = `trailer\n<</Size ${file.size}/Root 1 0 R/Prev ${file.startXref}>>\nstartxref\n${signed.length + body.length}\n%%EOF\n`;
      return Buffer.concat([signed, Buffer.from(body + table + trailer)]);
    };
    expect(verify(replaced(packet('<rdf:Description dc:title="Instancia" xmp:ModifyDate="2"/>')))).toMatchObject(
      allowed,
    );
    expect(verify(replaced(packet('<rdf:Description dc:title="Recurso" xmp:ModifyDate="2"/>')))).toMatchObject(
      modified,
    );
  });
});

describe('bytes after the signed revision', () => {
  it('may hold nothing that the cross references do not name', async () => {
    const signed = await sign(makeForm());
    const [, startXref = ''] = /startxref\s+(\d+)\s+%%EOF\s*$/.exec(signed.toString('latin1')) ?? [];
    const hidden = `4 0 obj\n<</Length 0>>\nstream\n\nendstream\nendobj\nstartxref\n${startXref}\n%%EOF\n`;
    expect(verify(Buffer.concat([signed, Buffer.from(hidden)]))).toMatchObject(modified);
    const filled = fill(signed, 'nombre', 'Ana');
    const place = signed.length;
    const inserted = Buffer.from('4 0 obj\n<</Length 0>>\nstream\n\nendstream\nendobj\n');
    const shifted = Buffer.concat([filled.subarray(0, place), inserted, filled.subarray(place)]);
    expect(verify(shifted).verdict).not.toBe('passed');
  });

  it('may not say the same key twice', async () => {
    const signed = await sign(makeForm());
    const twice = revise(signed, (file, update) => {
      const field = fieldOf(file, 'nombre');
      const value: PdfValue = { kind: 'real', text: '(Ana)/V(Eva)' };
      update.set(pdfReference(field.number), new Map([...field.value, ['V', value]]));
    });
    expect(verify(twice)).toMatchObject(modified);
  });
});

it('does not pass a signature whose dictionary says the same twice', async () => {
  const prepared = prepareSignatureField(makeTinyPdf('hola'), {
    type: 'Sig',
    subFilter: 'ETSI.CAdES.detached',
    fieldName: 'Firma',
    entries: new Map<string, PdfValue>([['Reason', { kind: 'real', text: '(uno)/Reason(otro)' }]]),
    reserveBytes: 16_384,
  });
  const { document } = await finishSignature(prepared, { signer: authority.signer('officer', 'rsa-sha256') });
  const pdf = joinPdf(document);
  expect(readSignatures(pdf)).toMatchObject([{ isAmbiguous: true }]);
  expect(verify(pdf)).toMatchObject({ verdict: 'failed', reasons: ['dictionaryAmbiguous'] });
});
