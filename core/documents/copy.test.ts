import { beforeAll, describe, expect, it } from 'vitest';
import { loadDocumentAssets } from './assets.ts';
import { buildCopyPdf, describeCopyImages, type CopyInput, type CopyPageImage } from './copy.ts';
import { checkPdfA } from './pdf/pdfa-checker.ts';
import {
  attachedFiles,
  complaints,
  extractImages,
  extractJpegs,
  listFonts,
  metadataOf,
  pageSizes,
  pageTexts,
  renderPage,
} from './testing/pdf-tools.ts';
import { sampleEni } from './testing/sample-documents.ts';
import { sampleGroup4Page, sampleJpegPage } from './testing/sample-images.ts';

const assets = loadDocumentAssets();
let pages: readonly CopyPageImage[];
let input: CopyInput;
let pdf: Uint8Array;

beforeAll(async () => {
  pages = [await sampleGroup4Page(200), await sampleJpegPage('gray', 100), await sampleJpegPage('color', 300)];
  input = {
    pages,
    title: 'Copia auténtica: volante de empadronamiento',
    author: 'Ayuntamiento de Villar del Ebro',
    language: 'es-ES',
    createdAt: '2026-11-22T10:15:03+01:00',
    eni: { ...sampleEni('TD11', 'citizen'), elaborationState: 'EE03', organs: ['L01509998', 'LA0009998'] },
    complementary: {
      ...describeCopyImages(pages),
      verificationCode: 'VEN-7Q2K-9MX4-RT8H-B3NW-CV5J-DZPA-EF6Y',
      consentReference: 'CON-1',
      copyStatement: 'Copia electrónica auténtica de documento en papel <art. 27>',
    },
  };
  pdf = buildCopyPdf(input, assets);
});

describe('electronic copy of a paper', () => {
  it('is PDF/A-2b for our checker, and sound for qpdf and poppler', () => {
    expect(checkPdfA(pdf)).toEqual([]);
    expect(complaints(pdf)).toBe('');
  });

  it('has one page per image at exactly the size of the paper', () => {
    expect(pageSizes(pdf)).toEqual([
      [230.4, 345.6],
      [460.8, 691.2],
      [153.6, 230.4],
    ]);
    expect(extractImages(pdf)).toEqual([
      { encoding: 'ccitt', width: 640, height: 960, ppi: 200 },
      { encoding: 'jpeg', width: 640, height: 960, ppi: 100 },
      { encoding: 'jpeg', width: 640, height: 960, ppi: 300 },
    ]);
  });

  it('paints nothing besides the image (NTI digitisation IV.3.b)', () => {
    expect(pageTexts(pdf).join('')).toBe('');
    expect(listFonts(pdf)).toEqual([]);
    expect(attachedFiles(pdf)).toEqual({});
  });

  it('carries JPEG data byte for byte', () => {
    const [gray, color] = [pages[1], pages[2]];
    const onlyJpegs = buildCopyPdf(
      { ...input, pages: [gray, color].flatMap((page) => (page === undefined ? [] : [page])) },
      assets,
    );
    const extracted = extractJpegs(onlyJpegs, 2);
    expect(extracted[0]?.equals(Buffer.from(gray?.data ?? []))).toBe(true);
    expect(extracted[1]?.equals(Buffer.from(color?.data ?? []))).toBe(true);
  });

  it('shows Group 4 black where the paper is black', () => {
    const image = renderPage(pdf, 1, 200);
    expect([image.width, image.height]).toEqual([640, 960]);
    expect(image.at(250, 375)).toBe(0);
    expect(image.at(250, 700)).toBe(255);
  });

  it('tells the ENI and complementary metadata in XMP', () => {
    const xmp = metadataOf(pdf);
    for (const expected of [
      '<eni:Identificador>ES_L01509998_2026_VEN07Q2K9MX4RT8HB3NWCV5JDZPAEF<',
      '<rdf:li>LA0009998<',
      '<eni:EstadoElaboracion>EE03<',
      '<eni:OrigenCiudadanoAdministracion>False<',
      '<eni:TipoDocumental>TD11<',
      '<eni:FechaCaptura>2026-11-20T10:15:03+01:00<',
      '<venc:Resolucion>100 ppp<',
      '<venc:ProfundidadColor>24 bits<',
      '<venc:TamanoFisico>81 x 122 mm<',
      '<venc:NumeroPaginas>3<',
      '<venc:ReferenciaConsentimiento>CON-1<',
      '<venc:CondicionCopia>Copia electrónica auténtica de documento en papel &lt;art. 27&gt;<',
      '<pdfaid:part>2<',
    ]) {
      expect(xmp).toContain(expected);
    }
  });

  it('is the same bytes for the same input, and others for another', () => {
    expect(Buffer.from(buildCopyPdf(input, assets)).equals(Buffer.from(pdf))).toBe(true);
    expect(Buffer.from(buildCopyPdf({ ...input, title: 'Otra' }, assets)).equals(Buffer.from(pdf))).toBe(false);
  });

  it('refuses no pages, a JPEG that is not what it says, and a date without offset', () => {
    const color = pages[2];
    if (color === undefined) throw new Error('no page');
    expect(() => buildCopyPdf({ ...input, pages: [] }, assets)).toThrow('document.empty');
    expect(() => buildCopyPdf({ ...input, pages: [{ ...color, widthPixels: 639 }] }, assets)).toThrow(
      'image.unreadable',
    );
    expect(() => buildCopyPdf({ ...input, pages: [{ ...color, colorMode: 'gray' }] }, assets)).toThrow(
      'image.unreadable',
    );
    expect(() => buildCopyPdf({ ...input, pages: [{ ...color, data: Buffer.from('no') }] }, assets)).toThrow(
      'image.unreadable',
    );
    expect(() => buildCopyPdf({ ...input, createdAt: '2026-11-22 10:15' }, assets)).toThrow('request.invalid');
  });
});
