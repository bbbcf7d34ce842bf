import { randomBytes, randomUUID } from 'node:crypto';
import { AppError } from '../contract/errors.ts';
import type { RecordDocument, RegisteredRecord } from '../contract/schemas/record.ts';
import type { BlobReference } from '../contract/sync-protocol.ts';
import { elaborationStateOf, electronicOnlyReasonOf, interestedPartiesOf } from '../domain/attention-rules.ts';
import { effectivePresentation } from '../domain/calendar.ts';
import { addMonths, formatOfficialInstant, officialDate, officialYear } from '../domain/official-time.ts';
import { makeEniIdentifier } from '../documents/eni-identifier.ts';
import { makeVerificationCode } from '../documents/verification-code.ts';
import { attestationStateOf } from './attestations.ts';
import { readContents } from './attention-view.ts';
import type { AttentionContents } from './attention-view.ts';
import { saveAttention } from './attentions.ts';
import { sha256Hex } from './content-digest.ts';
import { getOffice, getReferenceData } from './context.ts';
import { findNumberingSeries } from './numbering-series.ts';
import type { ServiceContext } from './context.ts';
import { eniOriginOf } from './document-mapping.ts';
import { assertExchangeable, buildEniXml } from './exchange-files.ts';
import { fullNameOfOfficer } from './officer-session.ts';
import type { StoredDocument } from './ports/store.ts';
import { evidenceReferences } from './verification-report.ts';
import { consentIdOf } from './preparation.ts';

/**
 * Number, official time, record, audit row and journal entry in one transaction (art. 16 Ley 39/2015). The ENI documents
 * are stored before it, so that a record never names a file that is not there. Registered already: gives the record back.
 */
export async function registerAttention(context: ServiceContext, attentionId: string): Promise<RegisteredRecord> {
  const { store, blobs } = context.desk();
  const contents = readContents(context, attentionId);
  const { attention } = contents;
  if (attention.recordId !== null) {
    const known = store.findRecord(attention.recordId);
    if (known === null) throw new AppError('desk.storeDamaged');
    return known.record;
  }
  const documents: RecordDocument[] = [];
  const references: BlobReference[] = [];
  for (const draft of draftsOf(context, contents)) {
    const document = toRecordDocument(draft);
    const content = await blobs.get(document.sha256);
    const signature = draft.file?.signature ?? null;
    const signatureContent = signature === null ? null : await blobs.get(signature.sha256);
    const eniXml = buildEniXml(context, document, content, signatureContent);
    const eniXmlSha256 = await blobs.put(eniXml, 'application/xml');
    documents.push({ ...document, eniXmlSha256 });
    const { documentId } = document;
    references.push({
      sha256: document.sha256,
      byteLength: document.byteLength,
      mediaType: document.mediaType,
      documentId,
      part: 'document',
    });
    references.push({
      sha256: eniXmlSha256,
      byteLength: eniXml.length,
      mediaType: 'application/xml',
      documentId,
      part: 'eni',
    });
    references.push(...broughtReferences(document));
  }
  const series = openSeries(context);
  const { officer } = context.officer();
  const preview = {
    sequence: 1,
    recordNumber: 'PREVIO',
    recordedAt: formatOfficialInstant(context.clock.now()),
    clock: context.clock.reading(),
  };
  assertExchangeable(context, buildRecord(context, contents, documents, { ...preview, seriesId: series.seriesId }));
  const record = store.register({
    attentionId,
    seriesId: series.seriesId,
    build: (granted) => buildRecord(context, contents, documents, { ...granted, seriesId: series.seriesId }),
    blobs: references,
    audit: {
      action: 'record.registered',
      officerId: officer.officerId,
      details: { documents: documents.length },
    },
  });
  context.events.publish('record.changed', { recordId: record.recordId, at: record.recordedAt });
  return record;
}

type Draft = StoredDocument & Pick<AttentionContents['documents'][number], 'pages'>;

/** What is registered: the documents, and the attestation of the copies among them. */
function draftsOf(context: ServiceContext, contents: AttentionContents): readonly Draft[] {
  const { documents, attestation } = contents;
  const state = attestationStateOf(context, contents);
  if (state === 'none' || attestation === null) {
    if (state !== 'none') throw new AppError('attention.stageNotReady', { stage: 'signature' });
    return documents;
  }
  if (state === 'toSign') throw new AppError('attention.stageNotReady', { stage: 'signature' });
  return [...documents, { ...attestation, pages: [] }];
}

/** The series in which an entry is numbered now. */
function openSeries(context: ServiceContext) {
  const year = officialYear(context.clock.now());
  const series = findNumberingSeries(context.desk().store, year);
  if (series === null) throw new AppError('record.seriesClosed', { year });
  return series;
}

/** What came with a brought document: its detached signature, and what authorities answered about it. */
function broughtReferences({ documentId, file, verification }: RecordDocument): BlobReference[] {
  const signature = file?.signature ?? null;
  return [
    ...(signature === null
      ? []
      : [
          {
            sha256: signature.sha256,
            byteLength: signature.byteLength,
            mediaType: signature.mediaType,
            documentId,
            part: 'signature' as const,
          },
        ]),
    ...(verification === null ? [] : evidenceReferences(documentId, verification)),
  ];
}

function toRecordDocument(draft: Draft): RecordDocument {
  const { prepared, signed, file, verification } = draft;
  const elaborationState = elaborationStateOf(draft);
  const current = file === null ? signed : prepared;
  if (prepared === null || current === null || elaborationState === null)
    throw new AppError('attention.stageNotReady', { stage: 'signature' });
  const [page] = draft.pages;
  return {
    documentId: draft.documentId,
    role: draft.role,
    title: draft.title,
    fileName: draft.fileName,
    mediaType: file?.mediaType ?? 'application/pdf',
    pageCount: prepared.pageCount,
    byteLength: current.byteLength,
    sha256: current.digest,
    verificationCode: draft.verificationCode,
    eniId: draft.eniId,
    documentType: draft.documentType,
    elaborationState,
    origin: originOf(draft),
    nature: draft.nature,
    capturedAt: draft.capturedAt,
    language: draft.language,
    resolutionDpi: page?.dpi ?? null,
    colorMode: page?.colorMode ?? null,
    scanProfile: draft.scanProfile,
    signatureLevel: signed?.level ?? null,
    file,
    verification,
    // Counts from the record's day, which is not known yet.
    keptUntil: null,
    // Known once the XML exists; registerAttention fills it in.
    eniXmlSha256: current.digest,
  };
}

function originOf({ role, origin, documentType }: Draft): RecordDocument['origin'] {
  if (role === 'attestation') return 'administration';
  return origin === 'scanned' ? eniOriginOf(documentType) : 'citizen';
}

function buildRecord(
  context: ServiceContext,
  contents: AttentionContents,
  documents: readonly RecordDocument[],
  granted: Readonly<{
    sequence: number;
    recordNumber: string;
    recordedAt: string;
    clock: RegisteredRecord['clock'];
    seriesId: string;
  }>,
): RegisteredRecord {
  const { attention } = contents;
  const { form } = attention;
  const office = getOffice(context);
  const reference = getReferenceData(context);
  const signedIn = context.officer();
  const procedure = reference.procedures.find((candidate) => candidate.procedureId === form.procedureId);
  const unit = reference.units.find((candidate) => candidate.unitCode === form.unitCode);
  const recordId = randomUUID();
  const recordedAt = new Date(granted.recordedAt);
  return {
    recordId,
    recordNumber: granted.recordNumber,
    seriesId: granted.seriesId,
    sequence: granted.sequence,
    direction: 'incoming',
    // At the counter the citizen presents at the moment of the record.
    presentedAt: granted.recordedAt,
    recordedAt: granted.recordedAt,
    effectiveAt: effectivePresentation(recordedAt, reference.calendars),
    clock: granted.clock,
    officeCode: office.officeCode,
    officeName: office.name,
    bodyCode: office.bodyCode,
    bodyName: office.bodyName,
    deskNumber: context.configuration.deskNumber,
    officer: {
      officerId: signedIn.officer.officerId,
      fullName: fullNameOfOfficer(signedIn.officer),
      post: signedIn.officer.post,
      staffNumber: signedIn.officer.staffNumber,
      certificateSerial: signedIn.certificateSerial,
    },
    presenter: form.presenter,
    identityCheck: form.identityCheck,
    representation: form.representation,
    interestedParties: [...interestedPartiesOf(form)],
    electronicOnlyReason: electronicOnlyReasonOf(form),
    procedureId: form.procedureId,
    procedureTitle: procedure?.title ?? 'Instancia general',
    siaCode: procedure?.siaCode ?? null,
    unitCode: form.unitCode,
    unitName: unit?.name ?? form.unitCode,
    route: form.route,
    consentId: form.route === 'officer' ? consentIdOf(attention.attentionId) : null,
    summary: form.summary,
    statement: form.statement,
    petition: form.petition,
    notificationChannel: form.notificationChannel,
    notifyByEmail: form.notifyByEmail,
    notifyBySms: form.notifyBySms,
    language: form.language,
    accompanyingPaper: 'none',
    documents: documents.map((document) => ({
      ...document,
      keptUntil: isKept(contents, document) ? addMonths(officialDate(recordedAt), keptMonths) : null,
    })),
    receiptVerificationCode: makeVerificationCode(context.configuration.verificationCodePrefix, randomBytes(16)),
    receiptEniId: makeEniIdentifier(office.bodyCode, recordedAt, `receipt:${recordId}`),
    exchangeId: exchangeIdOf(office.officeCode, officialYear(recordedAt), recordId),
  };
}

/** Paper that does not go back is at the person's disposal for so long; then the archive decides (RD 203/2021 art. 53.1 and 53.3). */
const keptMonths = 6;

function isKept({ documents }: AttentionContents, { documentId }: RecordDocument): boolean {
  return documents.some(
    (draft) =>
      draft.documentId === documentId &&
      draft.origin === 'scanned' &&
      draft.role !== 'consent' &&
      draft.paperFate === 'kept',
  );
}

/** `<office>_<AA>_<8 digits>` (norms 02a §4): unique per office and year, from the record's own identifier. */
function exchangeIdOf(officeCode: string, year: number, recordId: string): string {
  const digits = BigInt(`0x${sha256Hex(recordId).slice(0, 16)}`) % 100_000_000n;
  return `${officeCode}_${String(year % 100).padStart(2, '0')}_${String(digits).padStart(8, '0')}`;
}

/** Marks the attention as being at its delivery once the receipt is out. */
export function goToDelivery(context: ServiceContext, attentionId: string): void {
  const { attention } = readContents(context, attentionId);
  if (attention.stage !== 'delivery') saveAttention(context, { ...attention, stage: 'delivery' }, attention.version);
}
