import type {
  SicresAttachment,
  SicresParty,
  SicresPerson,
  SicresProblem,
  SicresProblemCode,
  SicresRecord,
} from './sicres-record.ts';
import { extensionOf, isSicresGroup, sicresTree, type SicresElement, type SicresField } from './sicres-tree.ts';
import { hasForbiddenXmlCharacter } from './xml-text.ts';

/** Limits of SIR: more goes to a repository instead (RD 203/2021 art. 39.4), so they warn and do not refuse. */
const sirLimits = { attachments: 5, bytesPerAttachment: 10_485_760, bytesInTotal: 15_728_640 } as const;

const fileNameForbidden = /[>%*&:;¿?/\\|"!<¡#•]/u;

/** Admitted extensions and their media types (LIBSIR TipoMimeEnum). */
const mediaTypes: Readonly<Record<string, readonly string[]>> = {
  csig: ['text/plain', 'application/octet-stream'],
  csv: ['text/csv'],
  docx: ['application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  jpeg: ['image/jpeg', 'image/pjpeg'],
  jpg: ['image/jpeg', 'image/pjpeg'],
  odg: ['application/vnd.oasis.opendocument.graphics'],
  odp: ['application/vnd.oasis.opendocument.presentation'],
  ods: ['application/vnd.oasis.opendocument.spreadsheet'],
  odt: ['application/vnd.oasis.opendocument.text'],
  pdf: ['application/pdf'],
  png: ['image/png'],
  pptx: ['application/vnd.openxmlformats-officedocument.presentationml.presentation'],
  rtf: ['application/rtf', 'application/x-rtf', 'text/rtf'],
  svg: ['image/svg+xml'],
  tiff: ['image/tiff', 'image/x.tiff'],
  txt: ['text/plain'],
  xlsx: ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  xml: ['text/xml', 'application/xml'],
  xsig: ['text/xml', 'application/xml'],
};

/** Recognised by law (Decisión 2015/1506) and not in the list of SIR: they go by a repository. */
const signatureContainers = ['asice', 'asics'];

type Report = (field: string, code: SicresProblemCode, more?: Partial<SicresProblem>) => void;

/** What keeps a record from being exchanged (`error`), or will be cut or needs another way (`warning`): for the pre-flight at the counter. */
export function checkSicres(record: SicresRecord): readonly SicresProblem[] {
  const problems: SicresProblem[] = [];
  const report: Report = (field, code, more = {}) => problems.push({ field, code, severity: 'error', ...more });
  checkFields(sicresTree(record), '', report);
  checkParties(record, report);
  checkDates(record, report);
  checkExchange(record, report);
  checkAttachments(record, report);
  if ((record.statement ?? '') !== '' && (record.petition ?? '') === '')
    report('De_Formulario_Generico.Solicita', 'missing');
  if ((record.petition ?? '') !== '' && (record.statement ?? '') === '')
    report('De_Formulario_Generico.Expone', 'missing');
  return problems;
}

function checkFields(element: SicresElement, path: string, report: Report): void {
  if (!isSicresGroup(element)) return checkField(element, `${path}${element.name}`, report);
  const inner = element.path === undefined ? path : `${path}${element.path}.`;
  for (const child of element.children) checkFields(child, inner, report);
}

function checkField({ value, maximum, isRequired, isCuttable }: SicresField, path: string, report: Report): void {
  const text = value ?? '';
  if (text === '') {
    if (isRequired) report(path, 'missing');
    return;
  }
  if (hasForbiddenXmlCharacter(text)) report(path, 'controlCharacter');
  const actual = [...text].length;
  if (maximum === undefined || actual <= maximum) return;
  if (isCuttable) report(path, 'cut', { severity: 'warning', limit: maximum, actual });
  else report(path, 'tooLong', { limit: maximum, actual });
}

function checkParties(record: SicresRecord, report: Report): void {
  // Even when redundant with origin or destination (NTI table 3).
  if (record.direction === 'incoming' && !record.parties.some((party) => party.interested !== undefined))
    report('De_Interesado', 'missing');
  record.parties.forEach((party, index) => checkParty(party, `De_Interesado[${index}]`, report));
  if (record.direction === 'incoming' && record.destinationUnit === undefined)
    report('De_Destino.Codigo_Unidad_Tramitacion_Destino', 'missing');
  if (record.direction === 'outgoing' && record.originUnit === undefined)
    report('De_Origen_o_Remitente.Codigo_Unidad_Tramitacion_Origen', 'missing');
}

function checkParty(party: SicresParty, path: string, report: Report): void {
  if (party.representative !== undefined && party.interested === undefined)
    report(`${path}.Datos_Interesado`, 'missing');
  if (party.interested !== undefined) checkPerson(party.interested, `${path}.Datos_Interesado`, report);
  if (party.representative !== undefined) checkPerson(party.representative, `${path}.Datos_Representante`, report);
}

function checkPerson(data: SicresPerson, path: string, report: Report): void {
  const { person, notificationChannel } = data;
  const { contact } = person;
  const need = (field: string, value: string): void => {
    if (value.trim() === '') report(`${path}.${field}`, 'missing');
  };
  if (person.personType === 'legal') need('Razon_Social', person.businessName);
  else {
    need('Nombre', person.givenName);
    need('Primer_Apellido', person.surname1);
  }
  if (notificationChannel === 'paper') {
    if (data.isElectronicOnly === true || person.personType === 'legal')
      report(`${path}.Canal_Preferente_Notificacion`, 'notAllowed');
    need('Pais', contact.country);
    need('Direccion', contact.address);
    if (isSpain(contact.country)) {
      need('Provincia', contact.province);
      need('Municipio', contact.municipality);
      need('Codigo_Postal', contact.postalCode);
    }
  }
  if (data.wantsEmailNotice === true) need('Correo_Electronico', contact.email);
  if (data.wantsSmsNotice === true) need('Telefono_Movil', contact.mobilePhone);
  if (contact.municipality !== '' && !/^\d{1,5}$/.test(contact.municipality)) {
    // The desk knows the town by its name until a table of INE codes comes down: the message leaves the field out.
    report(`${path}.Municipio`, 'format', { severity: 'warning' });
  }
}

/** The texts write 0724, practice 724. */
function isSpain(country: string): boolean {
  return Number(country) === 724;
}

function checkDates(record: SicresRecord, report: Report): void {
  const read = (field: string, text: string): number => {
    const isWellFormed = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(text);
    if (!isWellFormed || Number.isNaN(Date.parse(text))) report(`De_Asiento.${field}`, 'format');
    return Date.parse(text);
  };
  const recordedAt = read('Fecha_Hora_Registro', record.recordedAt);
  const presentedAt = read('Fecha_Hora_Presentacion', record.presentedAt);
  if (presentedAt > recordedAt) report('De_Asiento.Fecha_Hora_Presentacion', 'mismatch');
}

function checkExchange(record: SicresRecord, report: Report): void {
  const match = /^([A-Z0-9]{1,21})_(\d{2})_(\d{8})$/.exec(record.exchangeId);
  const field = 'De_Internos_Control.Identificador_Intercambio';
  if (match === null) report(field, 'format');
  else {
    const [, office = '', year = ''] = match;
    if (office !== record.startOffice.code) report(field, 'mismatch');
    if (Number(year) > Number(record.recordedAt.slice(2, 4))) report(field, 'mismatch');
  }
  const { previousExchangeId } = record;
  if (previousExchangeId !== undefined && !/^[A-Z0-9]{1,21}_\d{2}_\d{8}$/.test(previousExchangeId)) {
    report('De_Internos_Control.Identificador_Intercambio_Previo', 'format');
  }
}

function checkAttachments(record: SicresRecord, report: Report): void {
  const { attachments } = record;
  attachments.forEach((attachment, index) => checkAttachment(attachment, `De_Anexo[${index}]`, report));
  const names = attachments.map((attachment) => attachment.fileName.toLowerCase());
  names.forEach((name, index) => {
    if (names.indexOf(name) < index) report(`De_Anexo[${index}].Nombre_Fichero_Anexado`, 'notAllowed');
  });
  // LIBSIR 0093.
  if (!attachments.some((attachment) => attachment.kind === 'receipt'))
    report('De_Anexo', 'missing', { severity: 'warning' });
  if (attachments.length > sirLimits.attachments) {
    report('De_Anexo', 'tooMany', { severity: 'warning', limit: sirLimits.attachments, actual: attachments.length });
  }
  const total = attachments.reduce((sum, attachment) => sum + attachment.byteLength, 0);
  if (total > sirLimits.bytesInTotal)
    report('De_Anexo', 'tooLarge', { severity: 'warning', limit: sirLimits.bytesInTotal, actual: total });
}

function checkAttachment(attachment: SicresAttachment, path: string, report: Report): void {
  const { fileName, mediaType, byteLength, sha256 } = attachment;
  const extension = extensionOf(fileName);
  const admitted = mediaTypes[extension];
  if (fileNameForbidden.test(fileName)) report(`${path}.Nombre_Fichero_Anexado`, 'notAllowed');
  if (signatureContainers.includes(extension))
    report(`${path}.Nombre_Fichero_Anexado`, 'format', { severity: 'warning' });
  else if (admitted === undefined) report(`${path}.Nombre_Fichero_Anexado`, 'format');
  else if (!admitted.includes(mediaType)) report(`${path}.Tipo_MIME`, 'mismatch');
  if (!/^[0-9a-f]{64}$/.test(sha256)) report(`${path}.Hash`, 'format');
  if (byteLength === 0) report(`${path}.Anexo`, 'missing');
  if (byteLength > sirLimits.bytesPerAttachment) {
    report(`${path}.Anexo`, 'tooLarge', {
      severity: 'warning',
      limit: sirLimits.bytesPerAttachment,
      actual: byteLength,
    });
  }
}
