import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeskSecret } from '../../core/store/master-key.ts';
import { openDesk } from '../../core/store/open-desk.ts';
import type { OpenDesk } from '../../core/store/open-desk.ts';
import { settableClock } from '../../core/store/store-fixture.ts';
import { attend } from './attend.ts';
import { checkDesk } from './check-desk.ts';
import type { Programs } from './programs.ts';
import { noteShown, nothingShown } from './shown.ts';
import type { Said } from './shown.ts';

// What a closed desk consists of.
const ownNames = new Set(['anchor.json', 'blobs', 'desk.db', 'desk.lock', 'key.json']);

/**
 * Opens the desk that was left in a folder, as at the next start of the program, attends one person more, and compares it with
 * what the officer had been shown and is shown now: the next number of the same series, and all that came before it.
 */
export async function checkState(
  { searchWorker }: Programs,
  { folder, secret, at }: Readonly<{ folder: string; secret: DeskSecret; at: string }>,
  saidBefore: readonly Said[],
): Promise<readonly string[]> {
  const shown = nothingShown();
  const problems = [...noteShown(shown, saidBefore), ...checkAnchor(folder)];
  const clock = settableClock(at);
  let desk: OpenDesk;
  try {
    desk = await openDesk({ folder, secret, clock, workerUrls: { search: searchWorker } });
  } catch (error) {
    return [...problems, `the desk does not open: ${String(error)}`];
  }
  try {
    const said: Said[] = [];
    await attend(desk, clock, (each) => said.push(each));
    problems.push(...noteShown(shown, said), ...(await checkDesk(desk, folder, shown)));
    const sealed = desk.store.listSealedSeries();
    if (sealed.length > 0) problems.push(`series sealed: ${sealed.join()}`);
  } catch (error) {
    problems.push(`the desk does not work on: ${String(error)}`);
  } finally {
    await desk.store.close();
  }
  return [...problems, ...checkNames(folder)];
}

/** Of a desk that was opened and closed. */
export function checkNames(folder: string): readonly string[] {
  const left = readdirSync(folder).filter((name) => !ownNames.has(name));
  return left.length > 0 ? [`left in the folder: ${left.join()}`] : [];
}

/** The desk takes one that is torn for none, and would not know an old database any more. */
function checkAnchor(folder: string): string[] {
  const path = join(folder, 'anchor.json');
  try {
    if (existsSync(path)) JSON.parse(readFileSync(path, 'utf8'));
    return [];
  } catch {
    return ['anchor torn'];
  }
}
