import { execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { officialYear } from '../../core/domain/official-time.ts';
import { seededRandom } from '../../core/documents/signing/testing/mutations.ts';
import { createDeskFixture, seriesGrant } from '../../core/store/store-fixture.ts';
import type { DeskFixture } from '../../core/store/store-fixture.ts';
import type { Campaign, CampaignResult } from './campaign.ts';
import { compare } from './compare.ts';
import { startDesk } from './desk-run.ts';
import { withOwnDisk } from './own-disk.ts';
import type { OwnDisk } from './own-disk.ts';
import { noteShown, nothingShown } from './shown.ts';
import { machineClock } from './desk-order.ts';

/**
 * One desk on a disk of its own whose power is cut `rounds` times while it registers. After each cut the file system is
 * mounted again, as at the next start of the machine, and the desk compared with what had been shown.
 */
export function runPowerCampaign({ seed, rounds, programs }: Omit<Campaign, 'databaseUrl'>): Promise<CampaignResult> {
  return withOwnDisk(async (disk) => {
    const random = seededRandom(seed);
    const fixture = await createDeskOn(disk);
    const { folder, recoveryKey } = fixture;
    const shown = nothingShown();
    const problems: string[] = [];
    let powerCuts = 0;
    while (powerCuts < rounds && problems.length === 0) {
      const order = { folder, recoveryKey, centreUrl: null, work: null, clock: machineClock, isPatient: false };
      const desk = startDesk(programs, order);
      await desk.untilSaid('record', 1 + Math.floor(random() * 8));
      await pause(random() * 20);
      // Nobody sees what is said with the power off; here the program goes on, and its last call may be told that all is well.
      const said = desk.saidSoFar();
      execFileSync(programs.powerCut, [disk.folder]);
      desk.child.kill('SIGKILL');
      powerCuts += 1;
      await desk.ended;
      problems.push(...noteShown(shown, said));
      disk.unmount();
      disk.mount();
      problems.push(...(await compare(programs, fixture, shown, null, false)));
    }
    return { faults: { powerCuts }, shown: shown.records.size, problems };
  });
}

/** A desk that was set up long before anything fails, and numbers without a centre. */
export async function createDeskOn(disk: OwnDisk): Promise<DeskFixture> {
  const fixture = await createDeskFixture(disk.folder);
  const { store } = await fixture.open();
  store.putSeries(seriesGrant({ year: officialYear(new Date()) }));
  await store.close();
  execFileSync('sync', ['-f', disk.folder]);
  return fixture;
}
