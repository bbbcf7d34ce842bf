import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';

/**
 * How an authority behaves. `down` closes its port (connection refused); `slow` answers after a while; `error500` and
 * `garbage` answer something that is no answer.
 */
export type AuthorityMode = 'ok' | 'down' | 'slow' | 'error500' | 'garbage';

export type Authority = Readonly<{
  /** Address of the service; the port is known after `start`. */
  url(): string;
  start(): Promise<void>;
  stop(): Promise<void>;
  setMode(mode: AuthorityMode): Promise<void>;
  mode(): AuthorityMode;
  /** Requests that reached the service since it was created, whatever they were answered. */
  requests(): number;
}>;

export type AuthorityOptions = Readonly<{
  /** 0 takes a free one at the first start and keeps it. */
  port: number;
  path: string;
  contentType: string;
  slowMilliseconds?: number;
  mode?: AuthorityMode;
  /** Answers one request, or null where it is none. Calls come one after another. */
  answer(request: IncomingMessage, body: Uint8Array, signal: AbortSignal): Promise<Uint8Array | null>;
  /** Files that are served beside the service, by address path; not subject to the modes other than `down`. */
  publication?(path: string): Promise<Readonly<{ contentType: string; content: Uint8Array }> | null>;
}>;

const largestRequest = 64 * 1024;

export function createAuthorityServer(options: AuthorityOptions): Authority {
  let mode = options.mode ?? 'ok';
  let port = options.port;
  let isStarted = false;
  let requestCount = 0;
  let server: Server | null = null;
  let stopping = new AbortController();
  let queue: Promise<unknown> = Promise.resolve();

  async function open(): Promise<void> {
    if (server !== null) return;
    stopping = new AbortController();
    const opened = createServer((request, response) => {
      handle(request, response).catch(() => {
        if (!response.headersSent) response.writeHead(500);
        response.end();
      });
    });
    await new Promise<void>((resolve, reject) => {
      opened.once('error', reject);
      opened.listen(port, '127.0.0.1', () => {
        opened.removeListener('error', reject);
        resolve();
      });
    });
    const address = opened.address();
    if (address !== null && typeof address === 'object') port = address.port;
    server = opened;
  }

  async function close(): Promise<void> {
    const closing = server;
    if (closing === null) return;
    server = null;
    stopping.abort();
    await new Promise<void>((resolve) => {
      closing.close(() => resolve());
      closing.closeAllConnections();
    });
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // A kept connection would outlive the change to `down` in its client's eyes.
    response.shouldKeepAlive = false;
    const signal = stopping.signal;
    const address = request.url ?? '/';
    const published = request.method === 'GET' ? await options.publication?.(address) : null;
    if (published) {
      response.writeHead(200, { 'content-type': published.contentType }).end(published.content);
      return;
    }
    if (address !== options.path && !address.startsWith(`${options.path}/`)) {
      response.writeHead(404).end();
      return;
    }
    requestCount += 1;
    const body = await readBody(request);
    if (mode === 'slow') await sleep(options.slowMilliseconds ?? 30_000, signal);
    if (mode === 'error500') {
      response.writeHead(500, { 'content-type': 'text/plain' }).end('Internal Server Error');
      return;
    }
    if (mode === 'garbage') {
      response.writeHead(200, { 'content-type': options.contentType }).end('<html>not what was asked for</html>');
      return;
    }
    const answered = queue.then(() => options.answer(request, body, signal));
    queue = answered.catch(() => undefined);
    const answer = await answered;
    if (answer === null) response.writeHead(400).end();
    else response.writeHead(200, { 'content-type': options.contentType }).end(answer);
  }

  return {
    url: () => `http://127.0.0.1:${port}${options.path}`,
    mode: () => mode,
    requests: () => requestCount,
    async start() {
      isStarted = true;
      if (mode !== 'down') await open();
    },
    async stop() {
      isStarted = false;
      await close();
    },
    async setMode(next) {
      mode = next;
      if (!isStarted) return;
      if (next === 'down') await close();
      else await open();
    },
  };
}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > largestRequest) throw new Error('request too large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
