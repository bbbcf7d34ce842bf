import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../contract/errors.ts';
import {
  equalPdf,
  isDictionary,
  isName,
  isStream,
  pdfName,
  pdfText,
  readPdfText,
  serializePdf,
} from './pdf-objects.ts';
import type { PdfString } from './pdf-objects.ts';
import { cursorAt, takeValue } from './pdf-lexer.ts';
import { listPages, openPdf } from './pdf-reader.ts';
import { createPdfUpdate } from './pdf-update.ts';
import { listSharedFiles } from './testing/shared-data.ts';
import { makeTinyPdf } from './testing/tiny-pdf.ts';
import type { TinyPdfForm } from './testing/tiny-pdf.ts';

const forms: readonly TinyPdfForm[] = ['table', 'stream', 'hybrid'];

function codeOf(action: () => unknown): string | null {
  try {
    action();
    return null;
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
}

function run(input: Uint8Array, ...command: readonly string[]): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'ventanilla-pdf-'));
  try {
    writeFileSync(join(folder, 'in.pdf'), input);
    execFileSync('qpdf', [...command, 'in.pdf', 'out.pdf'], { cwd: folder, stdio: 'pipe' });
    return readFileSync(join(folder, 'out.pdf'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('PDF values', () => {
  it.each([
    ['<</A#20B/C/D[1 -2 +3 .5 -0.25 true false null]>>', '<</A#20B /C/D [1 -2 3 .5 -0.25 true false null]>>'],
    ['(a\\(b\\)\\n\\101(nested)\\\nz)', '<61286229' + '0a41' + '286e6573746564297a>'],
    ['<4 1 4>', '<4140>'],
    ['[1 0 R 2 0 3]', '[1 0 R 2 0 3]'],
    ['% comment\n/Name', '/Name'],
  ])('parses and writes %s', (text, written) => {
    expect(serializePdf(takeValue(cursorAt(Buffer.from(text, 'latin1'), 0)))).toBe(written);
  });

  it('keeps any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const parsed = takeValue(cursorAt(Buffer.from(serializePdf(pdfText(text)), 'latin1'), 0)) as PdfString;
        expect(readPdfText(parsed)).toBe(text);
      }),
    );
  });

  it('tells values apart', () => {
    expect(equalPdf(pdfName('A'), pdfText('A'))).toBe(false);
    expect(equalPdf(new Map([['A', 1]]), new Map([['A', 1]]))).toBe(true);
    expect(equalPdf(new Map([['A', 1]]), new Map([['B', 1]]))).toBe(false);
    // ISO 32000-1 §7.3.7: an entry whose value is null is as if it were not there.
    expect(equalPdf(new Map([['A', null]]), new Map())).toBe(true);
    expect(equalPdf({ kind: 'real', text: '595.0' }, 595)).toBe(true);
    expect(equalPdf({ kind: 'real', text: '595.1' }, 595)).toBe(false);
    expect(equalPdf([1, [2]], [1, [2, 3]])).toBe(false);
  });

  it('does not follow nesting without end', () => {
    expect(codeOf(() => takeValue(cursorAt(Buffer.from('['.repeat(100_000)), 0)))).toBe('document.unreadable');
  });
});

describe('PDF reader', () => {
  it.each(forms)('reads cross references as %s', (form) => {
    const file = openPdf(makeTinyPdf('hola', form));
    expect(file.xrefForm).toBe(form === 'stream' ? 'stream' : 'table');
    const [page] = listPages(file);
    const dictionary = file.resolve(page);
    const contents = isDictionary(dictionary) ? file.resolve(dictionary.get('Contents')) : null;
    expect(isStream(contents) && contents.raw.toString()).toContain('(hola) Tj');
  });

  it.each(forms)('reads what qpdf makes of a document with %s', (form) => {
    for (const options of [['--object-streams=generate'], ['--object-streams=disable'], ['--linearize'], ['--qdf']]) {
      expect(listPages(openPdf(run(makeTinyPdf('hola', form), ...options)))).toHaveLength(1);
    }
  });

  it('reads a document with bytes before its header', () => {
    const document = Buffer.concat([Buffer.from('correo basura\n'), makeTinyPdf('hola')]);
    expect(openPdf(document).base).toBe(14);
    expect(listPages(openPdf(document))).toHaveLength(1);
  });

  it('takes a zero for no former section only where nothing is missing', () => {
    const whole = makeTinyPdf('hola').toString('latin1');
    const withZero = whole.replace('/Root 1 0 R>>', '/Root 1 0 R/Prev 0>>');
    expect(withZero).not.toBe(whole);
    expect(listPages(openPdf(Buffer.from(withZero, 'latin1')))).toHaveLength(1);
    const table = `xref\n4 1\n${String(whole.length).padStart(10, '0')} 00000 n \n`;
    const object = '4 0 obj\n<<>>\nendobj\n';
    const appended = (previous: number): Buffer =>
      Buffer.from(
        `${whole}${object}${table}trailer\n<</Size 7/Root 1 0 R/Prev ${previous}>>\nstartxref\n${whole.length + object.length}\n%%EOF\n`,
        'latin1',
      );
    expect(listPages(openPdf(appended(Number(/startxref\s+(\d+)/.exec(whole)?.[1]))))).toHaveLength(1);
    expect(codeOf(() => openPdf(appended(0)))).toBe('document.unreadable');
  });

  it('refuses an encrypted document as such', () => {
    const encrypted = run(makeTinyPdf('hola'), '--encrypt', '', 'owner', '256', '--');
    expect(codeOf(() => openPdf(encrypted))).toBe('document.encrypted');
  });

  it.each([
    ['nothing', () => Buffer.alloc(0)],
    ['text', () => Buffer.from('Esto no es un PDF')],
    ['a cut file', () => makeTinyPdf('hola').subarray(0, 300)],
    [
      'a loop of cross references',
      () =>
        Buffer.from(
          makeTinyPdf('hola')
            .toString('latin1')
            .replace('/Root 1 0 R>>', (text) => `/Prev ${makeTinyPdf('hola').indexOf('xref\n0')}${text}`),
          'latin1',
        ),
    ],
    [
      'a catalog that is itself',
      () =>
        Buffer.from(
          makeTinyPdf('hola').toString('latin1').replace('<</Type/Catalog/Pages 2 0 R/Metadata 6 0 R>>', '1 0 R'),
          'latin1',
        ),
    ],
    [
      'a table without its objects',
      () => Buffer.from(makeTinyPdf('hola').toString('latin1').replace('1 0 obj', '9 0 obj'), 'latin1'),
    ],
  ])('refuses %s', (_, make) => {
    expect(codeOf(() => openPdf(make()))).toBe('document.unreadable');
  });

  it('refuses a page tree that contains itself', () => {
    const document = Buffer.from(
      makeTinyPdf('hola').toString('latin1').replace('/Kids[3 0 R]', '/Kids[2 0 R]'),
      'latin1',
    );
    expect(codeOf(() => listPages(openPdf(document)))).toBe('document.unreadable');
  });

  it('answers damage with nothing but its own errors', () => {
    const documents = forms.map((form) => makeTinyPdf('hola', form));
    const damage = fc.record({
      which: fc.nat(2),
      place: fc.nat(2000),
      byte: fc.nat(255),
      length: fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(fc.array(damage, { minLength: 1, maxLength: 6 }), (changes) => {
        const document = Buffer.from(documents[changes[0]?.which ?? 0] ?? Buffer.alloc(0));
        for (const { place, byte, length } of changes)
          document.fill(byte, place % document.length, Math.min(document.length, (place % document.length) + length));
        const code = codeOf(() => {
          const file = openPdf(document);
          listPages(file);
          for (const number of file.entries.keys()) file.object(number);
        });
        expect([null, 'document.unreadable', 'document.encrypted']).toContain(code);
      }),
      { numRuns: 500 },
    );
  });

  it('opens what citizens bring, or says why not', () => {
    const outcomes = new Map(
      listSharedFiles('data/pdfs', '.pdf').map((file) => [
        basename(file),
        codeOf(() => listPages(openPdf(readFileSync(file)))),
      ]),
    );
    for (const [name, code] of outcomes)
      expect([name, code]).toEqual([name, name === 'invalid.pdf' ? 'document.unreadable' : null]);
  });
});

describe('incremental update', () => {
  it.each(forms)('keeps the form and the bytes of a document with %s', (form) => {
    const document = makeTinyPdf('hola', form);
    const file = openPdf(document);
    const update = createPdfUpdate(file);
    const added = update.allocate();
    update.set(added, new Map([['Type', pdfName('Nota')]]));
    const after = Buffer.concat([document, update.finish().tail]);
    expect(after.subarray(0, document.length).equals(document)).toBe(true);
    const reopened = openPdf(after);
    expect(reopened.xrefForm).toBe(file.xrefForm);
    const value = reopened.object(added.number);
    expect(isDictionary(value) && isName(value.get('Type'), 'Nota')).toBe(true);
    expect(equalPdf(reopened.root, file.root)).toBe(true);
    expect(run(after, '--qdf').length).toBeGreaterThan(0);
  });
});
