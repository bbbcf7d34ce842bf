import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import type { RecordEvent } from '../contract/schemas/record.ts';
import { formatOfficialInstant } from '../domain/official-time.ts';
import { isSelfIssued, readCertificate } from '../documents/signing/certificate.ts';
import { readCertificateIdentity } from '../documents/signing/certificate-identity.ts';
import { findCertificatePath } from '../documents/signing/certificate-path.ts';
import type { RawSigner } from '../documents/signing/cms.ts';
import { signPdf } from '../documents/signing/pades.ts';
import { verifyPdf } from '../documents/signing/verify.ts';
import { assertExtends, levelOfDocument } from './completed-version.ts';
import { getReferenceData } from './context.ts';
import type { ServiceContext } from './context.ts';
import { trustedCertificatesOf } from './officer-session.ts';
import type { CentreSealCertificate, CentreSealPort } from './ports/centre-seal.ts';
import type { StoredRecord } from './ports/store.ts';
import { createTimestampSource } from './timestamping.ts';

export type SealingContext = Pick<
  ServiceContext,
  'configuration' | 'clock' | 'fetchBytes' | 'desk' | 'events' | 'log' | 'statusChanged'
>;

const settingName = 'seal.awaited';
const awaitedSchema = z.array(z.string());

/** Notes that the receipt of a record waits for the centre's seal; to be called with the event that says so. */
export function awaitCentreSeal({ desk }: Pick<ServiceContext, 'desk'>, recordId: string): void {
  writeAwaited(desk().store, [...readAwaited(desk().store).filter((each) => each !== recordId), recordId]);
}

/**
 * Puts the centre's organ seal on receipts that their officer signed because the office had no open seal (art. 16.3 Ley
 * 39/2015; art. 42 Ley 40/2015): an incremental update that extends the registered bytes under the same code. The desk
 * makes the signature field; only the signed attributes travel. Returns how many receipts were sealed; what does not
 * succeed waits for the next connection.
 */
export async function applyCentreSeal(
  context: SealingContext,
  centre: CentreSealPort,
  signal: AbortSignal,
): Promise<number> {
  const { store } = context.desk();
  const awaited = readAwaited(store);
  if (awaited.length === 0) return 0;
  let sealed = 0;
  try {
    const seal = await centre.getCertificate(signal);
    if (seal === null) return 0;
    assertTrustedSeal(context, seal);
    for (const recordId of awaited) {
      if (signal.aborted) break;
      try {
        if (await sealReceipt(context, recordId, { centre, seal, signal })) sealed += 1;
        writeAwaited(
          store,
          readAwaited(store).filter((each) => each !== recordId),
        );
      } catch (error) {
        const code = postponed(context, error);
        // The line is gone or the centre fails: the next receipt would fare no better.
        if (code === 'sync.offline' || code === 'sync.centreFailed') break;
      }
    }
  } catch (error) {
    postponed(context, error);
  }
  if (sealed > 0) context.statusChanged();
  return sealed;
}

function postponed({ log }: SealingContext, error: unknown): string {
  const code = error instanceof AppError ? error.code : 'internal.unexpected';
  const reason = error instanceof AppError ? (error.details['reason'] ?? '') : '';
  if (code === 'internal.unexpected') log.error('centreSeal.failed', error);
  else log.info('centreSeal.postponed', { code, reason });
  return code;
}

/** Whoever answers in the centre's place must not put another's signature on our receipts. */
function assertTrustedSeal(context: SealingContext, seal: CentreSealCertificate): void {
  const anchors = trustedCertificatesOf(getReferenceData(context)).map(readCertificate);
  const path = findCertificatePath(readCertificate(seal.certificate), {
    pool: [...anchors, ...seal.chain.map(readCertificate)],
    anchors: anchors.filter(isSelfIssued),
    at: context.clock.now(),
  });
  if (path.outcome !== 'trusted') throw new AppError('sync.refused', { reason: 'sealNotTrusted' });
  if (readCertificateIdentity(seal.certificate).kind !== 'seal')
    throw new AppError('sync.refused', { reason: 'notASeal' });
}

type Sealing = Readonly<{ centre: CentreSealPort; seal: CentreSealCertificate; signal: AbortSignal }>;

/** False when there was nothing to seal: the receipt has the organ's seal already. */
async function sealReceipt(context: SealingContext, recordId: string, sealing: Sealing): Promise<boolean> {
  const { store, blobs } = context.desk();
  const stored = store.findRecord(recordId);
  const receipted = stored?.events.find((event) => event.type === 'receipted');
  const current = stored?.versions.findLast((version) => version.documentId === 'receipt');
  if (stored === null || receipted === undefined || current === undefined || receipted.sealedBy === 'organSeal')
    return false;
  const trustAnchors = trustedCertificatesOf(getReferenceData(context));
  const former = await blobs.get(current.sha256);
  const now = context.clock.now();
  if (hasSeal(verifyPdf(former, { trustAnchors, at: now }))) return false;
  const signed = await signPdf(former, {
    signer: signerOf(sealing, { recordId, receiptSha256: receipted.sha256 }),
    timestamp: createTimestampSource(context),
    signingTime: now,
    name: readCertificateIdentity(sealing.seal.certificate).fullName,
    reason: `Sello del justificante del registro ${stored.record.recordNumber}`,
    location: stored.record.bodyName,
    fieldName: 'Sello',
  });
  assertExtends(signed.pdf, former);
  const verification = verifyPdf(signed.pdf, { trustAnchors, at: context.clock.now() });
  if (verification.verdict === 'failed' || !hasSeal(verification))
    throw new AppError('signature.failed', { reason: verification.subIndication ?? 'seal' });
  const sha256 = await blobs.put(signed.pdf, 'application/pdf');
  appendSealedVersion(context, stored, {
    type: 'versionAdded',
    at: formatOfficialInstant(now),
    documentId: 'receipt',
    extendsSha256: current.sha256,
    sha256,
    byteLength: signed.pdf.length,
    signatureLevel: levelOfDocument(verification),
  });
  return true;
}

function hasSeal({ signatures }: ReturnType<typeof verifyPdf>): boolean {
  return signatures.some(({ signer, verdict }) => signer?.kind === 'seal' && verdict !== 'failed');
}

function signerOf(
  { centre, seal, signal }: Sealing,
  request: Readonly<{ recordId: string; receiptSha256: string }>,
): RawSigner {
  return {
    ...seal,
    sign: (signedAttributes) => centre.sign({ ...request, signedAttributes }, signal),
  };
}

function appendSealedVersion(
  context: SealingContext,
  { record }: StoredRecord,
  event: Extract<RecordEvent, { type: 'versionAdded' }>,
): void {
  const { sha256, byteLength } = event;
  context
    .desk()
    .store.appendRecordEvent(
      record.recordId,
      event,
      [{ sha256, byteLength, mediaType: 'application/pdf', documentId: 'receipt', part: 'document' }],
      {
        action: 'document.sealed',
        officerId: null,
        subjectId: record.recordId,
        details: { documentId: 'receipt', sha256, level: event.signatureLevel },
      },
    );
  context.events.publish('record.changed', { recordId: record.recordId, at: event.at });
}

type Settings = Pick<ReturnType<ServiceContext['desk']>['store'], 'findSetting' | 'putSetting'>;

function readAwaited(store: Settings): readonly string[] {
  const setting = store.findSetting(settingName);
  return setting === null ? [] : awaitedSchema.parse(JSON.parse(setting));
}

function writeAwaited(store: Settings, recordIds: readonly string[]): void {
  store.putSetting(settingName, JSON.stringify(recordIds));
}
