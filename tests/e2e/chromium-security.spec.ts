import { readFile, readdir, stat } from 'node:fs/promises';
import { request } from 'node:http';
import type { OutgoingHttpHeaders } from 'node:http';
import path from 'node:path';
import WebSocket from 'ws';
import { decodeFrame, encodeFrame } from '../../core/contract/transport.ts';
import { waitForScreen } from '../../demo/driver/counter-window.ts';
import { startShell } from '../../demo/driver/shell-process.ts';
import type { StartedShell } from '../../demo/driver/shell-process.ts';
import { useOffice } from './support/office.ts';
import { expect, test } from './support/test.ts';

/* The Chromium shell's server as somebody else on the machine would try it. One shell for all: it is only asked. */
const office = useOffice({ isOneStory: true });
let shell: StartedShell;
let host = '';

test.beforeAll(async () => {
  shell = await startShell(office());
  ({ host } = new URL(await shell.readAddress()));
});
test.afterAll(() => shell.close());

const right = (): OutgoingHttpHeaders => ({ host });

/** A request as it is written, without a browser's tidying of the path. */
function ask(
  target: string,
  headers: OutgoingHttpHeaders,
  method = 'GET',
): Promise<Readonly<{ status: number; headers: NodeJS.Dict<string | string[]>; body: string }>> {
  const [hostname, port] = host.split(':');
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path: target, method, headers, setHost: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    asked.once('error', reject).end();
  });
}

type Answer = Readonly<{ socket: WebSocket; closed: Promise<number>; opened: Promise<boolean> }>;

function connect(options: Readonly<{ origin?: string; host?: string; path?: string; protocol?: string }> = {}): Answer {
  const socket = new WebSocket(`ws://${host}${options.path ?? '/bridge'}`, options.protocol ?? 'ventanilla.v1', {
    headers: { host: options.host ?? host },
    origin: options.origin ?? `http://${host}`,
  });
  socket.binaryType = 'nodebuffer';
  const opened = new Promise<boolean>((resolve) => {
    socket.once('open', () => resolve(true));
    socket.once('error', () => resolve(false));
  });
  const closed = new Promise<number>((resolve) => socket.once('close', (code) => resolve(code)));
  return { socket, closed, opened };
}

function hello(token: string): string {
  return JSON.stringify({ type: 'hello', token });
}

/** The token that lies in the file of the address. A connection that was closed puts another one there. */
async function readToken(): Promise<string> {
  const token = new URL(await readFile(shell.bootstrap, 'utf8')).hash.replace('#token=', '');
  expect(token).toMatch(/^[\w-]{43}$/u);
  return token;
}

let usedToken = '';

/** A connection as the window makes it. Resolves with it and the token of the next one. */
async function admitted(): Promise<Answer & Readonly<{ next: string }>> {
  await expect.poll(readToken).not.toBe(usedToken);
  usedToken = await readToken();
  const answer = connect();
  expect(await answer.opened).toBe(true);
  const first = new Promise<string>((resolve) =>
    answer.socket.once('message', (data: Buffer) => resolve(data.toString())),
  );
  answer.socket.send(hello(usedToken));
  const { token } = JSON.parse(await first) as { token: string };
  return { ...answer, next: token };
}

async function leave({ socket, closed }: Answer): Promise<void> {
  socket.close();
  await closed;
}

function asksStatus({ socket }: Answer): Promise<boolean> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve(false));
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (isBinary && decodeFrame(data).type === 'response') resolve(true);
    });
    socket.send(encodeFrame({ type: 'request', id: 1, method: 'desk.getStatus', input: {} }));
  });
}

test('another name for the address gets nothing, nor does anything but GET', async () => {
  for (const other of [
    'localhost',
    `localhost:${host.split(':')[1] ?? ''}`,
    'evil.example',
    '127.0.0.1',
    `${host}.evil.example`,
  ])
    expect((await ask('/', { host: other })).status, other).toBe(403);
  expect((await ask('/', {})).status).toBe(400);
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'])
    expect((await ask('/', right(), method)).status, method).toBe(403);
  expect((await ask('/', right())).status).toBe(200);
});

test('every answer carries the content policy', async () => {
  const policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; " +
    `connect-src 'self' ws://${host}; worker-src 'self'; frame-src 'none'; object-src 'none'; base-uri 'none'; ` +
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";
  for (const [target, headers] of [
    ['/', right()],
    ['/nothing', right()],
    ['/', { host: 'evil.example' }],
  ] as const) {
    const answer = await ask(target, headers);
    expect(answer.headers).toMatchObject({
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-store',
    });
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  }
});

test('no path leaves the folder of the window', async () => {
  for (const target of [
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
    'http://evil.example/../../package.json',
  ]) {
    const answer = await ask(target, right());
    expect({ target, status: answer.status, body: answer.body }).toEqual({ target, status: 404, body: '' });
  }
});

test('the bridge is refused to another origin, another name and another path', async () => {
  for (const options of [
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: 'file://' },
    { origin: `http://localhost:${host.split(':')[1] ?? ''}` },
    { origin: `https://${host}` },
    { host: 'evil.example' },
    { path: '/' },
    { path: '/bridge?x' },
  ])
    expect(await connect(options).opened, JSON.stringify(options)).toBe(false);
});

test('a wrong token closes the connection, and so does a frame before the token', async () => {
  for (const first of [
    hello('A'.repeat(43)),
    hello(''),
    '{}',
    'no JSON',
    JSON.stringify({ type: 'hello', token: 1 }),
    Buffer.alloc(8),
  ]) {
    const answer = connect();
    await answer.opened;
    answer.socket.send(first);
    expect(await answer.closed).toBe(4003);
  }
  const asked = connect();
  await asked.opened;
  asked.socket.send(encodeFrame({ type: 'request', id: 1, method: 'desk.getStatus', input: {} }));
  expect(await asked.closed).toBe(4003);
});

test('a token serves once, and a second client does not disturb the first one', async () => {
  const window = await admitted();
  const second = connect();
  await second.opened;
  second.socket.send(hello(usedToken));
  expect(await second.closed).toBe(4003);
  expect(await asksStatus(window)).toBe(true);
  await leave(window);
});

test('the window that was here connects again with the token that it was given, once', async () => {
  const window = await admitted();
  const again = connect();
  await again.opened;
  again.socket.send(hello(window.next));
  expect(await window.closed).toBe(4004);
  expect(await asksStatus(again)).toBe(true);
  const replay = connect();
  await replay.opened;
  replay.socket.send(hello(window.next));
  expect(await replay.closed).toBe(4003);
  await leave(again);
});

test('a text frame, a frame that is none and one that is too large close the bridge', async () => {
  const text = await admitted();
  text.socket.send(JSON.stringify({ type: 'request', id: 1, method: 'desk.getStatus', input: {} }));
  expect(await text.closed).toBe(4002);
  const broken = await admitted();
  broken.socket.send(Buffer.from([255, 255, 255, 255, 0]));
  expect(await broken.closed).toBe(4002);
  const response = await admitted();
  response.socket.send(encodeFrame({ type: 'response', id: 1, ok: true, output: null }));
  expect(await response.closed).toBe(4002);
  const large = await admitted();
  large.socket.send(Buffer.alloc(5 * 1024 * 1024));
  // Too large to be told why: it is cut.
  expect([1006, 1009]).toContain(await large.closed);
  const after = await admitted();
  expect(await asksStatus(after)).toBe(true);
  await leave(after);
});

test('few may wait before the token, so that nobody fills the door', async () => {
  const waiting = Array.from({ length: 4 }, () => connect());
  for (const { opened } of waiting) expect(await opened).toBe(true);
  expect(await connect().opened).toBe(false);
  for (const each of waiting) await leave(each);
  await expect.poll(() => connect().opened).toBe(true);
});

test('the address is in a file of its owner alone, and its token in no command line', async ({ openWindow }) => {
  expect((await stat(shell.bootstrap)).mode & 0o777).toBe(0o600);
  const token = await readToken();
  expect(await findInCommandLines(token)).toEqual([]);
  const { page } = await openWindow(office());
  await waitForScreen(page, 'Abrir el puesto');
  // Neither the address nor the history keep it; what stays for a reload is another one.
  expect(page.url()).not.toContain('token');
  const kept = await page.evaluate(() => ({
    address: window.location.href,
    entries: window.sessionStorage.length,
    local: window.localStorage.length,
  }));
  expect(kept).toEqual({ address: page.url(), entries: 1, local: 0 });
});

async function findInCommandLines(token: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/u.test(name)) continue;
    const commandLine = await readFile(path.join('/proc', name, 'cmdline'), 'utf8').catch(() => '');
    if (commandLine.includes(token)) found.push(name);
  }
  return found;
}
