import { seededRandom } from '../../core/documents/signing/testing/mutations.ts';
import type { Campaign, CampaignResult } from './campaign.ts';
import { compare } from './compare.ts';
import { startDesk } from './desk-run.ts';
import { withOwnDisk } from './own-disk.ts';
import { createDeskOn } from './power-campaign.ts';
import { noteShown, nothingShown } from './shown.ts';
import { machineClock } from './desk-order.ts';

/** What an officer may be told; anything else would be a failure that nobody foresaw. */
const expected = new Set(['desk.diskFull', 'desk.storeDamaged', 'desk.diskReadOnly']);

/**
 * One desk whose file system becomes read-only in the middle of work, as after an error of the disk, and is whole again at the
 * next start. From then on nothing is shown; what was shown before is all there.
 */
export function runReadOnlyCampaign({ seed, rounds, programs }: Campaign): Promise<CampaignResult> {
  return withOwnDisk(async (disk) => {
    const random = seededRandom(seed);
    const fixture = await createDeskOn(disk);
    const { folder, recoveryKey } = fixture;
    const shown = nothingShown();
    const problems: string[] = [];
    let remounts = 0;
    let refusals = 0;
    while (remounts < rounds && problems.length === 0) {
      const order = { folder, recoveryKey, centreUrl: null, work: null, clock: machineClock, isPatient: true };
      const desk = startDesk(programs, order);
      await desk.untilSaid('record', 1 + Math.floor(random() * 6));
      disk.makeReadOnly();
      remounts += 1;
      await desk.untilSaid('refused', 3);
      desk.child.kill('SIGKILL');
      const { said, told, signal } = await desk.ended;
      if (signal !== 'SIGKILL') problems.push(`the desk ended by itself: ${told.slice(0, 500)}`);
      const codes = said.flatMap((each) => (each.said === 'refused' ? [each.code] : []));
      refusals += codes.length;
      for (const code of new Set(codes)) if (!expected.has(code)) problems.push(`the officer was told ${code}`);
      const firstRefusal = said.findIndex((each) => each.said === 'refused');
      if (said.slice(firstRefusal).some((each) => each.said === 'record'))
        problems.push('a record was shown afterwards');
      problems.push(...noteShown(shown, said));
      disk.unmount();
      disk.mount();
      problems.push(...(await compare(programs, fixture, shown, null, false)));
    }
    return { faults: { remounts, refusals }, shown: shown.records.size, problems };
  });
}
