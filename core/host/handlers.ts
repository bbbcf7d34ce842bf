import { AppError } from '../contract/errors.ts';
import type { MethodInput } from '../contract/methods.ts';
import type { DeskStatus } from '../contract/schemas/desk.ts';
import { checkIdentifier } from '../domain/identifiers.ts';
import { buildAttentionView } from '../services/attention-view.ts';
import {
  abandonAttention,
  finishAttention,
  goToStage,
  openAttention,
  setDelivery,
  takeOverAttentions,
  updateForm,
} from '../services/attentions.ts';
import { listScanProfiles, searchProcedures, searchUnits } from '../services/catalogue.ts';
import { listCitizenCards, startCitizenSignature } from '../services/citizen-signature.ts';
import { chooseCopy, startComparison } from '../services/file-copies.ts';
import { bringDocument, verifyDocumentAgain } from '../services/brought-documents.ts';
import { prepareConsent } from '../services/consents.ts';
import type { ServiceContext } from '../services/context.ts';
import type { OfficerSession } from '../services/officer-session.ts';
import {
  answerFlag,
  decideCollation,
  moveDocument,
  movePage,
  removeDocument,
  removePage,
  splitAt,
  undoRemoval,
  updateDocument,
} from '../services/papers.ts';
import { prepareDocuments } from '../services/preparation.ts';
import { exportOriginals, listOriginals } from '../services/originals.ts';
import { exportRecord } from '../services/record-export.ts';
import { getRecordView, searchRecords } from '../services/records.ts';
import { createRefusal, getRefusal } from '../services/refusals.ts';
import { setLineMetered } from '../services/line-rules.ts';
import { makeTestSheet, startQualification } from '../services/scanner-qualification.ts';
import { startPreview } from '../services/scan-preview.ts';
import { startScan } from '../services/scanning.ts';
import { makeSeparatorSheet } from '../services/separator-sheets.ts';
import { getManifest, startSignAndRegister } from '../services/signing.ts';
import { getDocumentText } from '../services/text-recognition.ts';
import type { Handlers } from './dispatch.ts';

/** What belongs to the desk as a whole rather than to one task. */
export type DeskControls = Readonly<{
  session: OfficerSession;
  getStatus: () => DeskStatus;
  openDesk: (passphrase: Uint8Array) => Promise<void>;
  backUp: (folder: string) => string;
  restore: (input: MethodInput<'desk.restore'>) => string;
  enrolAgain: (input: MethodInput<'desk.enrolAgain'>) => string;
  renewEnrolment: (input: MethodInput<'desk.renewEnrolment'>) => Promise<void>;
  cancelRestore: (jobId: string) => void;
  unlockSeal: (pin: Uint8Array) => Promise<void>;
  syncNow: () => Promise<void>;
}>;

/** Files that were chosen and what was only looked at: nothing of one person waits for the next. */
function forgetUnkept({ staging, previews }: ServiceContext): void {
  staging.clear();
  previews.clear();
}

/** The method table, each method with the service that answers it. */
export function createHandlers(context: ServiceContext, controls: DeskControls): Handlers {
  const { session } = controls;
  return {
    'desk.getStatus': () => controls.getStatus(),
    'desk.open': async ({ passphrase }) => {
      await controls.openDesk(passphrase);
      return {};
    },
    'desk.backUp': ({ folder }) => ({ jobId: controls.backUp(folder) }),
    'desk.restore': (input) => ({ jobId: controls.restore(input) }),
    'desk.enrolAgain': (input) => ({ jobId: controls.enrolAgain(input) }),
    'desk.renewEnrolment': async (input) => {
      await controls.renewEnrolment(input);
      return {};
    },
    'desk.cancelRestore': ({ jobId }) => {
      controls.cancelRestore(jobId);
      return {};
    },
    'desk.unlockSeal': async ({ pin }) => {
      await controls.unlockSeal(pin);
      return {};
    },
    'desk.syncNow': async () => {
      await controls.syncNow();
      return {};
    },

    'desk.setLineMetered': ({ isMetered }) => {
      setLineMetered(context, isMetered);
      return {};
    },
    'desk.acceptClock': () => {
      const { officer } = context.officer();
      if (!officer.isSupervisor) throw new AppError('request.notAllowed');
      context.desk().store.acceptForwardJump(officer.officerId);
      context.statusChanged();
      return {};
    },

    'session.listCandidates': async () => ({ candidates: await session.listCandidates() }),
    'session.signIn': async (input) => {
      await session.signIn(input);
      takeOverAttentions(context);
      return {};
    },
    'session.lock': () => {
      session.lock();
      return {};
    },
    'session.signOut': () => {
      forgetUnkept(context);
      session.signOut();
      return {};
    },

    'attention.open': () => openAttention(context),
    'attention.get': ({ attentionId }) => buildAttentionView(context, attentionId),
    'attention.updateForm': (input) => updateForm(context, input),
    'attention.goTo': (input) => goToStage(context, input),
    'attention.abandon': (input) => {
      abandonAttention(context, input);
      forgetUnkept(context);
      return {};
    },
    'attention.setDelivery': (input) => setDelivery(context, input),
    'attention.finish': ({ attentionId }) => {
      finishAttention(context, attentionId);
      forgetUnkept(context);
      return {};
    },

    'identifiers.check': ({ identifierType, identifier }) => checkIdentifier(identifierType, identifier),
    'catalogue.searchProcedures': ({ text }) => searchProcedures(context, text),
    'catalogue.searchUnits': ({ text }) => searchUnits(context, text),
    'catalogue.listScanProfiles': () => listScanProfiles(context),

    'scan.start': (input) => ({ jobId: startScan(context, input) }),
    'scan.preview': ({ profileId }) => ({ jobId: startPreview(context, profileId) }),
    'scan.takePreview': ({ jobId }) => {
      context.officer();
      return context.previews.take(jobId);
    },
    'separators.makeSheet': async ({ documentType }) => ({ digest: await makeSeparatorSheet(context, documentType) }),
    'qualification.makeSheet': async () => ({ digest: await makeTestSheet(context) }),
    'qualification.start': ({ profileId }) => ({ jobId: startQualification(context, profileId) }),
    'qualification.list': ({ limit }) => ({
      qualifications: [...context.desk().store.listQualifications(limit)],
    }),
    'documents.update': (input) => updateDocument(context, input),
    'documents.compareFile': (input) => ({ jobId: startComparison(context, input) }),
    'documents.chooseCopy': (input) => chooseCopy(context, input),
    'documents.move': (input) => moveDocument(context, input),
    'documents.remove': ({ documentId }) => removeDocument(context, documentId),
    'documents.splitAt': ({ pageId }) => splitAt(context, pageId),
    'pages.move': (input) => movePage(context, input),
    'pages.remove': ({ pageId }) => removePage(context, pageId),
    'papers.undoRemoval': ({ attentionId }) => undoRemoval(context, attentionId),

    'files.stage': (part) => context.staging.take(part),
    'files.discard': ({ digest }) => {
      context.staging.discard(digest);
      return {};
    },
    'verification.verifyStaged': async ({ digest, signatureDigest }) => {
      const { verification } = await context.staging.verify(digest, signatureDigest);
      return verification;
    },
    'documents.bring': (input) => bringDocument(context, input),
    'documents.verifyAgain': ({ documentId }) => verifyDocumentAgain(context, documentId),
    'refusals.create': (input) => createRefusal(context, input),
    'refusals.list': ({ limit }) => ({ refusals: [...context.desk().store.listRefusals(limit)] }),
    'refusals.get': ({ refusalId }) => getRefusal(context, refusalId),

    'collation.decide': (input) => decideCollation(context, input),
    'collation.answer': (input) => answerFlag(context, input),

    'documents.prepare': ({ attentionId }) => ({
      jobId: context.jobs.start('prepare', attentionId, (job) => prepareDocuments(context, attentionId, job)),
    }),
    'application.listCitizenCards': async ({ attentionId }) => ({
      candidates: await listCitizenCards(context, attentionId),
    }),
    'application.signWithCitizenCard': (input) => ({ jobId: startCitizenSignature(context, input) }),
    'consent.prepare': ({ attentionId }) => prepareConsent(context, attentionId),
    'signing.getManifest': ({ attentionId }) => getManifest(context, attentionId),
    'signing.signAndRegister': (input) => ({ jobId: startSignAndRegister(context, input) }),

    'records.search': (query) => searchRecords(context, query),
    'records.get': ({ recordId }) => getRecordView(context, recordId),
    'records.getText': (input) => getDocumentText(context, input),
    'records.export': async ({ recordId }) => ({ folder: await exportRecord(context, recordId) }),

    'originals.list': () => listOriginals(context),
    'originals.export': async () => ({ folder: await exportOriginals(context) }),

    'blobs.read': async ({ digest }) => {
      const { blobs } = context.desk();
      return { bytes: await blobs.get(digest), mediaType: blobs.getMediaType(digest) };
    },
    'print.listPrinters': async () => ({ printers: [...(await context.printer.list())] }),
    'print.document': async ({ digest, printer, copies }) => {
      const content = await context.desk().blobs.get(digest);
      await context.printer.print({ printer, content, copies, title: 'Ventanilla' });
      return {};
    },
    'jobs.get': ({ jobId }) => context.jobs.get(jobId),
    'jobs.cancel': ({ jobId }) => {
      context.jobs.cancel(jobId);
      return {};
    },
    'jobs.givePin': ({ jobId, pin }) => {
      context.jobs.givePin(jobId, pin);
      return {};
    },
  };
}
