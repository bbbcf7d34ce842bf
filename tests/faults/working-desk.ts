import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { makeVerificationCode } from '../../core/documents/verification-code.ts';
import { openDesk } from '../../core/store/open-desk.ts';
import type { OpenDesk } from '../../core/store/open-desk.ts';
import { auditEntry, recordDocument, registerInput, storedAttention } from '../../core/store/store-fixture.ts';
import { startSync } from '../../core/sync/sync-engine.ts';
import type { SyncEngine } from '../../core/sync/sync-engine.ts';

/*
 * A desk at work in a process that can be killed: registers without end, says each record once it is durable (what the
 * officer would be shown), and sends to the centre meanwhile. With `isDraining` it only sends, until nothing is pending.
 * Ends with its parent. The recovery key comes over the channel, not on the command line.
 */

export type DeskOrder = Readonly<{
  folder: string;
  recoveryKey: string;
  seriesId: string;
  /** Null: the line is cut for good. */
  centreUrl: string | null;
  isDraining: boolean;
}>;

const systemClock = {
  now: () => new Date(),
  reading: () => ({ source: 'system' as const, lastSynchronizedAt: null, uncertaintyMs: null, offsetMs: null }),
};
// The longest that a line with faults is given; a drain that takes longer is told as one that did not end.
const drainMs = 60_000;

process.on('disconnect', () => process.exit(0));
process.once('message', (order: DeskOrder) => {
  void work(order);
});

async function work(order: DeskOrder): Promise<void> {
  const { folder, recoveryKey, centreUrl } = order;
  const desk = await openDesk({ folder, secret: { kind: 'recoveryKey', recoveryKey }, clock: systemClock });
  const sync =
    centreUrl === null
      ? null
      : startSync({
          store: desk.store,
          blobs: desk.blobs,
          centreUrl,
          clock: systemClock,
          log: { info: () => undefined, error: (event, error) => writeSync(2, `${event} ${String(error)}\n`) },
          onLineChanged: () => undefined,
          onOnline: () => undefined,
        });
  if (order.isDraining && sync !== null) {
    await drain(desk, sync);
    process.disconnect();
    return;
  }
  for (;;) {
    await registerOne(desk, order.seriesId);
    sync?.wanted();
    // The line works while the officer does.
    await pause(sync === null ? 0 : 25);
  }
}

async function registerOne({ store, blobs }: OpenDesk, seriesId: string): Promise<void> {
  const attention = storedAttention();
  store.createAttention(attention, auditEntry);
  const content = randomBytes(2_000 + (randomBytes(2).readUInt16LE() % 60_000));
  const eni = randomBytes(2_000);
  const document = recordDocument({
    byteLength: content.length,
    sha256: await blobs.put(content, 'application/pdf'),
    eniXmlSha256: await blobs.put(eni, 'application/xml'),
    verificationCode: makeVerificationCode('VEN'),
    eniId: eniIdentifier(),
  });
  const record = store.register(
    registerInput(attention.attentionId, seriesId, {
      documents: [document],
      receiptVerificationCode: makeVerificationCode('VEN'),
      receiptEniId: eniIdentifier(),
    }),
  );
  writeSync(1, `record ${record.sequence} ${record.recordId} ${document.sha256} ${document.eniXmlSha256}\n`);
  const event = {
    type: 'delivered',
    at: record.recordedAt,
    receiptHanded: true,
    consentCopyHanded: false,
    originalsReturned: true,
  } as const;
  store.appendRecordEvent(record.recordId, event, [], auditEntry);
  writeSync(1, `event ${record.recordId}\n`);
}

async function drain({ store }: OpenDesk, sync: SyncEngine): Promise<void> {
  const end = Date.now() + drainMs;
  const isDone = (): boolean => {
    const { records, blobs } = store.countPending();
    return records + blobs === 0;
  };
  while (!isDone() && Date.now() < end) {
    await sync.runNow();
    if (!isDone()) await pause(20);
  }
  writeSync(1, isDone() ? 'drained\n' : `stuck ${JSON.stringify(store.countPending())}\n`);
  await sync.close();
  await store.close();
}

function eniIdentifier(): string {
  return `ES_L01502973_2026_${randomBytes(15).toString('hex')}`;
}
