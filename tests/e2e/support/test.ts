import { test as base } from '@playwright/test';
import type { Browser, Page } from '@playwright/test';
import { openChromiumWindow, openElectronWindow } from './windows.ts';
import type { CounterShell } from './windows.ts';
import { noElectron } from './sentences.ts';
import type { TestOffice } from './office.ts';

export type ShellKind = 'chromium' | 'electron';

type Fixtures = Readonly<{
  /** Opens the window of this project's shell; it is closed at the end of the test. */
  openWindow: (office: TestOffice) => Promise<CounterShell>;
  skipWithoutShell: void;
}>;

type WorkerFixtures = Readonly<{ shell: ShellKind; canRun: boolean }>;

export const test = base.extend<Fixtures, WorkerFixtures>({
  shell: ['chromium', { option: true, scope: 'worker' }],
  canRun: [
    async ({ shell }, use) => {
      await use(shell === 'chromium' || electronBinary() !== '');
    },
    { scope: 'worker' },
  ],
  skipWithoutShell: [
    async ({ canRun }, use, testInfo) => {
      testInfo.skip(!canRun, noElectron);
      await use();
    },
    { auto: true },
  ],
  openWindow: async ({ shell, browser }, use, testInfo) => {
    const opened: CounterShell[] = [];
    await use(async (office) => {
      const window = await openShellWindow(office, shell, browser);
      opened.push(window);
      return window;
    });
    for (const [index, { page, close }] of opened.entries()) {
      if (testInfo.status !== testInfo.expectedStatus)
        await keepPicture(page, testInfo.outputPath(`window-${index}.png`));
      await close();
    }
  },
});

export { expect } from '@playwright/test';

/** One window for all tests of a file that only ask it: each finds its page loaded anew. Its office is one story. */
export function useOneWindow(office: () => TestOffice): () => CounterShell {
  let opened: CounterShell | null = null;
  test.beforeAll(async ({ canRun, shell, browser }) => {
    if (canRun) opened = await openShellWindow(office(), shell, browser);
  });
  test.beforeEach(async () => {
    await opened?.page.reload();
  });
  test.afterEach(async ({ canRun }, testInfo) => {
    if (canRun && opened !== null && testInfo.status !== testInfo.expectedStatus)
      await keepPicture(opened.page, testInfo.outputPath('window.png'));
  });
  test.afterAll(async () => {
    await opened?.close();
    opened = null;
  });
  return () => {
    if (opened === null) throw new Error('the window is not open');
    return opened;
  };
}

function openShellWindow(office: TestOffice, shell: ShellKind, browser: Browser): Promise<CounterShell> {
  return shell === 'electron' ? openElectronWindow(office, electronBinary()) : openChromiumWindow(office, browser);
}

function electronBinary(): string {
  return process.env['VENTANILLA_E2E_ELECTRON'] ?? '';
}

async function keepPicture(page: Page, path: string): Promise<void> {
  await page.screenshot({ path, timeout: 5_000 }).catch(() => undefined);
}
