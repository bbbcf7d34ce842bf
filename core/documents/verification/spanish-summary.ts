import type { VerificationReason } from '../signing/verification-model.ts';
import type { DocumentVerification, VerifiedSignature } from './document-verification.ts';

const verdicts: Readonly<Record<DocumentVerification['verdict'], string>> = {
  passed: 'VÁLIDO',
  indeterminate: 'SIN CONCLUIR',
  failed: 'NO VÁLIDO',
  'no-signature': 'SIN FIRMA',
};

/** One sentence for each reason, as an officer can read it out. */
export const reasonSentences: Readonly<Record<VerificationReason, string>> = {
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
  trustListUnverified: 'Nadie responde de quien firma la lista de confianza: indique --tsl-signer.',
  trustListOutdated: 'La lista de confianza ha caducado: consiga la siguiente.',
  signedDataMissing: 'Falta lo que se firmó: indíquelo con --detached.',
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
};

/** What the command tells a person about one file. */
export function toSpanishSummary(file: string, verification: DocumentVerification): string {
  const { verdict, subIndication, signatures, reasons } = verification;
  const head = `${file}: ${verdicts[verdict]}${subIndication === null ? '' : ` (${subIndication})`}`;
  const own = signatures.length === 0 ? reasons.map((reason) => `  ${reasonSentences[reason]}`) : [];
  return [head, ...own, ...signatures.flatMap(summarizeSignature)].join('\n');
}

function summarizeSignature(signature: VerifiedSignature): readonly string[] {
  const signer = signature.signer?.subjectCommonName ?? 'firmante desconocido';
  const time = signature.signingTime === null ? '' : `, ${signature.signingTime}`;
  const level = signature.level === null ? '' : `, ${signature.level}`;
  return [
    `  ${verdicts[signature.verdict]}: ${signer}${time}${level}`,
    ...signature.timestamps.map(
      ({ time: stamped, authority, isIntact }) =>
        `    Sello de tiempo ${isIntact ? '' : 'ROTO '}de ${authority ?? 'autoridad desconocida'}, ${stamped ?? 'sin hora'}`,
    ),
    ...signature.reasons.map((reason) => `    ${reasonSentences[reason]}`),
  ];
}
