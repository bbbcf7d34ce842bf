import { create } from 'qrcode';
import { describe, expect, it } from 'vitest';
import { buildApplicationPdf } from './application.ts';
import { loadDocumentAssets } from './assets.ts';
import { buildAttestationPdf } from './attestation.ts';
import { buildConsentPdf } from './consent.ts';
import type { OfficialDocumentInput } from './official-document.ts';
import { checkPdfA } from './pdf/pdfa-checker.ts';
import { listUnprintableCharacters } from './printable-text.ts';
import { buildOriginalsListPdf } from './originals-list.ts';
import { buildReceiptPdf } from './receipt.ts';
import {
  attachedFiles,
  complaints,
  listFonts,
  metadataOf,
  pageSizes,
  pageTexts,
  plainText,
  renderPage,
} from './testing/pdf-tools.ts';
import {
  sampleApplication,
  sampleAttestation,
  sampleConsent,
  sampleOfficer,
  sampleOfficial,
  sampleReceipt,
} from './testing/sample-documents.ts';

const assets = loadDocumentAssets();
const application = buildApplicationPdf(sampleApplication, assets);
const receipt = sampleReceipt(application);

const documents: readonly (readonly [string, OfficialDocumentInput, () => Uint8Array])[] = [
  ['application', sampleApplication, () => buildApplicationPdf(sampleApplication, assets)],
  ['consent', sampleConsent, () => buildConsentPdf(sampleConsent, assets)],
  ['receipt', receipt, () => buildReceiptPdf(receipt, assets)],
  ['long receipt', sampleReceipt(application, 40), () => buildReceiptPdf(sampleReceipt(application, 40), assets)],
  ['attestation', sampleAttestation, () => buildAttestationPdf(sampleAttestation, assets)],
];

const originals = {
  ...sampleOfficial('TD99'),
  originals: [
    {
      recordNumber: 'O00009999e2603A00042',
      recordedAt: '2026-11-29T10:00:00+01:00',
      title: 'Presupuesto de la obra',
      pageCount: 3,
      keptUntil: '2027-05-29',
      eniIdentifier: 'ES_L01502973_2026_000000000000000000000000000002',
      verificationCode: 'VEN-B3NW-CV5J-DZPA-7Q2K-9MX4-RT8H-EF6Y',
    },
  ],
};

const join = (pdf: Uint8Array): string => pageTexts(pdf).join(' ');

describe.each(documents)('%s', (_, input, build) => {
  const pdf = build();

  it('is PDF/A-2b for our checker, and sound for qpdf and poppler', () => {
    expect(checkPdfA(pdf)).toEqual([]);
    expect(complaints(pdf)).toBe('');
  });

  it('embeds subsets of its fonts, with their characters', () => {
    const fonts = listFonts(pdf);
    expect(fonts.map((font) => font.name.slice(7)).toSorted()).toEqual([
      'LiberationMono',
      'NotoSans-Bold',
      'NotoSans-Regular',
    ]);
    for (const font of fonts) expect(font).toMatchObject({ isEmbedded: true, isSubset: true, hasUnicode: true });
  });

  it('is A4 and tells on every page code, date, page of pages and address (ordinance art. 56.3; RD 203/2021 art. 21)', () => {
    for (const [width, height] of pageSizes(pdf)) expect([Math.round(width), Math.round(height)]).toEqual([595, 842]);
    const pages = pageTexts(pdf);
    pages.forEach((page, index) => {
      expect(page).toContain(input.verification.code);
      expect(page).toContain('Fecha de creación: 20/11/2026, 10:15:03 (UTC+01:00)');
      expect(page).toContain(`Página ${index + 1} de ${pages.length}`);
      expect(page).toContain(input.verification.address);
      expect(page).toContain(input.office.bodyName);
    });
  });

  it('shows a QR code that holds the address with the code, on the first page and the last', () => {
    const { modules } = create(`${input.verification.address}?csv=${input.verification.code}`, {
      errorCorrectionLevel: 'M',
    });
    const dpi = 250;
    const millimetre = 72 / 25.4;
    const step = (24 * millimetre) / (modules.size + 8);
    for (const page of new Set([1, pageTexts(pdf).length])) {
      const image = renderPage(pdf, page, dpi);
      const [left, top] = [22 * millimetre - 7 + 4 * step, (297 - 34) * millimetre + 2 + 4 * step];
      for (let row = 0; row < modules.size; row += 1) {
        for (let column = 0; column < modules.size; column += 1) {
          const value = image.at(((left + (column + 0.5) * step) * dpi) / 72, ((top + (row + 0.5) * step) * dpi) / 72);
          if (value < 128 !== (modules.get(row, column) !== 0))
            throw new Error(`module ${row}, ${column} of page ${page}`);
        }
      }
    }
    expect(modules.size).toBeGreaterThan(20);
  });

  it('is the same bytes for the same input', () => {
    expect(Buffer.from(build()).equals(Buffer.from(pdf))).toBe(true);
  });

  it('tells its identifier and code in the metadata', () => {
    const xmp = metadataOf(pdf);
    expect(xmp).toContain(`<eni:Identificador>${input.eni.identifier}<`);
    expect(xmp).toContain(`<venc:CodigoSeguroVerificacion>${input.verification.code}<`);
  });
});

describe('application (art. 66.1 Ley 39/2015)', () => {
  it('names parties, representative, notification, addressee with DIR3, facts, petition, place and date', () => {
    const text = join(application);
    for (const expected of [
      'María de los Ángeles Çelik Núñez',
      '00000000T',
      'Ștefan Łukasiewicz',
      'Apoderamiento apud acta n.º 2026/17',
      'Medios electrónicos',
      'Servicio de Urbanismo y Vivienda',
      'LA0009998',
      'construida en 1962',
      '12.480,50 €',
      'En Villar del Ebro, a 20 de noviembre de 2026.',
      'artículo 28.7 de la Ley 39/2015',
      'artículo 28.2 de la Ley 39/2015): datos tributarios',
      'Ley Orgánica 3/2018',
    ]) {
      expect(text).toContain(expected);
    }
  });

  it('tells who signs: officer with consent, own certificate, or hand', () => {
    expect(join(application)).toContain('CON-O00009999-26-000317');
    expect(join(application)).toContain(
      'artículos 12.2 de la Ley 39/2015 y 30.1 del Real Decreto 203/2021 y artículo 43',
    );
    expect(metadataOf(application)).toContain('<venc:ReferenciaConsentimiento>CON-O00009999-26-000317<');
    const own = buildApplicationPdf({ ...sampleApplication, signing: { route: 'citizenCard' } }, assets);
    expect(join(own)).toContain('con su certificado electrónico');
    expect(join(own)).not.toContain('funcionario habilitado');
    const paper = buildApplicationPdf({ ...sampleApplication, signing: { route: 'paper' } }, assets);
    expect(join(paper)).toContain('Firma de la persona interesada o de su representante');
    expect(checkPdfA(paper)).toEqual([]);
  });

  it('writes names of any European alphabet and marks what its fonts lack', () => {
    const name = 'Nguyễn Šárka Ōzoliņš Αλέξανδρος Владимир İpek Ðorđe Þóra';
    const text = join(buildApplicationPdf({ ...sampleApplication, statement: `${name} − ≤ → محمد` }, assets));
    expect(text).toContain(name);
    expect(text).toContain('− ≤ → ????');
    expect(listUnprintableCharacters(`${name} − ≤ → محمد`, assets)).toEqual(['م', 'ح', 'د']);
  });

  it('keeps 4000 signs without spaces inside the page, and long texts over pages', () => {
    const endless = buildApplicationPdf(
      { ...sampleApplication, statement: 'Æ'.repeat(4000), petition: 'Pido lo justo. '.repeat(260) },
      assets,
    );
    expect(checkPdfA(endless)).toEqual([]);
    const longest = Math.max(
      ...plainText(endless)
        .split('\n')
        .map((line) => (line.match(/Æ+/)?.[0] ?? '').length),
    );
    expect(longest).toBeGreaterThan(40);
    expect(longest).toBeLessThan(65);
    expect(pageTexts(endless).join('').match(/Æ/g)?.length).toBe(4000);
  });
});

describe('letterhead', () => {
  it('prints long names of body and office whole, beside the number', () => {
    const bodyName =
      'Mancomunidad de Servicios Sociales, Medioambientales y Culturales de los Municipios Ribereños del Ebro';
    const officeName =
      'Oficina de Asistencia en Materia de Registros de la Junta Municipal de Distrito de la Margen Izquierda';
    const pdf = buildReceiptPdf({ ...receipt, office: { ...receipt.office, bodyName, officeName } }, assets);
    expect(checkPdfA(pdf)).toEqual([]);
    const lines = plainText(pdf).split('\n').slice(0, 5).join(' ').replaceAll(/\s+/g, ' ');
    for (const word of `${bodyName} ${officeName} ${receipt.recordNumber}`.split(' ')) expect(lines).toContain(word);
  });
});

describe('consent (art. 30.1 RD 203/2021)', () => {
  it('tells identity and its check, officer, act, documents with digests, declarations, and whose copy it is', () => {
    const text = join(buildConsentPdf(sampleConsent, assets));
    for (const expected of [
      'Copia para el ciudadano',
      'DNI 00000000T, válido hasta el 03/08/2031',
      'Se ha comparado la fotografía',
      sampleOfficer.professionalNumber,
      sampleOfficer.certificateSerial,
      sampleConsent.act,
      ...sampleConsent.documents.map((document) => document.sha256),
      'no estoy en ninguno de los casos en que es obligatorio',
      'no dispongo de los medios electrónicos necesarios',
      'Consiento expresamente',
      'no es la base jurídica del tratamiento',
    ]) {
      expect(text).toContain(expected);
    }
    expect(join(buildConsentPdf({ ...sampleConsent, sheet: 'office' }, assets))).toContain('Ejemplar para la oficina');
  });

  it('keeps declaration and signatures on one page', () => {
    for (const count of [1, 4, 5, 6, 7, 8, 9]) {
      const documents = Array.from({ length: count }, (_, index) => ({
        title: `Anexo ${index + 1}`,
        pageCount: 1,
        sha256: 'a'.repeat(64),
      }));
      const pages = pageTexts(buildConsentPdf({ ...sampleConsent, documents }, assets));
      const page = pages.find((text) => text.includes('Declaración y consentimiento'));
      expect(page).toContain('Consiento expresamente');
      expect(page).toContain('Firma de quien consiente');
    }
  });

  it('has room for two witnesses when the citizen cannot sign', () => {
    const witnesses = ['Ana Gil', 'Luis Sanz'].map((name) => ({
      name,
      identifierType: 'NIF',
      identifier: '00000001R',
    }));
    const text = join(
      buildConsentPdf({ ...sampleConsent, cannotSign: { reason: 'Tiene el brazo escayolado.', witnesses } }, assets),
    );
    expect(text).toContain('Testigo 1');
    expect(text).toContain('Luis Sanz');
    expect(text).not.toContain('Firma de quien consiente');
  });
});

describe('receipt (ordinance art. 68; arts. 16.3 and 31.2 Ley 39/2015)', () => {
  const pdf = buildReceiptPdf(receipt, assets);
  const text = join(pdf);

  it('tells number, epigraph, hours with their offset, office, people, destination and annexes with digest and code', () => {
    for (const expected of [
      receipt.recordNumber,
      receipt.heading,
      '21/11/2026',
      '10:12:40 (UTC+01:00)',
      '10:15:03 (UTC+01:00)',
      'DIR3 O00009999',
      'DIR3 LA0009998',
      'María de los Ángeles Çelik Núñez, con NIF 00000000T',
      'Ștefan Łukasiewicz, con NIE X0000000T',
      'SIA 2998877',
      receipt.summary,
      receipt.application.sha256,
      ...receipt.attachments.flatMap((attachment) => [attachment.sha256, attachment.verificationCode]),
      'Copia simple u otros (EE99)',
      'Se devuelven en este acto',
      'puede recogerlo durante seis meses',
      'Plazo máximo para resolver',
      sampleOfficer.certificateSerial,
    ]) {
      expect(text).toContain(expected);
    }
  });

  it('holds the signed application byte for byte', () => {
    expect(Object.keys(attachedFiles(pdf))).toEqual(['solicitud.pdf']);
    expect(attachedFiles(pdf)['solicitud.pdf']?.equals(Buffer.from(application))).toBe(true);
  });

  it('tells the effective date only when presented on a non-working day', () => {
    expect(text).toContain('la presentación se entiende realizada el 23/11/2026, 00:00:00');
    expect(join(buildReceiptPdf({ ...receipt, effectiveAt: receipt.presentedAt }, assets))).not.toContain('inhábil');
  });

  it('warns who is bound to deal electronically (arts. 14.2 and 68.4)', () => {
    expect(text).not.toContain('68.4');
    const warned = join(buildReceiptPdf({ ...receipt, isElectronicOnly: true, warnings: ['Falta el plano.'] }, assets));
    expect(warned).toContain('se considerará fecha de presentación la de la subsanación');
    expect(warned).toContain('Falta el plano.');
  });

  it('tells who vouches for it', () => {
    expect(text).toContain('El sello electrónico del órgano se añadirá');
    const sealed = join(
      buildReceiptPdf(
        { ...receipt, seal: { kind: 'organSeal', sealName: 'Registro General del Ayuntamiento' } },
        assets,
      ),
    );
    expect(sealed).toContain('lleva el sello electrónico de Registro General del Ayuntamiento');
    expect(sealed).not.toContain('se añadirá');
  });

  it('tells each way of signing', () => {
    const signers = [{ name: 'Ana Gil', identifierType: 'NIF', identifier: '00000001R' }];
    expect(join(buildReceiptPdf({ ...receipt, signer: { route: 'paper', signers } }, assets))).toContain(
      'Firma manuscrita de Ana Gil',
    );
    const card = join(
      buildReceiptPdf({ ...receipt, signer: { route: 'citizenCard', signers, certificateSerial: '0A' } }, assets),
    );
    expect(card).toContain(
      'Firma electrónica de Ana Gil, con NIF 00000001R, con su propio certificado, número de serie 0A',
    );
    expect(text).toContain(receipt.signer.route === 'officer' ? receipt.signer.consentReference : '');
  });

  it('repeats the head of a long table and loses no row', () => {
    const pages = pageTexts(buildReceiptPdf(sampleReceipt(application, 40), assets));
    expect(pages.length).toBeGreaterThan(3);
    for (const page of pages.slice(1, -1)) expect(page).toContain('Estado de elaboración');
    for (const { sha256 } of sampleReceipt(application, 40).attachments) expect(pages.join(' ')).toContain(sha256);
  });
});

describe('list of originals for the archive (ordinance art. 58)', () => {
  it('is PDF/A, and names each original with its record and the day on which its time ends', () => {
    const pdf = buildOriginalsListPdf(originals, assets);
    expect(checkPdfA(pdf)).toEqual([]);
    const text = join(pdf);
    for (const expected of ['O00009999e2603A00042', 'Presupuesto de la obra', '29 de mayo de 2027'])
      expect(text).toContain(expected);
  });
});

describe('attestation of digitisation and collation (art. 27 Ley 39/2015; NTI)', () => {
  it('tells officer, device, profile, operations, comparison, digests, and what the paper was', () => {
    const text = join(buildAttestationPdf(sampleAttestation, assets));
    for (const expected of [
      'Ricoh fi-8170',
      '1 hoja contada, 2 imágenes',
      ...sampleAttestation.documents.map(({ profile }) => profile.sha256),
      'Nominal 300 ppp; medida 299,6 ppp',
      'La imagen es fiel e íntegra al original exhibido.',
      'no es copia auténtica (artículo 49 del Real Decreto 203/2021)',
      'umbral adaptativo 0,34',
      'Coincidencia 0,9987',
      ...sampleAttestation.documents.flatMap((document) => [document.copySha256, ...document.captureSha256]),
      'Reverso de la página 2 en blanco',
      'Firmada electrónicamente por',
      'Se devuelve a quien lo presenta',
    ]) {
      expect(text).toContain(expected);
    }
  });
});
