import { mkdirSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { contentOf, openCentreFiles, sendInParts, sendTogether, uploadOf } from './centre-files.ts';
import { deskFolderOf } from './places.ts';
import { failingSyncsWithin, killsWithin } from './recording.ts';
import type { Scene } from './recording.ts';
import { newWrapperKey, startScene } from './scene-desk.ts';

const names = [0, 1].flatMap((index) => [`large ${index}`, `small ${index}.1`, `small ${index}.2`]);

/**
 * A centre takes files in parts and together. Afterwards each that it acknowledged is there, any other comes whole when it is sent
 * again, and once a day has passed nothing is left of what was half made.
 */
export const receiving: Scene = {
  prepare: async (image) => {
    mkdirSync(deskFolderOf(image), { recursive: true });
    return newWrapperKey();
  },
  start: startScene('receive'),
  kills: killsWithin(18),
  failingSyncs: failingSyncsWithin(6),
  async check(_programs, { folder: parent, setting }, said) {
    const folder = deskFolderOf(parent);
    const key = setting['wrapperKey'] ?? '';
    const problems: string[] = [];
    try {
      const store = await openCentreFiles(folder, key);
      const isThere = async (name: string) =>
        contentOf(name).equals((await store.read(uploadOf(name).sha256)) ?? Buffer.of());
      for (const each of said)
        if (each.said === 'stored' && !(await isThere(each.name))) problems.push(`${each.name} acknowledged and lost`);
      for (const name of names) {
        if (name.startsWith('large')) await sendInParts(store, name);
        else await sendTogether(store, [name]);
        if (!(await isThere(name))) problems.push(`${name} is not what was sent`);
      }
      const partial = join(folder, 'blobs', 'partial');
      for (const name of readdirSync(partial)) utimesSync(join(partial, name), 0, 0);
      await openCentreFiles(folder, key);
      const left = readdirSync(partial);
      if (left.length > 0) problems.push(`left at the centre: ${left.join()}`);
    } catch (error) {
      problems.push(`the centre does not take files: ${String(error)}`);
    }
    return problems;
  },
};
