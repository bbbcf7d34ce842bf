import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const browsers = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export function findBrowser(): string | null {
  return browsers.find((path) => existsSync(path)) ?? null;
}

export type BrowserWindow = Readonly<{
  closed: Promise<void>;
  close: () => void;
  /** Removes the file with the address, once the window has read it. */
  forgetAddress: () => void;
}>;

/**
 * Opens the window in the system's Chromium as an application: without tabs, in a private session that leaves nothing on
 * disk. The address with its token goes in through a file that only its owner reads; a command line is public.
 */
export async function openBrowserWindow(
  options: Readonly<{ browser: string; address: string; profileFolder: string; width: number; height: number }>,
): Promise<BrowserWindow> {
  await rm(options.profileFolder, { recursive: true, force: true });
  await mkdir(options.profileFolder, { recursive: true, mode: 0o700 });
  const bootstrap = join(options.profileFolder, 'ventanilla.html');
  const page = `<!doctype html><meta charset="utf-8"><title>Ventanilla</title><script>location.replace(${JSON.stringify(options.address)})</script>`;
  await writeFile(bootstrap, page, { mode: 0o600 });
  const isRoot = process.getuid?.() === 0;
  const child = spawn(
    options.browser,
    [
      `--app=${pathToFileURL(bootstrap).href}`,
      `--user-data-dir=${options.profileFolder}`,
      `--window-size=${options.width},${options.height}`,
      '--incognito',
      '--no-first-run',
      '--no-default-browser-check',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-extensions',
      '--disable-quic',
      '--disable-features=Translate',
      '--lang=es',
      // Chromium refuses its sandbox to root, and would say so in English above the window.
      ...(isRoot ? ['--no-sandbox', '--test-type'] : []),
    ],
    { stdio: 'ignore' },
  );
  const closed = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  }).then(() => rm(options.profileFolder, { recursive: true, force: true, maxRetries: 5 }));
  return {
    closed,
    close: () => void child.kill('SIGTERM'),
    forgetAddress: () => void rm(bootstrap, { force: true }),
  };
}
