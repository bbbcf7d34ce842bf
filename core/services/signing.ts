import { AppError } from '../contract/errors.ts';
import { canonicalJson } from '../contract/canonical-json.ts';
import type { Manifest, MethodInput } from '../contract/methods.ts';
import { elaborationStateOf, listProblems } from '../domain/attention-rules.ts';
import { formatOfficialInstant } from '../domain/official-time.ts';
import { chooseCertificates } from '../documents/signing/certificate-choice.ts';
import { prepareSignature } from '../documents/signing/pades.ts';
import { attestationStateOf, collationDigestOf, makeAttestation } from './attestations.ts';
import { factsOf, publishAttention, readContents, withoutPages } from './attention-view.ts';
import type { AttentionContents } from './attention-view.ts';
import { signBatch } from './batch-signing.ts';
import type { PreparedItem } from './batch-signing.ts';
import { countPins, openCardSession } from './card-signer.ts';
import type { SigningSession } from './card-signer.ts';
import { preparedSourceOf, sha256Hex } from './content-digest.ts';
import { getOffice, getReferenceData } from './context.ts';
import type { ServiceContext, SignedInOfficer } from './context.ts';
import type { AskPin, JobReport } from './jobs.ts';
import { fullNameOfOfficer, toCandidate, trustedCertificatesOf } from './officer-session.ts';
import type { CardCertificate, CardReader } from './ports/card.ts';
import { citizenNameOf, consentIdOf } from './preparation.ts';
import { finishRegistration } from './receipts.ts';
import { registerAttention } from './registration.ts';
import type { StoredDocument } from './ports/store.ts';
import { createTimestampSource } from './timestamping.ts';

/** What will be signed and registered, as the officer reviews it before the PIN. */
export async function getManifest(context: ServiceContext, attentionId: string): Promise<Manifest> {
  const signedIn = context.officer();
  const contents = readContents(context, attentionId);
  const { attention } = contents;
  if (attention.recordId === null) {
    if (attention.closedAt !== null) throw new AppError('attention.closed');
    assertReady(context, contents);
  }
  const documents = contents.documents.map((document) => {
    const current = document.signed ?? document.prepared;
    const elaborationState = elaborationStateOf(document);
    if (current === null || document.prepared === null || elaborationState === null)
      throw new AppError('attention.stageNotReady', { stage: 'signature' });
    return {
      documentId: document.documentId,
      role: document.role,
      title: document.title,
      fileName: document.fileName,
      pageCount: document.prepared.pageCount,
      elaborationState,
      sha256: current.digest,
      byteLength: current.byteLength,
      thumbnail: document.pages[0]?.thumbnail ?? null,
      alreadySigned: document.signed !== null || document.file !== null,
      verdict: document.verification?.verdict ?? null,
    };
  });
  const { form } = attention;
  const reviewed = {
    route: form.route,
    signerName: fullNameOfOfficer(signedIn.officer),
    citizenName: citizenNameOf(contents),
    citizenIdentifier: form.presenter.identifier,
    consentId: form.route === 'officer' ? consentIdOf(attentionId) : null,
    documents,
    attestation: attestationStateOf(context, contents),
    collationDigest: collationDigestOf(contents),
  };
  const reader = await findOfficerReader(context, signedIn);
  const certificate = reader === null ? null : findSigningCertificate(context, reader, signedIn);
  const card = reader === null || certificate === null ? null : toCandidate(reader, certificate, null);
  return {
    ...reviewed,
    manifestDigest: sha256Hex(canonicalJson(reviewed)),
    card,
    pinCount: countPins(countSignatures(context, reviewed), card),
  };
}

/** What the officer's card has to sign: documents that are not signed yet, the attestation, and the receipt while the seal is closed. */
function countSignatures(
  context: ServiceContext,
  { documents, attestation }: Pick<Manifest, 'documents' | 'attestation'>,
): number {
  const receipts = context.seal.signer() === null ? 1 : 0;
  const attestations = attestation === 'toSign' ? 1 : 0;
  return documents.filter((document) => !document.alreadySigned).length + attestations + receipts;
}

/** Everything that the law demands before a signature is there, and every PDF is up to date. */
function assertReady(context: ServiceContext, contents: AttentionContents): void {
  const error = listProblems(factsOf(context, contents)).find(({ severity }) => severity === 'error');
  if (error?.code === 'consentMissing') throw new AppError('consent.missing');
  if (error?.code === 'consentOutdated') throw new AppError('consent.outdated');
  if (error !== undefined && error.code !== 'applicationNotSigned')
    throw new AppError('attention.incomplete', { stage: error.stage });
  if (contents.documents.length === 0) throw new AppError('signature.nothingToSign');
  const isPrepared = contents.documents.every(
    (document) => document.prepared?.sourceDigest === preparedSourceOf(contents, document),
  );
  if (!isPrepared) throw new AppError('attention.stageNotReady', { stage: 'signature' });
}

async function findOfficerReader(context: ServiceContext, signedIn: SignedInOfficer): Promise<CardReader | null> {
  const readers = await context.card.listReaders();
  return readers.find((reader) => reader.token?.serial === signedIn.tokenSerial) ?? null;
}

/** A card may hold one certificate for signing in and another for signing (02e §4): the one that signs, of the same person. */
function findSigningCertificate(
  context: ServiceContext,
  reader: CardReader,
  signedIn: SignedInOfficer,
): CardCertificate | null {
  const certificates = (reader.token?.certificates ?? []).filter((certificate) => certificate.hasPrivateKey);
  const own = certificates.filter((certificate) => certificate.certificateId === signedIn.certificateId);
  const others = certificates.filter((certificate) => certificate.certificateId !== signedIn.certificateId);
  const ordered = [...own, ...others];
  const choices = chooseCertificates(
    ordered.map((certificate) => certificate.der),
    {
      at: context.clock.now(),
      trustedIssuers: trustedCertificatesOf(getReferenceData(context)),
      extraPolicies: context.configuration.extraEmployeePolicies,
    },
  );
  return ordered.find((_, index) => choices[index]?.canSign === true) ?? null;
}

/**
 * One PIN, or one for each signature where the card wants that: signs everything in the manifest, registers, makes the
 * receipt. Goes on where a crash or a cancel left it.
 */
export function startSignAndRegister(context: ServiceContext, input: MethodInput<'signing.signAndRegister'>): string {
  const { attentionId, manifestDigest, pin } = input;
  const signedIn = context.officer();
  return context.jobs.start('signAndRegister', attentionId, async ({ signal, report, askPin }) => {
    try {
      const manifest = await getManifest(context, attentionId);
      if (manifest.manifestDigest !== manifestDigest) throw new AppError('attention.changedSinceReview');
      assertApplicationSigned(context, attentionId);
      const total = countSignatures(context, manifest);
      const session = total > 0 ? await openSigningSession(context, signedIn, pin, { total, ask: askPin }) : null;
      try {
        if (session !== null) {
          await signDocuments(context, attentionId, session, { signal, report });
          await signAttestation(context, attentionId, session, signal);
        }
        report({ phase: 'registering' });
        const { recordId } = await registerAttention(context, attentionId);
        await finishRegistration(context, recordId, { officerSigner: session?.signer ?? null, report });
      } finally {
        await session?.close();
      }
    } finally {
      pin?.fill(0);
      publishAttention(context, attentionId);
      context.statusChanged();
      context.syncWanted();
    }
  });
}

function assertApplicationSigned(context: ServiceContext, attentionId: string): void {
  const contents = readContents(context, attentionId);
  const isMissing =
    contents.attention.form.route === 'citizenCard' &&
    !contents.documents.some((document) => document.role === 'application' && document.signedByCitizen);
  if (isMissing) throw new AppError('attention.incomplete', { stage: 'signature' });
}

async function openSigningSession(
  context: ServiceContext,
  signedIn: SignedInOfficer,
  pin: Uint8Array | null,
  prompts: Readonly<{ total: number; ask: AskPin }>,
): Promise<SigningSession> {
  const reader = await findOfficerReader(context, signedIn);
  if (reader === null) throw new AppError('card.absent');
  const certificate = findSigningCertificate(context, reader, signedIn);
  if (certificate === null) throw new AppError('card.noCertificate');
  return openCardSession(context, reader, certificate, pin, prompts);
}

async function signDocuments(
  context: ServiceContext,
  attentionId: string,
  { signer, cardQueue }: SigningSession,
  { signal, report }: Readonly<{ signal: AbortSignal; report: (report: JobReport) => void }>,
): Promise<void> {
  const contents = readContents(context, attentionId);
  const items = contents.documents.filter((document) => document.signed === null && document.file === null);
  const total = items.length;
  if (total > 0) report({ phase: 'signing', done: 0, total });
  await signBatch({
    items,
    prepare: (document) => prepareDocument(context, contents, document),
    signer,
    timestamp: createTimestampSource(context),
    cardQueue,
    signal,
    onKept: (done) => report({ phase: 'signing', done, total }),
  });
}

/** After the copies, whose digests it names, with the same PIN. */
async function signAttestation(
  context: ServiceContext,
  attentionId: string,
  { signer, cardQueue }: SigningSession,
  signal: AbortSignal,
): Promise<void> {
  const contents = readContents(context, attentionId);
  if (attestationStateOf(context, contents) !== 'toSign') return;
  await signBatch({
    items: [await makeAttestation(context, contents)],
    prepare: (document) => prepareDocument(context, contents, document),
    signer,
    timestamp: createTimestampSource(context),
    cardQueue,
    signal,
    onKept: () => undefined,
  });
}

async function prepareDocument(
  context: ServiceContext,
  contents: AttentionContents,
  document: StoredDocument,
): Promise<PreparedItem> {
  const { store, blobs } = context.desk();
  if (document.prepared === null) throw new AppError('attention.stageNotReady', { stage: 'signature' });
  const now = context.clock.now();
  const { officer } = context.officer();
  const prepared = prepareSignature(await blobs.get(document.prepared.digest), {
    signingTime: now,
    name: fullNameOfOfficer(officer),
    reason: reasonOf(contents, document),
    location: getOffice(context).name,
    bindings: bindingsOf(contents),
  });
  return {
    prepared,
    async keep({ document: { original, tail }, sha256, level, timestampError }) {
      if (timestampError !== undefined) context.log.info('timestamp.postponed', { code: timestampError.code });
      const digest = await blobs.put({ pieces: [original, tail], sha256 }, 'application/pdf');
      const byteLength = original.length + tail.length;
      const signed = { digest, byteLength, level, signedAt: formatOfficialInstant(now) };
      store.transaction(() => {
        store.putDocument({ ...withoutPages(document), signed });
        store.appendAudit({
          action: 'document.signed',
          officerId: officer.officerId,
          subjectId: document.documentId,
          details: { sha256: digest, level },
        });
      });
    },
  };
}

function reasonOf({ attention }: AttentionContents, document: StoredDocument): string {
  if (document.role === 'attestation')
    return 'Diligencia de digitalización y cotejo (art. 27 Ley 39/2015, art. 54.4 de la Ordenanza)';
  if (document.role === 'application' && document.origin === 'typed') {
    return `Firma en nombre de la persona interesada (art. 12.2 Ley 39/2015), consentimiento ${consentIdOf(attention.attentionId)}`;
  }
  return elaborationStateOf(document) === 'EE03'
    ? 'Copia electrónica auténtica de documento papel (art. 27 Ley 39/2015)'
    : 'Copia electrónica de fotocopia (art. 49 RD 203/2021)';
}

/** Every signature made under a consent says which one, and the digest of its signed paper as it was scanned. */
function bindingsOf({ attention, documents }: AttentionContents): Readonly<Record<string, string>> {
  const consent = documents.find((document) => document.role === 'consent');
  if (attention.form.route !== 'officer' || consent === undefined || consent.prepared === null) return {};
  return { VentanillaConsent: consentIdOf(attention.attentionId), VentanillaConsentSHA256: consent.prepared.digest };
}
