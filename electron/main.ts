import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { app, BrowserWindow, ipcMain, Menu, MessageChannelMain, utilityProcess } from 'electron';
import type { UtilityProcess } from 'electron';
import { isOwnUrl, lockDown, registerScheme, serveRenderer, webPreferences, windowOrigin } from './security.ts';

/*
 * The shell on Electron: one window, the services in a utility process, one MessagePort between them. Nothing slow here.
 * VENTANILLA_SETTINGS names the desk's settings, VENTANILLA_NODE the Node 24 that runs the services.
 */
const root = join(app.getAppPath());
const settingsFile = process.env['VENTANILLA_SETTINGS'] ?? join(app.getPath('userData'), 'settings.json');
const nodePath = process.env['VENTANILLA_NODE'] ?? join(root, 'node_modules', '.bin', 'node');
const restartPauseMs = 1_000;

if (process.getuid?.() !== 0) app.enableSandbox();
registerScheme();
Menu.setApplicationMenu(null);
// What the officer sees never goes to disk: no cache of pages, no crash report to anybody.
app.commandLine.appendSwitch('disable-http-cache');

let services: UtilityProcess | null = null;
let window: BrowserWindow | null = null;
let isQuitting = false;

if (!app.requestSingleInstanceLock()) app.quit();
else void start();

async function start(): Promise<void> {
  app.on('second-instance', () => {
    window?.restore();
    window?.focus();
  });
  await app.whenReady();
  lockDown();
  serveRenderer(join(root, 'dist', 'renderer'));
  startServices();
  ipcMain.on('bridge', (event) => {
    const frame = event.senderFrame;
    const isOurs = frame !== null && frame === window?.webContents.mainFrame && isOwnUrl(frame.url);
    if (isOurs) connect();
  });
  openWindow();
}

function startServices(): void {
  const settings = { entry: join(root, 'core', 'host', 'services-process.ts'), settingsFile, nodePath };
  if (!existsSync(settingsFile)) {
    process.stderr.write('Este puesto no tiene ajustes todavía. Pruebe la demostración: npm start\n');
    app.exit(2);
    return;
  }
  services = utilityProcess.fork(join(root, 'dist', 'electron', 'services-relay.js'), [JSON.stringify(settings)], {
    serviceName: 'Servicios de Ventanilla',
    stdio: 'inherit',
  });
  services.on('exit', () => {
    services = null;
    if (isQuitting) return;
    setTimeout(startServices, restartPauseMs);
  });
}

/** The page asked for its bridge: a fresh pair of ports, one end for it and one for the services. */
function connect(): void {
  const { port1, port2 } = new MessageChannelMain();
  services?.postMessage({ type: 'port' }, [port1]);
  window?.webContents.postMessage('bridge', null, [port2]);
}

function openWindow(): void {
  window = new BrowserWindow({
    width: 1440,
    height: 900,
    minWidth: 1024,
    minHeight: 700,
    show: false,
    autoHideMenuBar: true,
    title: 'Ventanilla',
    webPreferences: { ...webPreferences, preload: join(root, 'dist', 'electron', 'preload.cjs') },
  });
  window.once('ready-to-show', () => window?.show());
  window.on('closed', () => {
    window = null;
  });
  void window.loadURL(`${windowOrigin}/`);
}

app.on('window-all-closed', () => app.quit());
app.on('before-quit', (event) => {
  if (isQuitting || services === null) return;
  // The services end first, in order; then this comes again.
  event.preventDefault();
  isQuitting = true;
  const impatience = setTimeout(() => app.exit(0), 10_000);
  services.once('exit', () => {
    clearTimeout(impatience);
    app.quit();
  });
  services.postMessage({ type: 'end' });
});
