import { spawnSync } from 'node:child_process';

/** Whether Tesseract is installed with its data for Spanish. */
export function readsSpanish(): boolean {
  const { status, stdout } = spawnSync('tesseract', ['--list-langs'], { encoding: 'utf8' });
  return status === 0 && stdout.split('\n').includes('spa');
}
