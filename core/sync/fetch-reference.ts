import { AppError } from '../contract/errors.ts';
import { referenceDataSchema } from '../contract/schemas/reference.ts';
import type { DeskStore } from '../services/ports/store.ts';
import type { ClockPort } from '../services/ports/surroundings.ts';
import { createCentreClient } from './centre-client.ts';
import type { CentreClient } from './centre-client.ts';
import { readIdentity } from './desk-identity.ts';

/** Brings reference data newer than the desk's, if any; the client has checked their signature. */
export async function receiveReference(
  store: DeskStore,
  client: CentreClient,
  offeredVersion: number,
  signal: AbortSignal,
): Promise<void> {
  const version = store.getReference()?.version ?? 0;
  if (offeredVersion <= version) return;
  const reference = await client.getReference(version, signal);
  if (reference === null) return;
  const parsed = referenceDataSchema.safeParse(JSON.parse(reference.data));
  if (!parsed.success) throw new AppError('sync.centreFailed', { reason: 'reference' });
  store.putReference({
    version: reference.version,
    issuedAt: reference.issuedAt,
    data: parsed.data,
    signature: reference.signature,
  });
}

/** Once, right after the enrolment: a desk cannot work before it knows its officers and procedures. */
export async function fetchReference(
  options: Readonly<{ store: DeskStore; centreUrl: string; clock: ClockPort }>,
): Promise<void> {
  const { store, centreUrl, clock } = options;
  const client = createCentreClient({ centreUrl, identity: readIdentity(store), now: () => clock.now() });
  const { signal } = new AbortController();
  const { referenceVersion } = await client.getStatus(signal);
  await receiveReference(store, client, referenceVersion, signal);
}
