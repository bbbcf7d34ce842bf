import { createHash } from 'node:crypto';
import type { DocumentAssets, FontName } from '../assets.ts';
import type { ComplementaryMetadata, EniMetadata } from '../eni-metadata.ts';
import { writeEmbeddedFont, type FontUse } from './embedded-font.ts';
import { createPdfFile, pdfDate, pdfName, pdfNumber, pdfText, type PdfFileBuilder } from './pdf-syntax.ts';
import { buildXmp } from './xmp.ts';

export const producerName = 'Ventanilla';

/** A picture that goes into the file as it is: nothing is decoded or encoded again. */
export type PdfaImage = Readonly<{
  /**
   * `g4`: CCITT Group 4, 1 = black; `jbig2`: the segments of one page, as a PDF embeds them; `jpeg`: baseline or
   * progressive, grey or RGB.
   */
  format: 'g4' | 'jbig2' | 'jpeg';
  colorMode: 'bitonal' | 'gray' | 'color';
  widthPixels: number;
  heightPixels: number;
  data: Uint8Array;
}>;

/** One page. Measures in points (1/72 inch); the content's origin is the lower left corner. */
export type PdfaPage = Readonly<{
  width: number;
  height: number;
  content: string;
  /** Resource name in the content → picture. */
  images?: Readonly<Record<string, PdfaImage>>;
}>;

/** A file inside the file. PDF/A-2 admits only PDF/A; with anything else what is written says PDF/A-3. */
export type PdfaAttachment = Readonly<{
  fileName: string;
  mediaType: string;
  isPdfa: boolean;
  description: string;
  relationship: 'Source' | 'Data' | 'Supplement';
  data: Uint8Array;
}>;

export type PdfaDocument = Readonly<{
  title: string;
  author: string;
  subject?: string;
  language: string;
  /** ISO 8601 with offset. */
  createdAt: string;
  eni?: EniMetadata;
  complementary?: ComplementaryMetadata;
  pages: readonly PdfaPage[];
  /** Fonts that the pages' content names as `/sans`, `/sansBold`, `/mono`; `/invisible` for text that lies over a picture. */
  fonts?: Readonly<Partial<Record<FontName | 'invisible', FontUse>>>;
  attachments?: readonly PdfaAttachment[];
}>;

/**
 * Writes a PDF/A-2b file (ISO 19005-2; 3b with other attachments, ISO 19005-3): fonts embedded, sRGB output intent, XMP with the ENI metadata under an extension
 * schema (NTI de Documento Electrónico). Deterministic: equal input gives equal bytes, the identifier included.
 */
export function writePdfa(document: PdfaDocument, assets: DocumentAssets): Uint8Array {
  const file = createPdfFile();
  const catalog = file.reserve();
  const pageTree = file.reserve();
  const fonts = writeFonts(file, document);
  const pages = document.pages.map((page) => writePage(file, page, pageTree, fonts));
  file.add(pageTree, `<</Type/Pages/Count ${pages.length}/Kids[${pages.map(reference).join(' ')}]>>`);
  const intent = writeOutputIntent(file, assets.iccProfile);
  const metadata = file.reserve();
  file.addStream(
    metadata,
    '/Type/Metadata/Subtype/XML',
    buildXmp({ ...document, part: partOf(document), producer: producerName }),
  );
  const attachments = writeAttachments(file, document);
  const { title, language } = document;
  file.add(
    catalog,
    `<</Type/Catalog/Pages ${reference(pageTree)}/Metadata ${reference(metadata)}/Lang${pdfText(language)}/OutputIntents[${intent}]/ViewerPreferences<</DisplayDocTitle true>>${attachments}>>`,
  );
  const info = file.reserve();
  const date = pdfDate(document.createdAt);
  const subject = document.subject === undefined ? '' : `/Subject${pdfText(document.subject)}`;
  file.add(
    info,
    `<</Title${pdfText(title)}/Author${pdfText(document.author)}${subject}/Creator${pdfText(producerName)}/Producer${pdfText(producerName)}/CreationDate${date}/ModDate${date}>>`,
  );
  return file.finish({ root: catalog, info });
}

const reference = (object: number): string => `${object} 0 R`;

function writeFonts(file: PdfFileBuilder, document: PdfaDocument): string {
  const entries = Object.entries(document.fonts ?? {}).filter(([, use]) => use.glyphs.size > 0);
  const items = entries.map(([name, use]) => `${pdfName(name)} ${reference(writeEmbeddedFont(file, use))}`);
  return items.length === 0 ? '' : `/Font<<${items.join('')}>>`;
}

function writePage(file: PdfFileBuilder, page: PdfaPage, parent: number, fonts: string): number {
  const images = Object.entries(page.images ?? {}).map(
    ([name, image]) => `${pdfName(name)} ${reference(writeImage(file, image))}`,
  );
  const content = file.reserve();
  file.addCompressedStream(content, '', Buffer.from(page.content, 'latin1'));
  const object = file.reserve();
  const xObjects = images.length === 0 ? '' : `/XObject<<${images.join('')}>>`;
  const box = `[0 0 ${pdfNumber(page.width)} ${pdfNumber(page.height)}]`;
  file.add(
    object,
    `<</Type/Page/Parent ${reference(parent)}/MediaBox${box}/Resources<<${fonts}${xObjects}>>/Contents ${reference(content)}>>`,
  );
  return object;
}

function writeImage(file: PdfFileBuilder, image: PdfaImage): number {
  const object = file.reserve();
  const { widthPixels, heightPixels } = image;
  file.addStream(
    object,
    `/Type/XObject/Subtype/Image/Width ${widthPixels}/Height ${heightPixels}${encodingOf(image)}`,
    image.data,
  );
  return object;
}

function encodingOf({ format, colorMode, widthPixels, heightPixels }: PdfaImage): string {
  const color = colorMode === 'color' ? 'DeviceRGB' : 'DeviceGray';
  switch (format) {
    case 'g4':
      // BlackIs1 stays false: a black run decodes to 0, which DeviceGray paints black.
      return `/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns ${widthPixels}/Rows ${heightPixels}>>`;
    case 'jbig2':
      // The filter turns the bits round: black comes out as 0.
      return '/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/JBIG2Decode';
    case 'jpeg':
      return `/ColorSpace/${color}/BitsPerComponent 8/Filter/DCTDecode`;
  }
}

function writeOutputIntent(file: PdfFileBuilder, iccProfile: Uint8Array): string {
  const profile = file.reserve();
  file.addCompressedStream(profile, '/N 3', iccProfile);
  const condition = '(sRGB IEC61966-2.1)';
  return `<</Type/OutputIntent/S/GTS_PDFA1/OutputConditionIdentifier${condition}/RegistryName(http://www.color.org)/Info${condition}/DestOutputProfile ${reference(profile)}>>`;
}

function partOf({ attachments = [] }: PdfaDocument): 2 | 3 {
  return attachments.every(({ isPdfa }) => isPdfa) ? 2 : 3;
}

function writeAttachments(file: PdfFileBuilder, document: PdfaDocument): string {
  const attachments = document.attachments ?? [];
  if (attachments.length === 0) return '';
  const date = pdfDate(document.createdAt);
  const written = attachments.map(({ fileName, mediaType, description, relationship, data }) => {
    const stream = file.reserve();
    const checksum = createHash('md5').update(data).digest('hex');
    // Stored as it is: what is presented is compressed already.
    file.addStream(
      stream,
      `/Type/EmbeddedFile/Subtype/${mediaType.replaceAll('/', '#2F')}/Params<</Size ${data.length}/CreationDate${date}/ModDate${date}/CheckSum<${checksum}>>>`,
      data,
    );
    const specification = file.reserve();
    file.add(
      specification,
      `<</Type/Filespec/F${pdfText(fileName)}/UF${pdfText(fileName)}/Desc${pdfText(description)}/AFRelationship/${relationship}/EF<</F ${reference(stream)}/UF ${reference(stream)}>>>>`,
    );
    return { key: pdfText(fileName), specification };
  });
  // A name tree is searched by order of its keys.
  const sorted = written.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const names = sorted.map(({ key, specification }) => `${key} ${reference(specification)}`).join(' ');
  const files = written.map(({ specification }) => reference(specification)).join(' ');
  return `/AF[${files}]/Names<</EmbeddedFiles<</Names[${names}]>>>>`;
}
