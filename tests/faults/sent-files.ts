import { randomBytes } from 'node:crypto';
import { formatOfficialInstant } from '../../core/domain/official-time.ts';
import type { ClockPort } from '../../core/services/ports/surroundings.ts';
import { applyRetention } from '../../core/services/retention.ts';
import type { OpenDesk } from '../../core/store/open-desk.ts';
import { auditEntry } from '../../core/store/store-fixture.ts';
import { attend } from './attend.ts';
import type { Said } from './shown.ts';

const hourMs = 3_600_000;
const everything = 10_000;

/** As at each opening: what the centre has, and nobody waits for, ends here at once. */
export async function endSentFiles(desk: OpenDesk, clock: ClockPort): Promise<void> {
  const log = { info: () => undefined, error: () => undefined };
  await applyRetention({ clock, configuration: { keepSentDays: 0 }, desk: () => desk, log });
}

/** One person more, with signatures that need nothing any more. */
export async function attendForGood(desk: OpenDesk, clock: ClockPort, say: (said: Said) => void): Promise<void> {
  const { store, blobs } = desk;
  let recordId = '';
  await attend(desk, clock, (said) => {
    if (said.said === 'record') ({ recordId } = said.record);
    say(said);
  });
  const { record, versions } = store.findRecord(recordId) ?? { record: null, versions: [] };
  for (const { documentId, sha256: extendsSha256 } of versions) {
    const byteLength = 5_000;
    const sha256 = await blobs.put(randomBytes(byteLength), 'application/pdf');
    const at = record?.recordedAt ?? '';
    store.appendRecordEvent(
      recordId,
      { type: 'versionAdded', at, documentId, extendsSha256, sha256, byteLength, signatureLevel: 'B-LTA' },
      [{ sha256, byteLength, mediaType: 'application/pdf', documentId, part: 'document' }],
      auditEntry,
    );
  }
}

/** What a centre would say of all that waits, an hour ago; its signatures are for others to check. */
export function acknowledgeAll({ store }: OpenDesk, clock: ClockPort, say: (said: Said) => void): void {
  const acknowledgedAt = formatOfficialInstant(new Date(clock.now().getTime() - hourMs));
  for (const { seriesId } of store.listSeries()) {
    const entries = store.listUnacknowledgedEntries(seriesId, everything);
    const last = entries.at(-1);
    if (last === undefined) continue;
    store.markEntriesAcknowledged(
      entries.map(({ sequence, hash }) => ({
        seriesId,
        sequence,
        hash,
        acknowledgedAt,
        quarantineReasons: [],
        signature: '',
      })),
    );
    const digests = store.listPendingBlobs(everything).map(({ sha256 }) => sha256);
    say({ said: 'atCentre', digests });
    store.markBlobsAcknowledged(digests.map((sha256) => ({ sha256, acknowledgedAt, isDurable: true, signature: '' })));
    say({ said: 'acknowledged', seriesId, sequence: last.sequence, digests });
  }
}
