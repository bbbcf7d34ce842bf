import { AppError } from '../contract/errors.ts';
import type { RecordDocument, RecordEvent, RegisteredRecord } from '../contract/schemas/record.ts';
import type { BlobReference } from '../contract/sync-protocol.ts';
import { isEmergencyBook } from '../domain/numbering.ts';
import { formatOfficialInstant } from '../domain/official-time.ts';
import { readCertificateIdentity } from '../documents/signing/certificate-identity.ts';
import type { RawSigner } from '../documents/signing/cms.ts';
import { readSignedData } from '../documents/signing/cms-reader.ts';
import { signPdf } from '../documents/signing/pades.ts';
import { listPages, openPdf } from '../documents/signing/pdf-reader.ts';
import { readSignatures } from '../documents/signing/pdf-signatures.ts';
import { buildReceiptPdf } from '../documents/receipt.ts';
import type { ReceiptDocument, ReceiptInput, ReceiptSigner } from '../documents/receipt.ts';
import { formatLongDate } from '../documents/spanish-dates.ts';
import { publishAttention } from './attention-view.ts';
import { awaitCentreSeal } from './centre-seal.ts';
import { getOffice, getReferenceData } from './context.ts';
import type { ServiceContext } from './context.ts';
import { localRule, representationNames } from './preparation.ts';
import {
  describeVerdict,
  signatureFileNameOf,
  toEniMetadata,
  toIssuingOffice,
  toPersonIdentity,
  toVerificationMark,
} from './document-mapping.ts';
import { buildReceiptEniXml, buildSicresXml } from './exchange-files.ts';
import type { JobReport } from './jobs.ts';
import { goToDelivery } from './registration.ts';
import { getStoredRecord } from './records.ts';
import { createTimestampSource } from './timestamping.ts';

/**
 * Makes the sealed receipt of a record (arts. 16.3 Ley 39/2015, 68.2 of the ordinance) and brings its attention to the
 * delivery. With the seal locked or absent `officerSigner` signs, and the centre's seal follows; with neither it throws
 * `seal.locked`. A record that has its receipt keeps it: printing again gives the same bytes.
 */
export async function finishRegistration(
  context: ServiceContext,
  recordId: string,
  { officerSigner, report }: Readonly<{ officerSigner: RawSigner | null; report: (report: JobReport) => void }>,
): Promise<void> {
  const { state, record } = getStoredRecord(context, recordId);
  if (state === 'recorded') await makeReceipt(context, record, officerSigner, report);
  const attention = context
    .desk()
    .store.listOpenAttentions()
    .find((candidate) => candidate.recordId === recordId);
  if (attention !== undefined) {
    goToDelivery(context, attention.attentionId);
    publishAttention(context, attention.attentionId);
  }
}

/** After a crash between number and receipt: makes the receipts that are missing, as soon as the seal is open. */
export async function makeMissingReceipts(context: ServiceContext): Promise<void> {
  if (context.seal.signer() === null) return;
  for (const { recordId } of context.desk().store.listOpenAttentions()) {
    if (recordId === null) continue;
    const { state } = getStoredRecord(context, recordId);
    if (state === 'recorded')
      await finishRegistration(context, recordId, { officerSigner: null, report: () => undefined });
  }
}

async function makeReceipt(
  context: ServiceContext,
  record: RegisteredRecord,
  officerSigner: RawSigner | null,
  report: (report: JobReport) => void,
): Promise<void> {
  const { store, blobs } = context.desk();
  report({ phase: 'makingReceipt' });
  const sealSigner = context.seal.signer();
  const signer = sealSigner ?? officerSigner;
  if (signer === null) throw new AppError('seal.locked');
  const application = getApplication(record);
  const applicationFile = await blobs.get(application.sha256);
  const signature = application.file?.signature ?? null;
  const applicationSignature =
    signature === null
      ? null
      : {
          fileName: signatureFileNameOf(application.fileName, signature),
          mediaType: signature.mediaType,
          data: await blobs.get(signature.sha256),
        };
  const createdAt = formatOfficialInstant(context.clock.now());
  const unsigned = buildReceiptPdf(
    toReceiptInput(context, record, { application, applicationFile, applicationSignature, createdAt, sealSigner }),
    context.assets,
  );
  report({ phase: 'sealing' });
  const signed = await signPdf(unsigned, {
    signer,
    timestamp: createTimestampSource(context),
    signingTime: context.clock.now(),
    name: readCertificateIdentity(signer.certificate).fullName,
    reason: `Justificante del registro ${record.recordNumber}`,
    location: record.officeName,
    ...(sealSigner === null ? {} : { fieldName: 'Sello' }),
  });
  const sha256 = await blobs.put(signed.pdf, 'application/pdf');
  const receipt = {
    sha256,
    pdf: signed.pdf,
    createdAt,
    pageCount: listPages(openPdf(unsigned)).length,
    signatureLevel: signed.level,
  };
  const eniXml = buildReceiptEniXml(context, record, receipt);
  const sicresXml = buildSicresXml(context, record, receipt);
  const [eniXmlSha256, sicresXmlSha256] = await Promise.all([
    blobs.put(eniXml, 'application/xml'),
    blobs.put(sicresXml, 'application/xml'),
  ]);
  const event: RecordEvent = {
    type: 'receipted',
    at: createdAt,
    sha256,
    byteLength: signed.pdf.length,
    pageCount: receipt.pageCount,
    eniXmlSha256,
    sicresXmlSha256,
    sealedBy: sealSigner === null ? 'officer' : 'organSeal',
    signatureLevel: signed.level,
  };
  const references: BlobReference[] = [
    { sha256, byteLength: signed.pdf.length, mediaType: 'application/pdf', documentId: 'receipt', part: 'document' },
    {
      sha256: eniXmlSha256,
      byteLength: eniXml.length,
      mediaType: 'application/xml',
      documentId: 'receipt',
      part: 'eni',
    },
    {
      sha256: sicresXmlSha256,
      byteLength: sicresXml.length,
      mediaType: 'application/xml',
      documentId: 'receipt',
      part: 'sicres',
    },
  ];
  store.transaction(() => {
    store.appendRecordEvent(record.recordId, event, references, {
      action: 'record.receipted',
      officerId: record.officer.officerId,
      subjectId: record.recordId,
      details: { sha256, sealedBy: event.sealedBy },
    });
    if (sealSigner === null) awaitCentreSeal(context, record.recordId);
  });
  context.events.publish('record.changed', { recordId: record.recordId, at: createdAt });
}

/** Paper route: the scanned application; brought: the file; otherwise the typed one. A record without one names its first document. */
export function getApplication(record: RegisteredRecord): RecordDocument {
  const applications = record.documents.filter((document) => document.role === 'application');
  const isBrought = record.route === 'broughtSigned';
  const application =
    applications.find((document) => (document.file !== null) === isBrought) ?? applications[0] ?? record.documents[0];
  if (application === undefined) throw new AppError('document.notFound');
  return application;
}

function toReceiptInput(
  context: ServiceContext,
  record: RegisteredRecord,
  made: Readonly<{
    application: RecordDocument;
    applicationFile: Uint8Array;
    applicationSignature: NonNullable<ReceiptInput['applicationSignature']> | null;
    createdAt: string;
    sealSigner: RawSigner | null;
  }>,
): Parameters<typeof buildReceiptPdf>[0] {
  const { application, applicationFile, applicationSignature, createdAt, sealSigner } = made;
  const office = getOffice(context);
  const officer = {
    name: record.officer.fullName,
    position: record.officer.post,
    professionalNumber: record.officer.staffNumber,
    certificateSerial: record.officer.certificateSerial,
  };
  const procedure = getReferenceData(context).procedures.find(
    (candidate) => candidate.procedureId === record.procedureId,
  );
  const isRepresented = record.representation.kind !== 'none';
  const annexes = record.documents.filter((document) => document.documentId !== application.documentId);
  return {
    office: toIssuingOffice(office),
    verification: toVerificationMark(office, record.receiptVerificationCode),
    createdAt,
    eni: toEniMetadata(office, {
      eniId: record.receiptEniId,
      capturedAt: createdAt,
      origin: 'administration',
      elaborationState: 'EE01',
      documentType: 'TD09',
    }),
    recordNumber: record.recordNumber,
    direction: record.direction,
    heading: record.procedureTitle,
    presentedAt: record.presentedAt,
    recordedAt: record.recordedAt,
    effectiveAt: record.effectiveAt,
    interestedParties: record.interestedParties.map(toPersonIdentity),
    ...(isRepresented
      ? {
          representative: {
            ...toPersonIdentity(record.presenter),
            accreditation: representationNames[record.representation.kind],
          },
        }
      : {}),
    presenter: toPersonIdentity(record.presenter),
    destinationName: record.unitName,
    destinationCode: record.unitCode,
    procedureName: record.procedureTitle,
    ...(record.siaCode === null ? {} : { siaCode: record.siaCode }),
    summary: record.summary,
    signer: toReceiptSigner(record, officer, application, applicationFile),
    application: toReceiptDocument(application),
    applicationFile,
    ...(applicationSignature === null ? {} : { applicationSignature }),
    attachments: annexes.map(toReceiptDocument),
    accompanyingPaper: record.accompanyingPaper,
    originals: {
      returned: record.documents
        .filter(({ nature, role, keptUntil }) => nature !== null && role !== 'consent' && keptUntil === null)
        .map((document) => document.title),
      kept: record.documents.flatMap(({ title, keptUntil }) =>
        keptUntil === null
          ? []
          : [
              {
                title,
                reason: `Puede recogerlo hasta el ${formatLongDate(keptUntil)} (artículo 53.1 del Real Decreto 203/2021); después decide el archivo.`,
              },
            ],
      ),
    },
    deadlines: procedure?.deadline === null || procedure === undefined ? [] : [procedure.deadline],
    isElectronicOnly: record.electronicOnlyReason !== 'none',
    warnings: warningsOf(context, record),
    seal:
      sealSigner === null
        ? { kind: 'awaitingCentre', officer }
        : { kind: 'organSeal', sealName: readCertificateIdentity(sealSigner.certificate).fullName },
  };
}

function warningsOf(context: ServiceContext, { representation, seriesId }: RegisteredRecord): readonly string[] {
  const series = context
    .desk()
    .store.listSeries()
    .find((candidate) => candidate.seriesId === seriesId);
  return [
    ...(series !== undefined && isEmergencyBook(series)
      ? [
          'Asiento del libro de emergencia: el número es provisional. Se le asignará el ordinario, que conservará la fecha y la hora de este justificante; los dos quedan unidos.',
        ]
      : []),
    ...(representation.kind === 'unproven'
      ? ['La representación no se ha acreditado: dispone de diez días para hacerlo (artículo 5.6 de la Ley 39/2015).']
      : []),
  ];
}

function toReceiptDocument(document: RecordDocument): ReceiptDocument {
  const { title, fileName, mediaType, pageCount, elaborationState, sha256, verificationCode, verification } = document;
  return {
    title,
    fileName,
    mediaType,
    pageCount,
    elaborationState,
    sha256,
    verificationCode,
    ...(verification === null ? {} : { signatureState: describeVerdict(verification) }),
  };
}

function toReceiptSigner(
  record: RegisteredRecord,
  officer: Extract<ReceiptSigner, { route: 'officer' }>['officer'],
  { verification }: RecordDocument,
  applicationFile: Uint8Array,
): ReceiptSigner {
  const presenter = toPersonIdentity(record.presenter);
  switch (record.route) {
    case 'paper':
      return { route: 'paper', signers: [presenter] };
    case 'officer':
      return { route: 'officer', officer, citizen: presenter, consentReference: record.consentId ?? '', localRule };
    case 'citizenCard':
      return { route: 'citizenCard', signers: [presenter], certificateSerial: signerSerialOf(applicationFile) };
    case 'broughtSigned':
      return {
        route: 'broughtSigned',
        signers: (verification?.signatures ?? []).map(({ signer, issuer }) =>
          signer === null
            ? 'firmante desconocido'
            : `${signer.name}${issuer === null ? '' : ` (certificado de ${issuer})`}`,
        ),
        isConcluded: verification?.verdict === 'passed',
      };
  }
}

/** Serial of the certificate with which the citizen signed the application. */
function signerSerialOf(pdf: Uint8Array): string {
  const [signature] = readSignatures(pdf);
  const signer = signature === undefined ? undefined : readSignedData(signature.contents).signers[0];
  return signer !== undefined && 'serial' in signer.identifier ? signer.identifier.serial.toString('hex') : '';
}
