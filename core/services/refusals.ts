import { randomUUID } from 'node:crypto';
import { AppError } from '../contract/errors.ts';
import type { MethodInput } from '../contract/methods.ts';
import type { DocumentVerification, Refusal, StagedFile } from '../contract/schemas/verification.ts';
import { formatOfficialInstant } from '../domain/official-time.ts';
import { makeEniIdentifier } from '../documents/eni-identifier.ts';
import { buildRefusalPdf } from '../documents/refusal.ts';
import { signPdf } from '../documents/signing/pades.ts';
import { reasonSentences } from '../documents/verification/spanish-summary.ts';
import { readOpenContents } from './attention-view.ts';
import { getOffice } from './context.ts';
import type { ServiceContext } from './context.ts';
import { toDataProtectionNotice, toEniMetadata, toIssuingOffice } from './document-mapping.ts';
import { fullNameOfOfficer } from './officer-session.ts';
import { createTimestampSource } from './timestamping.ts';

/**
 * Keeps the incident of a file that is not admitted and makes what the citizen takes home (ordinance art. 70.2). Of the file
 * only name, size and digest are kept; of its signatures the reasons, and not who signed. The attention goes on.
 */
export async function createRefusal(context: ServiceContext, input: MethodInput<'refusals.create'>): Promise<Refusal> {
  const { officer } = context.officer();
  if (input.attentionId !== null) readOpenContents(context, input.attentionId);
  const { file } = context.staging.get(input.digest);
  const verification =
    file.refusal === null ? (await context.staging.verify(input.digest, input.signatureDigest)).verification : null;
  if (verification !== null && verification.verdict !== 'failed') throw new AppError('refusal.notGrounded');
  const now = context.clock.now();
  const refusalId = randomUUID();
  const sealedBy = context.seal.signer() === null ? 'nobody' : 'organSeal';
  const grounds = file.refusal ?? 'signatureFailed';
  const pdf = await makePdf(context, { file, verification, grounds, refusalId, now, sealedBy });
  const refusal: Refusal = {
    refusalId,
    at: formatOfficialInstant(now),
    officerId: officer.officerId,
    officerName: fullNameOfOfficer(officer),
    attentionId: input.attentionId,
    fileName: file.name,
    sha256: file.digest,
    byteLength: file.byteLength,
    grounds,
    verification:
      verification === null
        ? null
        : {
            verdict: verification.verdict,
            subIndication: verification.subIndication,
            reasons: verification.reasons,
          },
    pdfDigest: await context.desk().blobs.put(pdf, 'application/pdf'),
    sealedBy,
  };
  context.desk().store.addRefusal(refusal, {
    action: 'file.refused',
    officerId: officer.officerId,
    subjectId: input.attentionId ?? refusalId,
    details: { refusalId, sha256: file.digest, grounds },
  });
  context.staging.discard(input.digest);
  if (input.signatureDigest !== null) context.staging.discard(input.signatureDigest);
  return refusal;
}

async function makePdf(
  context: ServiceContext,
  made: Readonly<{
    file: StagedFile;
    verification: DocumentVerification | null;
    grounds: Refusal['grounds'];
    refusalId: string;
    now: Date;
    sealedBy: Refusal['sealedBy'];
  }>,
): Promise<Uint8Array> {
  const { file, verification, grounds, refusalId, now, sealedBy } = made;
  const office = getOffice(context);
  const { officer } = context.officer();
  const createdAt = formatOfficialInstant(now);
  const unsigned = buildRefusalPdf(
    {
      office: toIssuingOffice(office),
      createdAt,
      eni: toEniMetadata(office, {
        eniId: makeEniIdentifier(office.bodyCode, now, refusalId),
        capturedAt: createdAt,
        origin: 'administration',
        elaborationState: 'EE01',
        documentType: 'TD06',
      }),
      refusalId,
      officerName: fullNameOfOfficer(officer),
      officerPost: officer.post,
      fileName: file.name,
      byteLength: file.byteLength,
      sha256: file.digest,
      grounds,
      findings: (verification?.reasons ?? []).map((reason) => reasonSentences[reason]),
      subIndication: verification?.subIndication ?? null,
      sealedBy,
      dataProtection: toDataProtectionNotice(office),
    },
    context.assets,
  );
  const signer = context.seal.signer();
  if (sealedBy === 'nobody' || signer === null) return unsigned;
  const { pdf } = await signPdf(unsigned, {
    signer,
    timestamp: createTimestampSource(context),
    signingTime: now,
    name: office.name,
    reason: 'Comunicación de fichero no admitido (art. 70 de la Ordenanza)',
    location: office.name,
  });
  return pdf;
}

export function getRefusal(context: ServiceContext, refusalId: string): Refusal {
  context.officer();
  const refusal = context.desk().store.findRefusal(refusalId);
  if (refusal === null) throw new AppError('refusal.notFound');
  return refusal;
}
