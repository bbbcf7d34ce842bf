import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { testKeyWrapper } from '../../core/store/store-fixture.ts';
import { startProgram } from './desk-run.ts';
import type { DeskRun } from './desk-run.ts';
import type { Programs } from './programs.ts';
import type { Place, Setting } from './recording.ts';
import type { SceneOrder } from './scene-program.ts';

/* What the scenes of a desk share: it lies in a folder of the one that is recorded, and a key store opens it. */

const deskName = 'desk';

export function newWrapperKey(): Setting {
  return { wrapperKey: randomBytes(32).toString('hex') };
}

export function deskFolderOf(folder: string): string {
  return join(folder, deskName);
}

export function secretOf({ wrapperKey }: Setting) {
  const storeKey = Buffer.from(wrapperKey ?? '', 'hex');
  return { kind: 'keyWrapper', keyWrapper: testKeyWrapper(storeKey) } as const;
}

export function startScene(
  programs: Programs,
  task: SceneOrder['task'],
  { folder, setting }: Place,
  work: number,
  environment: NodeJS.ProcessEnv,
): DeskRun {
  const order: SceneOrder = {
    task,
    folder: deskFolderOf(folder),
    wrapperKey: setting['wrapperKey'] ?? '',
    searchWorker: programs.searchWorker.href,
    work,
  };
  return startProgram(programs.scene, order, { ...programs.environment, ...environment });
}
