import type {
  PdfVerification,
  SignatureLevel,
  VerificationReason,
  Verdict,
} from '../../core/documents/signing/verification-model.ts';
import type { CertificateIdentity } from '../../core/documents/signing/certificate-identity.ts';

/** What a signature lacks until the office completes it: nothing that speaks against the document. */
const stillMissing: readonly VerificationReason[] = ['revocationUnavailable', 'revocationUnknown'];

/** What a verdict means for whoever holds the document. */
export function describeVerdict({ verdict, reasons }: Pick<PdfVerification, 'verdict' | 'reasons'>): string {
  if (verdict === 'indeterminate' && reasons.every((reason) => stillMissing.includes(reason))) {
    return 'El documento no ha cambiado desde que se firmó. Falta añadirle la prueba de que el certificado estaba vigente.';
  }
  if (verdict === 'no-signature' && reasons.length > 0) {
    return 'No se ha encontrado en este archivo ninguna firma que se pueda comprobar. El motivo se indica a continuación.';
  }
  switch (verdict) {
    case 'passed':
      return 'Firma válida: el documento no ha cambiado desde que se firmó y el certificado es de confianza.';
    case 'indeterminate':
      return 'Hoy no se puede confirmar del todo la firma. El motivo se indica a continuación.';
    case 'failed':
      return 'La firma no es válida. El motivo se indica a continuación.';
    case 'no-signature':
      return 'Este archivo no lleva firma electrónica.';
  }
}

export function shortVerdict(verdict: Verdict | 'no-signature'): string {
  switch (verdict) {
    case 'passed':
      return 'Válida';
    case 'indeterminate':
      return 'Por confirmar';
    case 'failed':
      return 'No válida';
    case 'no-signature':
      return 'Sin firma';
  }
}

export function describeLevel(level: SignatureLevel | null): string {
  switch (level) {
    case 'B-B':
      return 'Básica, todavía sin sello de tiempo (PAdES B-B)';
    case 'B-T':
      return 'Con sello de tiempo (PAdES B-T)';
    case 'B-LT':
      return 'Con sello de tiempo y pruebas de validez (PAdES B-LT)';
    case 'B-LTA':
      return 'Con pruebas de validez para conservarla a largo plazo (PAdES B-LTA)';
    case null:
      return 'Sin nivel PAdES';
  }
}

export function describeReason(reason: VerificationReason): string {
  switch (reason) {
    case 'byteRange':
    case 'contentsGap':
    case 'revisionEnd':
      return 'La firma no abarca el archivo como debería.';
    case 'modifiedAfterwards':
      return 'El documento se modificó después de firmarse.';
    case 'signatureRemoved':
      return 'Alguien ha quitado una firma de este archivo.';
    case 'unreadableDocument':
    case 'unreadableSignature':
      return 'El archivo o su firma no se pueden leer.';
    case 'evidenceRecordUnread':
      return 'Lleva un registro de evidencias, que este servicio no comprueba.';
    case 'evidenceRecordBroken':
      return 'Su registro de evidencias no corresponde a lo que protege.';
    case 'unsupportedFormat':
      return 'La firma está en un formato que este servicio no comprueba.';
    case 'encrypted':
      return 'El archivo está cifrado; si pide una contraseña al abrirlo, no se puede comprobar.';
    case 'signerCount':
    case 'contentNotDetached':
    case 'contentTypeMismatch':
    case 'containerForm':
      return 'La firma no está construida según la norma.';
    case 'digestMismatch':
      return 'El contenido no es el que se firmó.';
    case 'signatureInvalid':
      return 'La firma no corresponde al certificado que la acompaña.';
    case 'algorithmUnsupported':
      return 'La firma usa un algoritmo que este servicio no comprueba.';
    case 'algorithmWeak':
      return 'La firma usa un algoritmo que ya no se considera seguro.';
    case 'signerCertificateMissing':
      return 'Falta el certificado de quien firma.';
    case 'signingCertificateMissing':
      return 'La firma no declara su certificado.';
    case 'signingCertificateMismatch':
      return 'El certificado no es el que la firma declara.';
    case 'signingTimeInCms':
      return 'La hora de la firma figura en un lugar que la norma desaconseja.';
    case 'issuerNotTrusted':
      return 'El emisor del certificado no está en la lista de confianza de este servicio.';
    case 'certificateOutOfDate':
      return 'El certificado no estaba vigente en la fecha que se puede demostrar.';
    case 'certificateRevoked':
      return 'El certificado fue revocado.';
    case 'revocationUnknown':
      return 'El archivo no lleva una prueba concluyente de que el certificado estaba vigente.';
    case 'certificateNotForSigning':
      return 'El certificado no está destinado a firmar.';
    case 'attributesAmbiguous':
      return 'La firma lleva datos repetidos que se contradicen.';
    case 'revokedBeforeSigning':
      return 'El certificado ya estaba revocado cuando se firmó.';
    case 'expiredBeforeSigning':
      return 'El certificado ya había caducado cuando se firmó.';
    case 'revocationUnavailable':
      return 'El archivo todavía no lleva la prueba de que el certificado estaba vigente. La oficina la añade en los días siguientes, con el mismo código.';
    case 'serviceNotGranted':
      return 'El emisor no figura como prestador cualificado en la lista de confianza.';
    case 'trustListUnverified':
      return 'La lista de confianza no se ha podido comprobar.';
    case 'trustListOutdated':
      return 'La lista de confianza de este servicio ha caducado y hay que renovarla.';
    case 'timestampInvalid':
      return 'El sello de tiempo no es válido.';
    case 'timestampNotTrusted':
      return 'La autoridad del sello de tiempo no está en la lista de confianza de este servicio.';
    // What only signatures outside of a PDF can show, and what the verifier learns to find later.
    default:
      return `La firma tiene un defecto que esta página no explica (${reason}).`;
  }
}

/** Name and office of a signer, without identity numbers. */
export function describeSigner(signer: CertificateIdentity | null): string {
  if (signer === null) return 'Desconocido: la firma no lleva certificado';
  switch (signer.kind) {
    case 'seal':
      return join([`Sello electrónico «${signer.fullName}»`, signer.organization]);
    case 'employee':
    case 'employeePseudonym':
      return join([signer.fullName, signer.post, signer.organization]);
    case 'representative':
      return join([signer.fullName, signer.organization]);
    case 'citizen':
    case 'unknown':
      return signer.fullName;
  }
}

function join(parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null && part !== '').join(', ');
}
