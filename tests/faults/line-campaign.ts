import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../core/documents/signing/testing/mutations.ts';
import { referenceFixture } from '../../central/testing/reference-fixture.ts';
import { createDeskFixture } from '../../core/store/store-fixture.ts';
import type { Campaign, CampaignResult } from './campaign.ts';
import { startCentreProcess } from './centre-process.ts';
import { openChaosLine } from './chaos-line.ts';
import { compare } from './compare.ts';
import { startDesk } from './desk-run.ts';
import { enrol } from './enrol.ts';
import { noteShown, nothingShown } from './shown.ts';
import { machineClock } from './desk-order.ts';

/** How a round ends for the desk: a call that changes a file dies in one of three ways, or the whole process does. */
const deaths = ['kill', 'killed-late', 'torn', 'process'] as const;

// About what a desk does to its files for five persons.
const latestCall = 1500;

/**
 * One desk and one centre through `rounds` rounds. In each the desk works and sends until it is killed, in the middle of a call
 * or between; the line fails all the while, and the centre is killed now and then. After each round desk and centre are compared
 * with what was shown; at the end the line heals, the desk sends what is left, and nothing may be missing. All choices come
 * from the seed.
 */
export async function runLineCampaign({ seed, rounds, databaseUrl, programs }: Campaign): Promise<CampaignResult> {
  const random = seededRandom(seed);
  const parent = mkdtempSync(join(tmpdir(), 'ventanilla-faults-'));
  const stores = { databaseUrl, dataFolder: join(parent, 'centre') };
  const reference = join(parent, 'reference.json');
  writeFileSync(reference, JSON.stringify(referenceFixture()));
  const centre = await startCentreProcess(programs, { ...stores, reference });
  const line = await openChaosLine({ centreUrl: centre.url, random: seededRandom(seed + 1), share: 0.4 });
  try {
    const fixture = await createDeskFixture(parent);
    const { folder, recoveryKey } = fixture;
    await enrol(fixture, centre, '03', new Date());
    const shown = nothingShown();
    const problems: string[] = [];
    let centreKills = 0;
    let deskKills = 0;
    const order = { folder, recoveryKey, clock: machineClock, isPatient: false };
    while (deskKills < rounds && problems.length === 0) {
      const death = deaths[Math.floor(random() * deaths.length)] ?? 'kill';
      const call = 1 + Math.floor(random() * latestCall);
      const isCentreKilled = random() < 0.25;
      const desk = startDesk(
        programs,
        { ...order, centreUrl: line.url, work: null },
        death === 'process'
          ? {}
          : {
              LD_PRELOAD: programs.ioFaultLibrary,
              IO_FAULT: death,
              IO_FAULT_AT: String(call),
              IO_FAULT_FOLDER: folder,
            },
      );
      if (isCentreKilled) {
        await desk.untilSaid('record', 1 + Math.floor(random() * 3));
        await centre.killAndStart();
        centreKills += 1;
      }
      if (death === 'process') {
        await desk.untilSaid('record', 1 + Math.floor(random() * 8));
        desk.child.kill('SIGKILL');
      }
      const { said, told, signal } = await desk.ended;
      deskKills += 1;
      if (signal !== 'SIGKILL') problems.push(`the desk ended by itself: ${told.slice(0, 500)}`);
      problems.push(...noteShown(shown, said));
      problems.push(...(await compare(programs, fixture, shown, stores, false)));
    }
    // The line is whole again: what is left goes to the centre itself.
    const drain = startDesk(programs, { ...order, centreUrl: centre.url(), work: 'drain' });
    const { said, told } = await drain.ended;
    if (said.at(-1)?.said !== 'done')
      problems.push(`the drain did not end: ${JSON.stringify(said)} ${told.slice(0, 500)}`);
    problems.push(...(await compare(programs, fixture, shown, stores, true)).map((text) => `drained: ${text}`));
    return {
      faults: { deskKills, centreKills, ...Object.fromEntries(line.counts) },
      shown: shown.records.size,
      problems,
    };
  } finally {
    await line.close();
    await centre.stop();
    rmSync(parent, { recursive: true, force: true });
  }
}
