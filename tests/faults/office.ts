import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCentre } from '../../central/centre.ts';
import type { Centre } from '../../central/centre.ts';
import { referenceFixture } from '../../central/testing/reference-fixture.ts';
import type { LineState } from '../../core/services/desk-status.ts';
import { openDesk } from '../../core/store/open-desk.ts';
import type { OpenDesk } from '../../core/store/open-desk.ts';
import { createDeskFixture, settableClock } from '../../core/store/store-fixture.ts';
import type { DeskFixture, SettableClock } from '../../core/store/store-fixture.ts';
import { startSync } from '../../core/sync/sync-engine.ts';
import type { CentreStores } from './check-centre.ts';
import type { Campaign } from './campaign.ts';
import { enrol } from './enrol.ts';

/** A centre and its desks in one process, for campaigns that kill nothing: official time is what they say. */
export type Office = Readonly<{
  centre: Centre;
  stores: CentreStores;
  /** The centre's. */
  clock: SettableClock;
  addDesk: (deskNumber: string) => Promise<DeskFixture>;
  /** With a folder in the place of the desk's own: a copy of it. */
  open: (desk: DeskFixture, folder?: string) => Promise<OpenDesk>;
  folder: string;
}>;

export async function withOffice<Result>(
  { databaseUrl, programs }: Campaign,
  startsAt: string,
  work: (office: Office) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'ventanilla-office-'));
  const stores = { databaseUrl, dataFolder: join(folder, 'centre') };
  const clock = settableClock(startsAt);
  const centre = await createCentre({ ...stores, now: () => clock.now() });
  try {
    await centre.publishReference(referenceFixture());
    return await work({
      centre,
      stores,
      clock,
      folder,
      async addDesk(deskNumber) {
        const fixture = await createDeskFixture(folder);
        fixture.clock.set(startsAt);
        const { url, issueEnrolmentCode } = centre;
        await enrol(fixture, { url: () => url, issueEnrolmentCode }, deskNumber, clock.now());
        return fixture;
      },
      open: (desk, place = desk.folder) =>
        openDesk({
          folder: place,
          secret: desk.secret,
          clock: desk.clock,
          workerUrls: { search: programs.searchWorker },
        }),
    });
  } finally {
    await centre.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** As when the desk's program starts: the first round of its synchronisation, and what the officer reads afterwards. */
export async function synchronise(desk: OpenDesk, centreUrl: string, fixture: DeskFixture): Promise<LineState> {
  let line: LineState = { state: 'unknown', lastSyncAt: null, problem: null, isCentreDurable: null, upload: null };
  const sync = startSync({
    ...desk,
    centreUrl,
    clock: fixture.clock,
    log: { info: () => undefined, error: () => undefined },
    onLineChanged: (next) => {
      line = next;
    },
    onOnline: () => undefined,
  });
  await sync.runNow();
  await sync.close();
  return line;
}
