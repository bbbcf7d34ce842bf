import { rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { startServicesChild } from '../core/host/services-child.ts';
import { findBrowser, openBrowserWindow } from './browser-window.ts';
import type { BrowserWindow } from './browser-window.ts';
import { startWindowServer } from './window-server.ts';

/*
 * The shell on the system's Chromium: `node chromium/main.ts --settings FILE [--bootstrap FILE]`.
 * With `--bootstrap` no window is opened: the address with its token is written to that file (0600) for a browser that
 * somebody else drives, and again each time that the former window went away. SIGTERM ends it.
 */
const { values } = parseArgs({ options: { settings: { type: 'string' }, bootstrap: { type: 'string' } } });
const settingsFile = values.settings;
if (settingsFile === undefined) {
  process.stderr.write('Falta --settings con el fichero de ajustes del puesto.\n');
  process.exit(2);
}

const root = join(import.meta.dirname, '..');
let window: BrowserWindow | null = null;
const server = await startWindowServer({
  rendererFolder: join(root, 'dist', 'renderer'),
  onRequest: (request) => services.send(request),
  onClientCame: () => window?.forgetAddress(),
  onClientLeft: () => void writeBootstrap(),
});
const services = startServicesChild({
  entry: join(root, 'core', 'host', 'services-process.ts'),
  settingsFile,
  onMessage: (message) => server.send(message),
  onGone: () => server.dropClient(),
});

let isEnding = false;
async function end(exitCode: number): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  window?.close();
  await Promise.allSettled([services.close(), server.close(), window?.closed]);
  process.exit(exitCode);
}
process.on('SIGTERM', () => void end(0));
process.on('SIGINT', () => void end(0));
process.on('disconnect', () => void end(0));

if (values.bootstrap === undefined) {
  const browser = findBrowser();
  if (browser === null) {
    process.stderr.write('No hay Electron ni Chromium en este equipo. Instale Chromium: apt-get install chromium\n');
    await end(2);
  } else {
    const profileFolder = join(dirname(settingsFile), 'chromium');
    window = await openBrowserWindow({
      browser,
      address: server.issueAddress(),
      profileFolder,
      width: 1440,
      height: 900,
    });
    await window.closed;
    await end(0);
  }
} else {
  await writeBootstrap();
}

async function writeBootstrap(): Promise<void> {
  if (values.bootstrap === undefined || isEnding) return;
  const partial = `${values.bootstrap}.partial`;
  await writeFile(partial, server.issueAddress(), { mode: 0o600 });
  await rename(partial, values.bootstrap);
}
