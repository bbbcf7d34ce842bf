import type { DeskStore } from '../services/ports/store.ts';
import type { Anchor } from './anchor.ts';
import { listAudit } from './audit-chain.ts';
import { findUnsignedHead, listUncountersigned, putCheckpoint, putCountersignature } from './audit-checkpoints.ts';
import {
  findFileOwner,
  listBlobsNotDurable,
  listPendingBlobs,
  markBlobsAcknowledged,
  measureWaitingFiles,
  offerBlobsAgain,
} from './blob-references.ts';
import { evidenceStates, listPendingEvidence } from './document-versions.ts';
import {
  createAttention,
  findAttention,
  findDocument,
  findPage,
  listDocuments,
  listOpenAttentions,
  listPages,
  nextPagePosition,
  putDocument,
  putPage,
  updateAttention,
} from './draft-store.ts';
import { countPending, listEntriesAfter, listUnacknowledgedEntries, markEntriesAcknowledged } from './outbox-store.ts';
import { listIndeterminate } from './document-verifications.ts';
import {
  addQualification,
  findFailedOfModel,
  findLastQualification,
  findQualification,
  listQualifications,
} from './qualification-store.ts';
import { findPageText, findRecordTexts, findUnreadPage, putPageText, settleRecordTexts } from './page-text-store.ts';
import { addRefusal, findRefusal, listRefusals } from './refusal-store.ts';
import { appendRecordEvent, findRecord, numberEmergencyRecords } from './record-store.ts';
import { listKeptOriginals } from './kept-originals.ts';
import {
  createReferenceReader,
  findScanProgress,
  findSetting,
  putReference,
  putScanProgress,
  putSetting,
} from './reference-store.ts';
import { adoptEntries } from './adopt-entries.ts';
import {
  beginRecovery,
  findRecovery,
  listLostNumbers,
  listRecordFiles,
  markFileLost,
  markLostNumbers,
  putRecovery,
} from './recovery-store.ts';
import { acceptForwardJump, findForwardJump } from './forward-jump.ts';
import { register } from './register.ts';
import { endDrafts, endSentFiles, forgetEndedFiles, listEndedFiles } from './retention.ts';
import type { SearchClient } from './search-client.ts';
import {
  adoptSeries,
  findEntryHash,
  listSealedSeries,
  listSeries,
  markSeriesHalted,
  putSeries,
  sealSeries,
} from './series-store.ts';
import { audit, write } from './store-context.ts';
import type { StoreContext } from './store-context.ts';

/** The port of the services over one open database. `onClose` runs last, when nothing of the store is open any more. */
export function createDeskStore(
  context: StoreContext,
  { searchClient, anchor }: Readonly<{ searchClient: SearchClient; anchor: Anchor }>,
  onClose: () => void,
): DeskStore {
  let closing: Promise<void> | null = null;
  async function close(): Promise<void> {
    await searchClient.close();
    await anchor.close();
    context.connection.close();
    onClose();
  }
  return {
    createAttention: (attention, entry) => {
      createAttention(context, attention, entry);
    },
    updateAttention: (attention, expectedVersion, entry) => {
      updateAttention(context, attention, expectedVersion, entry);
    },
    findAttention: (attentionId) => findAttention(context, attentionId),
    listOpenAttentions: () => listOpenAttentions(context),
    putDocument: (document) => {
      putDocument(context, document);
    },
    putPage: (page) => {
      putPage(context, page);
    },
    listDocuments: (attentionId) => listDocuments(context, attentionId),
    listPages: (attentionId) => listPages(context, attentionId),
    nextPagePosition: (documentId) => nextPagePosition(context, documentId),
    findDocument: (documentId) => findDocument(context, documentId),
    findPage: (pageId) => findPage(context, pageId),
    transaction: (work) => write(context, work),
    appendAudit: (entry) => {
      write(context, () => {
        audit(context, entry);
      });
    },

    putSeries: (grant) => {
      putSeries(context, grant);
    },
    listSeries: () => listSeries(context),
    sealSeries: (head, cause = 'centre') => {
      sealSeries(context, head, cause);
    },
    listSealedSeries: () => listSealedSeries(context),
    findEntryHash: (seriesId, sequence) => findEntryHash(context, seriesId, sequence),

    findRecovery: () => findRecovery(context),
    putRecovery: (recovery) => {
      putRecovery(context, recovery);
    },
    beginRecovery: (cause, copiedAt) => {
      beginRecovery(context, cause, copiedAt);
    },
    adoptSeries: (grant) => {
      adoptSeries(context, grant);
    },
    adoptEntries: (entries) => {
      adoptEntries(context, entries);
      anchor.changed();
    },
    listRecordFiles: (after, limit) => listRecordFiles(context, after, limit),
    markFileLost: (sha256) => {
      markFileLost(context, sha256);
    },
    markLostNumbers: () => markLostNumbers(context),
    listLostNumbers: (limit) => listLostNumbers(context, limit),

    register: (input) => {
      const record = register(context, input);
      anchor.changed();
      return record;
    },
    numberEmergencyRecords: () => {
      const numbered = numberEmergencyRecords(context);
      if (numbered > 0) anchor.changed();
      return numbered;
    },
    findForwardJump: () => findForwardJump(context),
    acceptForwardJump: (supervisorId) => {
      acceptForwardJump(context, supervisorId);
    },
    appendRecordEvent: (recordId, event, blobs, entry) => {
      appendRecordEvent(context, recordId, event, blobs, entry);
      anchor.changed();
    },
    findRecord: (recordId) => findRecord(context, recordId),
    searchRecords: async (query) => {
      context.connection.requireDurable();
      return searchClient.search(query);
    },
    listPendingEvidence: (limit) => listPendingEvidence(context, limit),
    listKeptOriginals: () => listKeptOriginals(context),
    listIndeterminate: () => listIndeterminate(context),
    evidenceStates: (recordId) => evidenceStates(context, recordId),
    listAudit: (subjectId) => listAudit(context.connection, subjectId),
    findUnsignedHead: () => findUnsignedHead(context),
    putCheckpoint: (checkpoint) => {
      putCheckpoint(context, checkpoint);
    },
    listUncountersigned: (deskId, limit) => listUncountersigned(context, deskId, limit),
    putCountersignature: (sequence, countersignature) => putCountersignature(context, sequence, countersignature),

    endDrafts: (before) => endDrafts(context, before),
    endSentFiles: (acknowledgedBefore) => endSentFiles(context, acknowledgedBefore),
    listEndedFiles: (limit) => listEndedFiles(context, limit),
    forgetEndedFiles: (digests) => {
      forgetEndedFiles(context, digests);
    },

    findUnreadPage: () => findUnreadPage(context),
    putPageText: (imageSha256, text) => {
      putPageText(context, imageSha256, text);
    },
    findPageText: (imageSha256) => findPageText(context, imageSha256),
    settleRecordTexts: (limit) => settleRecordTexts(context, limit),
    findRecordTexts: (recordId) => findRecordTexts(context, recordId),

    addRefusal: (refusal, entry) => {
      addRefusal(context, refusal, entry);
    },
    listRefusals: (limit) => listRefusals(context, limit),
    findRefusal: (refusalId) => findRefusal(context, refusalId),

    addQualification: (qualification, entry) => {
      addQualification(context, qualification, entry);
    },
    listQualifications: (limit) => listQualifications(context, limit),
    findLastQualification: (device) => findLastQualification(context, device),
    findFailedOfModel: (device) => findFailedOfModel(context, device),
    findQualification: (qualificationId) => findQualification(context, qualificationId),

    listUnacknowledgedEntries: (seriesId, limit) => listUnacknowledgedEntries(context, seriesId, limit),
    listEntriesAfter: (seriesId, sequence, limit) => listEntriesAfter(context, seriesId, sequence, limit),
    markEntriesAcknowledged: (acknowledgements) => {
      markEntriesAcknowledged(context, acknowledgements);
    },
    markSeriesHalted: (seriesId) => {
      markSeriesHalted(context, seriesId);
    },
    listPendingBlobs: (limit, largestBytes) => listPendingBlobs(context, limit, largestBytes),
    measureWaitingFiles: (limitBytes) => measureWaitingFiles(context, limitBytes),
    findFileOwner: (sha256) => findFileOwner(context, sha256),
    markBlobsAcknowledged: (acknowledgements) => {
      markBlobsAcknowledged(context, acknowledgements);
    },
    offerBlobsAgain: (seriesId, cursor) => {
      offerBlobsAgain(context, seriesId, cursor);
    },
    listBlobsNotDurable: (limit) => listBlobsNotDurable(context, limit),
    countPending: () => countPending(context),

    getReference: createReferenceReader(context),
    putReference: (reference) => {
      putReference(context, reference);
    },
    findSetting: (name) => findSetting(context, name),
    putSetting: (name, value) => {
      putSetting(context, name, value);
    },
    findScanProgress: () => findScanProgress(context),
    putScanProgress: (progress) => {
      putScanProgress(context, progress);
    },
    close: () => (closing ??= close()),
  };
}
