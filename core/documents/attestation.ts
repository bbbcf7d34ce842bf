import type { DocumentAssets } from './assets.ts';
import { elaborationStateNames, type ElaborationState } from './eni-metadata.ts';
import { buildOfficialPdf, type OfficialDocumentInput } from './official-document.ts';
import type { Block } from './pdf/block-types.ts';
import type { RichText } from './pdf/text-flow.ts';
import { knownFacts, officerFacts, type ActingOfficer } from './people.ts';
import { formatDateTime } from './spanish-dates.ts';

export type PaperNature = 'original' | 'authenticCopy' | 'photocopy';

export type AttestedDocument = Readonly<{
  title: string;
  nature: PaperNature;
  elaborationState: ElaborationState;
  eniIdentifier: string;
  verificationCode?: string;
  /** Sheets counted on the paper, where they were, and images in the copy. */
  announcedSheets?: number;
  imageCount: number;
  capturedAt: string;
  /** Maker, model and driver of each device that took pages of it. */
  scanners: readonly string[];
  profile: Readonly<{ id: string; version: string; sha256: string }>;
  nominalDpi: number;
  /** Measured by the calibration sheet, when there was one. */
  measuredDpi?: number;
  colorMode: string;
  /** What was done to the images, with parameters, one line each. */
  operations: readonly string[];
  /**
   * A file that was brought beside the paper and compared with it. `isCopy`: it was authenticated, its pages are the copy's;
   * otherwise the scan took its place for the `reason` (ordinance art. 71.3).
   */
  broughtFile?: Readonly<{ name: string; sha256: string; isCopy: boolean; reason: string }>;
  /** Result of the automatic comparison, and the pages that the officer looked at one by one. */
  comparison: string;
  reviewedPages: string;
  /** What the machine pointed out and the officer answered, one line each. */
  deviations: readonly string[];
  /** SHA-256 of the raw captures in order, and of the copy, lower-case hexadecimal. */
  captureSha256: readonly string[];
  copySha256: string;
  /** What becomes of the paper. */
  paper: string;
}>;

export type AttestationInput = OfficialDocumentInput &
  Readonly<{
    officer: ActingOfficer;
    documents: readonly AttestedDocument[];
    localRule?: string;
  }>;

/**
 * Diligencia de digitalización y cotejo: a document of its own (TD12), since nothing may be added to the image of the copy.
 * Content of norms 02c §6; arts. 27 Ley 39/2015, 47 and 49 RD 203/2021, NTI de Digitalización.
 */
export function buildAttestationPdf(input: AttestationInput, assets: DocumentAssets): Uint8Array {
  return buildOfficialPdf(
    input,
    {
      kindName: 'Diligencia',
      title: 'Diligencia de digitalización y cotejo',
      blocks: attestationBlocks(input),
    },
    assets,
  );
}

function attestationBlocks(input: AttestationInput): readonly Block[] {
  const { office, officer, documents } = input;
  const rule = input.localRule === undefined ? '' : ` y ${input.localRule}`;
  return [
    {
      kind: 'title',
      text: 'Diligencia de digitalización y cotejo',
      subtitle:
        'Artículo 27 de la Ley 39/2015, artículos 47 y 49 del Real Decreto 203/2021 y Normas Técnicas de Interoperabilidad de Digitalización y de Copiado Auténtico',
    },
    {
      kind: 'paragraph',
      text: `Quien suscribe hace constar que el ${formatDateTime(input.createdAt)}, en ${office.officeName} (DIR3 ${office.officeCode}), ha digitalizado los documentos en papel que se relacionan y ha cotejado cada imagen con el documento exhibido${rule === '' ? '' : `, conforme a las normas citadas${rule}`}.`,
    },
    { kind: 'heading', text: 'Personal que digitaliza y coteja' },
    { kind: 'facts', facts: officerFacts(officer) },
    ...documents.flatMap((document, index) => documentBlocks(document, index)),
    // Words on a page of our own: nothing is drawn on the image of a copy (NTI digitisation IV.3.b).
    {
      kind: 'notice',
      title: 'Firma electrónica',
      text: `Firmada electrónicamente por ${officer.name}, ${officer.position}. La firma, con su certificado, está dentro de este fichero; las copias relacionadas llevan cada una la suya.`,
    },
  ];
}

function documentBlocks(document: AttestedDocument, index: number): readonly Block[] {
  const measured =
    document.measuredDpi === undefined ? 'no medida' : `medida ${String(document.measuredDpi).replace('.', ',')} ppp`;
  const mono = (text: string): RichText => [{ text, font: 'mono' }];
  return [
    { kind: 'heading', text: `Documento ${index + 1}. ${document.title}` },
    { kind: 'paragraph', text: [{ text: statementOf(document.nature), font: 'sansBold' }] },
    ...fileBlocks(document.broughtFile),
    {
      kind: 'facts',
      facts: knownFacts([
        {
          label: 'Estado de elaboración',
          value: `${elaborationStateNames[document.elaborationState]} (${document.elaborationState})`,
        },
        { label: 'Identificador ENI', value: mono(document.eniIdentifier) },
        {
          label: 'Código seguro de verificación',
          value: document.verificationCode === undefined ? undefined : mono(document.verificationCode),
        },
        { label: 'Fecha de captura', value: formatDateTime(document.capturedAt) },
        {
          label: 'Hojas e imágenes',
          value: [
            ...(document.announcedSheets === undefined
              ? []
              : [counted(document.announcedSheets, 'hoja contada', 'hojas contadas')]),
            counted(document.imageCount, 'imagen', 'imágenes'),
          ].join(', '),
        },
        { label: 'Escáner', value: document.scanners.join('\n') },
        { label: 'Perfil de digitalización', value: `${document.profile.id}, versión ${document.profile.version}` },
        { label: 'Huella del perfil (SHA-256)', value: mono(document.profile.sha256) },
        { label: 'Resolución', value: `Nominal ${document.nominalDpi} ppp; ${measured}` },
        { label: 'Modo de color', value: document.colorMode },
        {
          label: 'Operaciones automáticas',
          value: document.operations.length === 0 ? 'Ninguna' : document.operations.join('\n'),
        },
        { label: 'Comparación automática', value: document.comparison },
        { label: 'Páginas revisadas a la vista', value: document.reviewedPages },
        {
          label: 'Lo señalado por la máquina y lo contestado',
          value: document.deviations.length === 0 ? 'Nada' : document.deviations.join('\n'),
        },
        { label: 'Papel', value: document.paper },
        { label: 'Huella de la copia (SHA-256)', value: mono(document.copySha256) },
        { label: 'Huella de cada captura (SHA-256)', value: mono(document.captureSha256.join('\n')) },
      ]),
    },
  ];
}

function fileBlocks(file: AttestedDocument['broughtFile']): readonly Block[] {
  if (file === undefined) return [];
  const compared = `El fichero aportado «${file.name}» (huella SHA-256 ${file.sha256}) se ha comparado, página a página, con el documento en papel exhibido y con su digitalización (artículo 71.3 de la Ordenanza de Administración Electrónica).`;
  const outcome = file.isCopy
    ? 'Se autentica el fichero: las páginas de la copia son las suyas.'
    : `No se autentica y se sustituye por la digitalización del papel. Motivo: ${file.reason}.`;
  return [{ kind: 'paragraph', text: `${compared} ${outcome}` }];
}

function counted(count: number, one: string, many: string): string {
  return `${String(count)} ${count === 1 ? one : many}`;
}

function statementOf(nature: PaperNature): string {
  switch (nature) {
    case 'original':
      return 'La imagen es fiel e íntegra al original exhibido.';
    case 'authenticCopy':
      return 'La imagen es fiel e íntegra a la copia auténtica exhibida.';
    case 'photocopy':
      return 'La imagen es fiel e íntegra a la fotocopia exhibida, y tiene el mismo valor que ella: no es copia auténtica (artículo 49 del Real Decreto 203/2021).';
  }
}
