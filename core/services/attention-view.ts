import type { AttentionView, DocumentRole, DocumentView, PageView } from '../contract/schemas/attention.ts';
import { describeStages, elaborationStateOf, listProblems } from '../domain/attention-rules.ts';
import type { AttentionFacts, DraftDocument } from '../domain/attention-rules.ts';
import { wantedProfileOf } from '../domain/profile-rules.ts';
import { contentDigestOf, preparedSourceOf } from './content-digest.ts';
import { getReferenceData } from './context.ts';
import type { ServiceContext } from './context.ts';
import type { ReferenceData } from '../contract/schemas/reference.ts';
import type { StoredAttention, StoredDocument, StoredPage } from './ports/store.ts';
import { AppError } from '../contract/errors.ts';

type Paper = StoredDocument & { readonly role: DocumentRole };

/** A draft with its documents and pages, removed ones left out. */
export type AttentionContents = Readonly<{
  attention: StoredAttention;
  documents: readonly (Paper & { readonly pages: readonly StoredPage[] })[];
  /** Made when copies were signed; kept apart, for nobody edits, collates or consents to it. */
  attestation: StoredDocument | null;
  /** Sides and sheets that are no page of a paper, and that one undo brings back. */
  laidAside: AttentionView['laidAside'];
}>;

/** The document's own row, without the pages that it is read with. */
export function withoutPages(document: StoredDocument & { readonly pages?: readonly StoredPage[] }): StoredDocument {
  const { pages: _pages, ...own } = document;
  return own;
}

export function readContents(context: ServiceContext, attentionId: string): AttentionContents {
  const { store } = context.desk();
  const attention = store.findAttention(attentionId);
  if (attention === null) throw new AppError('attention.notFound');
  const everyPage = store.listPages(attentionId);
  const pages = everyPage.filter((page) => page.removedAt === null);
  const known = store.listDocuments(attentionId).filter((document) => document.removedAt === null);
  const attestation = known.find(({ role }) => role === 'attestation') ?? null;
  const documents = known
    .filter((document): document is Paper => document.role !== 'attestation')
    .map((document) => ({ ...document, pages: pages.filter((page) => page.documentId === document.documentId) }));
  return { attention, documents, attestation, laidAside: countLaidAside(everyPage) };
}

/** Throws `attention.closed` once it was registered or closed: what was shown as done does not change any more. */
export function readOpenContents(context: ServiceContext, attentionId: string): AttentionContents {
  readOpenAttention(context, attentionId);
  return readContents(context, attentionId);
}

/** The same without its papers: a stack of hundreds of pages asks for each of them. */
export function readOpenAttention(context: ServiceContext, attentionId: string): StoredAttention {
  const attention = context.desk().store.findAttention(attentionId);
  if (attention === null) throw new AppError('attention.notFound');
  if (attention.closedAt !== null || attention.recordId !== null) throw new AppError('attention.closed');
  return attention;
}

export function factsOf(context: ServiceContext, { attention, documents }: AttentionContents): AttentionFacts {
  const reference = getReferenceData(context);
  const officer = reference.officers.find((candidate) => candidate.officerId === attention.officerId);
  if (officer === undefined) throw new AppError('session.officerUnknown');
  const { form } = attention;
  return {
    form,
    officer,
    procedure: reference.procedures.find((candidate) => candidate.procedureId === form.procedureId) ?? null,
    unit: reference.units.find((candidate) => candidate.unitCode === form.unitCode) ?? null,
    consent: consentOf({ attention, documents }),
    documents: documents.map((document) => toDraftDocument(reference, document)),
  };
}

function consentOf({
  attention: { form, consent },
  documents,
}: Pick<AttentionContents, 'attention' | 'documents'>): AttentionView['consent'] {
  if (consent === null) return null;
  return {
    consentId: consent.consentId,
    formDigest: consent.formDigest,
    preparedAt: consent.preparedAt,
    isOutdated: consent.contentDigest !== contentDigestOf(documents, form),
    isScanned: documents.some((document) => document.role === 'consent' && document.pages.length > 0),
  };
}

function toDraftDocument(
  { scanProfiles }: ReferenceData,
  document: AttentionContents['documents'][number],
): DraftDocument {
  const profile = scanProfiles.find(({ id }) => id === document.scanProfile?.id);
  return {
    ...document,
    sidesPerSheet: profile?.source === 'feederDuplex' ? 2 : 1,
    wantedProfile: wantedProfileOf(scanProfiles, profile, document.documentType)?.title ?? null,
    isFromFailedScanner: document.pages.some(({ scanner }) => scanner?.standing === 'failed'),
  };
}

export function buildAttentionView(context: ServiceContext, attentionId: string): AttentionView {
  const contents = readContents(context, attentionId);
  const { attention, documents } = contents;
  // What is registered is handed over also when whoever registered it has left the office's directory since.
  const problems = attention.recordId === null ? listProblems(factsOf(context, contents)) : [];
  const record = attention.recordId === null ? null : context.desk().store.findRecord(attention.recordId);
  return {
    attentionId,
    version: attention.version,
    officerId: attention.officerId,
    openedAt: attention.openedAt,
    stage: attention.stage,
    stages: [...describeStages(attention.form.route, attention.stage, problems, record !== null)],
    form: attention.form,
    problems,
    documents: documents.map((document) => toDocumentView(contents, document)),
    laidAside: contents.laidAside,
    consent: consentOf(contents),
    recordId: record?.record.recordId ?? null,
    recordNumber: record?.record.recordNumber ?? null,
    delivery: attention.delivery,
  };
}

function countLaidAside(pages: readonly StoredPage[]): AttentionView['laidAside'] {
  const laid = pages.filter((page) => page.removedAt !== null);
  const count = (reason: 'blank' | 'separator'): number => laid.filter((page) => page.laidAsideAs === reason).length;
  return { blank: count('blank'), separator: count('separator') };
}

function toDocumentView(contents: AttentionContents, document: AttentionContents['documents'][number]): DocumentView {
  // A PDF of what is no longer so does not count as made.
  const isPrepared = document.prepared?.sourceDigest === preparedSourceOf(contents, document);
  return {
    documentId: document.documentId,
    role: document.role,
    position: document.position,
    title: document.title,
    documentType: document.documentType,
    origin: document.origin,
    nature: document.nature,
    elaborationState: elaborationStateOf(document),
    fileName: document.fileName,
    pageCount:
      document.prepared === null
        ? document.file === null
          ? document.pages.length
          : null
        : document.prepared.pageCount,
    pages: document.pages.map(toPageView),
    announcedSheets: document.announcedSheets,
    paperFate: document.paperFate,
    comparedFile: document.comparedFile ?? null,
    preparedDigest: isPrepared ? (document.prepared?.digest ?? null) : null,
    signedDigest: document.signed?.digest ?? null,
    signatureLevel: document.signed?.level ?? null,
    verificationCode: document.verificationCode,
    signedByCitizen: document.signedByCitizen,
    file: document.file,
    verification: document.verification,
  };
}

function toPageView(page: StoredPage): PageView {
  const {
    copyDigest: _copy,
    copyFormat: _format,
    captureDigest: _capture,
    rawSha256: _raw,
    scanner: _scanner,
    laidAsideAs: _aside,
    other: _other,
    removedAt: _removed,
    ...view
  } = page;
  return view;
}

export function publishAttention(context: ServiceContext, attentionId: string): AttentionView {
  const view = buildAttentionView(context, attentionId);
  context.events.publish('attention.changed', view);
  return view;
}
