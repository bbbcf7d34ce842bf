import { randomBytes } from 'node:crypto';
import { cpSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { officialYear } from '../../core/domain/official-time.ts';
import { createDeskFixture, seriesGrant } from '../../core/store/store-fixture.ts';
import { checkState } from './check-state.ts';
import { machineClock } from './desk-order.ts';
import { startDesk } from './desk-run.ts';
import { failingSyncsWithin, killsWithin } from './recording.ts';
import type { Scene, Setting } from './recording.ts';

// From 4000 pages on SQLite brings its log into the database and begins it anew (`checkpointPages`); a person takes some 80.
const nearlyFullLogBytes = 3850 * 4120;

/** The log of SQLite is what everything hangs on. */
const failingLogSyncs = failingSyncsWithin(6, 'desk.db-wal');

/** A desk that registers one person after another. */
export const registering: Scene = {
  prepare: async (image, parent, random) => ({ recoveryKey: await makeImage(image, parent, random() < 0.15) }),
  start: (programs, { folder, setting }, work, environment) =>
    startDesk(
      programs,
      {
        folder,
        recoveryKey: secretOf(setting).recoveryKey,
        centreUrl: null,
        work,
        clock: machineClock,
        isPatient: true,
      },
      environment,
    ),
  kills: killsWithin(100),
  failingSyncs: [...failingLogSyncs, ...failingSyncsWithin(25)],
  check: (programs, { folder, setting, at }, said) =>
    checkState(programs, { folder, secret: secretOf(setting), at }, said),
};

/** The same, where the log of SQLite could not be synced, and the program died of it. */
export const diesOfItsLog = failingLogSyncs.filter(({ fault }) => fault === 'unsynced-killed');

function secretOf(setting: Setting) {
  return { kind: 'recoveryKey', recoveryKey: setting['recoveryKey'] ?? '' } as const;
}

/** A desk that was closed the evening before; or one that was killed with its log nearly full. Resolves to its recovery key. */
async function makeImage(image: string, parent: string, isLogFull: boolean): Promise<string> {
  const desk = await createDeskFixture(parent);
  const first = await desk.open();
  first.store.putSeries(seriesGrant({ year: officialYear(new Date()) }));
  await first.store.close();
  const { store } = await desk.open();
  const log = join(desk.folder, 'desk.db-wal');
  while (isLogFull && statSync(log).size < nearlyFullLogBytes)
    store.putSetting('test.filler', randomBytes(150_000).toString('hex'));
  if (!isLogFull) await store.close();
  // The desk may be writing its anchor in the background.
  cpSync(desk.folder, image, { recursive: true, filter: (path) => !path.endsWith('.new') });
  await store.close();
  desk.remove();
  return desk.recoveryKey;
}
