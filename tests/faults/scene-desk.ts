import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { officialYear } from '../../core/domain/official-time.ts';
import { createDesk, openDesk } from '../../core/store/open-desk.ts';
import { seriesGrant, settableClock, testKeyWrapper } from '../../core/store/store-fixture.ts';
import { startProgram } from './desk-run.ts';
import { deskFolderOf } from './places.ts';
import type { Scene, Setting } from './recording.ts';
import type { SceneOrder } from './scene-program.ts';

/* What the scenes of a desk share: it lies in a folder of the one that is recorded, and a key store opens it. */

/** One that was made and closed before, and can number. */
export async function makeDesk(image: string): Promise<Setting> {
  mkdirSync(image);
  const wrapper = newWrapperKey();
  const [folder, secret] = [deskFolderOf(image), secretOf(wrapper)];
  const clock = settableClock(new Date().toISOString());
  const { recoveryKey } = await createDesk({ folder, secret, clock });
  const { store } = await openDesk({ folder, secret, clock });
  store.putSeries(seriesGrant({ year: officialYear(clock.now()) }));
  await store.close();
  return { ...wrapper, recoveryKey };
}

export function newWrapperKey(): Setting {
  return { wrapperKey: randomBytes(32).toString('hex') };
}

export function secretOf({ wrapperKey }: Setting) {
  const storeKey = Buffer.from(wrapperKey ?? '', 'hex');
  return { kind: 'keyWrapper', keyWrapper: testKeyWrapper(storeKey) } as const;
}

/** Starts the program of a scene on its task. */
export function startScene(task: SceneOrder['task']): Scene['start'] {
  return (programs, { folder, setting }, work, environment) => {
    const order: SceneOrder = {
      task,
      folder: deskFolderOf(folder),
      wrapperKey: setting['wrapperKey'] ?? '',
      searchWorker: programs.searchWorker.href,
      work,
    };
    return startProgram(programs.scene, order, { ...programs.environment, ...environment });
  };
}
