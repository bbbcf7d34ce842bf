import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../core/documents/signing/testing/mutations.ts';
import { referenceFixture } from '../../central/testing/reference-fixture.ts';
import { createDeskFixture } from '../../core/store/store-fixture.ts';
import type { DeskFixture } from '../../core/store/store-fixture.ts';
import { enrolDesk } from '../../core/sync/enrol-desk.ts';
import { startCentreProcess } from './centre-process.ts';
import type { CentreProcess } from './centre-process.ts';
import { openChaosLine } from './chaos-line.ts';
import type { ChaosLine, LineFault } from './chaos-line.ts';
import { checkCentre } from './check-centre.ts';
import type { CentreStores } from './check-centre.ts';
import { checkDesk } from './check-desk.ts';
import { noteShown, startDesk } from './desk-run.ts';
import type { Shown } from './desk-run.ts';

/** How a round ends for the desk: a call that changes a file dies in one of three ways, or the whole process does. */
const deaths = ['kill', 'killed-late', 'torn', 'process'] as const;

export type CampaignResult = Readonly<{
  seed: number;
  deskKills: number;
  centreKills: number;
  lineFaults: ReadonlyMap<LineFault, number>;
  /** Records that an officer was shown. */
  shown: number;
  problems: readonly string[];
}>;

const officeCode = 'O00009999';
const deskNumber = '03';
// About what a desk does to its files in ten records.
const latestCall = 1000;

/**
 * One desk and one centre through `rounds` rounds. In each the desk works and sends until it is killed, in the middle of a call
 * or between; the line fails all the while, and the centre is killed now and then. After each round desk and centre are compared
 * with what was shown; at the end the line heals, the desk sends what is left, and nothing may be missing. All choices come
 * from the seed. `ioFaultLibrary`: core/store/io-fault.c, compiled.
 */
export async function runCampaign(
  options: Readonly<{ seed: number; rounds: number; databaseUrl: string; ioFaultLibrary: string }>,
): Promise<CampaignResult> {
  const random = seededRandom(options.seed);
  const parent = mkdtempSync(join(tmpdir(), 'ventanilla-faults-'));
  const stores: CentreStores = { databaseUrl: options.databaseUrl, dataFolder: join(parent, 'centre') };
  const reference = join(parent, 'reference.json');
  writeFileSync(reference, JSON.stringify(referenceFixture()));
  const centre = await startCentreProcess({ ...stores, reference });
  const line = await openChaosLine({ centreUrl: centre.url, random: seededRandom(options.seed + 1), share: 0.4 });
  try {
    const fixture = await createDeskFixture(parent);
    const seriesId = await enrol(fixture, centre);
    const shown: Shown = { records: new Map(), delivered: new Set() };
    const problems: string[] = [];
    let centreKills = 0;
    for (let round = 0; round < options.rounds; round += 1) {
      const death = deaths[Math.floor(random() * deaths.length)] ?? 'kill';
      const call = 1 + Math.floor(random() * latestCall);
      const isCentreKilled = random() < 0.25;
      const desk = startDesk(
        {
          folder: fixture.folder,
          recoveryKey: fixture.recoveryKey,
          seriesId,
          centreUrl: line.url,
          isDraining: false,
        },
        death === 'process'
          ? {}
          : {
              LD_PRELOAD: options.ioFaultLibrary,
              IO_FAULT: death,
              IO_FAULT_AT: String(call),
              IO_FAULT_FOLDER: fixture.folder,
            },
      );
      if (isCentreKilled) {
        await desk.untilShown(1 + Math.floor(random() * 5));
        await centre.killAndStart();
        centreKills += 1;
      }
      if (death === 'process') {
        await desk.untilShown(1 + Math.floor(random() * 15));
        desk.child.kill('SIGKILL');
      }
      const { lines, told, signal } = await desk.ended;
      if (signal !== 'SIGKILL') problems.push(`round ${round}: the desk ended by itself: ${told.slice(0, 500)}`);
      problems.push(...noteShown(shown, lines));
      problems.push(
        ...(await compare(fixture, stores, seriesId, shown, false)).map((text) => `round ${round}: ${text}`),
      );
      if (problems.length > 0) break;
    }
    problems.push(...(await drain(fixture, centre, seriesId)));
    problems.push(...(await compare(fixture, stores, seriesId, shown, true)).map((text) => `drained: ${text}`));
    return {
      seed: options.seed,
      deskKills: options.rounds,
      centreKills,
      lineFaults: line.counts,
      shown: shown.records.size,
      problems,
    };
  } finally {
    await close(line, centre);
    rmSync(parent, { recursive: true, force: true });
  }
}

async function enrol(fixture: DeskFixture, centre: CentreProcess): Promise<string> {
  const { store } = await fixture.open();
  try {
    await enrolDesk({
      store,
      centreUrl: centre.url(),
      enrolmentCode: await centre.issueEnrolmentCode(officeCode, deskNumber),
      officeCode,
      deskNumber,
      now: new Date(),
    });
    const series = store.listSeries().find(({ direction }) => direction === 'incoming');
    if (series === undefined) throw new Error('no series was granted');
    return series.seriesId;
  } finally {
    await store.close();
  }
}

async function compare(
  fixture: DeskFixture,
  stores: CentreStores,
  seriesId: string,
  shown: Shown,
  isDrained: boolean,
): Promise<readonly string[]> {
  const desk = await fixture.open();
  try {
    return [
      ...(await checkDesk(desk, fixture.folder, seriesId, shown)),
      ...(await checkCentre(stores, desk, seriesId, isDrained)),
    ];
  } finally {
    await desk.store.close();
  }
}

/** The line is whole again: what is left goes to the centre itself. */
async function drain(fixture: DeskFixture, centre: CentreProcess, seriesId: string): Promise<readonly string[]> {
  const { folder, recoveryKey } = fixture;
  const desk = startDesk({ folder, recoveryKey, seriesId, centreUrl: centre.url(), isDraining: true });
  const { lines, told } = await desk.ended;
  return lines.includes('drained') ? [] : [`the drain did not end: ${lines.join(' ')} ${told.slice(0, 500)}`];
}

async function close(line: ChaosLine, centre: CentreProcess): Promise<void> {
  await line.close();
  await centre.stop();
}
