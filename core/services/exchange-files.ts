import { AppError } from '../contract/errors.ts';
import type { RecordDocument, RegisteredRecord } from '../contract/schemas/record.ts';
import type { Person } from '../contract/schemas/person.ts';
import type { BroughtFile } from '../contract/schemas/verification.ts';
import { admittedFormats } from '../documents/admission/admitted-formats.ts';
import { buildEniDocument } from '../documents/eni.ts';
import type { EniSignature } from '../documents/eni.ts';
import { buildSicresMessage } from '../documents/sicres.ts';
import type { SicresAttachment, SicresParty, SicresPerson, SicresRecord } from '../documents/sicres-record.ts';
import { getOffice } from './context.ts';
import type { ServiceContext } from './context.ts';
import { describeVerdict, signatureFileNameOf, toEniMetadata } from './document-mapping.ts';

/* The files that other administrations read: one ENI document for each document, one SICRES 4 message for the record. */

export type MadeReceipt = Readonly<{ sha256: string; pdf: Uint8Array; createdAt: string; pageCount: number }>;

/** PAdES inside, and the verification code beside it (norms 02b §2). */
function signaturesOf(context: ServiceContext, code: string): readonly EniSignature[] {
  return [{ type: 'TF06' }, { type: 'TF01', code, regulation: context.configuration.verificationCodeRegulation }];
}

/** ENI document of a registered document: carries the registered version, whose digest the record states. */
export function buildEniXml(
  context: ServiceContext,
  document: RecordDocument,
  content: Uint8Array,
  detachedSignature: Uint8Array | null,
): Uint8Array {
  return buildEniDocument({
    metadata: toEniMetadata(getOffice(context), document),
    content,
    formatName: admittedFormats[document.mediaType].name,
    signatures:
      document.file === null
        ? signaturesOf(context, document.verificationCode)
        : broughtSignaturesOf(context, document, document.file, detachedSignature),
  });
}

/** Those that it came with, and always its verification code: what has no signature is told apart by it alone. */
function broughtSignaturesOf(
  context: ServiceContext,
  { verificationCode }: RecordDocument,
  { signatureType }: BroughtFile,
  detachedSignature: Uint8Array | null,
): readonly EniSignature[] {
  const code = {
    type: 'TF01' as const,
    code: verificationCode,
    regulation: context.configuration.verificationCodeRegulation,
  };
  if (signatureType === null) return [code];
  if (detachedSignature !== null && (signatureType === 'TF02' || signatureType === 'TF04'))
    return [{ type: signatureType, signature: detachedSignature }, code];
  return signatureType === 'TF04' ? [code] : [{ type: signatureType }, code];
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
    attachments: [...record.documents.flatMap(toAttachments), receiptAttachment(record, receipt)],
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

/** A detached signature goes as an annex of its own, right after what it signs. */
function toAttachments(document: RecordDocument): SicresAttachment[] {
  const signature = document.file?.signature ?? null;
  const attachment = toAttachment(document);
  if (signature === null) return [attachment];
  return [
    attachment,
    {
      fileName: signatureFileNameOf(document.fileName, signature),
      kind: 'other',
      mediaType: exchangeMediaType(signature.mediaType),
      byteLength: signature.byteLength,
      sha256: signature.sha256,
      summary: `Firma de ${document.fileName}`,
    },
  ];
}

/** CAdES has no type of its own in the exchange (LIBSIR TipoMimeEnum). */
function exchangeMediaType(mediaType: RecordDocument['mediaType']): string {
  return mediaType === 'application/pkcs7-mime' ? 'application/octet-stream' : mediaType;
}

function toAttachment(document: RecordDocument): SicresAttachment {
  const { file, verification } = document;
  const signatureType = file === null ? 'TF06' : (file.signatureType ?? 'TF01');
  return {
    fileName: document.fileName,
    kind: 'document',
    mediaType: exchangeMediaType(document.mediaType),
    byteLength: document.byteLength,
    sha256: document.sha256,
    summary: document.title,
    verificationCode: document.verificationCode,
    signatureType,
    formatName: admittedFormats[document.mediaType].name,
    // SICRES 4 has no field for the validity of a signature: it is told where people read.
    ...(verification === null ? {} : { remarks: describeVerdict(verification) }),
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
