import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { exchangeBytes } from './exchange-bytes.ts';

/* A centre that answers as it pleases, over a real connection. */

let close = async (): Promise<void> => undefined;
afterEach(() => close());

async function serve(answer: (response: ServerResponse) => void): Promise<URL> {
  const server = createServer((_request, response) => answer(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  close = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
}

const ask = (url: URL, silenceMs: number) =>
  exchangeBytes(url, {
    method: 'GET',
    headers: {},
    body: null,
    signal: new AbortController().signal,
    silenceMs,
    leave: null,
  });

/** So many bytes every so often, so many times. */
function drip(response: ServerResponse, bytes: number, milliseconds: number, times: number): void {
  let count = 0;
  const timer = setInterval(() => {
    response.write(Buffer.alloc(bytes));
    count += 1;
    if (count < times) return;
    clearInterval(timer);
    response.end();
  }, milliseconds);
  response.on('close', () => clearInterval(timer));
}

test('an answer that comes drop by drop ends the exchange, though it is never silent', async () => {
  const url = await serve((response) => drip(response, 1, 20, 1_000));
  await expect(ask(url, 400)).rejects.toThrow(/drop by drop|aborted/u);
});

test('a slow answer that goes on coming is waited for', async () => {
  const url = await serve((response) => drip(response, 4_096, 20, 100));
  expect((await ask(url, 400)).body.length).toBe(409_600);
});

test('silence ends it', async () => {
  const url = await serve(() => undefined);
  await expect(ask(url, 200)).rejects.toThrow('the line stands still');
});
