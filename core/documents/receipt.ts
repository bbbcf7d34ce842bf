import type { DocumentAssets } from './assets.ts';
import { elaborationStateNames, type ElaborationState } from './eni-metadata.ts';
import { buildOfficialPdf, type OfficialDocumentInput } from './official-document.ts';
import type { Block, TableRow } from './pdf/block-types.ts';
import type { PdfaAttachment } from './pdf/pdfa-writer.ts';
import type { Run } from './pdf/text-flow.ts';
import { describePerson, knownFacts, type ActingOfficer, type PersonIdentity } from './people.ts';
import { formatDateTime } from './spanish-dates.ts';

export type ReceiptDocument = Readonly<{
  title: string;
  fileName: string;
  mediaType: string;
  /** Null where the file has no pages. */
  pageCount: number | null;
  elaborationState: ElaborationState;
  /** Of the registered version, lower-case hexadecimal. */
  sha256: string;
  verificationCode: string;
  /** On the signatures of what the citizen brought, in one line. */
  signatureState?: string;
}>;

/** How the application was signed, and by whom (ordinance art. 68.2). */
export type ReceiptSigner =
  | Readonly<{ route: 'paper'; signers: readonly PersonIdentity[] }>
  | Readonly<{
      route: 'officer';
      officer: ActingOfficer;
      citizen: PersonIdentity;
      consentReference: string;
      localRule?: string;
    }>
  | Readonly<{ route: 'citizenCard'; signers: readonly PersonIdentity[]; certificateSerial: string }>
  /** Signed before it was brought: by whom, as their certificates say. */
  | Readonly<{ route: 'broughtSigned'; signers: readonly string[]; isConcluded: boolean }>;

/** Who vouches for the receipt now. */
export type ReceiptSeal =
  | Readonly<{ kind: 'organSeal'; sealName: string }>
  /** The officer signs; the centre adds its seal at the first connection, under the same code. */
  | Readonly<{ kind: 'awaitingCentre'; officer: ActingOfficer }>;

export type ReceiptInput = OfficialDocumentInput &
  Readonly<{
    recordNumber: string;
    direction: 'incoming' | 'outgoing';
    /** Epígrafe expressive of its nature (art. 16.3 Ley 39/2015). */
    heading: string;
    /** ISO 8601 with the official peninsular offset. */
    presentedAt: string;
    recordedAt: string;
    /** Different from `presentedAt` when presented on a non-working day (art. 31.2.b). */
    effectiveAt: string;
    interestedParties: readonly PersonIdentity[];
    representative?: PersonIdentity & Readonly<{ accreditation: string }>;
    presenter: PersonIdentity;
    destinationName: string;
    destinationCode: string;
    procedureName?: string;
    siaCode?: string;
    caseFileNumber?: string;
    summary: string;
    signer: ReceiptSigner;
    /** The signed application or form, and its file: embedded in the receipt. */
    application: ReceiptDocument;
    applicationFile: Uint8Array;
    /** A detached signature that came with it. */
    applicationSignature?: Readonly<{ fileName: string; mediaType: string; data: Uint8Array }>;
    attachments: readonly ReceiptDocument[];
    accompanyingPaper: 'none' | 'complementary' | 'required';
    originals: Readonly<{ returned: readonly string[]; kept: readonly Readonly<{ title: string; reason: string }>[] }>;
    /** Law and deadlines known at this moment, one paragraph each (ordinance art. 68.3). */
    deadlines: readonly string[];
    /** The interested party is bound to deal electronically (art. 14.2 and 68.4 Ley 39/2015). */
    isElectronicOnly: boolean;
    /** Further warnings, in plain Spanish. */
    warnings: readonly string[];
    seal: ReceiptSeal;
  }>;

/**
 * The receipt of presentation (arts. 16.3 and 66.3 Ley 39/2015; ordinance arts. 68.2, 68.3 and 56.3). Holds the signed
 * application as an embedded file and lists each annex with its digest, so that it proves integrity by itself.
 */
export function buildReceiptPdf(input: ReceiptInput, assets: DocumentAssets): Uint8Array {
  const attachment: PdfaAttachment = {
    fileName: input.application.fileName,
    mediaType: input.application.mediaType,
    isPdfa: input.signer.route !== 'broughtSigned',
    description: `${input.application.title}, presentado con el número ${input.recordNumber}`,
    relationship: 'Source',
    data: input.applicationFile,
  };
  return buildOfficialPdf(
    { ...input, complementary: { recordNumber: input.recordNumber, ...input.complementary } },
    {
      kindName: 'Justificante de registro',
      reference: input.recordNumber,
      title: `Justificante de registro ${input.recordNumber}`,
      blocks: receiptBlocks(input),
      attachments: [attachment, ...signatureAttachments(input)],
    },
    assets,
  );
}

function signatureAttachments({ application, applicationSignature }: ReceiptInput): readonly PdfaAttachment[] {
  if (applicationSignature === undefined) return [];
  const description = `Firma de ${application.title}`;
  return [{ ...applicationSignature, isPdfa: false, description, relationship: 'Supplement' }];
}

function receiptBlocks(input: ReceiptInput): readonly Block[] {
  const isIncoming = input.direction === 'incoming';
  return [
    {
      kind: 'title',
      text: isIncoming ? 'Justificante de registro de entrada' : 'Justificante de registro de salida',
      subtitle: input.heading,
    },
    {
      kind: 'highlight',
      items: [
        { label: 'Número de registro', value: input.recordNumber },
        { label: 'Fecha y hora de presentación', value: formatDateTime(input.presentedAt).replace(', ', '\n') },
        { label: 'Fecha y hora de registro', value: formatDateTime(input.recordedAt).replace(', ', '\n') },
      ],
    },
    ...effectiveDateBlocks(input),
    ...warningBlocks(input),
    { kind: 'heading', text: 'Asiento' },
    recordFacts(input),
    { kind: 'heading', text: 'Personas' },
    peopleFacts(input),
    { kind: 'heading', text: 'Documento presentado y su firma' },
    documentTable([input.application]),
    { kind: 'paragraph', text: signerText(input.signer) },
    ...attachmentBlocks(input),
    ...originalBlocks(input),
    ...(input.deadlines.length === 0
      ? []
      : ([
          { kind: 'heading', text: 'Plazos' },
          { kind: 'bullets', items: input.deadlines },
        ] as const)),
    { kind: 'heading', text: 'Validez y comprobación' },
    { kind: 'paragraph', text: sealText(input.seal) },
    {
      kind: 'paragraph',
      text: `Este fichero lleva dentro el documento presentado («${input.application.fileName}»). Los anexos se identifican por su huella SHA-256. Puede obtenerlos y comprobarlos con el código seguro de cada uno en ${input.verification.address}, sin coste.`,
    },
  ];
}

function effectiveDateBlocks(input: ReceiptInput): readonly Block[] {
  if (input.effectiveAt === input.presentedAt) return [];
  return [
    {
      kind: 'notice',
      title: 'Presentado en día inhábil',
      text: [
        { text: 'A efectos de plazos por días hábiles, la presentación se entiende realizada el ' },
        { text: formatDateTime(input.effectiveAt), font: 'sansBold' },
        { text: ', primera hora del primer día hábil siguiente (artículo 31.2.b de la Ley 39/2015).' },
      ],
    },
  ];
}

function warningBlocks(input: ReceiptInput): readonly Block[] {
  const obliged: Block = {
    kind: 'notice',
    title: 'Obligación de relacionarse por medios electrónicos',
    text: 'Según los datos declarados, la persona interesada está obligada a relacionarse con las Administraciones por medios electrónicos (artículo 14.2 de la Ley 39/2015). El órgano competente requerirá que subsane mediante la presentación electrónica en el plazo de diez días; de no hacerlo, se le tendrá por desistida o podrá declararse decaído su derecho al trámite. Si es una solicitud de inicio, se considerará fecha de presentación la de la subsanación (artículos 68.4 de la Ley 39/2015 y 14 del Real Decreto 203/2021).',
  };
  return [
    ...(input.isElectronicOnly ? [obliged] : []),
    ...input.warnings.map((text): Block => ({ kind: 'notice', title: 'Advertencia', text })),
  ];
}

const accompanyingPaperNames = {
  none: undefined,
  complementary: 'Se remite además documentación en papel u otro soporte, complementaria',
  required: 'Se remite además documentación en papel u otro soporte, necesaria para tramitar',
} as const;

function recordFacts(input: ReceiptInput): Block {
  const { office } = input;
  const procedure =
    input.siaCode === undefined ? input.procedureName : `${input.procedureName ?? ''} (SIA ${input.siaCode})`.trim();
  return {
    kind: 'facts',
    facts: knownFacts([
      { label: 'Tipo de asiento', value: input.direction === 'incoming' ? 'Entrada' : 'Salida' },
      { label: 'Oficina de registro', value: `${office.officeName} (DIR3 ${office.officeCode})` },
      { label: 'Administración', value: `${office.bodyName} (DIR3 ${office.bodyCode})` },
      { label: 'Órgano o unidad de destino', value: `${input.destinationName} (DIR3 ${input.destinationCode})` },
      { label: 'Procedimiento', value: procedure },
      { label: 'Expediente', value: input.caseFileNumber },
      { label: 'Resumen', value: input.summary },
      { label: 'Documentación física', value: accompanyingPaperNames[input.accompanyingPaper] },
    ]),
  };
}

function peopleFacts(input: ReceiptInput): Block {
  const { interestedParties, representative, presenter } = input;
  return {
    kind: 'facts',
    facts: knownFacts([
      {
        label: interestedParties.length === 1 ? 'Persona interesada' : 'Personas interesadas',
        value: interestedParties.map(describePerson).join('\n'),
      },
      {
        label: 'Representante',
        value:
          representative === undefined
            ? undefined
            : `${describePerson(representative)}. ${representative.accreditation}`,
      },
      { label: 'Presenta', value: describePerson(presenter) },
    ]),
  };
}

function documentTable(documents: readonly ReceiptDocument[]): Block {
  return {
    kind: 'table',
    columns: [
      { title: 'N.º', share: 0.07 },
      { title: 'Documento', share: 0.44 },
      { title: 'Estado de elaboración', share: 0.37 },
      { title: 'Páginas', share: 0.12, align: 'right' },
    ],
    rows: documents.map(documentRow),
  };
}

function documentRow(document: ReceiptDocument, index: number): TableRow {
  const { title, elaborationState, pageCount, sha256, verificationCode, signatureState } = document;
  return {
    cells: [
      String(index + 1),
      title,
      `${elaborationStateNames[elaborationState]} (${elaborationState})`,
      pageCount === null ? '—' : String(pageCount),
    ],
    detail: [
      { text: 'SHA-256  ' },
      { text: sha256, font: 'mono' },
      { text: '\nCódigo seguro de verificación  ' },
      { text: verificationCode, font: 'mono' },
      ...(signatureState === undefined ? [] : [{ text: `\n${signatureState}` }]),
    ],
  };
}

function signerText(signer: ReceiptSigner): readonly Run[] {
  switch (signer.route) {
    case 'paper':
      return [
        { text: 'Firma manuscrita', font: 'sansBold' },
        {
          text: ` de ${signer.signers.map(describePerson).join('; ')}, en el documento en papel que la oficina ha digitalizado.`,
        },
      ];
    case 'citizenCard':
      return [
        { text: 'Firma electrónica', font: 'sansBold' },
        {
          text: ` de ${signer.signers.map(describePerson).join('; ')}, con su propio certificado, número de serie ${signer.certificateSerial}.`,
        },
      ];
    case 'broughtSigned':
      return [
        { text: 'Firma electrónica', font: 'sansBold' },
        {
          text: ` de ${signer.signers.join('; ')}, hecha antes de presentarse y comprobada al incorporar el fichero. ${
            signer.isConcluded
              ? 'Es válida.'
              : 'No ha podido concluirse su comprobación, que se repetirá; la solicitud se admite.'
          }`,
        },
      ];
    case 'officer': {
      const { officer, citizen, consentReference, localRule } = signer;
      const rule = localRule === undefined ? '' : ` y ${localRule}`;
      return [
        { text: 'Firma por personal funcionario habilitado', font: 'sansBold' },
        {
          text: ` en nombre de ${describePerson(citizen)}, con su consentimiento expreso, que consta en el documento ${consentReference} (artículos 12.2 de la Ley 39/2015 y 30.1 del Real Decreto 203/2021${rule}). Firma ${officer.name}, ${officer.position}, con número de identificación profesional ${officer.professionalNumber} y certificado número ${officer.certificateSerial}.`,
        },
      ];
    }
  }
}

function attachmentBlocks(input: ReceiptInput): readonly Block[] {
  const heading: Block = { kind: 'heading', text: 'Documentos anexos' };
  if (input.attachments.length === 0)
    return [heading, { kind: 'paragraph', text: 'No se presentan documentos anexos.' }];
  const total = input.attachments.length === 1 ? 'Un documento' : `${input.attachments.length} documentos`;
  return [
    heading,
    documentTable(input.attachments),
    { kind: 'paragraph', tone: 'small', text: `${total} en total. La huella es la de la versión registrada.` },
  ];
}

function originalBlocks(input: ReceiptInput): readonly Block[] {
  const { returned, kept } = input.originals;
  if (returned.length === 0 && kept.length === 0) return [];
  const items = [
    ...(returned.length === 0
      ? []
      : [
          `Se devuelven en este acto, una vez digitalizados: ${returned.join('; ')} (artículo 16.5 de la Ley 39/2015).`,
        ]),
    ...kept.map(({ title, reason }) => `Queda en la oficina: ${title}. ${reason}`),
  ];
  return [
    { kind: 'heading', text: 'Originales en papel' },
    { kind: 'bullets', items },
  ];
}

function sealText(seal: ReceiptSeal): readonly Run[] {
  switch (seal.kind) {
    case 'organSeal':
      return [
        { text: 'Este justificante lleva el sello electrónico', font: 'sansBold' },
        { text: ` de ${seal.sealName}. Acredita la presentación en la fecha y hora indicadas.` },
      ];
    case 'awaitingCentre':
      return [
        { text: 'Este justificante está firmado por el personal de la oficina', font: 'sansBold' },
        {
          text: ` (${seal.officer.name}, número de identificación profesional ${seal.officer.professionalNumber}) y acredita desde ahora la presentación en la fecha y hora indicadas. El sello electrónico del órgano se añadirá cuando la oficina conecte con el registro central, sin cambiar su contenido ni su código de verificación.`,
        },
      ];
  }
}
