import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import path from 'node:path';
import { z } from 'zod';
import type { PanelActions } from './panel-actions.ts';
import { findAction } from './panel-actions.ts';

/** Something that the demonstration publishes for whoever tries it, such as the PIN of a card. */
export type PanelHint = Readonly<{ title: string; value: string }>;

export type Panel = Readonly<{
  /**
   * Address of the page, ending in a slash; the token in it is the only key. The interface for programs is
   * `GET <url>api/state` and `POST <url>api/<action>` with `{"value": …}`, answered by the state that follows.
   */
  url: string;
  close(): Promise<void>;
}>;

const page: Readonly<Record<string, Readonly<{ file: string; contentType: string }>>> = {
  '': { file: 'panel.html', contentType: 'text/html; charset=utf-8' },
  'panel.css': { file: 'panel.css', contentType: 'text/css; charset=utf-8' },
  'panel.js': { file: 'panel.js', contentType: 'text/javascript; charset=utf-8' },
};

const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const largestBody = 4096;
const bodySchema = z.strictObject({ value: z.unknown().optional() });

/** Serves the demonstration panel on 127.0.0.1. Actions run one after another, in the order in which they arrive. */
export async function createPanel(
  options: Readonly<{ actions: PanelActions; hints?: readonly PanelHint[]; port?: number }>,
): Promise<Panel> {
  const { actions, hints = [] } = options;
  const token = randomBytes(32).toString('base64url');
  let queue: Promise<unknown> = Promise.resolve();

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const resource = authorizedResource(request, token);
    if (resource === null) {
      response.writeHead(404, headers).end();
      return;
    }
    const asset = page[resource];
    if (request.method === 'GET' && asset !== undefined) {
      const content = await readFile(path.join(import.meta.dirname, 'page', asset.file));
      response.writeHead(200, { ...headers, 'content-type': asset.contentType }).end(content);
    } else if (request.method === 'GET' && resource === 'api/state') {
      answer(response, 200, await actions.readState());
    } else if (request.method === 'GET' && resource === 'api/hints') {
      answer(response, 200, hints);
    } else if (request.method === 'POST' && resource.startsWith('api/')) {
      await act(resource.slice('api/'.length), request, response);
    } else {
      response.writeHead(404, headers).end();
    }
  }

  async function act(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const action = findAction(actions, name);
    if (action === null) {
      response.writeHead(404, headers).end();
      return;
    }
    const body = await readJson(request);
    if (body === null) {
      answer(response, 400, { error: 'La petición no es válida.' });
      return;
    }
    const done = queue.then(() => action(body.value));
    queue = done.catch(() => undefined);
    try {
      await done;
      answer(response, 200, await actions.readState());
    } catch (error) {
      if (error instanceof z.ZodError) answer(response, 400, { error: 'Ese valor no es uno de los posibles.' });
      else answer(response, 500, { error: 'No se ha podido hacer. Repita o reinicie la demostración.' });
    }
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => {
      if (!response.headersSent) response.writeHead(500, headers);
      response.end();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/${token}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * What is asked for after the token, or null. A page of another origin knows no token; `Host` and `Origin` stop a name
 * that was made to point here (DNS rebinding).
 */
function authorizedResource(request: IncomingMessage, token: string): string | null {
  const host = `127.0.0.1:${request.socket.localPort ?? 0}`;
  const origin = request.headers.origin;
  if (request.headers.host !== host || (origin !== undefined && origin !== `http://${host}`)) return null;
  const [, given = '', ...rest] = (request.url ?? '').split('/');
  return rest.length > 0 && isSame(given, token) ? rest.join('/') : null;
}

function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

async function readJson(request: IncomingMessage): Promise<z.infer<typeof bodySchema> | null> {
  if (request.headers['content-type']?.split(';')[0] !== 'application/json') return null;
  let text = '';
  for await (const chunk of request.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk;
    if (text.length > largestBody) return null;
  }
  try {
    return bodySchema.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

function answer(response: ServerResponse, status: number, value: unknown): void {
  response
    .writeHead(status, { ...headers, 'content-type': 'application/json; charset=utf-8' })
    .end(JSON.stringify(value));
}
