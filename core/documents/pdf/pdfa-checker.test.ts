import { readdirSync, readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildApplicationPdf } from '../application.ts';
import { findResourcesFolder, loadDocumentAssets } from '../assets.ts';
import { buildReceiptPdf } from '../receipt.ts';
import { prepareSignatureField } from '../signing/pdf-signature-field.ts';
import { sampleApplication, sampleReceipt } from '../testing/sample-documents.ts';
import { createFontUse, showText } from './embedded-font.ts';
import { checkPdfA } from './pdfa-checker.ts';
import { writePdfa } from './pdfa-writer.ts';

const corpus = join(import.meta.dirname, 'testing/verapdf');
const files = readdirSync(corpus).filter((name) => name.endsWith('.pdf'));
const read = (name: string): Buffer => readFileSync(join(corpus, name));
const assets = loadDocumentAssets();
const application = buildApplicationPdf(sampleApplication, assets);

/** Clause in the file's name: `6-2-11-4-1-t01-fail-a.pdf` → `6.2.11.4.1`. */
const clauseOf = (name: string): string => (/^(\d+(?:-\d+)*)-t/.exec(name)?.[1] ?? '').replaceAll('-', '.');
/** Our rules have the clause's number, or that above it; deeper than four numbers the corpus draws other lines. */
const isOf = (clause: string, rule: string): boolean =>
  `${clause}.`.startsWith(`${rule.split('.').slice(0, 4).join('.')}.`);

describe('PDF/A-2b checker', () => {
  it.each(files.filter((name) => name.includes('-pass-')))('finds nothing in %s of the veraPDF corpus', (name) => {
    expect(checkPdfA(read(name))).toEqual([]);
  });

  it.each(files.filter((name) => name.includes('-fail-')))(
    'finds the broken clause of %s of the veraPDF corpus',
    (name) => {
      const findings = checkPdfA(read(name));
      const own = findings.filter(({ rule }) => isOf(clauseOf(name), rule));
      expect(own, JSON.stringify(findings)).not.toEqual([]);
    },
  );

  // Of equal length, so that the offsets of the file stay right.
  it.each<[string, string, string, string]>([
    ['an output intent of another kind', '/S/GTS_PDFA1', '/S/GTS_PDFX1', '6.2.4.3'],
    ['a missing conformance', '<pdfaid:part>2<', '<pdfaid:part>7<', '6.6.4'],
    ['a property without schema', '<pdfaProperty:name>Organo<', '<pdfaProperty:name>Orgxno<', '6.6.2.3.1'],
    ['a truth value in other words', '>False<', '>false<', '6.6.2.3.1'],
    ['a date with a space', '<xmp:CreateDate>2026-11-20T', '<xmp:CreateDate>2026-11-20 ', '6.6.2.3.1'],
    ['a title without alternatives', 'rdf:Alt', 'rdf:Bag', '6.6.2.3.1'],
    ['a title without language', 'xml:lang="x-default"', 'rdf:lang="x-default"', '6.6.2.3.1'],
    ['another prefix of the schemas', 'pdfaSchema', 'pdfxSchema', '6.6.2.3.3'],
    ['a font that is not embedded', '/FontFile2', '/FontFileX', '6.2.11.4.1'],
    ['a font without map to its glyphs', '/CIDToGIDMap', '/CIDToGIDMxp', '6.2.11.3.2'],
    ['a header of another version', '%PDF-1.7', '%PDF-1.9', '6.1.2'],
    ['no identifier', '/ID[', '/IX[', '6.1.3'],
  ])('finds %s', (_, from, to, rule) => {
    const changed = Buffer.from(Buffer.from(application).toString('latin1').replaceAll(from, to), 'latin1');
    const rules = checkPdfA(changed).map((finding) => finding.rule);
    expect(rules).toContain(rule);
  });

  const small = { width: 200, height: 100 };
  const withText = (content: string, size = small): Uint8Array => {
    const use = createFontUse(assets.fonts.sans);
    const text = showText(use, 'Año');
    return writePdfa(
      {
        title: 'Prueba',
        author: 'Ayuntamiento',
        language: 'es',
        createdAt: '2026-11-20T10:42:07+01:00',
        pages: [{ ...size, content: content.replace('TEXT', text) }],
        fonts: { sans: use },
      },
      assets,
    );
  };
  const show = (codes: string): string => `BT /sans 12 Tf ${codes} Tj ET`;

  it('finds nothing in text, colours and an inline image that are as they should be', () => {
    const image = 'BI /W 1 /H 1 /BPC 8 /CS /RGB ID abc EI';
    expect(checkPdfA(withText(`q 1 0 0 rg ${show('TEXT')} Q ${image} 0.5 G 0 0 m 9 9 l S`))).toEqual([]);
  });

  it.each<[string, string, string]>([
    ['.notdef', show('<0000>'), '6.2.11.8'],
    ['a glyph that the program lacks', show('<fff0>'), '6.2.11.4.1'],
    ['half a code', show('<00>'), '6.2.11.4.1'],
    ['a glyph that the subset was not made for', show(showText(createFontUse(assets.fonts.sans), 'W')), '6.2.11.4.1'],
    ['a colour of another kind than the output intent', '0 0 0 1 k 0 0 9 9 re f', '6.2.4.3'],
    ['the same in an inline image', 'BI /W 1 /H 1 /BPC 8 /CS /CMYK ID abcd EI', '6.2.4.3'],
    ['a long string', show(`<${'0020'.repeat(17_000)}>`), '6.1.13'],
    ['a large integer', '2147483648 0 m', '6.1.13'],
    ['deep nesting', `${'q '.repeat(29)}${'Q '.repeat(29)}`, '6.1.13'],
  ])('finds %s in what is drawn', (_, content, rule) => {
    expect(checkPdfA(withText(content)).map((finding) => finding.rule)).toContain(rule);
  });

  it('lets invisible text show any glyph', () => {
    expect(checkPdfA(withText(`3 Tr ${show('<0000>')} 0 Tr ${show('TEXT')}`))).toEqual([]);
  });

  it.each([2, 14_401])('finds a page of %d units', (side) => {
    const rules = checkPdfA(withText(show('TEXT'), { width: side, height: side })).map((finding) => finding.rule);
    expect(rules).toEqual(['6.1.13']);
  });

  it('finds a width that the font program contradicts', () => {
    const whole = Buffer.from(withText(show('TEXT'))).toString('latin1');
    const changed = whole.replace(/(?<=\/W\[\d+\[)\d/, (digit) => (digit === '9' ? '1' : '9'));
    expect(changed).not.toBe(whole);
    expect(checkPdfA(Buffer.from(changed, 'latin1')).map((finding) => finding.rule)).toEqual(['6.2.11.5']);
  });

  it('looks into embedded files', () => {
    const broken = Buffer.from(
      Buffer.from(application).toString('latin1').replaceAll('/FontFile2', '/FontFileX'),
      'latin1',
    );
    const findings = checkPdfA(buildReceiptPdf({ ...sampleReceipt(application), applicationFile: broken }, assets));
    expect(findings.every((finding) => finding.rule === '6.8' && finding.message.includes('6.2.11.4.1'))).toBe(true);
    expect(findings.length).toBeGreaterThan(0);
    expect(
      checkPdfA(buildReceiptPdf({ ...sampleReceipt(application), applicationFile: Buffer.from('texto') }, assets)).map(
        (f) => f.rule,
      ),
    ).toEqual(['6.8']);
  });

  it('finds trailing data, cut files and what is no PDF', () => {
    expect(checkPdfA(Buffer.concat([application, Buffer.from('x')])).map((f) => f.rule)).toContain('6.1.3');
    expect(checkPdfA(application.subarray(0, 2000)).map((f) => f.rule)).toContain('6.1.4');
    expect(checkPdfA(Buffer.from('hola')).map((f) => f.rule)).toContain('6.1.2');
  });

  it('still finds nothing once a signature field was added', () => {
    const { original, tail } = prepareSignatureField(application, {
      type: 'Sig',
      subFilter: 'ETSI.CAdES.detached',
      fieldName: 'Firma',
      entries: new Map(),
      reserveBytes: 8192,
    });
    const signed = Buffer.concat([original, tail]);
    expect(checkPdfA(signed)).toEqual([]);
    expect(
      checkPdfA(Buffer.from(signed.toString('latin1').replace('/F 132', '/F 130'), 'latin1')).map((f) => f.rule),
    ).toEqual(['6.3.2']);
  });
});

describe('sRGB profile', () => {
  it('is what its generator writes', () => {
    const folder = mkdtempSync(join(tmpdir(), 'icc-'));
    try {
      const resources = join(findResourcesFolder(), 'icc');
      execFileSync(process.execPath, [join(resources, 'make-srgb-profile.mjs'), join(folder, 'srgb.icc')]);
      expect(readFileSync(join(folder, 'srgb.icc')).equals(readFileSync(join(resources, 'srgb.icc')))).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
