import { mostReportedSignatures } from '../contract/schemas/verification.ts';
import type { DocumentVerification, SignatureReport } from '../contract/schemas/verification.ts';
import type { BlobReference } from '../contract/sync-protocol.ts';
import type {
  DocumentVerification as VerifiedContent,
  VerifiedSignature,
} from '../documents/verification/document-verification.ts';
import type { RevocationData } from '../documents/verification/revocation-sources.ts';
import { sha256Hex } from './content-digest.ts';

/** An answer about revocation with its bytes, as it will be kept. */
export type KeptAnswer = Readonly<{ kind: 'ocsp' | 'crl'; sha256: string; bytes: Uint8Array }>;

/** A file's verification and the answers it rests on. */
export type VerifiedFile = Readonly<{ verification: DocumentVerification; answers: readonly KeptAnswer[] }>;

export const answerMediaTypes = { ocsp: 'application/ocsp-response', crl: 'application/pkix-crl' } as const;

export function toKeptAnswers({ ocsps, crls }: RevocationData): readonly KeptAnswer[] {
  return [
    ...ocsps.map((bytes) => ({ kind: 'ocsp' as const, sha256: sha256Hex(bytes), bytes })),
    ...crls.map((bytes) => ({ kind: 'crl' as const, sha256: sha256Hex(bytes), bytes })),
  ];
}

/** The answers as files that the centre shall have too. */
export function evidenceReferences(documentId: string, { revocationAnswers }: DocumentVerification): BlobReference[] {
  return revocationAnswers.map(({ kind, sha256, byteLength }) => ({
    sha256,
    byteLength,
    mediaType: answerMediaTypes[kind],
    documentId,
    part: 'evidence',
  }));
}

/** In the words of the contract. That each word of core/documents is one of them, the compiler checks here. */
export function toVerificationReport(
  { format, verdict, subIndication, reasons, signatures }: VerifiedContent,
  circumstances: Readonly<{ verifiedAt: string; wasOnline: boolean; answers: readonly KeptAnswer[] }>,
): DocumentVerification {
  return {
    verdict,
    subIndication,
    format,
    reasons: [...reasons],
    signatures: gravestOf(signatures).map(toSignatureReport),
    signatureCount: signatures.length,
    verifiedAt: circumstances.verifiedAt,
    wasOnline: circumstances.wasOnline,
    revocationAnswers: circumstances.answers.map(({ kind, sha256, bytes }) => ({
      kind,
      sha256,
      byteLength: bytes.length,
    })),
  };
}

const gravity = { failed: 0, indeterminate: 1, passed: 2 } as const;

function gravestOf(signatures: readonly VerifiedSignature[]): readonly VerifiedSignature[] {
  if (signatures.length <= mostReportedSignatures) return signatures;
  return signatures.toSorted((a, b) => gravity[a.verdict] - gravity[b.verdict]).slice(0, mostReportedSignatures);
}

const longestText = 200;
const mostTimestamps = 10;

/** Names in certificates are whatever their makers wrote: a record has to hold them, and its messages to stay valid. */
function plain(text: string): string {
  return text.slice(0, longestText).replaceAll(/[\p{Cc}\p{Cs}]/gu, ' ');
}

function plainOrNull(text: string | null): string | null {
  return text === null ? null : plain(text);
}

function toSignatureReport(signature: VerifiedSignature): SignatureReport {
  const { signer, issuer, revocation } = signature;
  return {
    verdict: signature.verdict,
    subIndication: signature.subIndication,
    signer:
      signer === null
        ? null
        : {
            name: plain(signer.fullName),
            identifier: plainOrNull(signer.nif),
            organization: plainOrNull(signer.organization),
            organizationIdentifier: plainOrNull(signer.organizationNif),
            certificateSerial: plain(signer.serialHex),
          },
    issuer: plainOrNull(issuer),
    signingTime: plainOrNull(signature.signingTime),
    level: signature.level,
    coversWholeFile: signature.coversWholeFile,
    modificationsAfter: signature.modificationsAfter,
    timestamps: signature.timestamps.slice(0, mostTimestamps).map((timestamp) => ({
      ...timestamp,
      time: plainOrNull(timestamp.time),
      authority: plainOrNull(timestamp.authority),
    })),
    revocation: { ...revocation },
    reasons: [...signature.reasons],
  };
}
