import { existsSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { findBrowser } from './browser.ts';

/** The two shells: Electron where its binary is installed, else the system's Chromium. */
export type Shell = Readonly<{ kind: 'electron'; binary: string }> | Readonly<{ kind: 'chromium' }>;

const root = path.join(import.meta.dirname, '..');

/** `ELECTRON_OVERRIDE_DIST_PATH` names another folder with Electron's binary, as Electron's own package has it. */
export function findElectron(environment: Readonly<Record<string, string | undefined>> = process.env): string | null {
  const folder = environment['ELECTRON_OVERRIDE_DIST_PATH'] ?? path.join(root, 'node_modules', 'electron', 'dist');
  const binary = path.join(folder, process.platform === 'win32' ? 'electron.exe' : 'electron');
  return existsSync(binary) ? binary : null;
}

export function findShell(): Shell | null {
  const binary = findElectron();
  if (binary !== null) return { kind: 'electron', binary };
  return findBrowser() === null ? null : { kind: 'chromium' };
}

/** Node 24 of this project, by its real path: a shell starts the services with it. */
export function projectNode(): string {
  return realpathSync(path.join(root, 'node_modules', '.bin', 'node'));
}

export function shellCommand(
  shell: Shell,
  settingsFile: string,
  profileFolder: string,
): Readonly<{ file: string; commandArguments: readonly string[] }> {
  switch (shell.kind) {
    case 'electron':
      return {
        file: shell.binary,
        commandArguments: [
          // Chromium refuses its sandbox to root.
          ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
          `--user-data-dir=${profileFolder}`,
          // Before anything else: what runs later than `ready` can no longer register the window's scheme.
          '-r',
          path.join(root, 'dist', 'electron', 'main.js'),
          root,
        ],
      };
    case 'chromium':
      return {
        file: projectNode(),
        commandArguments: [path.join(root, 'chromium', 'main.ts'), '--settings', settingsFile],
      };
  }
}
