import { AppError } from '../contract/errors.ts';
import type { MethodInput } from '../contract/methods.ts';
import type { CardCandidate } from '../contract/schemas/desk.ts';
import { interestedPartiesOf } from '../domain/attention-rules.ts';
import { normalizeIdentifier } from '../domain/identifiers.ts';
import { formatOfficialInstant } from '../domain/official-time.ts';
import { chooseCertificates } from '../documents/signing/certificate-choice.ts';
import { readCertificateIdentity } from '../documents/signing/certificate-identity.ts';
import { signPieces } from '../documents/signing/pades.ts';
import { publishAttention, readOpenContents, withoutPages } from './attention-view.ts';
import type { AttentionContents } from './attention-view.ts';
import { preparedSourceOf } from './content-digest.ts';
import { getOffice, getReferenceData } from './context.ts';
import type { ServiceContext } from './context.ts';
import { findCertificate, refusalView, toCandidate, trustedCertificatesOf } from './officer-session.ts';
import type { CardCertificate } from './ports/card.ts';

import { openCardSession } from './card-signer.ts';
import { withoutSeal } from './seal.ts';
import { assertNotRevoked } from './signer-status.ts';
import { createTimestampSource } from './timestamping.ts';

// Any qualified certificate of a natural person will do (arts. 9-10 Ley 39/2015): the policies of DNIe and FNMT, and any other.
const anyPolicy = ['0.', '1.', '2.'];

/** Cards in the other readers, with whether they may sign this application (ordinance art. 71.2). */
export async function listCitizenCards(context: ServiceContext, attentionId: string): Promise<CardCandidate[]> {
  const { tokenSerial } = context.officer();
  const contents = readOpenContents(context, attentionId);
  const readers = withoutSeal(await context.card.listReaders()).filter(
    (reader) => reader.token !== null && reader.token.serial !== tokenSerial,
  );
  return readers.flatMap((reader) =>
    (reader.token?.certificates ?? []).map((certificate) =>
      toCandidate(reader, certificate, refusalOf(context, contents, certificate)),
    ),
  );
}

function refusalOf(
  context: ServiceContext,
  { attention }: AttentionContents,
  certificate: CardCertificate,
): CardCandidate['refusal'] {
  if (!certificate.hasPrivateKey) return 'noPrivateKey';
  const [choice] = chooseCertificates([certificate.der], {
    at: context.clock.now(),
    trustedIssuers: trustedCertificatesOf(getReferenceData(context)),
    extraPolicies: anyPolicy,
  });
  const [refusal] = choice?.signRefusals ?? ['unreadable'];
  if (refusal !== undefined) return refusalView[refusal];
  const { nif } = readCertificateIdentity(certificate.der);
  // The signer is who stands in front, or one of those who are interested.
  const people = [attention.form.presenter, ...interestedPartiesOf(attention.form)];
  const isOneOfThem =
    nif !== null && people.some((person) => normalizeIdentifier(person.identifier) === normalizeIdentifier(nif));
  return isOneOfThem ? null : 'notTheCitizen';
}

/** The citizen signs the application at the counter with their own card; then no consent of art. 43 is needed. */
export function startCitizenSignature(
  context: ServiceContext,
  input: MethodInput<'application.signWithCitizenCard'>,
): string {
  const { attentionId, readerId, certificateId, pin } = input;
  context.officer();
  readOpenContents(context, attentionId);
  return context.jobs.start('citizenSign', attentionId, async ({ report }) => {
    try {
      const contents = readOpenContents(context, attentionId);
      const application = contents.documents.find(
        (document) => document.role === 'application' && document.origin === 'typed',
      );
      if (contents.attention.form.route !== 'citizenCard' || application === undefined)
        throw new AppError('request.notAllowed');
      if (
        application.prepared === null ||
        application.prepared.sourceDigest !== preparedSourceOf(contents, application)
      ) {
        throw new AppError('attention.stageNotReady', { stage: 'signature' });
      }
      const { reader, certificate } = findCertificate(await context.card.listReaders(), readerId, certificateId);
      const refusal = refusalOf(context, contents, certificate);
      if (refusal !== null)
        throw new AppError(refusal === 'expired' ? 'card.certificateExpired' : 'session.certificateNotAccepted', {
          reason: refusal,
        });
      await assertNotRevoked(context, certificate.der);
      report({ phase: 'signing', done: 0, total: 1 });
      const session = await openCardSession(context, reader, certificate, pin, null);
      try {
        await signApplication(context, application, session.signer);
      } finally {
        await session.close();
      }
    } finally {
      pin?.fill(0);
      publishAttention(context, attentionId);
    }
  });
}

async function signApplication(
  context: ServiceContext,
  application: AttentionContents['documents'][number],
  signer: Awaited<ReturnType<typeof openCardSession>>['signer'],
): Promise<void> {
  const { store, blobs } = context.desk();
  if (application.prepared === null) throw new AppError('attention.stageNotReady', { stage: 'signature' });
  const now = context.clock.now();
  const { document, sha256, level } = await signPieces(await blobs.get(application.prepared.digest), {
    signer,
    timestamp: createTimestampSource(context),
    signingTime: now,
    name: readCertificateIdentity(signer.certificate).fullName,
    reason: 'Firma de la solicitud por la persona interesada',
    location: getOffice(context).name,
  });
  const { original, tail } = document;
  const digest = await blobs.put({ pieces: [original, tail], sha256 }, 'application/pdf');
  store.putDocument({
    ...withoutPages(application),
    signed: { digest, byteLength: original.length + tail.length, level, signedAt: formatOfficialInstant(now) },
    signedByCitizen: true,
  });
}
