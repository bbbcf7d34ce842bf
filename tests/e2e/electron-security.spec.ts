import type { ElectronApplication } from '@playwright/test';
import { waitForScreen } from '../../demo/driver/counter-window.ts';
import { useOffice } from './support/office.ts';
import { expect, test, useOneWindow } from './support/test.ts';
import { onElectron } from './support/windows.ts';

/* Every setting of the Electron shell, asked of one running window and not of its sources. */
const office = useOffice({ isOneStory: true });
const openedWindow = useOneWindow(office);
const origin = 'app://registro';

/** As the main process sees it. */
function readUrl(electron: ElectronApplication): Promise<string> {
  return electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.getURL() ?? '');
}

test('the page runs sandboxed, isolated and without Node', async () => {
  const { page, electron } = onElectron(openedWindow());
  await waitForScreen(page, 'Abrir el puesto');
  const preferences = await electron.evaluate(({ BrowserWindow }) => {
    const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as {
      getLastWebPreferences(): Record<string, unknown>;
    };
    const names = [
      'contextIsolation',
      'sandbox',
      'nodeIntegration',
      'nodeIntegrationInWorker',
      'nodeIntegrationInSubFrames',
      'webSecurity',
      'webviewTag',
      'spellcheck',
      'navigateOnDragDrop',
      'allowRunningInsecureContent',
      'experimentalFeatures',
    ];
    const known = contents.getLastWebPreferences();
    return Object.fromEntries(names.map((name) => [name, known[name] ?? false]));
  });
  expect(preferences).toEqual({
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
    experimentalFeatures: false,
  });
  const globals = await page.evaluate(() =>
    ['require', 'process', 'module', 'Buffer', 'global', 'ipcRenderer', 'electron', '__dirname'].filter(
      (name) => name in window,
    ),
  );
  expect(globals).toEqual([]);
  const menu = await electron.evaluate(({ Menu }) => Menu.getApplicationMenu());
  expect(menu).toBeNull();
});

test('the preload hands over one function and nothing of Electron', async () => {
  const { page } = openedWindow();
  const surface = await page.evaluate(() => {
    const given = (window as unknown as { ventanilla: Record<string, unknown> }).ventanilla;
    const transport = (given['openTransport'] as () => Record<string, unknown>)();
    const kinds = (value: Record<string, unknown>): string[] =>
      Reflect.ownKeys(value).map((key) => `${String(key)}: ${typeof value[String(key)]}`);
    return { given: kinds(given), transport: kinds(transport) };
  });
  expect(surface).toEqual({
    given: ['openTransport: function'],
    transport: ['send: function', 'onMessage: function', 'onClosed: function'],
  });
});

test('every answer carries the content policy, and only GET of our own origin is answered', async () => {
  const { page } = openedWindow();
  const answer = await page.evaluate(async (address) => {
    const response = await fetch(`${address}/`);
    const post = await fetch(`${address}/`, { method: 'POST' });
    return {
      status: response.status,
      policy: response.headers.get('content-security-policy'),
      sniff: response.headers.get('x-content-type-options'),
      cache: response.headers.get('cache-control'),
      postStatus: post.status,
      postPolicy: post.headers.get('content-security-policy'),
    };
  }, origin);
  const policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; " +
    "connect-src 'self'; worker-src 'self'; frame-src 'none'; object-src 'none'; base-uri 'none'; form-action 'none'; " +
    "frame-ancestors 'none'; require-trusted-types-for 'script'";
  expect(answer).toEqual({
    status: 200,
    policy,
    sniff: 'nosniff',
    cache: 'no-store',
    postStatus: 403,
    postPolicy: policy,
  });
});

test('the content policy holds: no script from text, none from elsewhere, no frame', async () => {
  const { page } = openedWindow();
  const outcomes = await page.evaluate(async () => {
    const blocked: string[] = [];
    document.addEventListener('securitypolicyviolation', (event) => blocked.push(event.effectiveDirective));
    const outcome = (work: () => unknown): string => {
      try {
        work();
        return 'ran';
      } catch (error) {
        return error instanceof Error ? error.name : 'thrown';
      }
    };
    // In a task of its own: what the debugger itself evaluates may use eval in any case.
    const evaluated = await new Promise<string>((resolve) => {
      setTimeout(() => resolve(outcome(() => Reflect.construct(Function, ['return 1']) as unknown)));
    });
    const markup = outcome(() => {
      document.createElement('div').innerHTML = '<b></b>';
    });
    const script = document.createElement('script');
    const source = outcome(() => {
      script.src = 'https://example.org/x.js';
    });
    const frame = document.createElement('iframe');
    frame.src = 'https://example.org/';
    document.body.append(frame);
    const network = await fetch('https://example.org/').then(
      () => 'answered',
      () => 'refused',
    );
    // It is told in a task of its own, which a busy machine gets to late.
    for (let turn = 0; turn < 100 && !blocked.includes('frame-src'); turn += 1)
      await new Promise((resolve) => setTimeout(resolve, 100));
    frame.remove();
    return { evaluated, markup, source, network, blocked: [...new Set(blocked)].toSorted() };
  });
  expect(outcomes).toEqual({
    evaluated: 'EvalError',
    markup: 'TypeError',
    source: 'TypeError',
    network: 'refused',
    blocked: ['connect-src', 'frame-src', 'require-trusted-types-for'],
  });
});

test('no path leaves the folder of the window', async () => {
  const { page, electron } = onElectron(openedWindow());
  const paths = [
    '/../../package.json',
    '/%2e%2e/%2e%2e/package.json',
    '/..%2f..%2fpackage.json',
    '/%2e%2e%2f%2e%2e%2fpackage.json',
    '/assets/..%2f..%2f..%2fpackage.json',
    '/..%5c..%5cpackage.json',
    '//etc/passwd',
    '/%2fetc%2fpasswd',
    '/%00',
    '/%E0%A4%A',
    '/assets',
    '/../renderer-other/index.html',
  ];
  const statuses = await page.evaluate(
    (list) => Promise.all(list.map(async (path) => (await fetch(`app://registro${path}`)).status)),
    paths,
  );
  expect(Object.fromEntries(paths.map((each, index) => [each, statuses[index]]))).toEqual(
    Object.fromEntries(paths.map((each) => [each, 404])),
  );
  // From the main process no URL parser of the page comes in between.
  const others = await electron.evaluate(async ({ session }) => {
    const answers: Record<string, number> = {};
    for (const address of [
      'app://registro/%2e%2e%2f%2e%2e%2fpackage.json',
      'app://other/',
      'app://registro.evil/',
      'app://registro/',
    ])
      answers[address] = (await session.fromPartition('ventanilla').fetch(address)).status;
    return answers;
  });
  expect(others).toEqual({
    'app://registro/%2e%2e%2f%2e%2e%2fpackage.json': 404,
    'app://other/': 403,
    'app://registro.evil/': 403,
    'app://registro/': 200,
  });
});

const targets = [
  'https://example.org/',
  'http://127.0.0.1:9/',
  'file:///etc/passwd',
  'app://other/',
  'app://registro.evil/',
  'javascript:document.title="x"',
  'data:text/html,<p>x',
  'blob:https://example.org/0',
  'about:blank',
] as const;

/** Runs in the page. */
async function go({
  way,
  target,
}: Readonly<{ way: 'location' | 'link' | 'window.open'; target: string }>): Promise<void> {
  const link = document.createElement('a');
  switch (way) {
    case 'location':
      window.location.href = target;
      break;
    case 'link':
      link.href = target;
      link.target = '_blank';
      document.body.append(link);
      link.click();
      link.remove();
      break;
    case 'window.open':
      if (window.open(target) !== null) throw new Error('a window was opened');
  }
  await new Promise((resolve) => setTimeout(resolve, 150));
}

test('the window goes nowhere else, whoever asks', async () => {
  const { page, electron } = onElectron(openedWindow());
  await waitForScreen(page, 'Abrir el puesto');
  for (const target of targets) {
    for (const way of ['location', 'link', 'window.open'] as const) {
      await page.evaluate(go, { way, target }).catch(() => undefined);
      // At once, except after `about:blank`, which no event can stop: from there it comes back.
      if (target === 'about:blank') await expect.poll(() => readUrl(electron)).toBe(`${origin}/`);
      else expect(await readUrl(electron), `${way} ${target}`).toBe(`${origin}/`);
    }
  }
  await waitForScreen(page, 'Abrir el puesto');
  await expect(page).toHaveTitle(/Ventanilla/u);
  expect(await electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
  const others = await electron.evaluate(({ webContents }) =>
    webContents.getAllWebContents().map((contents) => contents.getType()),
  );
  expect(others).toEqual(['window']);
});

test('a webview tag is an unknown element', async () => {
  const { page, electron } = onElectron(openedWindow());
  const kind = await page.evaluate(() => {
    const view = document.createElement('webview');
    view.setAttribute('src', 'https://example.org/');
    document.body.append(view);
    return { constructor: view.constructor.name, hasGuest: 'getWebContentsId' in view };
  });
  expect(kind).toEqual({ constructor: 'HTMLElement', hasGuest: false });
  expect(await electron.evaluate(({ webContents }) => webContents.getAllWebContents().length)).toBe(1);
});

test('every permission and device is denied', async () => {
  const { page } = openedWindow();
  await waitForScreen(page, 'Abrir el puesto');
  const answers = await page.evaluate(async () => {
    const outcome = async (work: () => Promise<unknown>): Promise<string> => {
      const patience = new Promise<string>((resolve) => setTimeout(() => resolve('no answer'), 5_000));
      const work_ = work().then(
        (value) => (Array.isArray(value) ? `${value.length} devices` : `given ${String(value)}`),
        (error: unknown) => (error instanceof Error || error instanceof DOMException ? error.name : 'refused'),
      );
      return Promise.race([work_, patience]);
    };
    type Devices = { requestDevice(options: unknown): Promise<unknown>; requestPort(): Promise<unknown> };
    const devices = navigator as unknown as Record<'hid' | 'usb' | 'serial' | 'bluetooth', Devices>;
    const states = await Promise.all(
      ['geolocation', 'notifications', 'camera', 'microphone', 'midi', 'clipboard-read', 'persistent-storage'].map(
        async (name) => {
          const { state } = await navigator.permissions.query({ name: name as PermissionName });
          return [name, state] as const;
        },
      ),
    );
    return {
      states: Object.fromEntries(states),
      geolocation: await outcome(
        () =>
          new Promise((resolve, reject) => {
            navigator.geolocation.getCurrentPosition(resolve, (error) =>
              reject(new DOMException(String(error.code), 'Denied')),
            );
          }),
      ),
      media: await outcome(() => navigator.mediaDevices.getUserMedia({ video: true, audio: true })),
      screen: await outcome(() => navigator.mediaDevices.getDisplayMedia({ video: true })),
      notification: await outcome(async () => Notification.requestPermission()),
      clipboard: await outcome(() => navigator.clipboard.readText()),
      hid: await outcome(() => devices.hid.requestDevice({ filters: [] })),
      usb: await outcome(() => devices.usb.requestDevice({ filters: [] })),
      serial: await outcome(() => devices.serial.requestPort()),
    };
  });
  expect(Object.values(answers.states).every((state) => state === 'denied')).toBe(true);
  expect(answers.geolocation).toBe('Denied');
  expect(answers.media).toMatch(/^Not(?:Allowed|Found)Error$/u);
  expect(answers.screen).not.toMatch(/^given/u);
  expect(answers.notification).toBe('given denied');
  for (const device of [answers.clipboard, answers.hid, answers.usb, answers.serial])
    expect(device).not.toMatch(/^given|[1-9]\d* devices/u);
});
