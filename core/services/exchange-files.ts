import { AppError } from '../contract/errors.ts';
import type { RecordDocument, RegisteredRecord } from '../contract/schemas/record.ts';
import type { Person } from '../contract/schemas/person.ts';
import { buildEniDocument } from '../documents/eni.ts';
import type { EniSignature } from '../documents/eni.ts';
import { buildSicresMessage } from '../documents/sicres.ts';
import type { SicresAttachment, SicresParty, SicresPerson, SicresRecord } from '../documents/sicres-record.ts';
import { getOffice } from './context.ts';
import type { ServiceContext } from './context.ts';
import { toEniMetadata } from './document-mapping.ts';

/* The files that other administrations read: one ENI document for each document, one SICRES 4 message for the record. */

export type MadeReceipt = Readonly<{ sha256: string; pdf: Uint8Array; createdAt: string; pageCount: number }>;

/** PAdES inside, and the verification code beside it (norms 02b §2). */
function signaturesOf(context: ServiceContext, code: string): readonly EniSignature[] {
  return [{ type: 'TF06' }, { type: 'TF01', code, regulation: context.configuration.verificationCodeRegulation }];
}

/** ENI document of a registered document: carries the registered version, whose digest the record states. */
export function buildEniXml(context: ServiceContext, document: RecordDocument, content: Uint8Array): Uint8Array {
  return buildEniDocument({
    metadata: toEniMetadata(getOffice(context), document),
    content,
    formatName: 'PDF',
    signatures: signaturesOf(context, document.verificationCode),
  });
}

export function buildReceiptEniXml(
  context: ServiceContext,
  record: RegisteredRecord,
  receipt: MadeReceipt,
): Uint8Array {
  return buildEniDocument({
    metadata: toEniMetadata(getOffice(context), {
      eniId: record.receiptEniId,
      capturedAt: receipt.createdAt,
      origin: 'administration',
      elaborationState: 'EE01',
      documentType: 'TD09',
    }),
    content: receipt.pdf,
    formatName: 'PDF',
    signatures: signaturesOf(context, record.receiptVerificationCode),
  });
}

/**
 * SICRES 4 data message: annexes go by their digests and codes, the receipt among them. What the exchange would refuse
 * throws `attention.incomplete` with the field.
 */
export function buildSicresXml(context: ServiceContext, record: RegisteredRecord, receipt: MadeReceipt): Uint8Array {
  const outcome = buildSicresMessage(toSicresRecord(context, record, receipt));
  if (outcome.kind === 'built') return new TextEncoder().encode(outcome.xml);
  const refused = outcome.problems.find((problem) => problem.severity === 'error');
  throw new AppError('attention.incomplete', { stage: 'person', field: refused?.field ?? '' });
}

/** Asked before the number is given: a record that cannot be exchanged must be mended while the citizen is there. */
export function assertExchangeable(context: ServiceContext, record: RegisteredRecord): void {
  buildSicresXml(context, record, {
    sha256: '0'.repeat(64),
    pdf: new Uint8Array(1),
    createdAt: record.recordedAt,
    pageCount: 1,
  });
}

function toSicresRecord(context: ServiceContext, record: RegisteredRecord, receipt: MadeReceipt): SicresRecord {
  const place = { code: record.officeCode, name: record.officeName };
  const { statement, petition } = record;
  return {
    originOffice: place,
    destinationOffice: place,
    destinationUnit: { code: record.unitCode, name: record.unitName },
    parties: partiesOf(record),
    mode: 'inPerson',
    direction: record.direction,
    recordNumber: record.recordNumber,
    summary: record.summary,
    recordedAt: record.recordedAt,
    presentedAt: record.presentedAt,
    ...(record.siaCode === null ? {} : { siaCode: record.siaCode }),
    attachments: [...record.documents.map(toAttachment), receiptAttachment(record, receipt)],
    exchangeId: record.exchangeId,
    transportType: '05',
    userName: record.officer.fullName,
    applicationVersion: 'Ventanilla',
    annotation: 'pending',
    accompanyingPaper: record.accompanyingPaper,
    isTest: context.configuration.isDemonstration,
    startOffice: place,
    // The segment holds both texts or neither: on the paper route they are in the scanned application.
    ...(statement === '' || petition === '' ? {} : { statement, petition }),
  };
}

function partiesOf(record: RegisteredRecord): SicresParty[] {
  const isRepresented = record.representation.kind !== 'none';
  return record.interestedParties.map((person, index) => ({
    interested: toSicresPerson(record, person, !isRepresented && index === 0),
    ...(isRepresented && index === 0 ? { representative: toSicresPerson(record, record.presenter, true) } : {}),
  }));
}

function toSicresPerson(record: RegisteredRecord, registered: Person, receivesNotifications: boolean): SicresPerson {
  const person = withTownInAddress(registered);
  if (!receivesNotifications) return { person };
  return {
    person,
    receivesNotifications,
    notificationChannel: record.notificationChannel,
    wantsEmailNotice: record.notifyByEmail,
    wantsSmsNotice: record.notifyBySms,
    isElectronicOnly: record.electronicOnlyReason !== 'none',
  };
}

function toAttachment(document: RecordDocument): SicresAttachment {
  return {
    fileName: document.fileName,
    kind: 'document',
    mediaType: document.mediaType,
    byteLength: document.byteLength,
    sha256: document.sha256,
    summary: document.title,
    verificationCode: document.verificationCode,
    signatureType: 'TF06',
    formatName: 'PDF',
    ...(document.resolutionDpi === null ? {} : { resolution: `${document.resolutionDpi} ppp` }),
    language: document.language,
    eniIdentifier: document.eniId,
    capturedAt: document.capturedAt,
    origin: document.origin,
    elaborationState: document.elaborationState,
    documentType: document.documentType as NonNullable<SicresAttachment['documentType']>,
  };
}

function receiptAttachment(record: RegisteredRecord, receipt: MadeReceipt): SicresAttachment {
  return {
    fileName: 'receipt.pdf',
    kind: 'receipt',
    mediaType: 'application/pdf',
    byteLength: receipt.pdf.length,
    sha256: receipt.sha256,
    summary: `Justificante ${record.recordNumber}`,
    verificationCode: record.receiptVerificationCode,
    signatureType: 'TF06',
    formatName: 'PDF',
    language: record.language,
    eniIdentifier: record.receiptEniId,
    capturedAt: receipt.createdAt,
    origin: 'administration',
    elaborationState: 'EE01',
    documentType: 'TD09',
  };
}

/** Municipio holds an INE code; a town known by its name goes at the end of the address, so that nothing is lost. */
function withTownInAddress(person: Person): Person {
  const { address, municipality } = person.contact;
  if (address === '' || municipality === '' || /^\d+$/u.test(municipality)) return person;
  return { ...person, contact: { ...person.contact, address: `${address}, ${municipality}`.slice(0, 160) } };
}
