import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { app, protocol, session } from 'electron';
import type { Session, WebPreferences } from 'electron';
import { contentPolicy, findWindowFile, mediaTypeOf } from '../core/host/window-files.ts';

/** The window's own scheme: no file of the disk is ever a page. */
export const windowOrigin = 'app://registro';

export const webPreferences = {
  contextIsolation: true,
  sandbox: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  webviewTag: false,
  spellcheck: false,
  navigateOnDragDrop: false,
  allowRunningInsecureContent: false,
} as const satisfies WebPreferences;

/** Before `ready`. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

export function isOwnUrl(url: string): boolean {
  if (!URL.canParse(url)) return false;
  // `origin` of a scheme that is not special is the string "null": protocol and host are compared themselves.
  const { protocol: scheme, host } = new URL(url);
  return scheme === 'app:' && host === 'registro';
}

/** Serves the renderer's folder under the window's scheme, after `ready`. */
export function serveRenderer(folder: string): void {
  const root = resolve(folder);
  windowSession().protocol.handle('app', async (request) => {
    const headers = {
      'content-security-policy': contentPolicy([]),
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
    };
    if (!isOwnUrl(request.url) || request.method !== 'GET') return new Response(null, { status: 403, headers });
    const file = findWindowFile(root, request.url);
    const found = file === null ? null : await stat(file).catch(() => null);
    if (file === null || found?.isFile() !== true) return new Response(null, { status: 404, headers });
    const body = Readable.toWeb(createReadStream(file)) as ReadableStream;
    return new Response(body, {
      headers: { ...headers, 'content-type': mediaTypeOf(file) },
    });
  });
}

/** A session in memory: pages of people's papers that the window shows are never spilled to disk. */
export function windowSession(): Session {
  return session.fromPartition('ventanilla');
}

function denyAll(each: Session): void {
  each.setPermissionRequestHandler((_contents, _permission, decide) => decide(false));
  each.setPermissionCheckHandler(() => false);
  each.setDevicePermissionHandler(() => false);
  each.on('will-download', (event) => event.preventDefault());
}

/** Everything is denied unless it is ours: permissions, devices, navigation, new windows, downloads, certificate errors. */
export function lockDown(): void {
  // What is refused in the window is refused in the session that nothing uses.
  for (const each of [session.defaultSession, windowSession()]) denyAll(each);
  app.on('certificate-error', (_event, _contents, _url, _error, _certificate, decide) => decide(false));
  app.on('web-contents-created', (_event, contents) => {
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.on('will-navigate', (event) => {
      if (!isOwnUrl(event.url)) event.preventDefault();
    });
    contents.on('will-redirect', (event) => {
      if (!isOwnUrl(event.url)) event.preventDefault();
    });
    // A blank page asks nobody: Chromium goes there without any of the events above, and the window comes back.
    contents.on('did-navigate', (_event, url) => {
      if (contents.getType() === 'window' && !isOwnUrl(url)) void contents.loadURL(`${windowOrigin}/`);
    });
    contents.on('will-frame-navigate', (event) => {
      if (!isOwnUrl(event.url)) event.preventDefault();
    });
  });
}
