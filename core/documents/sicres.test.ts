import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findResourcesFolder } from './assets.ts';
import { checkSicres } from './sicres-check.ts';
import type { SicresProblem, SicresRecord } from './sicres-record.ts';
import { buildSicresMessage } from './sicres.ts';
import { sampleAttachment, sampleCompany, samplePerson, sampleRecord } from './testing/sample-records.ts';
import { loadXmlSchemas, type XmlSchemas } from './xml-schemas.ts';

let schemas: XmlSchemas;
beforeAll(() => {
  schemas = loadXmlSchemas();
});
afterAll(() => schemas.dispose());

function build(record: SicresRecord): string {
  const outcome = buildSicresMessage(record);
  if (outcome.kind === 'refused') throw new Error(JSON.stringify(outcome.problems));
  return outcome.xml;
}

function problemsOf(changes: Partial<SicresRecord>): readonly SicresProblem[] {
  return checkSicres({ ...sampleRecord, ...changes });
}

function xpath(xml: string, expression: string): string {
  return execFileSync('xmllint', ['--xpath', expression, '-'], { input: xml, encoding: 'utf8' }).replace(/\n$/, '');
}

describe('SICRES 4 message', () => {
  it('is valid for libxml2 at run time and for xmllint', () => {
    const xml = build(sampleRecord);
    expect(schemas.validateSicres(Buffer.from(xml))).toEqual([]);
    const folder = mkdtempSync(join(tmpdir(), 'sicres-'));
    try {
      writeFileSync(join(folder, 'message.xml'), xml);
      const schema = join(findResourcesFolder(), 'schemas/sicres4/2021-SICRES4_INTERCAMBIO_APL.xsd');
      execFileSync('xmllint', ['--noout', '--nonet', '--schema', schema, join(folder, 'message.xml')], {
        stdio: 'pipe',
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('writes dates with offset, names whole after escaping, digests as base64 of the raw bytes, INE codes', () => {
    const xml = build(sampleRecord);
    expect(xpath(xml, 'string(//Fecha_Hora_Registro)')).toBe('20261122101503+0100');
    expect(xpath(xml, 'string(//Datos_Interesado//Primer_Apellido)')).toBe('Çelik & Núñez');
    expect(xpath(xml, 'string(//Datos_Interesado//Segundo_Apellido)')).toBe('<de> la "O\'Higgins"');
    expect(xpath(xml, 'string(//Datos_Interesado//Municipio)')).toBe('50297');
    expect(xpath(xml, 'string(//Datos_Representante//Tipo_Documento_Identificacion)')).toBe('C');
    expect(xpath(xml, 'string(//De_Anexo[1]//Campo[.="CodigoHash"]/following-sibling::Valor[1])')).toBe(
      Buffer.from(sampleAttachment().sha256, 'hex').toString('base64'),
    );
    expect(xpath(xml, 'string(//De_Anexo[2]//Campo[.="EsJustificante"]/following-sibling::Valor[1])')).toBe('1');
    expect(xpath(xml, 'string(//De_Anexo[2]/Identificador_Fichero)')).toBe('O00009999_26_00000042_01_0002.pdf');
    expect(xpath(xml, 'string(//Expone)')).toBe(sampleRecord.statement);
  });

  it('carries the seven segments in their order and no empty element', () => {
    const xml = build(sampleRecord);
    const names = [...xml.matchAll(/^ {2}<(\w+)>/gm)].map((match) => match[1]);
    expect(names).toEqual([
      'De_Origen_o_Remitente',
      'De_Destino',
      'De_Interesado',
      'De_Asiento',
      'De_Anexo',
      'De_Anexo',
      'De_Internos_Control',
      'De_Formulario_Generico',
    ]);
    expect(xml).not.toMatch(/<(\w+)><\/\1>/);
    expect(build({ ...sampleRecord, statement: '', petition: '' })).not.toContain('De_Formulario_Generico');
  });

  it('embeds or references the content of an annex', () => {
    const embedded = build({
      ...sampleRecord,
      attachments: [sampleAttachment({ kind: 'receipt', content: { kind: 'embedded', data: Buffer.from('hola') } })],
    });
    expect(xpath(embedded, 'string(//Campo[.="AnexoEmbebido"]/following-sibling::Valor[1])')).toBe('aG9sYQ==');
    const referenced = build({
      ...sampleRecord,
      attachments: [sampleAttachment({ kind: 'receipt', content: { kind: 'reference', xml: '<a/>' } })],
    });
    expect(xpath(referenced, 'string(//Anexo)')).toBe('PGEvPg==');
    expect(schemas.validateSicres(Buffer.from(embedded))).toEqual([]);
    expect(schemas.validateSicres(Buffer.from(referenced))).toEqual([]);
  });

  it('cuts a long surname and says so, in characters and not in code units', () => {
    const surname1 = '𝐀'.repeat(31);
    const record = { ...sampleRecord, parties: [{ interested: { person: { ...samplePerson, surname1 } } }] };
    const outcome = buildSicresMessage(record);
    expect(outcome.problems).toContainEqual({
      field: 'De_Interesado[0].Datos_Interesado.Primer_Apellido',
      code: 'cut',
      severity: 'warning',
      limit: 30,
      actual: 31,
    });
    expect(outcome.kind === 'built' && xpath(outcome.xml, 'string(//Primer_Apellido)')).toBe('𝐀'.repeat(30));
  });

  it.each<[string, Partial<SicresRecord>, Partial<SicresProblem>]>([
    [
      'a record number of 21 characters',
      { recordNumber: 'O'.repeat(21) },
      { field: 'De_Asiento.Numero_Registro_Entrada', code: 'tooLong', limit: 20, actual: 21 },
    ],
    ['a control character', { summary: 'a\u0007b' }, { field: 'De_Asiento.Resumen', code: 'controlCharacter' }],
    ['an entry without interested party', { parties: [] }, { field: 'De_Interesado', code: 'missing' }],
    [
      'a representative alone',
      { parties: [{ representative: { person: samplePerson } }] },
      { field: 'De_Interesado[0].Datos_Interesado', code: 'missing' },
    ],
    [
      'an exit without sending unit',
      { direction: 'outgoing' },
      { field: 'De_Origen_o_Remitente.Codigo_Unidad_Tramitacion_Origen', code: 'missing' },
    ],
    [
      'paper for a legal person',
      { parties: [{ interested: { person: sampleCompany, notificationChannel: 'paper' } }] },
      { code: 'notAllowed' },
    ],
    [
      'paper for a person bound to deal electronically',
      { parties: [{ interested: { person: samplePerson, notificationChannel: 'paper', isElectronicOnly: true } }] },
      { field: 'De_Interesado[0].Datos_Interesado.Canal_Preferente_Notificacion', code: 'notAllowed' },
    ],
    [
      'paper without postcode in Spain',
      {
        parties: [
          {
            interested: {
              person: { ...samplePerson, contact: { ...samplePerson.contact, country: '0724', postalCode: '' } },
              notificationChannel: 'paper',
            },
          },
        ],
      },
      { field: 'De_Interesado[0].Datos_Interesado.Codigo_Postal', code: 'missing' },
    ],
    [
      'a text-message notice without telephone',
      {
        parties: [
          {
            interested: {
              person: { ...samplePerson, contact: { ...samplePerson.contact, mobilePhone: '' } },
              wantsSmsNotice: true,
            },
          },
        ],
      },
      { field: 'De_Interesado[0].Datos_Interesado.Telefono_Movil', code: 'missing' },
    ],
    [
      'a legal person without name',
      { parties: [{ interested: { person: { ...sampleCompany, businessName: ' ' } } }] },
      { code: 'missing', field: 'De_Interesado[0].Datos_Interesado.Razon_Social' },
    ],
    ['a statement without petition', { petition: '' }, { field: 'De_Formulario_Generico.Solicita', code: 'missing' }],
    [
      'a date without offset',
      { recordedAt: '2026-11-22T10:15:03' },
      { field: 'De_Asiento.Fecha_Hora_Registro', code: 'format' },
    ],
    [
      'a presentation after the record',
      { presentedAt: '2026-11-22T10:15:04+01:00' },
      { field: 'De_Asiento.Fecha_Hora_Presentacion', code: 'mismatch' },
    ],
    [
      'an exchange of another office',
      { exchangeId: 'O00008888_26_00000042' },
      { field: 'De_Internos_Control.Identificador_Intercambio', code: 'mismatch' },
    ],
    ['an exchange of a later year', { exchangeId: 'O00009999_27_00000042' }, { code: 'mismatch' }],
    ['an exchange of seven digits', { exchangeId: 'O00009999_26_0000042' }, { code: 'format' }],
    [
      'a forbidden character in a file name',
      { attachments: [sampleAttachment({ fileName: 'a#b.pdf' })] },
      { field: 'De_Anexo[0].Nombre_Fichero_Anexado', code: 'notAllowed' },
    ],
    ['an extension not admitted', { attachments: [sampleAttachment({ fileName: 'a.exe' })] }, { code: 'format' }],
    [
      'a media type of another extension',
      { attachments: [sampleAttachment({ mediaType: 'image/png' })] },
      { field: 'De_Anexo[0].Tipo_MIME', code: 'mismatch' },
    ],
    [
      'the same name twice',
      { attachments: [sampleAttachment(), sampleAttachment({ fileName: 'Solicitud.pdf' })] },
      { field: 'De_Anexo[1].Nombre_Fichero_Anexado', code: 'notAllowed' },
    ],
    [
      'a digest that is none',
      { attachments: [sampleAttachment({ sha256: 'abc' })] },
      { field: 'De_Anexo[0].Hash', code: 'format' },
    ],
  ])('refuses %s', (_, changes, expected) => {
    expect(problemsOf(changes)).toContainEqual(expect.objectContaining({ severity: 'error', ...expected }));
    expect(buildSicresMessage({ ...sampleRecord, ...changes }).kind).toBe('refused');
  });

  it.each<[string, Partial<SicresRecord>, Partial<SicresProblem>]>([
    ['no receipt among the annexes', { attachments: [sampleAttachment()] }, { field: 'De_Anexo', code: 'missing' }],
    [
      'six annexes',
      { attachments: Array.from({ length: 6 }, (_, index) => sampleAttachment({ fileName: `${index}.pdf` })) },
      { code: 'tooMany', limit: 5, actual: 6 },
    ],
    [
      'an annex over 10 MB',
      { attachments: [sampleAttachment({ byteLength: 10_485_761 })] },
      { field: 'De_Anexo[0].Anexo', code: 'tooLarge' },
    ],
    [
      'more than 15 MB in all',
      { attachments: [1, 2].map((n) => sampleAttachment({ fileName: `${n}.pdf`, byteLength: 8_000_000 })) },
      { field: 'De_Anexo', code: 'tooLarge', limit: 15_728_640 },
    ],
    [
      'a municipality as free text',
      {
        parties: [
          { interested: { person: { ...samplePerson, contact: { ...samplePerson.contact, municipality: 'Villar' } } } },
        ],
      },
      { field: 'De_Interesado[0].Datos_Interesado.Municipio', code: 'format' },
    ],
  ])('warns of %s and goes on', (_, changes, expected) => {
    expect(problemsOf(changes)).toContainEqual(expect.objectContaining({ severity: 'warning', ...expected }));
    expect(schemas.validateSicres(Buffer.from(build({ ...sampleRecord, ...changes })))).toEqual([]);
  });

  it('is valid, or refused, whatever the texts are', () => {
    const text = fc.string({ unit: 'binary', maxLength: 300 });
    fc.assert(
      fc.property(text, text, text, text, (surname1, summary, statement, address) => {
        const person = { ...samplePerson, surname1, contact: { ...samplePerson.contact, address } };
        const outcome = buildSicresMessage({
          ...sampleRecord,
          summary,
          statement,
          parties: [{ interested: { person } }],
        });
        if (outcome.kind === 'built') expect(schemas.validateSicres(Buffer.from(outcome.xml))).toEqual([]);
        else expect(outcome.problems.some((problem) => problem.severity === 'error')).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
