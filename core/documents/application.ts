import type { DocumentAssets } from './assets.ts';
import { dataProtectionBlocks, type DataProtectionNotice } from './data-protection.ts';
import { buildOfficialPdf, type OfficialDocumentInput } from './official-document.ts';
import type { Block } from './pdf/block-types.ts';
import { knownFacts, type ActingOfficer, type PersonIdentity } from './people.ts';
import { formatLongDate } from './spanish-dates.ts';

export type ApplicationParty = PersonIdentity &
  Readonly<{ postalAddress?: string; email?: string; telephone?: string }>;

export type ApplicationInput = OfficialDocumentInput &
  Readonly<{
    procedureName: string;
    siaCode?: string;
    interestedParties: readonly ApplicationParty[];
    /** `accreditation`: how the representation is accredited (art. 5.4 Ley 39/2015). */
    representative?: ApplicationParty & Readonly<{ accreditation: string }>;
    /** `place`: postal address, or the electronic office where notifications are made available. */
    notification: Readonly<{
      channel: 'electronic' | 'paper';
      place: string;
      noticeEmail?: string;
      noticeTelephone?: string;
    }>;
    /** Body, centre or unit addressed, and its DIR3 code (art. 66.1.f). */
    destinationName: string;
    destinationCode: string;
    /** Hechos y razones. */
    statement: string;
    /** Petición. */
    petition: string;
    attachments: readonly Readonly<{ title: string; pageCount: number | null; nature: string }>[];
    /** Data that the party objects to being consulted, with the reason (art. 28.2). */
    consultationOpposition?: string;
    /** Town. */
    place: string;
    signing: ApplicationSigning;
    dataProtection: DataProtectionNotice;
  }>;

export type ApplicationSigning =
  | Readonly<{
      /** An officer signs for the citizen (art. 12.2 Ley 39/2015). `localRule`: `artículo 43 de la Ordenanza…`. */
      route: 'officer';
      officer: ActingOfficer;
      consentReference: string;
      localRule?: string;
    }>
  | Readonly<{ route: 'citizenCard' }>
  | Readonly<{ route: 'paper' }>;

/** The typed application, with the contents of art. 66.1 Ley 39/2015. It is what the citizen, or the officer for them, signs. */
export function buildApplicationPdf(input: ApplicationInput, assets: DocumentAssets): Uint8Array {
  const title = `Solicitud: ${input.procedureName}`;
  const reference = input.signing.route === 'officer' ? { consentReference: input.signing.consentReference } : {};
  return buildOfficialPdf(
    { ...input, complementary: { ...reference, ...input.complementary } },
    { kindName: 'Solicitud', title, blocks: applicationBlocks(input) },
    assets,
  );
}

function applicationBlocks(input: ApplicationInput): readonly Block[] {
  const { interestedParties, representative, consultationOpposition } = input;
  const sia = input.siaCode === undefined ? undefined : `Procedimiento SIA ${input.siaCode}`;
  return [
    { kind: 'title', text: input.procedureName, ...(sia === undefined ? {} : { subtitle: sia }) },
    ...interestedParties.flatMap((party, index): readonly Block[] => [
      {
        kind: 'heading',
        text: interestedParties.length === 1 ? 'Persona interesada' : `Persona interesada ${index + 1}`,
      },
      partyFacts(party),
    ]),
    ...(representative === undefined
      ? []
      : ([
          { kind: 'heading', text: 'Representante' },
          partyFacts(representative, representative.accreditation),
        ] as const satisfies readonly Block[])),
    { kind: 'heading', text: 'Notificaciones' },
    notificationFacts(input.notification),
    { kind: 'heading', text: 'Órgano o unidad a la que se dirige' },
    {
      kind: 'facts',
      facts: [
        { label: 'Denominación', value: input.destinationName },
        { label: 'Código DIR3', value: input.destinationCode },
      ],
    },
    { kind: 'heading', text: 'Expone' },
    { kind: 'paragraph', text: input.statement },
    { kind: 'heading', text: 'Solicita' },
    { kind: 'paragraph', text: input.petition },
    ...attachmentBlocks(input),
    { kind: 'heading', text: 'Declaraciones' },
    {
      kind: 'bullets',
      items: [
        'Quien suscribe declara que los datos de esta solicitud son ciertos y se responsabiliza de la veracidad de los documentos que presenta (artículo 28.7 de la Ley 39/2015, de 1 de octubre).',
        ...(consultationOpposition === undefined
          ? []
          : [
              `Se opone a que la Administración consulte o recabe los siguientes datos o documentos (artículo 28.2 de la Ley 39/2015): ${consultationOpposition}`,
            ]),
      ],
    },
    { kind: 'together', blocks: signingBlocks(input) },
    ...dataProtectionBlocks(input.dataProtection),
  ];
}

function partyFacts(party: ApplicationParty, accreditation?: string): Block {
  return {
    kind: 'facts',
    facts: knownFacts([
      { label: 'Nombre o razón social', value: [{ text: party.name, font: 'sansBold' }] },
      { label: party.identifierType, value: party.identifier },
      { label: 'Representación acreditada', value: accreditation },
      { label: 'Domicilio', value: party.postalAddress },
      { label: 'Correo electrónico', value: party.email },
      { label: 'Teléfono', value: party.telephone },
    ]),
  };
}

function notificationFacts(notification: ApplicationInput['notification']): Block {
  const isElectronic = notification.channel === 'electronic';
  return {
    kind: 'facts',
    facts: knownFacts([
      { label: 'Medio elegido', value: isElectronic ? 'Medios electrónicos' : 'Papel' },
      { label: isElectronic ? 'Puesta a disposición en' : 'Lugar', value: notification.place },
      { label: 'Avisos por correo electrónico', value: notification.noticeEmail },
      { label: 'Avisos por teléfono móvil', value: notification.noticeTelephone },
    ]),
  };
}

function attachmentBlocks(input: ApplicationInput): readonly Block[] {
  if (input.attachments.length === 0) return [];
  return [
    { kind: 'heading', text: 'Documentos que se aportan' },
    {
      kind: 'table',
      columns: [
        { title: 'N.º', share: 0.07 },
        { title: 'Documento', share: 0.5 },
        { title: 'Se presenta', share: 0.31 },
        { title: 'Páginas', share: 0.12, align: 'right' },
      ],
      rows: input.attachments.map(({ title, nature, pageCount }, index) => ({
        cells: [String(index + 1), title, nature, pageCount === null ? '—' : String(pageCount)],
      })),
    },
  ];
}

function signingBlocks(input: ApplicationInput): readonly Block[] {
  const { signing } = input;
  const placeAndDate: Block = { kind: 'paragraph', text: `En ${input.place}, a ${formatLongDate(input.createdAt)}.` };
  const heading: Block = { kind: 'heading', text: 'Lugar, fecha y firma' };
  switch (signing.route) {
    case 'paper':
      return [
        heading,
        placeAndDate,
        {
          kind: 'signatures',
          areas: [{ title: 'Firma de la persona interesada o de su representante', detail: '', height: 62 }],
        },
      ];
    case 'citizenCard':
      return [
        heading,
        placeAndDate,
        {
          kind: 'paragraph',
          text: 'La persona interesada o su representante firma este documento con su certificado electrónico.',
        },
      ];
    case 'officer': {
      const { officer, consentReference, localRule } = signing;
      const rule = localRule === undefined ? '' : ` y ${localRule}`;
      return [
        heading,
        placeAndDate,
        {
          kind: 'notice',
          title: 'Firma mediante personal funcionario habilitado',
          text: [
            {
              text: 'La persona interesada se ha identificado ante el personal funcionario que suscribe, ha declarado que no está obligada a relacionarse por medios electrónicos con las Administraciones y que no dispone de los medios necesarios para firmar, y ha consentido expresamente esta actuación en el documento ',
            },
            { text: consentReference, font: 'sansBold' },
            {
              text: `, del que recibe copia (artículos 12.2 de la Ley 39/2015 y 30.1 del Real Decreto 203/2021${rule}). Firma electrónicamente en su nombre `,
            },
            { text: officer.name, font: 'sansBold' },
            {
              text: `, ${officer.position}, con número de identificación profesional ${officer.professionalNumber} y certificado número ${officer.certificateSerial}.`,
            },
          ],
        },
      ];
    }
  }
}
