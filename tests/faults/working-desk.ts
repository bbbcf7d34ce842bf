import { writeSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClockPort } from '../../core/services/ports/surroundings.ts';
import { openDesk } from '../../core/store/open-desk.ts';
import type { OpenDesk } from '../../core/store/open-desk.ts';
import { startSync } from '../../core/sync/sync-engine.ts';
import type { SyncEngine } from '../../core/sync/sync-engine.ts';
import { attend } from './attend.ts';
import type { DeskOrder } from './desk-order.ts';
import { patiently, say } from './say.ts';

/*
 * A desk at work in a process that can be killed: attends one person after another, says what is durable (what the officer
 * would be shown), and sends to the centre meanwhile. Ends with its parent. The recovery key comes over the channel, not on
 * the command line.
 */

// The longest that a line with faults is given; a drain that takes longer is told as one that did not end.
const drainMs = 120_000;

process.on('disconnect', () => process.exit(0));
process.once('message', (order: DeskOrder) => {
  void run(order);
});

async function run(order: DeskOrder): Promise<void> {
  const { folder, recoveryKey, centreUrl } = order;
  let attended = 0;
  const trying: typeof patiently = order.isPatient ? patiently : (work) => work();
  const clock: ClockPort = {
    now: () => new Date(Date.now() + order.clock.offsetMs + attended * order.clock.attentionMs),
    reading: () => ({ source: 'system', lastSynchronizedAt: null, uncertaintyMs: null, offsetMs: null }),
  };
  const desk = await trying(() =>
    openDesk({
      folder,
      secret: { kind: 'recoveryKey', recoveryKey },
      clock,
      workerUrls: { search: new URL(order.searchWorker) },
    }),
  );
  const sync =
    centreUrl === null
      ? null
      : startSync({
          ...desk,
          centreUrl,
          clock,
          log: { info: () => undefined, error: (event, error) => writeSync(2, `${event} ${String(error)}\n`) },
          onLineChanged: () => undefined,
          onOnline: () => undefined,
        });
  if (order.work === 'drain') {
    if (sync !== null) await drain(desk, sync);
  } else {
    for (; order.work === null || attended < order.work; attended += 1) {
      await trying(
        () => attend(desk, clock, say),
        (code) => {
          if (code === 'clock.jumpedForward') acceptJump(desk);
        },
      );
      sync?.wanted();
      // The line works while the officer does.
      await pause(sync === null ? 0 : 25);
    }
  }
  await sync?.close();
  await desk.store.close();
  if (order.work !== 'drain') say({ said: 'done' });
  process.disconnect();
}

function acceptJump({ store }: OpenDesk): void {
  const lastRecordedAt = store.findForwardJump();
  if (lastRecordedAt === null) return;
  store.acceptForwardJump('F-9');
  say({ said: 'supervisorAccepted', lastRecordedAt });
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
  say(isDone() ? { said: 'done' } : { said: 'stuck', ...store.countPending() });
}
