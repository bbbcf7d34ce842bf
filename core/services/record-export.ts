import { X509Certificate } from 'node:crypto';
import type { ServiceContext } from './context.ts';
import { getReferenceData } from './context.ts';
import { getStoredRecord } from './records.ts';
import { getApplication } from './receipts.ts';
import type { RecordDocument } from '../contract/schemas/record.ts';
import { signatureFileNameOf } from './document-mapping.ts';
import type { StoredRecord } from './ports/store.ts';

type ExportedFile = Readonly<{ path: string; content: Uint8Array }>;

/**
 * Writes a record with everything that proves it into a folder of the officer's: `record.json`, `application.pdf` (or as brought),
 * `attestation.pdf`, `receipt.pdf`, `copies/`, `consent/`, `eni/`, `sicres/`, `trust/`; completed versions beside the registered ones as
 * `*.completed.pdf`. Returns the folder. Audited: what leaves the desk in clear is known.
 */
export async function exportRecord(context: ServiceContext, recordId: string): Promise<string> {
  const { officer } = context.officer();
  const stored = getStoredRecord(context, recordId);
  const files = [
    ...(await documentFiles(context, stored)),
    ...(await receiptFiles(context, stored)),
    ...trustFiles(context),
    summaryFile(stored),
  ];
  const folder = await context.exports.writeFolder(stored.record.recordNumber, files);
  context.desk().store.appendAudit({
    action: 'record.exported',
    officerId: officer.officerId,
    subjectId: recordId,
    details: { files: files.length },
  });
  return folder;
}

async function documentFiles(context: ServiceContext, { record, versions }: StoredRecord): Promise<ExportedFile[]> {
  const { blobs } = context.desk();
  const application = getApplication(record);
  const files: ExportedFile[] = [];
  for (const document of record.documents) {
    const isApplication = document.documentId === application.documentId;
    const path =
      isApplication || document.role === 'attestation'
        ? document.fileName
        : `${document.role === 'consent' ? 'consent' : 'copies'}/${document.fileName}`;
    files.push({ path, content: await blobs.get(document.sha256) });
    files.push({
      path: `eni/${document.fileName.replace(/\.[^.]+$/u, '.xml')}`,
      content: await blobs.get(document.eniXmlSha256),
    });
    files.push(...(await broughtFiles(context, document, path)));
    const latest = versions.findLast((version) => version.documentId === document.documentId);
    if (latest !== undefined && latest.sha256 !== document.sha256) {
      files.push({ path: path.replace(/\.pdf$/u, '.completed.pdf'), content: await blobs.get(latest.sha256) });
    }
  }
  return files;
}

/** What came with a brought document, and what authorities answered about it. */
async function broughtFiles(
  context: ServiceContext,
  { file, verification }: RecordDocument,
  path: string,
): Promise<ExportedFile[]> {
  const { blobs } = context.desk();
  const files: ExportedFile[] = [];
  if (file?.signature !== null && file !== null)
    files.push({
      path: signatureFileNameOf(path, file.signature),
      content: await blobs.get(file.signature.sha256),
    });
  for (const { kind, sha256 } of verification?.revocationAnswers ?? [])
    files.push({ path: `evidence/${sha256.slice(0, 16)}.${kind}`, content: await blobs.get(sha256) });
  return files;
}

async function receiptFiles(
  context: ServiceContext,
  { record, events, versions }: StoredRecord,
): Promise<ExportedFile[]> {
  const { blobs } = context.desk();
  const receipted = events.find((event) => event.type === 'receipted');
  if (receipted === undefined) return [];
  const files: ExportedFile[] = [
    { path: 'receipt.pdf', content: await blobs.get(receipted.sha256) },
    { path: 'eni/receipt.xml', content: await blobs.get(receipted.eniXmlSha256) },
    { path: `sicres/${record.exchangeId}.xml`, content: await blobs.get(receipted.sicresXmlSha256) },
  ];
  const latest = versions.findLast((version) => version.documentId === 'receipt');
  if (latest !== undefined && latest.sha256 !== receipted.sha256)
    files.push({ path: 'receipt.completed.pdf', content: await blobs.get(latest.sha256) });
  return files;
}

/** `root-N.pem` for self-signed authorities, `intermediate-N.pem` for the others. */
function trustFiles(context: ServiceContext): ExportedFile[] {
  let roots = 0;
  let intermediates = 0;
  return getReferenceData(context).trustAnchors.map((pem) => {
    const certificate = new X509Certificate(pem);
    const isRoot = certificate.checkIssued(certificate);
    const name = isRoot ? `root-${(roots += 1)}` : `intermediate-${(intermediates += 1)}`;
    return { path: `trust/${name}.pem`, content: new TextEncoder().encode(pem) };
  });
}

function summaryFile({ record, events }: StoredRecord): ExportedFile {
  const receipted = events.find((event) => event.type === 'receipted');
  const summary = {
    number: record.recordNumber,
    presentedAt: record.presentedAt,
    recordedAt: record.recordedAt,
    effectiveAt: record.effectiveAt,
    verificationCode: record.receiptVerificationCode,
    office: { code: record.officeCode, name: record.officeName },
    officer: record.officer,
    parties: record.interestedParties,
    presenter: record.presenter,
    receipt:
      receipted === undefined
        ? null
        : { fileName: 'receipt.pdf', pageCount: receipted.pageCount, sha256: receipted.sha256 },
    documents: record.documents.map(
      ({
        fileName,
        role,
        title,
        pageCount,
        sha256,
        elaborationState,
        documentType,
        verificationCode,
        eniId,
        signatureLevel,
        verification,
        keptUntil,
      }) => ({
        fileName,
        role,
        title,
        pageCount,
        sha256,
        elaborationState,
        documentType,
        verificationCode,
        eniId,
        signatureLevel,
        verification,
        keptUntil,
      }),
    ),
  };
  return { path: 'record.json', content: new TextEncoder().encode(`${JSON.stringify(summary, null, 2)}\n`) };
}
