import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { FullConfig } from '@playwright/test';
import { openOffice } from '../../../demo/office.ts';
import { demoPathsUnder } from '../../../demo/paths.ts';
import { findElectron } from '../../../demo/shells.ts';
import { layOffice } from '../../integration/office-template.ts';
import { noElectron } from './sentences.ts';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '..', '..', '..');
// Beside a checkout on a machine that cannot download Electron's own binary.
const runtimeScript = path.join(root, '..', 'shared', 'tools', 'electron-runtime');

/** One office is made once, and each file of tests works in a copy: making its certificates takes most of the time. */
// oxlint-disable-next-line import/no-default-export -- Playwright calls the default export.
export default async function setUp(config: FullConfig): Promise<() => Promise<void>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ventanilla-e2e-'));
  const paths = demoPathsUnder(path.join(folder, 'template'));
  const { release } = await layOffice(paths);
  const office = await openOffice(paths, { cards: 'soft' });
  await office.close();
  process.env['VENTANILLA_E2E_FOLDER'] = folder;
  const isElectronAsked = config.projects.some(({ name }) => name === 'electron-shell');
  const binary = isElectronAsked ? await findElectronBinary() : null;
  if (binary === null && isElectronAsked) process.stderr.write(`${noElectron}\n`);
  process.env['VENTANILLA_E2E_ELECTRON'] = binary ?? '';
  return async () => {
    await release();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
}

async function findElectronBinary(): Promise<string | null> {
  const installed = findElectron();
  if (installed !== null || !existsSync(runtimeScript)) return installed;
  try {
    const { stdout } = await run(runtimeScript, { timeout: 300_000 });
    return findElectron({ ELECTRON_OVERRIDE_DIST_PATH: stdout.trim() });
  } catch {
    return null;
  }
}
