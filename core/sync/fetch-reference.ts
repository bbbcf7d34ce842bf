import { createHash } from 'node:crypto';
import { canonicalJson } from '../contract/canonical-json.ts';
import { AppError } from '../contract/errors.ts';
import { referenceDataSchema } from '../contract/schemas/reference.ts';
import type { ReferenceRefusalReason } from '../contract/schemas/reference.ts';
import { formatOfficialInstant } from '../domain/official-time.ts';
import { applyReferenceChanges } from '../domain/reference-delta.ts';
import { findRefusedReference, putRefusedReference } from '../services/reference-refusal.ts';
import type { DeskStore } from '../services/ports/store.ts';
import type { ClockPort } from '../services/ports/surroundings.ts';
import { createCentreClient } from './centre-client.ts';
import type { CentreClient } from './centre-client.ts';
import { readIdentity } from './desk-identity.ts';

type Desk = Readonly<{ store: DeskStore; now: () => Date }>;
type Reference = Parameters<DeskStore['putReference']>[0];

/** What was refused once is asked for again after so long: it may have been put right. */
const refusedForMs = 3_600_000;

/**
 * Brings reference data newer than the desk's, if any: the changes where they lead from what it has to what the centre signed,
 * else the whole. Data that are not the centre's, or that this program does not understand, are refused: the desk goes on
 * with what it has, keeps the refusal in its audit and tells the centre.
 */
export async function receiveReference(
  desk: Desk,
  client: CentreClient,
  offeredVersion: number,
  signal: AbortSignal,
): Promise<void> {
  const { store } = desk;
  const own = store.getReference();
  if (offeredVersion <= (own?.version ?? 0) || isRefused(desk, offeredVersion)) return;
  try {
    const reference =
      (own === null ? null : await bringChanges(own, client, signal)) ?? (await bringWhole(client, signal));
    if (reference !== null) store.putReference(reference);
  } catch (error) {
    const reason = reasonOf(error);
    if (reason === null) throw error;
    await refuse(desk, client, { version: offeredVersion, reason }, signal);
  }
}

/** Null: there are no changes to be had, or they do not come to what the centre signed. */
async function bringChanges(
  own: Readonly<{ version: number; data: Reference['data'] }>,
  client: CentreClient,
  signal: AbortSignal,
): Promise<Reference | null> {
  const delta = await client.getReferenceDelta(own.version, signal);
  if (delta === null || delta.fromVersion !== own.version) return null;
  const { version, issuedAt, dataSha256, signature } = delta;
  const data = applyReferenceChanges(own.data, delta.changes);
  if (data === null || createHash('sha256').update(canonicalJson(data)).digest('hex') !== dataSha256) return null;
  return { version, issuedAt, data, signature };
}

async function bringWhole(client: CentreClient, signal: AbortSignal): Promise<Reference | null> {
  const reference = await client.getReference(0, signal);
  if (reference === null) return null;
  const { version, issuedAt, signature } = reference;
  try {
    return { version, issuedAt, data: referenceDataSchema.parse(JSON.parse(reference.data)), signature };
  } catch (cause) {
    throw new AppError('sync.centreFailed', { reason: 'reference' }, { cause });
  }
}

function reasonOf(error: unknown): ReferenceRefusalReason | null {
  if (!(error instanceof AppError)) return null;
  if (error.code === 'reference.signatureInvalid') return 'signature';
  return error.code === 'sync.centreFailed' && error.details['reason'] === 'reference' ? 'content' : null;
}

function isRefused({ store, now }: Desk, version: number): boolean {
  const refused = findRefusedReference(store);
  return refused?.version === version && now().getTime() - Date.parse(refused.at) < refusedForMs;
}

async function refuse(
  { store, now }: Desk,
  client: CentreClient,
  refusal: Readonly<{ version: number; reason: ReferenceRefusalReason }>,
  signal: AbortSignal,
): Promise<void> {
  const known = findRefusedReference(store);
  const isKnown = known?.version === refusal.version && known.reason === refusal.reason;
  store.transaction(() => {
    putRefusedReference(store, { ...refusal, at: formatOfficialInstant(now()) });
    if (isKnown) return;
    store.appendAudit({ action: 'reference.refused', officerId: null, subjectId: null, details: refusal });
  });
  try {
    await client.reportReference(refusal, signal);
  } catch (error) {
    // Records do not wait for a centre that takes no reports.
    if (!(error instanceof AppError) || error.code !== 'sync.refused') throw error;
  }
}

/** Once, right after the enrolment: a desk cannot work before it knows its officers and procedures. */
export async function fetchReference(
  options: Readonly<{ store: DeskStore; centreUrl: string; clock: ClockPort }>,
): Promise<void> {
  const { store, centreUrl, clock } = options;
  const now = () => clock.now();
  const client = createCentreClient({ centreUrl, identity: readIdentity(store), now });
  const { signal } = new AbortController();
  const { referenceVersion } = await client.getStatus(signal);
  await receiveReference({ store, now }, client, referenceVersion, signal);
}
