import { AppError } from '../contract/errors.ts';
import type { MethodInput } from '../contract/methods.ts';
import type { AttentionView } from '../contract/schemas/attention.ts';
import type {
  BroughtFile,
  DocumentMediaType,
  DocumentVerification,
  StagedFile,
} from '../contract/schemas/verification.ts';
import { publishAttention, readOpenContents, withoutPages } from './attention-view.ts';
import { fileNameOf, makeDocument } from './attentions.ts';
import type { ServiceContext } from './context.ts';
import type { StoredDocument } from './ports/store.ts';
import { answerMediaTypes } from './verification-report.ts';
import type { KeptAnswer, VerifiedFile } from './verification-report.ts';

type AdmittedFile = StagedFile & Readonly<{ mediaType: DocumentMediaType }>;

/**
 * Incorporates what the citizen brings, byte for byte, with its signatures verified at this moment (ordinance arts. 52.2 and
 * 71.1). Of what is refused nothing is kept here: see refusals.ts.
 */
export async function bringDocument(
  context: ServiceContext,
  input: MethodInput<'documents.bring'>,
): Promise<AttentionView> {
  const { officer } = context.officer();
  const { attentionId, digest, signatureDigest, role } = input;
  const { staging } = context;
  const before = readOpenContents(context, attentionId);
  if (role === 'application' && before.attention.form.route !== 'broughtSigned')
    throw new AppError('file.applicationRoute');
  const { file, content } = getAdmitted(context, digest);
  const signature = signatureDigest === null ? null : getAdmitted(context, signatureDigest);
  const verified = await staging.verify(digest, signatureDigest);
  if (role === 'application' && verified.verification.verdict === 'failed')
    throw new AppError('file.applicationRefused', { reason: verified.verification.subIndication ?? '' });

  const { store, blobs } = context.desk();
  await blobs.put(content, file.mediaType);
  if (signature !== null) await blobs.put(signature.content, signature.file.mediaType);
  await keepAnswers(context, verified.answers);
  // Files take a while to be written: what is open now counts.
  const { attention, documents } = readOpenContents(context, attentionId);
  if (documents.some((document) => document.file?.sha256 === digest)) throw new AppError('file.alreadyBrought');
  const position = Math.max(-1, ...documents.map((document) => document.position)) + 1;
  const made = makeDocument(context, { attention, role, origin: 'brought', position, title: input.title });
  const brought: BroughtFile = {
    name: file.name,
    mediaType: file.mediaType,
    byteLength: file.byteLength,
    sha256: digest,
    isEncrypted: file.isEncrypted,
    hasScripts: file.hasScripts,
    signatureType: signatureTypeOf(content, file.mediaType, signature?.file ?? null, verified.verification),
    signature:
      signature === null
        ? null
        : {
            name: signature.file.name,
            mediaType: signature.file.mediaType,
            byteLength: signature.file.byteLength,
            sha256: signature.file.digest,
          },
  };
  store.transaction(() => {
    store.putDocument({
      ...made,
      fileName: fileNameOf(role, input.title, position, file.mediaType),
      file: brought,
      verification: verified.verification,
    });
    store.appendAudit({
      action: 'document.brought',
      officerId: officer.officerId,
      subjectId: made.documentId,
      details: { sha256: digest, mediaType: file.mediaType, verdict: verified.verification.verdict },
    });
  });
  staging.discard(digest);
  if (signatureDigest !== null) staging.discard(signatureDigest);
  return publishAttention(context, attentionId);
}

function getAdmitted(context: ServiceContext, digest: string): Readonly<{ file: AdmittedFile; content: Uint8Array }> {
  const { file, content } = context.staging.get(digest);
  const { mediaType, refusal } = file;
  if (refusal !== null || mediaType === null) throw new AppError('file.notAdmitted', { reason: refusal ?? '' });
  return { file: { ...file, mediaType }, content };
}

/** As the NTI names them; XAdES that covers its whole document is enveloped. */
function signatureTypeOf(
  content: Uint8Array,
  mediaType: DocumentMediaType,
  detached: AdmittedFile | null,
  { verdict }: DocumentVerification,
): BroughtFile['signatureType'] {
  if (verdict === 'no-signature') return null;
  if (detached !== null) return detached.mediaType === 'application/xml' ? 'TF02' : 'TF04';
  if (mediaType === 'application/pdf') return 'TF06';
  if (mediaType === 'application/pkcs7-mime') return 'TF05';
  if (mediaType !== 'application/xml') return null;
  const isEnveloped = /<(?:[\w-]+:)?Reference\b[^>]*\bURI\s*=\s*(?:""|'')/u.test(
    Buffer.from(content).toString('latin1'),
  );
  return isEnveloped ? 'TF03' : 'TF02';
}

/** What authorities answered is kept with the document (ordinance arts. 47.2 and 68.1). */
export async function keepAnswers(context: ServiceContext, answers: readonly KeptAnswer[]): Promise<void> {
  const { blobs } = context.desk();
  for (const { kind, bytes } of answers) await blobs.put(bytes, answerMediaTypes[kind]);
}

/** Verifies what was brought once more, with the answers kept before. Throws `document.notFound` for what was not brought. */
export async function verifyBrought(
  context: ServiceContext,
  { file, verification }: Readonly<Pick<StoredDocument, 'file' | 'verification'>>,
): Promise<VerifiedFile> {
  const { blobs } = context.desk();
  if (file === null || verification === null) throw new AppError('document.notFound');
  const content = await blobs.get(file.sha256);
  const signature = file.signature === null ? null : await blobs.get(file.signature.sha256);
  const known = await Promise.all(
    verification.revocationAnswers.map(async ({ kind, sha256 }) => ({ kind, sha256, bytes: await blobs.get(sha256) })),
  );
  const verified = await context.checks.verify(content, signature, known);
  await keepAnswers(context, verified.answers);
  return verified;
}

/** The same for a document of the draft, at the officer's wish or when the line is back. */
export async function verifyDocumentAgain(context: ServiceContext, documentId: string): Promise<AttentionView> {
  const stored = context.desk().store.findDocument(documentId);
  if (stored === null) throw new AppError('document.notFound');
  readOpenContents(context, stored.attentionId);
  const { verification } = await verifyBrought(context, stored);
  const { documents } = readOpenContents(context, stored.attentionId);
  const document = documents.find((candidate) => candidate.documentId === documentId);
  if (document === undefined) throw new AppError('document.notFound');
  context.desk().store.putDocument({ ...withoutPages(document), verification });
  return publishAttention(context, stored.attentionId);
}
