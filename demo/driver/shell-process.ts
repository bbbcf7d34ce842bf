import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { chromium } from 'playwright';
import type { Browser, Page } from 'playwright';
import { browserArguments, findBrowser } from '../browser.ts';
import type { DemoOffice } from '../office.ts';
import { projectNode } from '../shells.ts';

/** The Chromium shell with a browser that is driven instead of a person's window. */
export type DrivenShell = Readonly<{
  page: Page;
  browser: Browser;
  /** Ends the shell without notice, services and all: what a power cut would do. */
  kill(): Promise<void>;
  close(): Promise<void>;
}>;

const startTimeMs = 60_000;
const root = path.join(import.meta.dirname, '..', '..');

export const browserOptions = { executablePath: findBrowser() ?? '/usr/bin/chromium', args: [...browserArguments] };

export async function openDrivenShell(
  office: DemoOffice,
  viewport = { width: 1280, height: 800 },
): Promise<DrivenShell> {
  const shell = await startShell(office);
  const browser = await chromium.launch(browserOptions);
  try {
    const page = await browser.newPage({ viewport, locale: 'es-ES' });
    await page.goto(await shell.readAddress());
    return {
      page,
      browser,
      async kill() {
        await shell.kill();
        await browser.close();
      },
      async close() {
        await browser.close();
        await shell.close();
      },
    };
  } catch (error) {
    await browser.close();
    await shell.kill();
    throw error;
  }
}

/** The Chromium shell without a window: a browser goes to its address. */
export type StartedShell = Readonly<{
  pid: number;
  /** File with the address, as its owner alone may read it. */
  bootstrap: string;
  /** Address with a token that serves once; another one lies there each time that a window went away. */
  readAddress(): Promise<string>;
  kill(): Promise<void>;
  close(): Promise<void>;
}>;

export async function startShell(office: DemoOffice): Promise<StartedShell> {
  const bootstrap = path.join(path.dirname(office.settingsFile), 'bootstrap');
  await rm(bootstrap, { force: true });
  const child = spawn(
    projectNode(),
    [path.join(root, 'chromium', 'main.ts'), '--settings', office.settingsFile, '--bootstrap', bootstrap],
    // The channel tells the shell when this process ends, however it ends.
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], env: { ...process.env, ...office.environment }, detached: true },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    pid: child.pid ?? 0,
    bootstrap,
    readAddress: () => waitForAddress(bootstrap, child),
    async kill() {
      signalGroup(child, 'SIGKILL');
      await ended;
    },
    async close() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** The shell leads its own process group: services and device programs go with it. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    child.kill(signal);
  }
}

async function waitForAddress(file: string, child: ChildProcess): Promise<string> {
  const deadline = Date.now() + startTimeMs;
  while (Date.now() < deadline && child.exitCode === null) {
    const address = await readFile(file, 'utf8').catch(() => '');
    if (address !== '') return address;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the shell did not start');
}
