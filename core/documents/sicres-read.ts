import type { XmlElement } from 'libxml2-wasm';
import { controlTypes } from './sicres-control.ts';
import type { ControlType, SicresControl } from './sicres-control.ts';
import { childElements, openXml } from './verification/xml-document.ts';
import type { XmlSchemas } from './xml-schemas.ts';

export type ReceivedAnnex = Readonly<{
  fileName: string;
  /** `O00002721_22_90000266_01_0001.pdf`. */
  fileId: string;
  digest: string | null;
  digestLabel: string | null;
  /** The bytes, where the message carries them. */
  embedded: Uint8Array | null;
  /** The message says where the content is (XML `ReferenciaDocumento`). */
  hasReference: boolean;
}>;

export type ReceivedData = Readonly<{
  kind: 'data';
  exchangeId: string;
  originCode: string;
  destinationCode: string;
  startCode: string;
  isTest: boolean;
  annexes: readonly ReceivedAnnex[];
}>;

export type ReceivedControl = Readonly<{ kind: 'control' }> & SicresControl;

/** `reason`: a Spanish sentence for whoever looks after the exchange, without what the message says of people. */
export type ReceivedSicres = ReceivedData | ReceivedControl | Readonly<{ kind: 'unreadable'; reason: string }>;

/** Reads a message of SICRES 4 that others wrote, against the official schema (BOE-A-2021-13749). */
export function readSicres(xml: Uint8Array, schemas: XmlSchemas): ReceivedSicres {
  const opened = openXml(xml);
  if (opened === 'documentType') return unreadable('El XML declara un tipo de documento, que SICRES 4 no tiene.');
  if (opened === 'unreadable') return unreadable('El archivo no es XML bien formado.');
  try {
    const { root } = opened;
    switch (root.name) {
      case 'Fichero_Intercambio_SICRES_4':
        return describeProblem(schemas.validateSicres(xml)) ?? readData(root);
      case 'De_Control':
        return describeProblem(schemas.validateSicresControl(xml)) ?? readControl(root);
      default:
        return unreadable('El XML no es un mensaje de datos ni de control de SICRES 4.');
    }
  } finally {
    opened.dispose();
  }
}

function unreadable(reason: string): ReceivedSicres {
  return { kind: 'unreadable', reason };
}

/** Where, never what: the schema's own words quote the value. */
function describeProblem(problems: readonly Readonly<{ line: number; message: string }>[]): ReceivedSicres | null {
  const [first] = problems;
  if (first === undefined) return null;
  const element = /Element '([A-Za-z_0-9]{1,60})'/u.exec(first.message)?.[1];
  const place = element === undefined ? `la línea ${first.line}` : `el elemento ${element}, línea ${first.line}`;
  return unreadable(`El mensaje no cumple el esquema oficial de SICRES 4 en ${place}.`);
}

function readData(root: XmlElement): ReceivedSicres {
  const internal = childOf(root, 'De_Internos_Control');
  const exchangeId = textOf(internal, 'Identificador_Intercambio');
  // The first token is where the exchange began (norms 02a §4).
  if (!/^[0-9A-Z]{1,21}_\d{2}_\d{8}$/u.test(exchangeId)) {
    return unreadable('El identificador de intercambio no tiene la forma OFICINA_AA_NNNNNNNN.');
  }
  const annexes = childElements(root).filter(({ name }) => name === 'De_Anexo');
  const read = annexes.map(readAnnex);
  if (read.some(({ fileId }) => !/^[0-9A-Z]{1,21}_\d{2}_\d{8}_01_\d{1,4}\.[0-9A-Za-z]{1,8}$/u.test(fileId))) {
    return unreadable('El identificador de un fichero anexo no tiene la forma de SICRES 4.');
  }
  if (new Set(read.map(({ fileId }) => fileId)).size !== read.length) {
    return unreadable('Dos anexos tienen el mismo identificador de fichero.');
  }
  const originCode = textOf(childOf(root, 'De_Origen_o_Remitente'), 'Codigo_Entidad_Registral_Origen');
  const destinationCode = textOf(childOf(root, 'De_Destino'), 'Codigo_Entidad_Registral_Destino');
  const startCode = textOf(internal, 'Codigo_Entidad_Registral_Inicio');
  if (![originCode, destinationCode, startCode].every((code) => /^[0-9A-Z]{1,21}$/u.test(code))) {
    return unreadable('El código de una entidad registral no tiene la forma de DIR3.');
  }
  return {
    kind: 'data',
    exchangeId,
    originCode,
    destinationCode,
    startCode,
    isTest: textOf(internal, 'Indicador_Prueba') === '1',
    annexes: read,
  };
}

function readAnnex(element: XmlElement): ReceivedAnnex {
  const metadata = readMetadata(childOf(element, 'Otros_Metadatos_Generales'));
  const embedded = metadata.get('AnexoEmbebido') ?? '';
  return {
    fileName: textOf(element, 'Nombre_Fichero_Anexado'),
    fileId: textOf(element, 'Identificador_Fichero'),
    digest: metadata.get('Hash') ?? metadata.get('CodigoHash') ?? null,
    digestLabel: metadata.get('AlgoritmoHash') ?? null,
    embedded: embedded === '' ? null : Buffer.from(embedded, 'base64'),
    hasReference: textOf(element, 'Anexo') !== '',
  };
}

/** Campo, Valor, Campo, Valor… */
function readMetadata(group: XmlElement | null): ReadonlyMap<string, string> {
  const metadata = new Map<string, string>();
  let field = '';
  for (const element of group === null ? [] : childElements(group)) {
    if (element.name === 'Campo') field = element.content.trim();
    else if (element.name === 'Valor') metadata.set(field, element.content.trim());
  }
  return metadata;
}

function readControl(root: XmlElement): ReceivedSicres {
  const written = textOf(root, 'Tipo_Mensaje');
  const type = (Object.keys(controlTypes) as ControlType[]).find((name) => controlTypes[name] === written);
  if (type === undefined) return unreadable('El tipo del mensaje de control no es de SICRES 4.');
  const orNull = (name: string) => textOf(root, name) || null;
  const recordNumber = orNull('Numero_Registro_Entrada_Destino');
  const recordedAt = orNull('Fecha_Hora_Entrada_Destino');
  // LIBSIR 0003 and 0004.
  if (type === 'confirmation' && (recordNumber === null || recordedAt === null)) {
    return unreadable('La confirmación no trae el número y la fecha del asiento de destino.');
  }
  return {
    kind: 'control',
    type,
    originCode: textOf(root, 'Codigo_Entidad_Registral_Origen'),
    destinationCode: textOf(root, 'Codigo_Entidad_Registral_Destino'),
    exchangeId: textOf(root, 'Identificador_Intercambio'),
    description: orNull('Descripcion_Mensaje'),
    recordNumber,
    recordedAt,
    errorCode: orNull('Codigo_Error'),
    isTest: textOf(root, 'Indicador_Prueba') === '1',
  };
}

function childOf(element: XmlElement | null, name: string): XmlElement | null {
  return element === null ? null : (childElements(element).find((child) => child.name === name) ?? null);
}

function textOf(element: XmlElement | null, name: string): string {
  return childOf(element, name)?.content.trim() ?? '';
}
