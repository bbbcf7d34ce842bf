/** What every document of our own has in common: letterhead, verification on each page, metadata. */
import type { DocumentAssets } from './assets.ts';
import type { ComplementaryMetadata, EniMetadata } from './eni-metadata.ts';
import type { Block } from './pdf/block-types.ts';
import { createFontSet, type Canvas, type FontSet } from './pdf/canvas.ts';
import { layOutPages, pageHeight, pageWidth, type PageFrame } from './pdf/layout.ts';
import { writePdfa, type PdfaAttachment } from './pdf/pdfa-writer.ts';
import { drawQrCode } from './pdf/qr-code.ts';
import { drawColumn, drawLine, flowText, type FlowStyle, type Line } from './pdf/text-flow.ts';
import { formatDateTime } from './spanish-dates.ts';

export type IssuingOffice = Readonly<{
  /** Administration: `Ayuntamiento de Villar del Ebro`. */
  bodyName: string;
  /** DIR3 of the administration. */
  bodyCode: string;
  officeName: string;
  /** DIR3 of the registry office. */
  officeCode: string;
}>;

/** Printed on every page (RD 203/2021 art. 21.3; ordinance art. 56.3). */
export type VerificationMark = Readonly<{
  code: string;
  /** Address that the citizen types. */
  address: string;
  /** What the QR code holds; by default the address with the code as `csv`. */
  link?: string;
}>;

/** Fields that the input of every official document has. */
export type OfficialDocumentInput = Readonly<{
  office: IssuingOffice;
  verification: VerificationMark;
  /** Official peninsular time, ISO 8601 with offset. */
  createdAt: string;
  eni: EniMetadata;
  complementary?: ComplementaryMetadata;
}>;

/** Without a mark: nothing at the centre answers for a document that is not registered. */
type Issued = Omit<OfficialDocumentInput, 'verification'> & Readonly<{ verification: VerificationMark | null }>;

type OfficialDocument = Readonly<{
  /** Short name of the kind of document, at the right of the letterhead. */
  kindName: string;
  /** Number or identifier below it. */
  reference?: string;
  /** Title in the metadata. */
  title: string;
  blocks: readonly Block[];
  attachments?: readonly PdfaAttachment[];
}>;

const millimetre = 72 / 25.4;
const left = 22 * millimetre;
const width = pageWidth - left - 20 * millimetre;
const letterheadTop = 13 * millimetre;
const footerTop = pageHeight - 34 * millimetre;
const language = 'es-ES';

const bodyStyle: FlowStyle = { font: 'sansBold', size: 11, leading: 15, gray: 0 };
const kindStyle: FlowStyle = { font: 'sansBold', size: 9, leading: 15, gray: 0 };
const officeStyle: FlowStyle = { font: 'sans', size: 7.8, leading: 11, gray: 0.25 };
const codeStyle: FlowStyle = { font: 'mono', size: 9.6, leading: 14, gray: 0 };
const footerStyle: FlowStyle = { font: 'sans', size: 7.4, leading: 10.4, gray: 0.15 };

export function buildOfficialPdf(input: Issued, document: OfficialDocument, assets: DocumentAssets): Uint8Array {
  const { office, verification, createdAt, eni } = input;
  const fonts = createFontSet(assets);
  const letterhead = flowLetterhead(office, document, fonts);
  const frame: PageFrame = {
    left,
    width,
    top: letterheadTop + letterhead.height + 6 * millimetre,
    bottom: footerTop - 5 * millimetre,
    draw: (canvas, page, pageCount) => {
      drawLetterhead(canvas, letterhead);
      drawFooter(canvas, input, `Página ${page} de ${pageCount}`, fonts);
    },
  };
  const pages = layOutPages(document.blocks, frame, fonts);
  return writePdfa(
    {
      title: document.title,
      author: office.bodyName,
      language,
      createdAt,
      eni,
      complementary: {
        language: 'es',
        pageCount: pages.length,
        officeCode: office.officeCode,
        ...(verification === null
          ? {}
          : { verificationCode: verification.code, verificationAddress: verification.address }),
        ...input.complementary,
      },
      pages,
      fonts,
      attachments: document.attachments ?? [],
    },
    assets,
  );
}

type Letterhead = Readonly<{
  kind: Line | undefined;
  reference: Line | undefined;
  body: readonly Line[];
  office: readonly Line[];
  height: number;
}>;

/** The names wrap beside what stands at the right; nothing of them is cut. */
function flowLetterhead(office: IssuingOffice, document: OfficialDocument, fonts: FontSet): Letterhead {
  const [kind] = flowText(document.kindName, width / 2, kindStyle, fonts);
  const [reference] =
    document.reference === undefined ? [] : flowText(document.reference, width / 2, officeStyle, fonts);
  const room = width - Math.max(kind?.width ?? 0, reference?.width ?? 0) - 18;
  const body = flowText(office.bodyName, room, bodyStyle, fonts);
  const lines = flowText(`${office.officeName} · DIR3 ${office.officeCode}`, room, officeStyle, fonts);
  const height = body.length * bodyStyle.leading + lines.length * officeStyle.leading + 5;
  return { kind, reference, body, office: lines, height };
}

function drawLetterhead(canvas: Canvas, letterhead: Letterhead): void {
  const { kind, reference, body, office, height } = letterhead;
  const right = left + width;
  drawColumn(canvas, body, left, letterheadTop, bodyStyle);
  drawColumn(canvas, office, left, letterheadTop + body.length * bodyStyle.leading, officeStyle);
  if (kind !== undefined) drawLine(canvas, kind, right - kind.width, letterheadTop, kindStyle);
  if (reference !== undefined)
    drawLine(canvas, reference, right - reference.width, letterheadTop + kindStyle.leading, officeStyle);
  canvas.horizontal(left, letterheadTop + height, width, 1.2, 0);
}

function linkOf({ link, address, code }: VerificationMark): string {
  return link ?? `${address}?csv=${encodeURIComponent(code)}`;
}

function drawFooter(canvas: Canvas, input: Issued, pageText: string, fonts: FontSet): void {
  const { verification, createdAt } = input;
  const size = 24 * millimetre;
  canvas.horizontal(left, footerTop, width, 0.75, 0);
  // The quiet zone of the code reaches into the margin, so that its dark modules align with the text above.
  if (verification !== null) drawQrCode(canvas, linkOf(verification), left - 7, footerTop + 2, size);
  const x = verification === null ? left : left + size;
  const lines: readonly (readonly [string, FlowStyle])[] = [
    ...(verification === null
      ? []
      : ([
          ['Código seguro de verificación', footerStyle],
          [verification.code, codeStyle],
          [`Compruebe este documento en ${verification.address}`, footerStyle],
        ] as const)),
    [`Fecha de creación: ${formatDateTime(createdAt)}`, footerStyle],
  ];
  let y = footerTop + 10;
  for (const [text, style] of lines) {
    for (const line of flowText(text, width - size, style, fonts)) {
      drawLine(canvas, line, x, y, style);
      y += style.leading;
    }
  }
  const [page] = flowText([{ text: pageText, font: 'sansBold' }], width, footerStyle, fonts);
  if (page !== undefined) drawLine(canvas, page, left + width - page.width, footerTop + 10, footerStyle);
}
