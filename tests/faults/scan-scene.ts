import { createHash } from 'node:crypto';
import { openDesk } from '../../core/store/open-desk.ts';
import type { OpenDesk } from '../../core/store/open-desk.ts';
import { settableClock } from '../../core/store/store-fixture.ts';
import { takeInArrivedPages } from './arriving-pages.ts';
import { checkState } from './check-state.ts';
import { deskFolderOf } from './places.ts';
import { failingSyncsWithin, killsWithin } from './recording.ts';
import type { Scene } from './recording.ts';
import { makeDesk, secretOf, startScene } from './scene-desk.ts';
import type { Said } from './shown.ts';

/** A stack of paper is scanned. Afterwards each page whose sheet went through is in its draft, once the desk is open. */
export const scanning: Scene = {
  prepare: makeDesk,
  start: startScene('scan'),
  kills: killsWithin(40),
  failingSyncs: failingSyncsWithin(12),
  async check(programs, { folder: parent, setting, at }, said) {
    const folder = deskFolderOf(parent);
    const secret = secretOf(setting);
    const problems: string[] = [];
    try {
      const desk = await openDesk({ folder, secret, clock: settableClock(at) });
      await takeInArrivedPages(desk);
      if ((await desk.spool.list()).length > 0) problems.push('pages wait on in the spool');
      problems.push(...(await checkPages(desk, said)));
      await desk.store.close();
    } catch (error) {
      return [`the pages are not taken in: ${String(error)}`];
    }
    return [...problems, ...(await checkState(programs, { folder, secret, at }, said))];
  },
};

async function checkPages({ store, blobs }: OpenDesk, said: readonly Said[]): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const each of said) {
    if (each.said !== 'pageArrived') continue;
    const page = store.findPage(each.pageId);
    const capture = page === null ? null : await blobs.get(page.captureDigest);
    if (capture === null) problems.push(`page ${each.pageId} lost`);
    else if (createHash('sha256').update(capture).digest('hex') !== each.sha256)
      problems.push(`page ${each.pageId} is another`);
  }
  return problems;
}
