import { escapeXml } from './xml-text.ts';

/** Types of the control message (Resolución de 22-07-2021, BOE-A-2021-13749). */
export const controlTypes = {
  acknowledgement: '01',
  error: '02',
  confirmation: '03',
  confirmationAcknowledgement: '04',
  rejection: '05',
  rejectionAcknowledgement: '06',
} as const;

export type ControlType = keyof typeof controlTypes;

export type SicresControl = Readonly<{
  type: ControlType;
  /** Who writes the message, and to whom. */
  originCode: string;
  destinationCode: string;
  exchangeId: string;
  description: string | null;
  /** Of a confirmation: the number of the destination, and its time as `yyyyMMddHHmmss±HHMM`. */
  recordNumber: string | null;
  recordedAt: string | null;
  errorCode: string | null;
  isTest: boolean;
}>;

/** The control message of SICRES 4, UTF-8 without namespace. Texts that are too long are cut where a person reads them. */
export function buildSicresControl(control: SicresControl): string {
  const fields: readonly (readonly [string, string | null])[] = [
    ['Codigo_Entidad_Registral_Origen', control.originCode],
    ['Codigo_Entidad_Registral_Destino', control.destinationCode],
    ['Identificador_Intercambio', control.exchangeId],
    ['Tipo_Mensaje', controlTypes[control.type]],
    ['Descripcion_Mensaje', control.description === null ? null : [...control.description].slice(0, 1_024).join('')],
    ['Numero_Registro_Entrada_Destino', control.recordNumber],
    ['Fecha_Hora_Entrada_Destino', control.recordedAt],
    ['Indicador_Prueba', control.isTest ? '1' : '0'],
    ['Codigo_Error', control.errorCode],
  ];
  const lines = fields.flatMap(([name, text]) =>
    text === null || text === '' ? [] : [`  <${name}>${escapeXml(text)}</${name}>`],
  );
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<De_Control>', ...lines, '</De_Control>', ''].join('\n');
}

/** `2026-11-22T10:42:07+01:00` → `20261122104207+0100`; null for what is no such instant. */
export function toSicresDate(instant: string): string | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(Z|[+-]\d{2}:\d{2})$/u.exec(instant);
  if (match === null) return null;
  const [, year, month, day, hour, minute, second, zone = 'Z'] = match;
  return `${year}${month}${day}${hour}${minute}${second}${zone === 'Z' ? '+0000' : zone.replace(':', '')}`;
}
