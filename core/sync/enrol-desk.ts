import { AppError } from '../contract/errors.ts';
import {
  centreErrorSchema,
  enrolmentResponseSchema,
  grantSigningText,
  recoverySigningText,
} from '../contract/sync-protocol.ts';
import type { EnrolmentRequest } from '../contract/sync-protocol.ts';
import { officialYear } from '../domain/official-time.ts';
import type { RecoveryIdentity } from '../services/ports/backup.ts';
import type { DeskStore } from '../services/ports/store.ts';
import { createIdentityKeys, importPublicKey, isSignedBy } from './desk-identity.ts';

/** Written when the desk was created; absent in desks of before. */
const recoveryKeySetting = 'desk.recoveryPublicKey';

/**
 * Enrols a desk with its centre: the desk makes its key pair, the centre grants the number series of the year, signed.
 * The enrolment code comes from the administrator and serves once. A desk that was enrolled before, in this database or on a
 * disk that broke, is known by its recovery key: with it the centre gives back what it sent, and takes what it had not.
 * Throws `desk.recoveryKeyIncorrect` (another desk's), `sync.offline`, `sync.enrolmentCodeInvalid`, `sync.refused`, `sync.centreFailed`,
 * `sync.signatureInvalid`.
 */
export async function enrolDesk(
  options: Readonly<{
    store: DeskStore;
    centreUrl: string;
    enrolmentCode: string;
    officeCode: string;
    deskNumber: string;
    now: Date;
    /** Of a desk that was enrolled before. */
    recovery?: RecoveryIdentity;
  }>,
): Promise<void> {
  const keys = createIdentityKeys();
  const { officeCode, deskNumber, recovery } = options;
  const identity = { deskId: keys.deskId, officeCode, deskNumber, publicKey: keys.publicKey };
  const ownRecoveryKey = options.store.findSetting(recoveryKeySetting);
  // Another desk's would bring that desk's records here.
  if (recovery !== undefined && ownRecoveryKey !== null && recovery.publicKey !== ownRecoveryKey)
    throw new AppError('desk.recoveryKeyIncorrect');
  const request: EnrolmentRequest = {
    ...identity,
    enrolmentCode: options.enrolmentCode,
    year: officialYear(options.now),
    recovery:
      recovery === undefined
        ? ownRecoveryKey === null
          ? null
          : { publicKey: ownRecoveryKey, signature: null }
        : { publicKey: recovery.publicKey, signature: recovery.sign(recoverySigningText(identity)) },
  };
  const response = await sendEnrolment(options.centreUrl, request);
  const centreKey = importPublicKey(response.centrePublicKey);
  for (const { signature, ...grant } of response.series) {
    const isOurs =
      grant.deskId === keys.deskId &&
      grant.officeCode === options.officeCode &&
      grant.deskNumber === options.deskNumber;
    if (!isOurs || !isSignedBy(centreKey, grantSigningText(grant), signature))
      throw new AppError('sync.signatureInvalid');
  }
  options.store.transaction(() => {
    // Of a former identity: what they gave stays theirs, the new ones number.
    for (const { seriesId, lastJournalSequence, sealedAt } of options.store.listSeries()) {
      if (sealedAt === null) options.store.sealSeries({ seriesId, journalSequence: lastJournalSequence }, 'revoked');
    }
    keys.save(options.store, response.centrePublicKey);
    for (const grant of response.series) options.store.putSeries(grant);
  });
}

async function sendEnrolment(centreUrl: string, request: EnrolmentRequest) {
  let response: Response;
  try {
    response = await fetch(new URL('/api/v1/desks', centreUrl), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request),
      redirect: 'error',
      signal: AbortSignal.timeout(20_000),
    });
  } catch (cause) {
    throw new AppError('sync.offline', {}, { cause });
  }
  if (response.status >= 500) throw new AppError('sync.centreFailed', { status: response.status });
  const body: unknown = await response.json().catch(() => null);
  if (response.status !== 200 && response.status !== 201) {
    const isCodeInvalid = centreErrorSchema.safeParse(body).data?.code === 'enrolment.code';
    throw new AppError(isCodeInvalid ? 'sync.enrolmentCodeInvalid' : 'sync.refused', { status: response.status });
  }
  const parsed = enrolmentResponseSchema.safeParse(body);
  if (!parsed.success) throw new AppError('sync.centreFailed', { status: response.status });
  return parsed.data;
}
