import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { app, BrowserWindow, ipcMain, Menu, MessageChannelMain, utilityProcess } from 'electron';
import type { UtilityProcess } from 'electron';
import {
  isOwnUrl,
  lockDown,
  registerScheme,
  serveRenderer,
  webPreferences,
  windowOrigin,
  windowSession,
} from './security.ts';
import { followZoomKeys } from './zoom-keys.ts';

/*
 * The shell on Electron: one window, the services in a utility process, one MessagePort between them. Nothing slow here.
 * VENTANILLA_SETTINGS names the desk's settings, VENTANILLA_NODE the Node 24 that runs the services.
 */
const root = join(__dirname, '..', '..');
const settingsFile = process.env['VENTANILLA_SETTINGS'] ?? join(app.getPath('userData'), 'settings.json');
const nodePath = process.env['VENTANILLA_NODE'] ?? join(root, 'node_modules', '.bin', 'node');
const firstPauseMs = 300;
const longestPauseMs = 10_000;
const calmMs = 60_000;
const endPatienceMs = 10_000;

let services: UtilityProcess | null = null;
let window: BrowserWindow | null = null;
let isQuitting = false;
let pauseMs = firstPauseMs;

// Chromium refuses its sandbox to root; the window's own preference stands in any case.
if (process.getuid?.() !== 0) app.enableSandbox();
registerScheme();
Menu.setApplicationMenu(null);
// What the officer sees never goes to disk: no cache of pages, no crash report to anybody.
app.commandLine.appendSwitch('disable-http-cache');

app.on('second-instance', () => {
  window?.restore();
  window?.focus();
});
app.on('window-all-closed', () => app.quit());
app.on('before-quit', (event) => {
  if (isQuitting || services === null) return;
  // The services end first, in order; then this comes again.
  event.preventDefault();
  isQuitting = true;
  const impatience = setTimeout(() => app.exit(0), endPatienceMs);
  services.once('exit', () => {
    clearTimeout(impatience);
    app.quit();
  });
  services.postMessage({ type: 'end' });
});
// Started by a program that ends: this one ends with it.
process.on('disconnect', () => app.quit());
ipcMain.on('bridge', (event) => {
  const frame = event.senderFrame;
  const isOurs = frame !== null && frame === window?.webContents.mainFrame && isOwnUrl(frame.url);
  if (isOurs) connect(window);
});

if (app.requestSingleInstanceLock()) void app.whenReady().then(start);
else app.quit();

function start(): void {
  if (!existsSync(settingsFile)) {
    process.stderr.write('Este puesto no tiene ajustes todavía. Pruebe la demostración: npm start\n');
    app.exit(2);
    return;
  }
  lockDown();
  serveRenderer(join(root, 'dist', 'renderer'));
  startServices();
  openWindow();
}

function startServices(): UtilityProcess {
  const settings = { entry: join(root, 'core', 'host', 'services-process.ts'), settingsFile, nodePath };
  const started = utilityProcess.fork(join(root, 'dist', 'electron', 'services-relay.js'), [JSON.stringify(settings)], {
    serviceName: 'Servicios de Ventanilla',
    stdio: 'inherit',
  });
  const startedAt = Date.now();
  services = started;
  started.once('exit', () => {
    if (services === started) services = null;
    if (isQuitting) return;
    if (Date.now() - startedAt > calmMs) pauseMs = firstPauseMs;
    setTimeout(() => {
      // A window that connected meanwhile has started it already.
      if (services === null && !isQuitting) startServices();
    }, pauseMs);
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  });
  return started;
}

/** The page asked for its bridge: a fresh pair of ports, one end for it and one for the services. */
function connect(asking: BrowserWindow | null): void {
  if (isQuitting) return;
  const { port1, port2 } = new MessageChannelMain();
  (services ?? startServices()).postMessage({ type: 'port' }, [port1]);
  asking?.webContents.postMessage('bridge', null, [port2]);
}

function openWindow(): void {
  const opened = new BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 1024,
    minHeight: 700,
    show: false,
    autoHideMenuBar: true,
    title: 'Ventanilla',
    webPreferences: {
      ...webPreferences,
      session: windowSession(),
      preload: join(root, 'dist', 'electron', 'preload.cjs'),
    },
  });
  window = opened;
  opened.once('ready-to-show', () => opened.show());
  opened.on('closed', () => {
    window = null;
  });
  // A page that crashed comes back; what it showed as done is in the store.
  opened.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason !== 'clean-exit' && !isQuitting) opened.webContents.reload();
  });
  followZoomKeys(opened.webContents);
  void opened.loadURL(`${windowOrigin}/`);
}
