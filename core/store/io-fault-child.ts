import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { AppError } from '../contract/errors.ts';
import { openDesk } from './open-desk.ts';
import {
  auditEntry,
  recordDocument,
  registerInput,
  seriesGrant,
  settableClock,
  storedAttention,
} from './store-fixture.ts';

/* Registers ten citizens on a disk that fails once, and says what the officer is told of each. */
process.on('disconnect', () => process.exit(0));
process.once('message', (message: { folder: string; recoveryKey: string }) => {
  void work(message.folder, message.recoveryKey).then(() => {
    process.disconnect();
  });
});

async function work(folder: string, recoveryKey: string): Promise<void> {
  const clock = settableClock('2026-11-20T09:42:07Z');
  const secret = { kind: 'recoveryKey' as const, recoveryKey };
  const { store, blobs } = await attempt(() => openDesk({ folder, secret, clock }));
  const { seriesId } = seriesGrant();
  for (let citizen = 0; citizen < 10; citizen += 1) {
    const attention = storedAttention();
    await attempt(() => {
      if (store.findAttention(attention.attentionId) === null) store.createAttention(attention, auditEntry);
    });
    const content = new Uint8Array(randomBytes(30_000));
    const sha256 = await attempt(() => blobs.put(content, 'application/pdf'));
    const input = registerInput(attention.attentionId, seriesId, {
      documents: [recordDocument({ sha256, byteLength: content.length })],
    });
    await attempt(() => {
      const already = store.findAttention(attention.attentionId)?.recordId ?? null;
      const record = already === null ? store.register(input) : store.findRecord(already)?.record;
      writeSync(1, `record ${record?.sequence} ${record?.recordId} ${sha256}\n`);
    });
  }
  await store.close();
}

/** The officer tries again, having read what happened. */
async function attempt<Result>(work: () => Result | Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    writeSync(1, `error ${error instanceof AppError ? error.code : String(error)}\n`);
    return work();
  }
}
