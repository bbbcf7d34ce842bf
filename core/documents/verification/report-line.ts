import type { DocumentVerification } from './document-verification.ts';

/** What the command prints for one file: the same facts, flat, for programs of others. */
export function toReportLine(file: string, verification: DocumentVerification): object {
  const { format, verdict, subIndication, reasons, signatures } = verification;
  return {
    file,
    format,
    verdict,
    subIndication,
    reasons,
    signatures: signatures.map((signature) => ({
      verdict: signature.verdict,
      subIndication: signature.subIndication,
      signer: signature.signer?.subjectCommonName ?? null,
      issuer: signature.issuer,
      signingTime: signature.signingTime,
      level: signature.level,
      coversWholeFile: signature.coversWholeFile,
      modificationsAfter: signature.modificationsAfter,
      timestamps: signature.timestamps,
      revocation: signature.revocation,
      reasons: signature.reasons,
      signedContent: signature.signedContent,
    })),
  };
}
