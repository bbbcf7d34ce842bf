import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { _electron } from '@playwright/test';
import type { Browser, ElectronApplication, Page } from '@playwright/test';
import { startShell } from '../../../demo/driver/shell-process.ts';
import { shellCommand } from '../../../demo/shells.ts';
import type { TestOffice } from './office.ts';

/** The counter's window, on either shell, and what a test may do to it from outside. */
export type CounterShell = Readonly<{
  page: Page;
  /** Null on the Chromium shell. */
  electron: ElectronApplication | null;
  /** kill -9 of the services alone. */
  killServices: () => Promise<void>;
  close: () => Promise<void>;
}>;

export type ElectronWindow = CounterShell & Readonly<{ electron: ElectronApplication }>;

export function onElectron(window: CounterShell): ElectronWindow {
  const { electron } = window;
  if (electron === null) throw new Error('not Electron');
  return { ...window, electron };
}

export async function openChromiumWindow(office: TestOffice, browser: Browser): Promise<CounterShell> {
  const shell = await startShell(office);
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'es-ES',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  try {
    await page.goto(await shell.readAddress());
  } catch (error) {
    await shell.kill();
    throw error;
  }
  return {
    page,
    electron: null,
    killServices: () => killServices(office),
    async close() {
      await context.close();
      await shell.close();
    },
  };
}

export async function openElectronWindow(office: TestOffice, binary: string): Promise<CounterShell> {
  const electron = await launchElectron(office, binary);
  const page = await electron.firstWindow();
  await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.setContentSize(1280, 800));
  return { page, electron, killServices: () => killServices(office), close: () => electron.close() };
}

function launchElectron(office: TestOffice, binary: string): Promise<ElectronApplication> {
  const profile = path.join(office.paths.root, 'electron');
  const { file, commandArguments } = shellCommand({ kind: 'electron', binary }, office.settingsFile, profile);
  return _electron.launch({
    executablePath: file,
    args: ['--disable-gpu', ...commandArguments],
    locale: 'es-ES',
    env: { ...definedVariables(process.env), ...office.environment, VENTANILLA_SETTINGS: office.settingsFile },
  });
}

/** Process numbers of the services of this office's desk: Node's own, not the relay's that names the same file. */
async function findServices(office: TestOffice): Promise<readonly number[]> {
  const mark = `VENTANILLA_SETTINGS=${office.settingsFile}`;
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/u.test(name)) continue;
    const commandLine = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
    const [program = ''] = commandLine.split('\0');
    if (!program.endsWith('/node') || !commandLine.includes('services-process.ts')) continue;
    const environment = await readFile(`/proc/${name}/environ`, 'utf8').catch(() => '');
    if (environment.split('\0').includes(mark)) found.push(Number(name));
  }
  return found;
}

async function killServices(office: TestOffice): Promise<void> {
  const [pid] = await findServices(office);
  if (pid === undefined) throw new Error('the services are not running');
  process.kill(pid, 'SIGKILL');
}

function definedVariables(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
