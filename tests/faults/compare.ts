import { openDesk } from '../../core/store/open-desk.ts';
import type { OpenDesk } from '../../core/store/open-desk.ts';
import type { DeskFixture } from '../../core/store/store-fixture.ts';
import { checkCentre } from './check-centre.ts';
import type { CentreStores } from './check-centre.ts';
import { checkDesk } from './check-desk.ts';
import type { Programs } from './programs.ts';
import type { Shown } from './shown.ts';

/** Opens a desk that nobody has open, compares it with what was shown, and with its centre unless that is null. */
export async function compare(
  programs: Programs,
  fixture: DeskFixture,
  shown: Shown,
  stores: CentreStores | null,
  isDrained: boolean,
): Promise<readonly string[]> {
  const desk = await openFixture(programs, fixture);
  try {
    return [
      ...(await checkDesk(desk, fixture.folder, shown)),
      ...(stores === null ? [] : await checkCentre(stores, desk, isDrained)),
    ];
  } finally {
    await desk.store.close();
  }
}

export function openFixture(programs: Programs, { folder, secret, clock }: DeskFixture): Promise<OpenDesk> {
  return openDesk({ folder, secret, clock, workerUrls: { search: programs.searchWorker } });
}
