import { AppError } from '../../core/contract/errors.ts';
import { openDesk } from '../../core/store/open-desk.ts';
import type { OpenDesk } from '../../core/store/open-desk.ts';
import { settableClock } from '../../core/store/store-fixture.ts';
import { checkNames } from './check-state.ts';
import { deskFolderOf } from './places.ts';
import { failingSyncsWithin, killsWithin } from './recording.ts';
import type { Scene } from './recording.ts';
import { makeDesk, secretOf, startScene } from './scene-desk.ts';
import { acknowledgeAll, attendForGood, endSentFiles } from './sent-files.ts';
import { noteShown, nothingShown } from './shown.ts';
import type { Said } from './shown.ts';

const everything = 10_000;
const separator = ',';

/**
 * A desk whose records and files the centre acknowledges, and whose sent files end at the next opening. Afterwards what was
 * acknowledged stays so, a file is there unless the centre has it, and one that ended is gone.
 */
export const sending: Scene = {
  async prepare(image) {
    const setting = await makeDesk(image);
    const clock = settableClock(new Date().toISOString());
    const desk = await openDesk({ folder: deskFolderOf(image), secret: secretOf(setting), clock });
    const sent: string[] = [];
    for (let left = 2; left > 0; left -= 1) await attendForGood(desk, clock, () => undefined);
    acknowledgeAll(desk, clock, (each) => {
      if (each.said === 'atCentre') sent.push(...each.digests);
    });
    await desk.store.close();
    return { ...setting, sent: sent.join(separator) };
  },
  start: startScene('send'),
  kills: killsWithin(140),
  failingSyncs: failingSyncsWithin(45),
  async check(programs, { folder: parent, setting, at }, said) {
    const folder = deskFolderOf(parent);
    const clock = settableClock(at);
    const sent = new Set(setting['sent']?.split(separator));
    for (const each of said) if (each.said === 'atCentre') for (const digest of each.digests) sent.add(digest);
    try {
      const workerUrls = { search: programs.searchWorker };
      const desk = await openDesk({ folder, secret: secretOf(setting), clock, workerUrls });
      const problems = [...checkAcknowledged(desk, said), ...(await checkFiles(desk, said, sent))];
      await endSentFiles(desk, clock);
      problems.push(...(await checkFiles(desk, said, sent)));
      for (const digest of sent)
        if ((await isAtCentre(desk, digest)) && desk.blobs.has(digest))
          problems.push(`file ${digest} ended and is there`);
      if (desk.verifyAudit().result !== 'intact') problems.push('the audit chain is broken');
      desk.checkDatabase();
      await desk.store.close();
      return [...problems, ...checkNames(folder)];
    } catch (error) {
      return [`the desk does not open or send on: ${String(error)}`];
    }
  },
};

function checkAcknowledged({ store }: OpenDesk, said: readonly Said[]): readonly string[] {
  const pending = new Set(store.listPendingBlobs(everything).map(({ sha256 }) => sha256));
  return said.flatMap((each) => {
    if (each.said !== 'acknowledged') return [];
    const { seriesId, sequence, digests } = each;
    const [next] = store.listUnacknowledgedEntries(seriesId, 1);
    return [
      ...(next !== undefined && next.sequence <= sequence ? [`acknowledgement of ${sequence} lost`] : []),
      ...digests.filter((digest) => pending.has(digest)).map((digest) => `acknowledgement of ${digest} lost`),
    ];
  });
}

/** Each file that a record names is there, or at the centre. */
async function checkFiles(
  desk: OpenDesk,
  said: readonly Said[],
  sent: ReadonlySet<string>,
): Promise<readonly string[]> {
  const shown = nothingShown();
  const problems = [...noteShown(shown, said)];
  for (const { recordId, recordNumber } of shown.records.values())
    if (desk.store.findRecord(recordId) === null) problems.push(`record ${recordNumber} lost`);
  const named = [...shown.records.values()].flatMap(({ digests }) => digests);
  for (const digest of new Set([...named, ...sent])) {
    if ((await isAtCentre(desk, digest)) && !sent.has(digest)) problems.push(`file ${digest} ended and never sent`);
  }
  return problems;
}

/** False: it is here, whole. Rejects when it is neither. */
async function isAtCentre({ blobs }: OpenDesk, digest: string): Promise<boolean> {
  try {
    await blobs.get(digest);
    return false;
  } catch (error) {
    if (error instanceof AppError && error.code === 'blob.atCentre') return true;
    throw error;
  }
}
