import { AppError } from '../contract/errors.ts';
import { enrolmentResponseSchema, grantSigningText } from '../contract/sync-protocol.ts';
import type { EnrolmentRequest } from '../contract/sync-protocol.ts';
import { officialYear } from '../domain/official-time.ts';
import type { DeskStore } from '../services/ports/store.ts';
import { createIdentityKeys, importPublicKey, isSignedBy } from './desk-identity.ts';

/**
 * Enrols a desk with its centre: the desk makes its key pair, the centre grants the number series of the year, signed.
 * The enrolment code comes from the administrator and serves once. Throws `sync.offline`, `sync.refused`,
 * `sync.centreFailed`, `sync.signatureInvalid`.
 */
export async function enrolDesk(
  options: Readonly<{
    store: DeskStore;
    centreUrl: string;
    enrolmentCode: string;
    officeCode: string;
    deskNumber: string;
    now: Date;
  }>,
): Promise<void> {
  const keys = createIdentityKeys();
  const request: EnrolmentRequest = {
    enrolmentCode: options.enrolmentCode,
    deskId: keys.deskId,
    officeCode: options.officeCode,
    deskNumber: options.deskNumber,
    publicKey: keys.publicKey,
    year: officialYear(options.now),
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
  if (response.status !== 200 && response.status !== 201)
    throw new AppError('sync.refused', { status: response.status });
  const parsed = enrolmentResponseSchema.safeParse(await response.json());
  if (!parsed.success) throw new AppError('sync.centreFailed', { status: response.status });
  return parsed.data;
}
