/** The SICRES 4 message as a tree of elements in the schema's order, each field with its length: read by the check and by the writer. */
import type { IdentifierType } from '../contract/schemas/person.ts';
import type {
  SicresAttachment,
  SicresMetadata,
  SicresParty,
  SicresPerson,
  SicresPlace,
  SicresRecord,
} from './sicres-record.ts';

export type SicresField = Readonly<{
  name: string;
  value: string | undefined;
  maximum?: number;
  isRequired?: boolean;
  /** A longer text may go cut: it helps a reader, and the annexes hold it whole. */
  isCuttable?: boolean;
}>;

export type SicresGroup = Readonly<{
  name: string;
  children: readonly SicresElement[];
  isRequired?: boolean;
  /** Name in the paths of problems; none when left out. */
  path?: string;
}>;

export type SicresElement = SicresField | SicresGroup;

const required = (name: string, value: string, maximum: number): SicresField => ({
  name,
  value,
  maximum,
  isRequired: true,
});
const optional = (name: string, value: string | undefined, maximum?: number): SicresField => ({
  name,
  value,
  ...(maximum === undefined ? {} : { maximum }),
});
const cuttable = (name: string, value: string | undefined, maximum: number): SicresField => ({
  name,
  value,
  maximum,
  isCuttable: true,
});
const segment = (name: string, children: readonly SicresElement[], index?: number): SicresGroup => ({
  name,
  children,
  isRequired: true,
  path: index === undefined ? name : `${name}[${index}]`,
});

export function sicresTree(record: SicresRecord): SicresGroup {
  return {
    name: 'Fichero_Intercambio_SICRES_4',
    isRequired: true,
    children: [
      segment('De_Origen_o_Remitente', places(record.originOffice, record.originUnit, 'Origen')),
      segment('De_Destino', places(record.destinationOffice, record.destinationUnit, 'Destino')),
      ...record.parties.map((party, index) => segment('De_Interesado', partyElements(party), index)),
      segment('De_Asiento', entryElements(record)),
      ...record.attachments.map((attachment, index) =>
        segment('De_Anexo', attachmentElements(record, attachment, index), index),
      ),
      segment('De_Internos_Control', controlElements(record)),
      ...formSegment(record),
    ],
  };
}

export function isSicresGroup(element: SicresElement): element is SicresGroup {
  return 'children' in element;
}

/** `O00009999_26_00000001_01_0001.pdf`. */
export function exchangeFileName(exchangeId: string, fileName: string, index: number): string {
  return `${exchangeId}_01_${String(index + 1).padStart(4, '0')}.${extensionOf(fileName)}`;
}

/** Lower case, without the dot; empty when there is none. */
export function extensionOf(fileName: string): string {
  return /\.([^.]+)$/.exec(fileName)?.[1]?.toLowerCase() ?? '';
}

function places(
  office: SicresPlace,
  unit: SicresPlace | undefined,
  side: 'Origen' | 'Destino' | 'Inicio',
): readonly SicresField[] {
  return [
    required(`Codigo_Entidad_Registral_${side}`, office.code, 21),
    cuttable(`Decodificacion_Entidad_Registral_${side}`, office.name, 120),
    optional(`Codigo_Unidad_Tramitacion_${side}`, unit?.code, 21),
    cuttable(`Decodificacion_Unidad_Tramitacion_${side}`, unit?.name, 120),
  ];
}

function partyElements(party: SicresParty): readonly SicresElement[] {
  return [
    ...(party.interested === undefined ? [] : [personGroup('Datos_Interesado', party.interested)]),
    ...(party.representative === undefined ? [] : [personGroup('Datos_Representante', party.representative)]),
    cuttable('Observaciones', party.remarks, 160),
  ];
}

const identifierCodes = {
  nif: 'N',
  cif: 'C',
  nie: 'E',
  passport: 'P',
  other: 'X',
  originCode: 'O',
} as const satisfies Readonly<Record<IdentifierType, string>>;

function personGroup(name: string, data: SicresPerson): SicresGroup {
  const { person } = data;
  const { contact } = person;
  const isLegal = person.personType === 'legal';
  const channel = data.notificationChannel === undefined ? undefined : data.notificationChannel === 'paper' ? '1' : '2';
  return {
    name,
    path: name,
    children: [
      {
        name: 'Datos_Identificacion',
        isRequired: true,
        children: [
          required('Tipo_Persona', isLegal ? '2' : '1', 1),
          required('Tipo_Documento_Identificacion', identifierCodes[person.identifierType], 1),
          required('Documento_Identificacion', person.identifier, 256),
          cuttable('Razon_Social', isLegal ? person.businessName : undefined, 80),
          optional('Codigo_Directorio_Unificado', data.directoryCode, 21),
          cuttable('Nombre', isLegal ? undefined : person.givenName, 30),
          cuttable('Primer_Apellido', isLegal ? undefined : person.surname1, 30),
          cuttable('Segundo_Apellido', isLegal ? undefined : person.surname2, 30),
        ],
      },
      {
        name: 'Datos_Contacto',
        children: [
          {
            name: 'Direccion_Postal',
            children: [
              optional('Pais', contact.country, 4),
              optional('Provincia', contact.province, 2),
              optional('Municipio', municipalityCode(contact.province, contact.municipality), 5),
              cuttable('Direccion', contact.address, 160),
              optional('Codigo_Postal', contact.postalCode, 5),
            ],
          },
          optional('Correo_Electronico', contact.email, 160),
          optional('Telefono_Movil', contact.mobilePhone, 20),
        ],
      },
      optional('Receptor_Notificaciones', data.receivesNotifications?.toString()),
      {
        name: 'Canales_Notificacion',
        children: [
          optional('Canal_Preferente_Notificacion', channel, 1),
          optional('Solicita_aviso_SMS', data.wantsSmsNotice?.toString()),
          optional('Solicita_aviso_correo', data.wantsEmailNotice?.toString()),
        ],
      },
    ],
  };
}

// Five digits, province and municipality, as INE writes them (50297): the norm does not settle it, and the field holds five.
function municipalityCode(province: string, municipality: string): string | undefined {
  if (!/^\d{1,5}$/.test(municipality)) return undefined;
  return municipality.length <= 3 && /^\d{2}$/.test(province)
    ? province + municipality.padStart(3, '0')
    : municipality.padStart(5, '0');
}

function entryElements(record: SicresRecord): readonly SicresElement[] {
  return [
    required('Modo_Registro', record.mode === 'inPerson' ? '01' : '02', 2),
    required('Tipo_Registro', record.direction === 'incoming' ? '0' : '1', 1),
    required('Numero_Registro_Entrada', record.recordNumber, 20),
    required('Resumen', record.summary, 240),
    required('Fecha_Hora_Registro', sicresDate(record.recordedAt), 19),
    optional('Timestamp_Registro', base64(record.recordedTimestamp)),
    required('Fecha_Hora_Presentacion', sicresDate(record.presentedAt), 19),
    optional('Timestamp_Presentacion', base64(record.presentedTimestamp)),
    optional('Codigo_SIA', record.siaCode, 80),
    optional('Numero_Expediente', record.caseFileNumber, 80),
    optional('Codigo_Asunto_Segun_Destino', record.subjectCode, 16),
    optional('Referencia_Externa', record.externalReference, 16),
    metadataGroup('Otros_Metadatos_Generales', record.generalMetadata ?? []),
    metadataGroup('Otros_Metadatos_Particulares', record.particularMetadata ?? []),
  ];
}

/** `2026-11-22T10:42:07+01:00` → `20261122104207+0100`. A date of another form stays as it is: the check names it. */
function sicresDate(isoDate: string): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(Z|[+-]\d{2}:\d{2})$/.exec(isoDate);
  if (match === null) return isoDate;
  const [, ...parts] = match;
  const zone = parts.pop() ?? '';
  return parts.join('') + (zone === 'Z' ? '+0000' : zone.replace(':', ''));
}

function base64(data: Uint8Array | undefined): string | undefined {
  return data === undefined ? undefined : Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
}

function metadataGroup(name: string, entries: readonly SicresMetadata[]): SicresGroup {
  const children = entries.flatMap((entry): readonly SicresField[] => [
    { name: 'Campo', value: entry.name, maximum: 80, isRequired: true },
    { name: 'Valor', value: entry.value, isRequired: true },
  ]);
  return { name, children };
}

const attachmentKinds = { receipt: '01', document: '02', other: '03' } as const;

function attachmentElements(
  record: SicresRecord,
  attachment: SicresAttachment,
  index: number,
): readonly SicresElement[] {
  const { content } = attachment;
  return [
    required('Nombre_Fichero_Anexado', attachment.fileName, 80),
    required('Identificador_Fichero', exchangeFileName(record.exchangeId, attachment.fileName, index), 50),
    required('Tipo_Anexo', attachmentKinds[attachment.kind], 2),
    optional('Tipo_MIME', attachment.mediaType, 80),
    optional('Anexo', content?.kind === 'reference' ? Buffer.from(content.xml).toString('base64') : undefined),
    cuttable('Resumen', attachment.summary, 160),
    optional('Codigo_Formulario', attachment.formCode, 80),
    metadataGroup('Otros_Metadatos_Generales', attachmentMetadata(attachment)),
    metadataGroup('Otros_Metadatos_Particulares', attachment.particularMetadata ?? []),
    cuttable('Observaciones', attachment.remarks, 160),
  ];
}

// The names that implementations read (norms 02a §6). The digest goes under both names in use, as base64 of its raw bytes.
function attachmentMetadata(attachment: SicresAttachment): readonly SicresMetadata[] {
  const digest = Buffer.from(attachment.sha256, 'hex').toString('base64');
  const origin = attachment.origin === undefined ? undefined : attachment.origin === 'administration' ? '1' : '0';
  const entries: readonly (readonly [string, string | undefined])[] = [
    ['Hash', digest],
    ['CodigoHash', digest],
    ['AlgoritmoHash', 'SHA256'],
    ['CSV', attachment.verificationCode],
    ['EsJustificante', attachment.kind === 'receipt' ? '1' : '0'],
    ['TipoFirma', attachment.signatureType],
    ['NombreFormato', attachment.formatName],
    ['Resolucion', attachment.resolution],
    ['Tamanio', String(attachment.byteLength)],
    ['Idioma', attachment.language],
    ['Identificador', attachment.eniIdentifier],
    ['FechaCaptura', attachment.capturedAt],
    ['OrigenCiudadanoAdministracion', origin],
    ['EstadoElaboracion', attachment.elaborationState],
    ['TipoDocumental', attachment.documentType],
    ['AnexoEmbebido', attachment.content?.kind === 'embedded' ? base64(attachment.content.data) : undefined],
  ];
  return entries.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [{ name, value }]));
}

const annotations = { pending: '01', sending: '02', forwarding: '03' } as const;
const accompanyingPapers = { required: '1', complementary: '2', none: '3' } as const;

function controlElements(record: SicresRecord): readonly SicresElement[] {
  return [
    required('Identificador_Intercambio', record.exchangeId, 33),
    optional('Tipo_Transporte_Entrada', record.transportType, 2),
    optional('Numero_Transporte_Entrada', record.transportNumber, 40),
    cuttable('Nombre_Usuario', record.userName, 80),
    cuttable('Contacto_Usuario', record.userContact, 160),
    cuttable('Aplicacion_Version_Emisora', record.applicationVersion, 20),
    required('Tipo_Anotacion', annotations[record.annotation], 2),
    cuttable('Descripcion_Tipo_Anotacion', record.annotationDescription, 160),
    required('Documentacion_Fisica', accompanyingPapers[record.accompanyingPaper], 1),
    cuttable('Observaciones_Apunte', record.remarks, 160),
    required('Indicador_Prueba', record.isTest ? '1' : '0', 1),
    optional('Identificador_Intercambio_Previo', record.previousExchangeId, 33),
    ...places(record.startOffice, record.startUnit, 'Inicio'),
  ];
}

function formSegment(record: SicresRecord): readonly SicresGroup[] {
  const { statement = '', petition = '' } = record;
  if (statement === '' && petition === '') return [];
  return [
    segment('De_Formulario_Generico', [required('Expone', statement, 4000), required('Solicita', petition, 4000)]),
  ];
}
