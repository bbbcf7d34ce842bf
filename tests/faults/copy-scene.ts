import { mkdirSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { findCopies } from '../../core/store/backup/find-copies.ts';
import { restoreDesk } from '../../core/store/backup/restore-desk.ts';
import { openDesk } from '../../core/store/open-desk.ts';
import { settableClock } from '../../core/store/store-fixture.ts';
import { checkDesk } from './check-desk.ts';
import { deskFolderOf, diskFolderOf } from './places.ts';
import { failingSyncsWithin, killsWithin } from './recording.ts';
import type { Place, Scene } from './recording.ts';
import { makeDesk, secretOf, startScene } from './scene-desk.ts';
import { noteShown, nothingShown } from './shown.ts';
import type { Said } from './shown.ts';

const keptCopies = 3;
const unattended = { signal: new AbortController().signal, report: () => undefined };

/**
 * A desk is copied to another disk while it works. Afterwards the newest copy that was told is there, every copy that counts as
 * one gives the desk back as it was shown when the copy began, and the next copy leaves nothing behind of those that did not end.
 */
export const copying: Scene = {
  prepare: async (image) => {
    const setting = await makeDesk(image);
    mkdirSync(diskFolderOf(image));
    return setting;
  },
  start: startScene('copy'),
  kills: killsWithin(150),
  failingSyncs: failingSyncsWithin(50),
  async check(_programs, place, said) {
    try {
      return [...(await checkRestored(place, said)), ...(await checkNextCopy(place))];
    } catch (error) {
      const cause = error instanceof Error ? String(error.cause) : '';
      return [`the copies are of no use: ${String(error)}: ${cause}`];
    }
  },
};

async function checkRestored(
  { folder: parent, setting, at }: Place,
  said: readonly Said[],
): Promise<readonly string[]> {
  const [folder, to] = [diskFolderOf(parent), join(parent, 'restored')];
  const clock = settableClock(at);
  const secret = secretOf(setting);
  const told = said.findLastIndex((each) => each.said === 'copied');
  const begun = said.slice(0, told).findLastIndex((each) => each.said === 'copying');
  const copies = await findCopies(folder);
  if (copies.length === 0) return told < 0 ? [] : ['no copy'];
  const problems: string[] = [];
  const last = said[told];
  if (last?.said === 'copied' && !copies.some(({ name }) => name === last.name))
    problems.push('the newest copy is gone');
  const recoveryKey = setting['recoveryKey'] ?? '';
  const { damagedFiles } = await restoreDesk({ ...unattended, folder, recoveryKey, to, secret, clock });
  if (damagedFiles > 0) problems.push(`${damagedFiles} files damaged in a copy`);
  const desk = await openDesk({ folder: to, secret, clock });
  const shown = nothingShown();
  problems.push(...noteShown(shown, said.slice(0, begun + 1)), ...(await checkDesk(desk, to, shown)));
  await desk.store.close();
  return problems;
}

async function checkNextCopy({ folder: parent, setting, at }: Place): Promise<readonly string[]> {
  const folder = diskFolderOf(parent);
  const desk = await openDesk({ folder: deskFolderOf(parent), secret: secretOf(setting), clock: settableClock(at) });
  const made = await desk.backUp({ ...unattended, folder });
  await desk.store.close();
  const copies = await findCopies(folder);
  const problems: string[] = [];
  if (copies[0]?.name !== basename(made.folder)) problems.push('the next copy is not the newest');
  if (copies.length > keptCopies) problems.push(`${copies.length} copies`);
  const [root] = readdirSync(folder);
  const whole = new Set(copies.map(({ name }) => name));
  const left = [
    ...readdirSync(folder).slice(1),
    ...readdirSync(join(folder, root ?? '', 'copies')).filter((name) => !whole.has(name)),
    ...readdirSync(join(folder, root ?? '', 'blobs', 'new')),
    ...readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.new')),
  ];
  if (left.length > 0) problems.push(`left on the disk of the copies: ${left.join()}`);
  return problems;
}
