import { randomBytes, randomUUID } from 'node:crypto';
import { AppError } from '../contract/errors.ts';
import type { MethodInput } from '../contract/methods.ts';
import type { AttentionView, RegisteredRole } from '../contract/schemas/attention.ts';
import type { DocumentMediaType } from '../contract/schemas/verification.ts';
import { describeStages, isTypedRoute, listProblems, makeEmptyForm } from '../domain/attention-rules.ts';
import { formatOfficialInstant } from '../domain/official-time.ts';
import { admittedFormats } from '../documents/admission/admitted-formats.ts';
import { makeEniIdentifier } from '../documents/eni-identifier.ts';
import { makeVerificationCode } from '../documents/verification-code.ts';
import {
  buildAttentionView,
  factsOf,
  publishAttention,
  readContents,
  readOpenContents,
  withoutPages,
} from './attention-view.ts';
import type { AttentionContents } from './attention-view.ts';
import { getOffice, getReferenceData } from './context.ts';
import type { ServiceContext } from './context.ts';
import { requireRoom } from './disk-room.ts';
import type { StoredAttention, StoredDocument } from './ports/store.ts';

/** Opens an attention for the next citizen. One at a time: another one open throws `attention.alreadyOpen`. `desk.diskFull`. */
export function openAttention(context: ServiceContext): AttentionView {
  const { officer } = context.officer();
  const { store, blobs } = context.desk();
  if (store.listOpenAttentions().length > 0) throw new AppError('attention.alreadyOpen');
  requireRoom(blobs);
  const attention: StoredAttention = {
    attentionId: randomUUID(),
    version: 1,
    officerId: officer.officerId,
    openedAt: formatOfficialInstant(context.clock.now()),
    stage: 'person',
    form: makeEmptyForm(''),
    consent: null,
    delivery: { receiptHanded: false, consentCopyHanded: false, originalsReturned: false },
    recordId: null,
    closedAt: null,
    closedAs: null,
  };
  store.createAttention(attention, {
    action: 'attention.opened',
    officerId: officer.officerId,
    subjectId: attention.attentionId,
    details: {},
  });
  context.statusChanged();
  return buildAttentionView(context, attention.attentionId);
}

/**
 * Whoever signs in goes on with what is open: the permissions that count are theirs (arts. 12.2 and 27 Ley 39/2015), and
 * what named the colleague before is made again.
 */
export function takeOverAttentions(context: ServiceContext): void {
  const { officerId } = context.officer().officer;
  const { store } = context.desk();
  for (const attention of store.listOpenAttentions()) {
    if (attention.recordId !== null || attention.officerId === officerId) continue;
    store.updateAttention({ ...attention, version: attention.version + 1, officerId }, attention.version, {
      action: 'attention.takenOver',
      officerId,
      subjectId: attention.attentionId,
      details: { from: attention.officerId },
    });
    publishAttention(context, attention.attentionId);
  }
}

/** Saves the form as typed so far. `version` is the one that the window saw. */
export function updateForm(context: ServiceContext, input: MethodInput<'attention.updateForm'>): AttentionView {
  context.officer();
  const contents = readOpenContents(context, input.attentionId);
  const { attention } = contents;
  const unitCode = chosenUnit(context, input.form, attention.form);
  saveAttention(context, { ...attention, form: { ...input.form, unitCode } }, input.version);
  settleApplications(context, contents, input.form.route);
  return publishAttention(context, input.attentionId);
}

/** A procedure brings its own unit; the officer may still choose another one afterwards. */
function chosenUnit(context: ServiceContext, next: StoredAttention['form'], previous: StoredAttention['form']): string {
  if (next.procedureId === previous.procedureId || next.procedureId === null) return next.unitCode;
  const procedure = getReferenceData(context).procedures.find(
    (candidate) => candidate.procedureId === next.procedureId,
  );
  return procedure?.unitCode ?? next.unitCode;
}

/**
 * Typed routes have an application that is born here; on paper it arrives by scanner, and signed before as a file. A file that
 * was the application under another route stays as an annex.
 */
function settleApplications(
  context: ServiceContext,
  contents: AttentionContents,
  route: StoredAttention['form']['route'],
): void {
  const { store } = context.desk();
  const typed = contents.documents.find((document) => document.origin === 'typed' && document.role === 'application');
  for (const document of contents.documents) {
    if (document.file === null || document.role !== 'application' || route === 'broughtSigned') continue;
    const fileName = fileNameOf('annex', document.title, document.position, document.file.mediaType);
    store.putDocument({ ...withoutPages(document), role: 'annex', documentType: 'TD99', fileName });
  }
  const isTyped = isTypedRoute(route);
  if (!isTyped && typed !== undefined)
    store.putDocument({ ...withoutPages(typed), removedAt: formatOfficialInstant(context.clock.now()) });
  if (isTyped && typed === undefined) {
    store.putDocument(
      makeDocument(context, {
        attention: contents.attention,
        role: 'application',
        origin: 'typed',
        position: 0,
        title: 'Solicitud',
      }),
    );
  }
}

function documentTypeOf(role: RegisteredRole): string {
  switch (role) {
    case 'application':
      return 'TD14';
    case 'consent':
      return 'TD05';
    case 'attestation':
      return 'TD12';
    case 'annex':
      return 'TD99';
  }
}

/** A new document of the draft, with the ENI identifier and the verification code that it keeps for life. */
export function makeDocument(
  context: ServiceContext,
  input: Readonly<{
    attention: StoredAttention;
    role: RegisteredRole;
    origin: StoredDocument['origin'];
    position: number;
    title: string;
    scanProfile?: StoredDocument['scanProfile'];
  }>,
): StoredDocument {
  const now = context.clock.now();
  const documentId = randomUUID();
  return {
    documentId,
    attentionId: input.attention.attentionId,
    role: input.role,
    position: input.position,
    title: input.title,
    documentType: documentTypeOf(input.role),
    origin: input.origin,
    // The consent that was printed here and signed by hand is an original by its nature.
    nature: input.role === 'consent' ? 'original' : null,
    language: input.attention.form.language,
    fileName: fileNameOf(input.role, input.title, input.position),
    capturedAt: formatOfficialInstant(now),
    scanProfile: input.scanProfile ?? null,
    eniId: makeEniIdentifier(getOffice(context).bodyCode, now, documentId),
    verificationCode: makeVerificationCode(context.configuration.verificationCodePrefix, randomBytes(16)),
    prepared: null,
    signed: null,
    signedByCitizen: false,
    file: null,
    verification: null,
    announcedSheets: null,
    paperFate: 'returned',
    removedAt: null,
  };
}

/** File name for the exchange: SIR forbids `>%*&:;¿?/\|"!<¡#•` and more than 80 characters. */
export function fileNameOf(
  role: RegisteredRole,
  title: string,
  position: number,
  mediaType: DocumentMediaType = 'application/pdf',
): string {
  const { extension } = admittedFormats[mediaType];
  if (role === 'application' || role === 'attestation') return `${role}.${extension}`;
  const plain = title
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, '-')
    .replaceAll(/^-|-$/gu, '')
    .slice(0, 60);
  return `${String(position + 1).padStart(2, '0')}-${plain === '' ? 'documento' : plain}.${extension}`;
}

/** Goes to a stage that is reachable: back always, forward as far as nothing that the law demands is missing. */
export function goToStage(context: ServiceContext, input: MethodInput<'attention.goTo'>): AttentionView {
  context.officer();
  const contents = readContents(context, input.attentionId);
  const { attention } = contents;
  if (attention.closedAt !== null) throw new AppError('attention.closed');
  const problems = attention.recordId === null ? listProblems(factsOf(context, contents)) : [];
  const target = describeStages(attention.form.route, attention.stage, problems, attention.recordId !== null).find(
    ({ stage }) => stage === input.stage,
  );
  const isAllowed =
    target !== undefined && target.state !== 'blocked' && (attention.recordId === null || input.stage === 'delivery');
  if (!isAllowed) throw new AppError('attention.stageNotReady', { stage: input.stage });
  if (attention.stage !== input.stage) saveAttention(context, { ...attention, stage: input.stage }, attention.version);
  return publishAttention(context, input.attentionId);
}

/** Undo before registration: the draft is closed with its reason; its papers go by the retention rule. */
export function abandonAttention(context: ServiceContext, input: MethodInput<'attention.abandon'>): void {
  const { officer } = context.officer();
  const { attention } = readOpenContents(context, input.attentionId);
  const closed: StoredAttention = {
    ...attention,
    version: attention.version + 1,
    closedAt: formatOfficialInstant(context.clock.now()),
    closedAs: 'abandoned',
  };
  context.desk().store.updateAttention(closed, attention.version, {
    action: 'attention.abandoned',
    officerId: officer.officerId,
    subjectId: attention.attentionId,
    details: { reason: input.reason },
  });
  context.statusChanged();
}

export function setDelivery(context: ServiceContext, input: MethodInput<'attention.setDelivery'>): AttentionView {
  context.officer();
  const { attention } = readContents(context, input.attentionId);
  if (attention.recordId === null) throw new AppError('attention.stageNotReady', { stage: 'delivery' });
  if (attention.closedAt !== null) throw new AppError('attention.closed');
  saveAttention(context, { ...attention, delivery: input.delivery }, attention.version);
  return publishAttention(context, input.attentionId);
}

/** Next citizen: what was handed over is appended to the record (art. 16.5: originals returned). */
export function finishAttention(context: ServiceContext, attentionId: string): void {
  const { officer } = context.officer();
  const { store } = context.desk();
  const { attention, documents } = readContents(context, attentionId);
  if (attention.recordId === null) throw new AppError('attention.stageNotReady', { stage: 'delivery' });
  if (attention.closedAt !== null) return;
  const { recordId, delivery } = attention;
  const needsConsentCopy = attention.form.route === 'officer';
  // Art. 16.5: there is an original to give back when paper was scanned and does not stay; the signed consent does.
  const hasPaper = documents.some(
    ({ origin, role, paperFate }) => origin === 'scanned' && role !== 'consent' && paperFate === 'returned',
  );
  const isDone =
    delivery.receiptHanded &&
    (delivery.originalsReturned || !hasPaper) &&
    (delivery.consentCopyHanded || !needsConsentCopy);
  if (!isDone) throw new AppError('attention.incomplete', { stage: 'delivery' });
  const at = formatOfficialInstant(context.clock.now());
  const audit = { officerId: officer.officerId, details: {} };
  store.transaction(() => {
    store.appendRecordEvent(recordId, { type: 'delivered', at, ...delivery }, [], {
      action: 'record.delivered',
      subjectId: recordId,
      ...audit,
    });
    store.updateAttention(
      { ...attention, version: attention.version + 1, closedAt: at, closedAs: 'delivered' },
      attention.version,
      {
        action: 'attention.finished',
        subjectId: attentionId,
        ...audit,
      },
    );
  });
  context.events.publish('record.changed', { recordId, at });
  context.statusChanged();
  context.syncWanted();
}

/** Saves the draft's own columns under the next version; throws `attention.changedSinceReview` if somebody was faster. */
export function saveAttention(context: ServiceContext, attention: StoredAttention, expectedVersion: number): void {
  context.desk().store.updateAttention({ ...attention, version: expectedVersion + 1 }, expectedVersion, null);
}
