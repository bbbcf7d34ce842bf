import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { seededRandom } from '../../core/documents/signing/testing/mutations.ts';
import { createDeskFixture, seriesGrant } from '../../core/store/store-fixture.ts';
import { checkDesk } from './check-desk.ts';
import { noteShown, startDesk } from './desk-run.ts';
import type { Shown } from './desk-run.ts';

export type PowerCutResult = Readonly<{ seed: number; powerCuts: number; shown: number; problems: readonly string[] }>;

/** The file system that is mounted from a file of its own, so that its power can be cut; needs root. */
export function canCutPower(): boolean {
  if (process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(join(tmpdir(), 'ventanilla-power-'));
  try {
    const disk = makeDisk(folder);
    disk.mount();
    disk.unmount();
    return true;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * One desk on an ext4 of its own whose power is cut `rounds` times while it registers. After each cut the file system is
 * mounted again, as at the next start of the machine, and the desk compared with what had been shown. `powerCutProgram`:
 * power-cut.c, compiled.
 */
export async function runPowerCuts(
  options: Readonly<{ seed: number; rounds: number; powerCutProgram: string }>,
): Promise<PowerCutResult> {
  const random = seededRandom(options.seed);
  const parent = mkdtempSync(join(tmpdir(), 'ventanilla-power-'));
  const disk = makeDisk(parent);
  disk.mount();
  // Whoever interrupts the run is not left with a mounted disk.
  const leave = (): void => {
    disk.abandon();
    rmSync(parent, { recursive: true, force: true });
    process.exit(130);
  };
  for (const signal of interruptions) process.once(signal, leave);
  try {
    const fixture = await createDeskFixture(disk.folder);
    const { seriesId } = seriesGrant();
    const first = await fixture.open();
    first.store.putSeries(seriesGrant());
    await first.store.close();
    // The desk was set up long before the first cut.
    execFileSync('sync', ['-f', disk.folder]);
    const shown: Shown = { records: new Map(), delivered: new Set() };
    const problems: string[] = [];
    let powerCuts = 0;
    for (let round = 0; round < options.rounds && problems.length === 0; round += 1) {
      const { folder, recoveryKey } = fixture;
      const desk = startDesk({ folder, recoveryKey, seriesId, centreUrl: null, isDraining: false });
      await desk.untilShown(1 + Math.floor(random() * 20));
      await pause(random() * 20);
      // Nobody sees what is said with the power off; here the program goes on, and its last call may be told that all is well.
      const lines = desk.linesSoFar();
      execFileSync(options.powerCutProgram, [disk.folder]);
      desk.child.kill('SIGKILL');
      powerCuts += 1;
      await desk.ended;
      problems.push(...noteShown(shown, lines));
      disk.unmount();
      disk.mount();
      const again = await fixture.open();
      problems.push(...(await checkDesk(again, folder, seriesId, shown)).map((text) => `power cut ${round}: ${text}`));
      await again.store.close();
    }
    return { seed: options.seed, powerCuts, shown: shown.records.size, problems };
  } finally {
    for (const signal of interruptions) process.off(signal, leave);
    // The desk may have been left in the middle of something by whatever went wrong.
    disk.abandon();
    rmSync(parent, { recursive: true, force: true });
  }
}

const interruptions = ['SIGINT', 'SIGTERM'] as const;

function makeDisk(parent: string) {
  const [image, folder] = [join(parent, 'disk.img'), join(parent, 'disk')];
  mkdirSync(folder);
  execFileSync('truncate', ['-s', '400M', image]);
  execFileSync('mkfs.ext4', ['-q', '-F', image]);
  return {
    folder,
    mount: () => void execFileSync('mount', ['-o', 'loop', image, folder]),
    unmount: () => void execFileSync('umount', [folder], { stdio: 'ignore' }),
    /** While a desk may still have files open there, or with nothing mounted. */
    abandon: () => void spawnSync('umount', ['--lazy', folder], { stdio: 'ignore' }),
  };
}
