import { rm } from 'node:fs/promises';
import { demoPaths } from './paths.ts';
import { isDemonstrationRunning } from './running.ts';

/** Removes everything that the demonstration keeps on this machine. */
const paths = demoPaths();
if (await isDemonstrationRunning(paths.running)) {
  console.error('La demostración está abierta: ciérrela y repita.');
  process.exitCode = 1;
} else {
  await rm(paths.root, { recursive: true, force: true });
  console.log(`Demostración borrada: ${paths.root}`);
}
