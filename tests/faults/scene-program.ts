import { basename, dirname } from 'node:path';
import { officialYear } from '../../core/domain/official-time.ts';
import type { ClockPort } from '../../core/services/ports/surroundings.ts';
import { createDesk, deskExists, openDesk } from '../../core/store/open-desk.ts';
import type { OpenDesk } from '../../core/store/open-desk.ts';
import { seriesGrant, testKeyWrapper } from '../../core/store/store-fixture.ts';
import { scanStack } from './arriving-pages.ts';
import { attend } from './attend.ts';
import { openCentreFiles, sendInParts, sendTogether } from './centre-files.ts';
import { diskFolderOf } from './places.ts';
import { patiently, say } from './say.ts';
import { acknowledgeAll, attendForGood, endSentFiles } from './sent-files.ts';

/** What the program of a scene is told. `work`: so many of whatever it does. */
export type SceneOrder = Readonly<{
  task: keyof typeof tasks;
  /** Of the desk. */
  folder: string;
  /** Hexadecimal: what opens the desk day by day. */
  wrapperKey: string;
  searchWorker: string;
  work: number;
}>;

const tasks = { create, scan, copy, send, receive };

process.on('disconnect', () => process.exit(0));
process.once('message', (order: SceneOrder) => {
  void run(order);
});

async function run(order: SceneOrder): Promise<void> {
  await tasks[order.task](order);
  say({ said: 'done' });
  process.disconnect();
}

const clock: ClockPort = {
  now: () => new Date(),
  reading: () => ({ source: 'system', lastSynchronizedAt: null, uncertaintyMs: null, offsetMs: null }),
};

/** The first morning: a desk is made, and one person comes. */
async function create(order: SceneOrder): Promise<void> {
  const { folder } = order;
  await patiently(async () => {
    if (deskExists(folder)) return;
    const { recoveryKey } = await createDesk({ folder, secret: secretOf(order), clock });
    say({ said: 'created', recoveryKey });
  });
  await withDesk(order, async (desk) => {
    await patiently(async () => {
      desk.store.putSeries(seriesGrant({ year: officialYear(clock.now()) }));
      await attend(desk, clock, say);
    });
  });
}

function scan(order: SceneOrder): Promise<void> {
  return withDesk(order, (desk) => scanStack(desk, 2 * order.work));
}

/** A copy after each person: from the fourth on the oldest goes. */
function copy(order: SceneOrder): Promise<void> {
  const folder = diskFolderOf(dirname(order.folder));
  return withDesk(order, async (desk) => {
    for (let left = order.work; left > 0; left -= 1) {
      await patiently(() => attend(desk, clock, say));
      await patiently(async () => {
        say({ said: 'copying' });
        const { signal } = new AbortController();
        const made = await desk.backUp({ folder, signal, report: () => undefined });
        say({ said: 'copied', name: basename(made.folder) });
      });
    }
  });
}

function send(order: SceneOrder): Promise<void> {
  return withDesk(order, async (desk) => {
    await patiently(() => endSentFiles(desk, clock));
    for (let left = order.work; left > 0; left -= 1) {
      await patiently(() => attendForGood(desk, clock, say));
      await patiently(async () => {
        acknowledgeAll(desk, clock, say);
      });
    }
  });
}

/** A centre: its disk may fail once, and the desk sends again. */
async function receive({ folder, wrapperKey, work }: SceneOrder): Promise<void> {
  const store = await twice(() => openCentreFiles(folder, wrapperKey));
  for (let turn = 0; turn < work; turn += 1) {
    // What came before may come again.
    const index = turn % 2;
    const small = [`small ${index}.1`, `small ${index}.2`];
    await twice(() => sendInParts(store, `large ${index}`));
    say({ said: 'stored', name: `large ${index}` });
    await twice(() => sendTogether(store, small));
    for (const name of small) say({ said: 'stored', name });
  }
}

async function twice<Result>(work: () => Promise<Result>): Promise<Result> {
  return work().catch(work);
}

async function withDesk(order: SceneOrder, work: (desk: OpenDesk) => Promise<void>): Promise<void> {
  const { folder, searchWorker } = order;
  const desk = await patiently(() =>
    openDesk({ folder, secret: secretOf(order), clock, workerUrls: { search: new URL(searchWorker) } }),
  );
  await work(desk);
  await desk.store.close();
}

function secretOf({ wrapperKey }: SceneOrder) {
  return { kind: 'keyWrapper', keyWrapper: testKeyWrapper(Buffer.from(wrapperKey, 'hex')) } as const;
}
