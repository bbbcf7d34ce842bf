import { sign } from 'node:crypto';
import { AppError } from '../contract/errors.ts';
import { auditCheckpointSigningText } from '../contract/sync-protocol.ts';
import type { AuditCheckpoint } from '../contract/sync-protocol.ts';
import { formatOfficialInstant, officialDate } from '../domain/official-time.ts';
import type { Log } from '../services/context.ts';
import type { DeskStore, StoredCheckpoint } from '../services/ports/store.ts';
import type { CentreClient } from './centre-client.ts';
import type { DeskIdentity } from './desk-identity.ts';

type Head = Pick<AuditCheckpoint, 'storeId' | 'sequence' | 'hash'>;

const checkpointsPerLook = 50;

/** The desk's signature on a head of its audit chain. */
export function signHead(
  identity: DeskIdentity,
  { storeId, sequence, hash }: Head,
  now: Date,
): Omit<StoredCheckpoint, 'countersignature'> {
  const { deskId, publicKey, privateKey } = identity;
  const content = { storeId, deskId, sequence, hash, signedAt: formatOfficialInstant(now) };
  const signature = sign(null, Buffer.from(auditCheckpointSigningText(content)), privateKey).toString('base64');
  return { ...content, deskKey: publicKey, signature };
}

/** A checkpoint of what was audited since the last one, if anything was. */
export function keepCheckpoint(store: DeskStore, identity: DeskIdentity, now: Date): void {
  const head = store.findUnsignedHead();
  if (head !== null) store.putCheckpoint(signHead(identity, head, now));
}

/** Without a line, one checkpoint for each official day: the first one of a day holds the day before. */
export function keepDailyCheckpoint(store: DeskStore, identity: DeskIdentity, now: Date): void {
  const head = store.findUnsignedHead();
  if (head === null) return;
  const { lastSignedAt } = head;
  if (lastSignedAt === null || officialDate(new Date(lastSignedAt)) < officialDate(now)) {
    store.putCheckpoint(signHead(identity, head, now));
  }
}

/**
 * Lets the centre countersign what it has not seen, oldest first. A centre that will not is told in the log: records and
 * files do not wait for it.
 */
export async function sendCheckpoints(
  desk: Readonly<{ store: DeskStore; client: CentreClient; deskId: string; log: Log }>,
  signal: AbortSignal,
): Promise<void> {
  const { store, client, deskId, log } = desk;
  const look = () => (signal.aborted ? [] : store.listUncountersigned(deskId, checkpointsPerLook));
  try {
    for (let waiting = look(); waiting.length > 0; waiting = look()) {
      for (const checkpoint of waiting) {
        const countersignature = await client.countersign(checkpoint, signal);
        const outcome = store.putCountersignature(checkpoint.sequence, countersignature);
        if (outcome === 'branched') log.info('audit.branched', { sequence: countersignature.previousSequence });
      }
    }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'sync.refused') throw error;
    log.error('audit.notCountersigned', error);
  }
}
