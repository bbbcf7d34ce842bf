import type { DocumentMediaType } from '../../contract/schemas/verification.ts';

/** One row of the catalogue of admitted formats. */
export type AdmittedFormat = Readonly<{
  /** Common name, as NombreFormato of the ENI document has it. */
  name: string;
  /** Of the file's name in the exchange, without the dot. */
  extension: string;
  source: 'catalogue' | 'signatureDecision';
}>;

/** Where it says that administrations take each format. */
export const formatSources = {
  /** NTI de Catálogo de estándares, Resolución de 3 de octubre de 2012. */
  catalogue: 'BOE-A-2012-13501',
  /** Advanced signatures and containers that public bodies recognise. */
  signatureDecision: 'Decisión de Ejecución (UE) 2015/1506',
} as const;

/**
 * The catalogue of formats for documents that are presented (ordinance art. 53.1): open standards first, and those of general
 * use (53.3). Left out on purpose: archives, old office files and RTF, which may hide programs, and pages of the web.
 */
export const admittedFormats = {
  'application/pdf': { name: 'PDF', extension: 'pdf', source: 'catalogue' },
  'application/xml': { name: 'XML', extension: 'xml', source: 'catalogue' },
  'application/pkcs7-mime': { name: 'CAdES', extension: 'csig', source: 'catalogue' },
  'application/vnd.etsi.asic-e+zip': { name: 'ASiC-E', extension: 'asice', source: 'signatureDecision' },
  'application/vnd.etsi.asic-s+zip': { name: 'ASiC-S', extension: 'asics', source: 'signatureDecision' },
  'image/png': { name: 'PNG', extension: 'png', source: 'catalogue' },
  'image/jpeg': { name: 'JPEG', extension: 'jpg', source: 'catalogue' },
  'image/tiff': { name: 'TIFF', extension: 'tiff', source: 'catalogue' },
  'text/plain': { name: 'TXT', extension: 'txt', source: 'catalogue' },
  'application/vnd.oasis.opendocument.text': { name: 'ODT', extension: 'odt', source: 'catalogue' },
  'application/vnd.oasis.opendocument.spreadsheet': { name: 'ODS', extension: 'ods', source: 'catalogue' },
  'application/vnd.oasis.opendocument.presentation': { name: 'ODP', extension: 'odp', source: 'catalogue' },
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': {
    name: 'DOCX',
    extension: 'docx',
    source: 'catalogue',
  },
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': {
    name: 'XLSX',
    extension: 'xlsx',
    source: 'catalogue',
  },
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': {
    name: 'PPTX',
    extension: 'pptx',
    source: 'catalogue',
  },
} as const satisfies Record<DocumentMediaType, AdmittedFormat>;

export function isAdmittedMediaType(mediaType: string): mediaType is DocumentMediaType {
  return Object.hasOwn(admittedFormats, mediaType);
}
