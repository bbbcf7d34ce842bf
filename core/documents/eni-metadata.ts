/** Metadata of an ENI electronic document (NTI de Documento Electrónico, BOE-A-2011-13169, annex I). */

export const eniDocumentVersion = 'http://administracionelectronica.gob.es/ENI/XSD/v1.0/documento-e';

/** EstadoElaboracion, with the words that the citizen reads. */
export const elaborationStateNames = {
  EE01: 'Original',
  EE02: 'Copia electrónica auténtica con cambio de formato',
  EE03: 'Copia electrónica auténtica de documento en papel',
  EE04: 'Copia electrónica parcial auténtica',
  EE99: 'Copia simple u otros',
} as const;
export type ElaborationState = keyof typeof elaborationStateNames;

/** TipoDocumental. */
export const documentTypeNames = {
  TD01: 'Resolución',
  TD02: 'Acuerdo',
  TD03: 'Contrato',
  TD04: 'Convenio',
  TD05: 'Declaración',
  TD06: 'Comunicación',
  TD07: 'Notificación',
  TD08: 'Publicación',
  TD09: 'Acuse de recibo',
  TD10: 'Acta',
  TD11: 'Certificado',
  TD12: 'Diligencia',
  TD13: 'Informe',
  TD14: 'Solicitud',
  TD15: 'Denuncia',
  TD16: 'Alegación',
  TD17: 'Recursos',
  TD18: 'Comunicación ciudadano',
  TD19: 'Factura',
  TD20: 'Otros incautados',
  TD99: 'Otros',
} as const;
export type DocumentType = keyof typeof documentTypeNames;

export type EniMetadata = Readonly<{
  /** `ES_<órgano>_<AAAA>_<30 characters>`, for the document's whole life. */
  identifier: string;
  /** DIR3 codes of the bodies that generate or capture the document; at least one. */
  organs: readonly string[];
  /** ISO 8601 with offset: `2026-11-22T10:15:03+01:00`. */
  capturedAt: string;
  origin: 'citizen' | 'administration';
  elaborationState: ElaborationState;
  /** Only with EE02 or EE04: LIBSIR refuses it elsewhere. */
  sourceIdentifier?: string;
  documentType: DocumentType;
}>;

/** What e-EMGDE and our own evidence add to the minimum. All optional. */
export type ComplementaryMetadata = Readonly<{
  /** `200 ppp`: number and unit (NTI digitisation). */
  resolution?: string;
  /** `1 bit`, `8 bits`, `24 bits`. */
  colorDepth?: string;
  /** RFC 4646: `es`. */
  language?: string;
  /** `210 x 297 mm`. */
  physicalSize?: string;
  pageCount?: number;
  /** What the copy was made from: `papel`. */
  sourceMedium?: string;
  verificationCode?: string;
  verificationAddress?: string;
  /** Rule under which the verification code is generated. */
  verificationRegulation?: string;
  /** Consent under which an officer signs for the citizen (art. 12.2 Ley 39/2015). */
  consentReference?: string;
  recordNumber?: string;
  officeCode?: string;
  /** Declared condition of copy, shown when the document is consulted (art. 27.3.b and 27.5 Ley 39/2015). */
  copyStatement?: string;
  /** Who read the text that lies invisible over the images, and that it has no authority. */
  textLayer?: string;
}>;
