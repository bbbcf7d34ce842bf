import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { openDesk } from './open-desk.ts';
import {
  auditEntry,
  recordDocument,
  registerInput,
  seriesGrant,
  settableClock,
  storedAttention,
} from './store-fixture.ts';

/*
 * Registers without end and says each record once it is durable, for a test that kills it. Ends with its parent. The
 * recovery key comes over the channel, not on the command line.
 */
process.on('disconnect', () => process.exit(0));
process.once('message', (message: { folder: string; recoveryKey: string }) => {
  void work(message.folder, message.recoveryKey);
});

async function work(folder: string, recoveryKey: string): Promise<void> {
  const clock = settableClock('2026-11-20T09:42:07Z');
  const { store, blobs } = await openDesk({ folder, secret: { kind: 'recoveryKey', recoveryKey }, clock });
  const { seriesId } = seriesGrant();
  for (;;) {
    const attention = storedAttention();
    store.createAttention(attention, auditEntry);
    const content = new Uint8Array(randomBytes(30_000));
    const sha256 = await blobs.put(content, 'application/pdf');
    const document = recordDocument({ sha256, byteLength: content.length });
    const record = store.register(registerInput(attention.attentionId, seriesId, { documents: [document] }));
    writeSync(1, `record ${record.sequence} ${record.recordId} ${sha256}\n`);
    const event = {
      type: 'delivered',
      at: record.recordedAt,
      receiptHanded: true,
      consentCopyHanded: false,
      originalsReturned: true,
    } as const;
    store.appendRecordEvent(record.recordId, event, [], auditEntry);
    writeSync(1, `event ${record.recordId}\n`);
    await setImmediate();
  }
}
