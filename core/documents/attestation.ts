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
  /** Sides counted on the paper, and images in the copy. */
  paperPageCount: number;
  imageCount: number;
  capturedAt: string;
  nominalDpi: number;
  /** Measured by the calibration sheet, when there was one. */
  measuredDpi?: number;
  colorMode: string;
  /** What was done to the images, with parameters, one line each. */
  operations: readonly string[];
  /** Result of the automatic comparison, and the pages that the officer looked at one by one. */
  comparison: string;
  reviewedPages: string;
  /** Blank sides, repeated or missing pages, cut edges: what the officer noted. */
  deviations: readonly string[];
  /** SHA-256 of the raw captures in order, and of the copy, lower-case hexadecimal. */
  captureSha256: readonly string[];
  copySha256: string;
  paperReturned: boolean;
}>;

export type AttestationInput = OfficialDocumentInput &
  Readonly<{
    officer: ActingOfficer;
    device: Readonly<{ manufacturer: string; model: string; serialNumber?: string; driver: string }>;
    profile: Readonly<{ id: string; version: string; sha256: string }>;
    documents: readonly AttestedDocument[];
    recordNumber?: string;
    localRule?: string;
  }>;

/**
 * Diligencia de digitalización y cotejo: a document of its own (TD12), since nothing may be added to the image of the copy.
 * Content of norms 02c §6; arts. 27 Ley 39/2015, 47 and 49 RD 203/2021, NTI de Digitalización.
 */
export function buildAttestationPdf(input: AttestationInput, assets: DocumentAssets): Uint8Array {
  return buildOfficialPdf(
    {
      ...input,
      complementary: {
        ...(input.recordNumber === undefined ? {} : { recordNumber: input.recordNumber }),
        ...input.complementary,
      },
    },
    {
      kindName: 'Diligencia',
      ...(input.recordNumber === undefined ? {} : { reference: `Registro ${input.recordNumber}` }),
      title: 'Diligencia de digitalización y cotejo',
      blocks: attestationBlocks(input),
    },
    assets,
  );
}

function attestationBlocks(input: AttestationInput): readonly Block[] {
  const { office, officer, device, profile, documents } = input;
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
    { kind: 'heading', text: 'Equipo y perfil de digitalización' },
    {
      kind: 'facts',
      facts: knownFacts([
        { label: 'Escáner', value: `${device.manufacturer} ${device.model}` },
        { label: 'Número de serie', value: device.serialNumber },
        { label: 'Controlador', value: device.driver },
        { label: 'Perfil', value: `${profile.id}, versión ${profile.version}` },
        { label: 'Huella del perfil (SHA-256)', value: [{ text: profile.sha256, font: 'mono' }] },
      ]),
    },
    ...documents.flatMap((document, index) => documentBlocks(document, index)),
  ];
}

function documentBlocks(document: AttestedDocument, index: number): readonly Block[] {
  const measured =
    document.measuredDpi === undefined ? 'no medida' : `medida ${String(document.measuredDpi).replace('.', ',')} ppp`;
  const mono = (text: string): RichText => [{ text, font: 'mono' }];
  return [
    { kind: 'heading', text: `Documento ${index + 1}. ${document.title}` },
    { kind: 'paragraph', text: [{ text: statementOf(document.nature), font: 'sansBold' }] },
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
          label: 'Caras en papel e imágenes',
          value: `${document.paperPageCount} en papel, ${document.imageCount} ${document.imageCount === 1 ? 'imagen' : 'imágenes'}`,
        },
        { label: 'Resolución', value: `Nominal ${document.nominalDpi} ppp; ${measured}` },
        { label: 'Modo de color', value: document.colorMode },
        {
          label: 'Operaciones automáticas',
          value: document.operations.length === 0 ? 'Ninguna' : document.operations.join('\n'),
        },
        { label: 'Comparación automática', value: document.comparison },
        { label: 'Páginas revisadas a la vista', value: document.reviewedPages },
        { label: 'Incidencias', value: document.deviations.length === 0 ? 'Ninguna' : document.deviations.join('\n') },
        { label: 'Papel', value: document.paperReturned ? 'Devuelto a quien lo presentó' : 'Queda en la oficina' },
        { label: 'Huella de la copia (SHA-256)', value: mono(document.copySha256) },
        { label: 'Huella de cada captura (SHA-256)', value: mono(document.captureSha256.join('\n')) },
      ]),
    },
  ];
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
