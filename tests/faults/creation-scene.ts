import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { officialYear } from '../../core/domain/official-time.ts';
import type { DeskSecret } from '../../core/store/master-key.ts';
import { createDesk, deskExists, openDesk } from '../../core/store/open-desk.ts';
import { seriesGrant, settableClock } from '../../core/store/store-fixture.ts';
import { checkState } from './check-state.ts';
import { deskFolderOf } from './places.ts';
import { failingSyncsWithin, killsWithin } from './recording.ts';
import type { Scene } from './recording.ts';
import { newWrapperKey, secretOf, startScene } from './scene-desk.ts';

/**
 * A desk is made, and its first person attended. Afterwards a desk whose recovery key was shown is there; any other opens as
 * it does day by day, or is made again.
 */
export const creating: Scene = {
  prepare: async (image) => {
    mkdirSync(image);
    return newWrapperKey();
  },
  start: startScene('create'),
  kills: killsWithin(40),
  failingSyncs: failingSyncsWithin(12),
  async check(programs, { folder: parent, setting, at }, said) {
    const folder = deskFolderOf(parent);
    const daily = secretOf(setting);
    const clock = settableClock(at);
    const shownKey = said.find((each) => each.said === 'created')?.recoveryKey ?? null;
    const problems: string[] = [];
    let secret: DeskSecret = daily;
    try {
      if (shownKey !== null) secret = { kind: 'recoveryKey', recoveryKey: shownKey };
      else if (!deskExists(folder)) await createDesk({ folder, secret: daily, clock });
      const { store } = await openDesk({ folder, secret, clock });
      if (store.listSeries().length === 0) store.putSeries(seriesGrant({ year: officialYear(clock.now()) }));
      await store.close();
    } catch (error) {
      return [`the desk is neither there nor made again: ${String(error)}`];
    }
    const others = readdirSync(parent).filter((name) => join(parent, name) !== folder);
    if (others.length > 0) problems.push(`left beside the desk: ${others.join()}`);
    return [...problems, ...(await checkState(programs, { folder, secret, at }, said))];
  },
};
