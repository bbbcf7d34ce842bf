import type {
  AdmissionRefusal,
  DocumentMediaType,
  Refusal,
  SignatureReport,
  SubIndication,
  VerificationReason,
} from '../../../core/contract/schemas/verification.ts';

/** Why a signature is not simply valid: one sentence each, the same that the verification command says. */
export const reasonSentences = {
  byteRange: 'La firma no dice bien qué parte del documento cubre.',
  contentsGap: 'La firma deja fuera una parte del documento que no es la propia firma.',
  revisionEnd: 'Lo firmado no es un documento completo.',
  modifiedAfterwards: 'El documento se cambió después de firmarlo.',
  signatureRemoved: 'El documento estuvo firmado y se le quitó la firma.',
  unreadableSignature: 'La firma está dañada y no se puede leer.',
  unsupportedFormat: 'La firma tiene un formato que este programa no verifica.',
  encrypted: 'El documento está cifrado. Si pide una contraseña al abrirlo, solicite una copia sin ella.',
  signerCount: 'La firma no tiene exactamente un firmante.',
  contentNotDetached: 'La firma del PDF lleva dentro otro contenido.',
  digestMismatch: 'El contenido no es el que se firmó.',
  signatureInvalid: 'La firma no corresponde al certificado.',
  algorithmUnsupported: 'El algoritmo de la firma no se conoce.',
  algorithmWeak: 'El algoritmo de la firma ya no es seguro.',
  signerCertificateMissing: 'Falta el certificado de quien firma.',
  signingCertificateMissing: 'La firma no dice con qué certificado se hizo.',
  signingCertificateMismatch: 'El certificado no es el que la firma dice.',
  contentTypeMismatch: 'La firma dice otro tipo de contenido.',
  attributesAmbiguous: 'La firma lleva datos repetidos que se contradicen.',
  dictionaryAmbiguous: 'La firma lleva en el PDF datos repetidos que se contradicen.',
  unreadableDocument: 'El documento está dañado y no se puede leer.',
  signingTimeInCms: 'La hora de la firma está en dos lugares.',
  issuerNotTrusted: 'No se confía en quien emitió el certificado.',
  certificateOutOfDate: 'El certificado no estaba en vigor y nada prueba que se firmara antes.',
  certificateRevoked: 'El certificado está revocado y nada prueba que se firmara antes.',
  revocationUnknown: 'No hay modo de saber si el certificado está revocado.',
  certificateNotForSigning: 'El certificado no sirve para firmar.',
  timestampInvalid: 'Un sello de tiempo no corresponde a lo que sella.',
  timestampNotTrusted: 'No se confía en la autoridad del sello de tiempo.',
  revokedBeforeSigning: 'El certificado ya estaba revocado cuando se firmó.',
  expiredBeforeSigning: 'El certificado ya había caducado cuando se firmó.',
  revocationUnavailable: 'Falta saber si el certificado está revocado. Vuelva a verificar con conexión.',
  serviceNotGranted: 'La lista de confianza no admitía entonces a quien emitió el certificado.',
  trustListUnverified: 'Nadie responde de quien firma la lista de confianza. Avise a soporte.',
  trustListOutdated: 'La lista de confianza ha caducado. Avise a soporte.',
  signedDataMissing: 'Falta lo que se firmó: elija también el fichero firmado.',
  externalReference: 'La firma cubre un recurso de fuera del documento, que no se consulta.',
  ambiguousReference: 'La firma señala un elemento que no está o que está repetido.',
  transformNotAllowed: 'La firma transforma lo firmado de un modo que no se admite.',
  signedPropertiesMissing: 'Los datos propios de la firma no están firmados.',
  documentType: 'El documento XML declara un tipo (DTD), que no se admite.',
  unsignedContent: 'Una parte del documento no está firmada.',
  containerForm: 'El contenedor no guarda lo firmado como debe: falta, está donde no toca o hay ficheros de más.',
  evidenceRecordUnread: 'Lleva un registro de evidencias, que este programa no sabe comprobar.',
  evidenceRecordBroken: 'Su registro de evidencias no corresponde a lo que protege: está dañado o alterado.',
  limitReached: 'El documento pide demasiado tiempo o memoria y no se terminó de verificar.',
} as const satisfies Record<VerificationReason, string>;

/** What the outcome's technical name means; the name itself is shown small, for whoever made the file. */
export const subIndicationSentences = {
  FORMAT_FAILURE: 'La firma no está hecha como manda su norma.',
  HASH_FAILURE: 'El contenido cambió después de firmarse.',
  SIG_CRYPTO_FAILURE: 'La firma no se hizo con la clave de ese certificado.',
  SIG_CONSTRAINTS_FAILURE: 'La firma no cumple lo que se exige a una firma electrónica.',
  REVOKED: 'El certificado se había revocado antes de firmar.',
  EXPIRED: 'El certificado había caducado antes de firmar.',
  NO_SIGNING_CERTIFICATE_FOUND: 'No se encuentra el certificado de quien firma.',
  NO_CERTIFICATE_CHAIN_FOUND: 'No se llega del certificado a una autoridad de confianza.',
  OUT_OF_BOUNDS_NO_POE: 'El certificado no está en vigor y nada prueba cuándo se firmó.',
  REVOKED_NO_POE: 'El certificado está revocado y nada prueba cuándo se firmó.',
  CRYPTO_CONSTRAINTS_FAILURE_NO_POE: 'El algoritmo ya no es seguro y nada prueba cuándo se firmó.',
  TIMESTAMP_ORDER_FAILURE: 'Los sellos de tiempo no siguen el orden debido.',
  SIGNED_DATA_NOT_FOUND: 'No se tiene lo que se firmó.',
  TRY_LATER: 'Falta una respuesta de la autoridad: se comprobará más tarde.',
  GENERIC: 'La comprobación no llega a una conclusión.',
} as const satisfies Record<SubIndication, string>;

/** Why a file is not admitted and what the person may do: in the words of the paper that they take home. */
export const refusalSentences = {
  signatureFailed: {
    reason: 'La firma electrónica de la solicitud no es válida.',
    remedy:
      'Traiga el documento firmado de nuevo, con un certificado vigente y sin cambiarlo después; o que lo firme aquí con su tarjeta, o en papel.',
  },
  formatUnknown: {
    reason: 'No se reconoce qué clase de fichero es.',
    remedy: 'Guarde el documento como PDF y tráigalo de nuevo.',
  },
  formatNotAdmitted: {
    reason: 'El formato del fichero no está entre los admitidos.',
    remedy: 'Guarde el documento como PDF y tráigalo de nuevo.',
  },
  damaged: {
    reason: 'El fichero está incompleto o dañado.',
    remedy: 'Compruebe que se abre en su equipo, cópielo otra vez en el soporte y tráigalo de nuevo.',
  },
  executable: {
    reason: 'El fichero es un programa.',
    remedy: 'Traiga el documento, no el programa que lo muestra: guárdelo como PDF.',
  },
  script: {
    reason: 'El fichero contiene órdenes que un equipo puede ejecutar.',
    remedy: 'Guarde el documento como PDF y tráigalo de nuevo.',
  },
  activeContent: {
    reason: 'El documento contiene acciones que llaman a otros programas o ficheros.',
    remedy: 'Imprima el documento a un PDF nuevo, que no las lleva, y si estaba firmado fírmelo otra vez.',
  },
  embeddedExecutable: {
    reason: 'El fichero lleva dentro un programa.',
    remedy: 'Quite el programa del fichero, o guarde el documento como PDF, y tráigalo de nuevo.',
  },
  macros: {
    reason: 'El documento contiene macros.',
    remedy: 'Guarde el documento sin macros o como PDF y tráigalo de nuevo.',
  },
} as const satisfies Record<Refusal['grounds'] | AdmissionRefusal, Readonly<{ reason: string; remedy: string }>>;

export const mediaTypeNames = {
  'application/pdf': 'PDF',
  'application/xml': 'XML',
  'application/pkcs7-mime': 'Firma CAdES',
  'application/vnd.etsi.asic-e+zip': 'Contenedor ASiC',
  'application/vnd.etsi.asic-s+zip': 'Contenedor ASiC',
  'image/png': 'Imagen PNG',
  'image/jpeg': 'Imagen JPEG',
  'image/tiff': 'Imagen TIFF',
  'text/plain': 'Texto',
  'application/vnd.oasis.opendocument.text': 'Documento de texto ODT',
  'application/vnd.oasis.opendocument.spreadsheet': 'Hoja de cálculo ODS',
  'application/vnd.oasis.opendocument.presentation': 'Presentación ODP',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'Documento de texto DOCX',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'Hoja de cálculo XLSX',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation': 'Presentación PPTX',
} as const satisfies Record<DocumentMediaType, string>;

export const timestampKinds = {
  content: 'Sello de tiempo del contenido',
  signature: 'Sello de tiempo de la firma',
  validationData: 'Sello de tiempo de las pruebas',
  document: 'Sello de tiempo del documento',
  archive: 'Sello de tiempo de archivo',
  evidenceRecord: 'Sello de tiempo del registro de evidencias',
} as const satisfies Record<SignatureReport['timestamps'][number]['kind'], string>;

export const revocationStates = {
  good: 'El certificado no está revocado',
  revoked: 'El certificado está revocado',
  unknown: 'No se sabe todavía si el certificado está revocado',
} as const satisfies Record<SignatureReport['revocation']['status'], string>;

export const revocationSources = {
  ocsp: 'respuesta de la autoridad',
  crl: 'lista de revocados',
} as const satisfies Record<NonNullable<SignatureReport['revocation']['source']>, string>;

export const modificationSentences = {
  none: 'No ha cambiado nada después de la firma.',
  allowed: 'Después de la firma solo hay cambios que la firma permite.',
  suspicious: 'El documento cambió después de la firma de un modo que la firma no permite.',
} as const satisfies Record<SignatureReport['modificationsAfter'], string>;
