import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findResourcesFolder } from './assets.ts';
import { buildEniDocument, type EniDocumentInput } from './eni.ts';
import { sampleEni } from './testing/sample-documents.ts';
import { loadXmlSchemas, type XmlSchemas } from './xml-schemas.ts';

let schemas: XmlSchemas;
beforeAll(() => {
  schemas = loadXmlSchemas();
});
afterAll(() => schemas.dispose());

const input: EniDocumentInput = {
  metadata: { ...sampleEni('TD14', 'citizen'), elaborationState: 'EE03', organs: ['L01509998', 'LA0009998'] },
  content: Buffer.from('%PDF-1.7 …'),
  formatName: 'PDF',
  signatures: [
    { type: 'TF06' },
    {
      type: 'TF01',
      code: 'VEN-7Q2K-9MX4-RT8H-B3NW-CV5J-DZPA-EF6Y',
      regulation: 'Ordenanza de Administración Electrónica <art. 56>',
    },
  ],
};

describe('ENI electronic document', () => {
  it('is valid for libxml2 at run time and for xmllint', () => {
    const xml = buildEniDocument(input);
    expect(schemas.validateEni(xml)).toEqual([]);
    const folder = mkdtempSync(join(tmpdir(), 'eni-'));
    try {
      writeFileSync(join(folder, 'document.xml'), xml);
      const schema = join(findResourcesFolder(), 'schemas/eni/documentoEni.xsd');
      execFileSync('xmllint', ['--noout', '--nonet', '--schema', schema, join(folder, 'document.xml')], {
        stdio: 'pipe',
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('carries the content unchanged, whatever its length and size', () => {
    for (const length of [1, 2, 3, 786_431, 786_432, 786_433, 2_000_000]) {
      const content = Buffer.alloc(length, 'ñ€%');
      const xml = Buffer.from(buildEniDocument({ ...input, content })).toString('utf8');
      const value = /<enifile:ValorBinario>(.*)<\/enifile:ValorBinario>/.exec(xml)?.[1] ?? '';
      expect(Buffer.from(value, 'base64').equals(content)).toBe(true);
      expect(value).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
    }
  });

  it('is checked at run time beyond ten megabytes', () => {
    expect(schemas.validateEni(buildEniDocument({ ...input, content: Buffer.alloc(12_000_000, 7) }))).toEqual([]);
  });

  it('points both ways between content and signature, and tells the code with its rule', () => {
    const xml = Buffer.from(buildEniDocument(input)).toString('utf8');
    expect(xml).toContain('<enifile:contenido Id="CONTENIDO_DOCUMENTO">');
    expect(xml).toContain('<enids:firma Id="FIRMA_0" ref="#CONTENIDO_DOCUMENTO"><enids:TipoFirma>TF06');
    expect(xml).toContain('<enids:ReferenciaFirma>#CONTENIDO_DOCUMENTO</enids:ReferenciaFirma>');
    expect(xml).toContain('<enids:firma Id="FIRMA_1"><enids:TipoFirma>TF01');
    expect(xml).toContain('&lt;art. 56&gt;');
  });

  it('asks for the source of a change of format and refuses it elsewhere', () => {
    const source = 'ES_L01509998_2026_VEN000000000000000000000000000';
    const metadata = { ...input.metadata, elaborationState: 'EE02' as const };
    expect(
      schemas.validateEni(buildEniDocument({ ...input, metadata: { ...metadata, sourceIdentifier: source } })),
    ).toEqual([]);
    expect(() => buildEniDocument({ ...input, metadata })).toThrow('request.invalid');
    expect(() => buildEniDocument({ ...input, metadata: { ...input.metadata, sourceIdentifier: source } })).toThrow(
      'request.invalid',
    );
  });

  it('refuses what cannot enter a case file', () => {
    expect(() => buildEniDocument({ ...input, signatures: [] })).toThrow('request.invalid');
    expect(() => buildEniDocument({ ...input, content: new Uint8Array() })).toThrow('document.empty');
    expect(() => buildEniDocument({ ...input, metadata: { ...input.metadata, identifier: 'ES_1' } })).toThrow(
      'identifier.invalid',
    );
  });
});

describe('validation at run time', () => {
  const text = (xml: string): Uint8Array => Buffer.from(xml);

  it('tells what is wrong', () => {
    const xml = Buffer.from(buildEniDocument(input)).toString('utf8');
    expect(schemas.validateEni(text(xml.replace('>TD14<', '>TD21<')))[0]?.message).toContain('TipoDocumental');
    expect(schemas.validateEni(text(xml.replace('+01:00<', '<').replace('T10:', ' 10:'))).length).toBeGreaterThan(0);
    expect(schemas.validateEni(text('<a>')).length).toBeGreaterThan(0);
    expect(schemas.validateSicresControl(text('<De_Control/>')).length).toBeGreaterThan(0);
  });

  it('refuses a document type declaration before reading on', () => {
    const bomb = '<!DOCTYPE a [<!ENTITY b "bbbbbbbb">]><a>&b;</a>';
    expect(schemas.validateEni(text(bomb))).toEqual([{ line: 1, message: 'document type declaration' }]);
  });

  it('agrees with the samples that others validated', () => {
    const samples = join(import.meta.dirname, '../../../shared/norms/data/samples');
    // Without the shared folder there is nothing to read: the cases above stand alone.
    if (!existsSync(samples)) return;
    const read = (name: string): Uint8Array => readFileSync(join(samples, name));
    expect(schemas.validateEni(read('eni-documento-EE03-TF06-TF01.xml'))).toEqual([]);
    expect(schemas.validateEni(read('eni-documento-EE01-TD14-TF04.xml'))).toEqual([]);
    expect(schemas.validateSicres(read('sicres4-intercambio.xml'))).toEqual([]);
    expect(schemas.validateSicresControl(read('sicres4-control-03-confirmacion.xml'))).toEqual([]);
    expect(schemas.validateSicres(read('sicres3-intercambio.xml')).length).toBeGreaterThan(0);
  });
});
