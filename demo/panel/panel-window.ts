import { spawn } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { browserArguments, findBrowser } from '../browser.ts';

/** The panel in a small window of its own beside the counter's. Returns how to close it; null without a browser. */
export async function openPanelWindow(url: string, profileFolder: string): Promise<(() => void) | null> {
  const browser = findBrowser();
  if (browser === null) return null;
  await rm(profileFolder, { recursive: true, force: true });
  await mkdir(profileFolder, { recursive: true, mode: 0o700 });
  // The address holds the panel's key: it goes in by a file of its owner, since a command line is public.
  const bootstrap = path.join(profileFolder, 'panel.html');
  const page = `<!doctype html><meta charset="utf-8"><title>Panel de la demostración</title><script>location.replace(${JSON.stringify(url)})</script>`;
  await writeFile(bootstrap, page, { mode: 0o600 });
  const child = spawn(
    browser,
    [
      `--app=${pathToFileURL(bootstrap).href}`,
      `--user-data-dir=${profileFolder}`,
      '--incognito',
      '--window-size=460,780',
      '--window-position=1120,60',
      '--lang=es',
      ...browserArguments,
    ],
    { stdio: 'ignore' },
  );
  child.on('error', () => undefined);
  return () => void child.kill('SIGTERM');
}
