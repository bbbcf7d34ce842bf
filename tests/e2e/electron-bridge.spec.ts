import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { waitForJobToEnd, waitForScreen } from '../../demo/driver/counter-window.ts';
import { shellCommand } from '../../demo/shells.ts';
import { descendantsOf } from '../integration/processes.ts';
import { reachCounter, reachPapers } from './support/counter-story.ts';
import { useOffice } from './support/office.ts';
import { expect, test, useOneWindow } from './support/test.ts';
import { onElectron } from './support/windows.ts';

/* What passes between the page, the main process and the machine, beside the settings of the window itself. */
const office = useOffice({ isOneStory: true });
const openedWindow = useOneWindow(office);

test('one port, for the main frame of our own page alone', async () => {
  const { page, electron } = onElectron(openedWindow());
  await waitForScreen(page, 'Abrir el puesto');
  // Another page with the same preload asks as ours does, and nothing comes.
  const answered = await electron.evaluate(async ({ BrowserWindow, app, session }) => {
    const preload = `${app.getAppPath()}/dist/electron/preload.cjs`;
    const stranger = new BrowserWindow({
      show: false,
      webPreferences: { preload, sandbox: true, contextIsolation: true, session: session.fromPartition('ventanilla') },
    });
    await stranger.loadURL('app://registro/').catch(() => undefined);
    const ask = `new Promise((resolve) => {
      const transport = window.ventanilla.openTransport();
      transport.onMessage(() => resolve('answered'));
      transport.send({ type: 'request', id: 1, method: 'desk.getStatus', input: {} });
      setTimeout(() => resolve('silence'), 1500);
    })`;
    const answer: unknown = await stranger.webContents.executeJavaScript(ask);
    stranger.destroy();
    return answer;
  });
  expect(answered).toBe('silence');
  // A new port takes the place of the former one: the window that had it says so.
  const closed = await page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const { openTransport } = (
          window as unknown as {
            ventanilla: { openTransport(): { onClosed(listener: () => void): void } };
          }
        ).ventanilla;
        openTransport().onClosed(() => resolve('closed'));
        openTransport();
      }),
  );
  expect(closed).toBe('closed');
});

test('what is not a request of the contract is not passed on', async () => {
  const { page } = openedWindow();
  await waitForScreen(page, 'Abrir el puesto');
  const answers = await page.evaluate(
    () =>
      new Promise<unknown[]>((resolve) => {
        const transport = (
          window as unknown as {
            ventanilla: {
              openTransport(): { send(message: unknown): void; onMessage(listener: (message: unknown) => void): void };
            };
          }
        ).ventanilla.openTransport();
        const heard: unknown[] = [];
        transport.onMessage((message) => {
          const { type, id } = message as { type: string; id?: number };
          if (type !== 'response') return;
          heard.push(id);
          if (id === 99) resolve(heard);
        });
        for (const message of [
          null,
          7,
          'text',
          { type: 'end' },
          { type: 'request', id: 'one', method: 'desk.getStatus', input: {} },
        ])
          transport.send(message);
        transport.send({ type: 'request', id: 99, method: 'desk.getStatus', input: {} });
      }),
  );
  expect(answers).toEqual([99]);
});

test('a second start ends by itself and leaves the first one alone', async () => {
  const { page, electron } = onElectron(openedWindow());
  await waitForScreen(page, 'Abrir el puesto');
  const binary = electron.process().spawnfile;
  const profile = path.join(office().paths.root, 'electron');
  const { file, commandArguments } = shellCommand({ kind: 'electron', binary }, office().settingsFile, profile);
  const second = spawn(file, ['--disable-gpu', ...commandArguments], {
    stdio: 'ignore',
    env: { ...process.env, VENTANILLA_SETTINGS: office().settingsFile },
  });
  const [code] = (await once(second, 'exit')) as [number | null];
  expect(code).toBe(0);
  await waitForScreen(page, 'Abrir el puesto');
});

test('nothing is downloaded and nothing of the window lands in the profile', async () => {
  const { page, electron } = onElectron(openedWindow());
  await waitForScreen(page, 'Abrir el puesto');
  const outcome = await electron.evaluate(
    ({ session, BrowserWindow }) =>
      new Promise<string>((resolve) => {
        session.fromPartition('ventanilla').once('will-download', (event, item) => {
          setImmediate(() => resolve(event.defaultPrevented ? 'cancelled' : item.getState()));
        });
        BrowserWindow.getAllWindows()[0]?.webContents.downloadURL('app://registro/');
      }),
  );
  expect(outcome).toBe('cancelled');
});

test('Ctrl and plus makes the text larger, up to twice, and Ctrl and zero puts it back', async () => {
  const { page, electron } = onElectron(openedWindow());
  await waitForScreen(page, 'Abrir el puesto');
  const press = (keyCode: string) =>
    electron.evaluate(({ BrowserWindow }, key) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents;
      contents?.sendInputEvent({ type: 'keyDown', keyCode: key, modifiers: ['control'] });
      return contents?.getZoomFactor();
    }, keyCode);
  const factor = () =>
    electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.getZoomFactor());
  for (let count = 0; count < 12; count += 1) await press('=');
  await expect.poll(factor).toBeCloseTo(2);
  await press('0');
  await expect.poll(factor).toBeCloseTo(1);
});

/** kill -9 of what runs that file behind the window. */
function killBehind(pid: number, file: string): void {
  const found = descendantsOf(pid).filter((each) =>
    readFileSync(`/proc/${each}/cmdline`, 'utf8')
      .split('\0')
      .some((word) => word.endsWith(file)),
  );
  expect(found, file).toHaveLength(1);
  for (const each of found) process.kill(each, 'SIGKILL');
}

test('the scanner’s helper dies in mid-stack, then its bridge: the window says so, and what had arrived is there', async () => {
  const { page, electron } = onElectron(openedWindow());
  await reachCounter(page);
  await reachPapers(page, 'officer');
  const [paper = ''] = office().papers;
  const { feed } = office();
  const scan = page.getByRole('button', { name: 'Escanear', exact: true });
  const alert = page.getByRole('main').getByRole('alert');
  const pages = page.getByRole('option', { name: /^Página \d/u });
  const sheets = 30;
  let before = 0;
  for (const file of ['/sane-helper', '/twain-scanner-bridge/main.ts']) {
    await feed.emptyFeeder();
    await feed.loadFeeder(Array.from({ length: sheets }, () => paper));
    await scan.click();
    await expect(alert).toBeHidden();
    await expect.poll(() => pages.count()).toBeGreaterThan(before + 1);
    killBehind(electron.process().pid ?? 0, file);
    await expect(alert).toContainText('El programa del escáner ha fallado y se está reiniciando.');
    const arrived = (await pages.count()) - before;
    // The next sheet moves only when the last one has been taken: at most one was on its way.
    const moved = sheets - (await feed.pagesLeft());
    expect(moved).toBeLessThan(sheets);
    expect([0, 1]).toContain(moved - arrived);
    before += arrived;
  }
  await feed.emptyFeeder();
  await feed.loadFeeder([paper]);
  await scan.click();
  await expect(pages).toHaveCount(before + 1);
  await waitForJobToEnd(page);
  await expect(alert).toBeHidden();
});
