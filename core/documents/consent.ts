import type { DocumentAssets } from './assets.ts';
import { dataProtectionBlocks, type DataProtectionNotice } from './data-protection.ts';
import { buildOfficialPdf, type OfficialDocumentInput } from './official-document.ts';
import type { Block } from './pdf/block-types.ts';
import { describePerson, knownFacts, officerFacts, type ActingOfficer, type PersonIdentity } from './people.ts';
import { formatDateTime, formatLongDate } from './spanish-dates.ts';

/** A document that the officer will sign for the citizen, as it is now: a later change shows in its digest. */
export type ConsentedDocument = Readonly<{
  title: string;
  /** Null where the file has no pages. */
  pageCount: number | null;
  sha256: string;
  verificationCode?: string;
}>;

export type ConsentInput = OfficialDocumentInput &
  Readonly<{
    consentId: string;
    citizen: PersonIdentity & Readonly<{ actsFor?: PersonIdentity }>;
    /** Document shown and how it was checked: `DNI n.º …`, `se ha comparado la fotografía con la persona`. */
    shownDocument: string;
    identityCheck: string;
    officer: ActingOfficer;
    procedureName: string;
    siaCode?: string;
    /** The concrete act, one per consent. */
    act: string;
    documents: readonly ConsentedDocument[];
    place: string;
    /** `artículo 43 de la Ordenanza…`. */
    localRule?: string;
    /** Two witnesses sign when the citizen cannot. */
    cannotSign?: Readonly<{ reason: string; witnesses: readonly PersonIdentity[] }>;
    /** Which of the two papers this is. */
    sheet: 'office' | 'citizen';
    dataProtection: DataProtectionNotice;
  }>;

const sheetNames = { office: 'Ejemplar para la oficina', citizen: 'Copia para el ciudadano' } as const;

/**
 * The written consent for one concrete act in which an officer identifies and signs for the citizen (art. 12.2 Ley 39/2015;
 * art. 30.1 RD 203/2021; ordinance art. 43). Printed, signed by hand and scanned. It is a consent to the act, not the
 * legal basis of any data processing.
 */
export function buildConsentPdf(input: ConsentInput, assets: DocumentAssets): Uint8Array {
  return buildOfficialPdf(
    { ...input, complementary: { consentReference: input.consentId, ...input.complementary } },
    {
      kindName: sheetNames[input.sheet],
      title: `Consentimiento para firma por funcionario habilitado: ${input.procedureName}`,
      blocks: consentBlocks(input),
    },
    assets,
  );
}

function consentBlocks(input: ConsentInput): readonly Block[] {
  const { citizen, officer, office, localRule } = input;
  const rule = localRule === undefined ? '' : ` y ${localRule}`;
  return [
    {
      kind: 'title',
      text: 'Consentimiento para la identificación y firma por personal funcionario habilitado',
      subtitle: `Artículos 12.2 de la Ley 39/2015, de 1 de octubre, y 30.1 del Real Decreto 203/2021, de 30 de marzo${rule}`,
    },
    { kind: 'heading', text: 'Quien consiente' },
    {
      kind: 'facts',
      facts: knownFacts([
        { label: 'Nombre y apellidos', value: [{ text: citizen.name, font: 'sansBold' }] },
        { label: citizen.identifierType, value: citizen.identifier },
        {
          label: 'Actúa en representación de',
          value: citizen.actsFor === undefined ? undefined : describePerson(citizen.actsFor),
        },
        { label: 'Documento mostrado', value: input.shownDocument },
        { label: 'Comprobación de la identidad', value: input.identityCheck },
      ]),
    },
    { kind: 'heading', text: 'Quien firmará en su nombre' },
    { kind: 'facts', facts: officerFacts(officer) },
    { kind: 'heading', text: 'Actuación para la que se consiente' },
    {
      kind: 'facts',
      facts: knownFacts([
        { label: 'Identificador del consentimiento', value: input.consentId },
        {
          label: 'Procedimiento',
          value: input.siaCode === undefined ? input.procedureName : `${input.procedureName} (SIA ${input.siaCode})`,
        },
        { label: 'Actuación', value: [{ text: input.act, font: 'sansBold' }] },
        { label: 'Oficina', value: `${office.officeName} (DIR3 ${office.officeCode})` },
        { label: 'Fecha y hora', value: formatDateTime(input.createdAt) },
      ]),
    },
    ...documentBlocks(input.documents),
    {
      kind: 'together',
      blocks: [
        { kind: 'heading', text: 'Declaración y consentimiento' },
        {
          kind: 'bullets',
          items: [
            'Declaro que no estoy en ninguno de los casos en que es obligatorio relacionarse con las Administraciones por medios electrónicos (artículo 14, apartados 2 y 3, de la Ley 39/2015).',
            'Declaro que no dispongo de los medios electrónicos necesarios para identificarme o firmar en esta actuación.',
            'Me he identificado ante el personal funcionario indicado y he podido examinar los documentos relacionados.',
            [
              { text: 'Consiento expresamente', font: 'sansBold' },
              {
                text: ' que el personal funcionario indicado me identifique y firme electrónicamente en mi nombre los documentos relacionados, solo para la actuación descrita.',
              },
            ],
          ],
        },
        { kind: 'paragraph', text: `En ${input.place}, a ${formatLongDate(input.createdAt)}.` },
        ...signatureBlocks(input),
      ],
    },
    {
      kind: 'paragraph',
      tone: 'small',
      text: 'La oficina conserva este documento para los casos de discrepancia o litigio. Se entrega a la persona interesada copia de él, cumplimentado y firmado, y toda la documentación acreditativa del trámite realizado. El consentimiento se refiere solo a esta actuación y no es la base jurídica del tratamiento de sus datos.',
    },
    ...dataProtectionBlocks(input.dataProtection),
  ];
}

function documentBlocks(documents: readonly ConsentedDocument[]): readonly Block[] {
  return [
    { kind: 'heading', text: 'Documentos que se firmarán' },
    {
      kind: 'table',
      columns: [
        { title: 'N.º', share: 0.07 },
        { title: 'Documento', share: 0.79 },
        { title: 'Páginas', share: 0.14, align: 'right' },
      ],
      rows: documents.map(({ title, pageCount, sha256, verificationCode }, index) => ({
        cells: [String(index + 1), title, pageCount === null ? '—' : String(pageCount)],
        detail: [
          { text: 'SHA-256  ' },
          { text: sha256, font: 'mono' },
          ...(verificationCode === undefined
            ? []
            : [{ text: '\nCódigo seguro de verificación  ' }, { text: verificationCode, font: 'mono' } as const]),
        ],
      })),
    },
  ];
}

function signatureBlocks(input: ConsentInput): readonly Block[] {
  const officerArea = {
    title: 'Personal funcionario habilitado',
    detail: `${input.officer.name}. N.º de identificación profesional ${input.officer.professionalNumber}.`,
    height: 64,
  };
  if (input.cannotSign === undefined) {
    return [
      {
        kind: 'signatures',
        areas: [{ title: 'Firma de quien consiente', detail: input.citizen.name, height: 64 }, officerArea],
      },
    ];
  }
  const { reason, witnesses } = input.cannotSign;
  return [
    {
      kind: 'notice',
      title: 'Quien consiente no puede firmar',
      text: `${reason} Firman en prueba de ello quienes presencian el acto.`,
    },
    {
      kind: 'signatures',
      areas: [
        ...witnesses.map((witness, index) => ({
          title: `Testigo ${index + 1}`,
          detail: `${witness.name}. ${witness.identifierType} ${witness.identifier}`,
          height: 64,
        })),
        officerArea,
      ],
    },
  ];
}
