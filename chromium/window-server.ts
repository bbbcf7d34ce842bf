import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, resolve, sep } from 'node:path';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { decodeFrame, encodeFrame } from '../core/contract/transport.ts';
import type { BridgeMessage, RequestMessage } from '../core/contract/transport.ts';

/** Serves the window's files and its one bridge on 127.0.0.1, to whoever holds the token and to nobody else. */
export type WindowServer = Readonly<{
  /** Address with a fresh single-use token in its fragment, which no request carries. */
  issueAddress(): string;
  send(message: BridgeMessage): void;
  close(): Promise<void>;
}>;

const helloSchema = z.strictObject({ type: z.literal('hello'), token: z.string().max(100) });
const helloTimeMs = 5_000;
// The largest thing that the window sends is a form; what it receives has no such limit.
const maximumFrameBytes = 4 * 1024 * 1024;
const protocolName = 'ventanilla.v1';

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.ttf': 'font/ttf',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};

export async function startWindowServer(
  options: Readonly<{
    rendererFolder: string;
    onRequest: (request: RequestMessage) => void;
    /** The window went away; its token is spent. */
    onClientLeft: () => void;
  }>,
): Promise<WindowServer> {
  const root = resolve(options.rendererFolder);
  let tokenDigest: Buffer | null = null;
  let client: WebSocket | null = null;
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(0, '127.0.0.1', listening);
  });
  const { port } = server.address() as AddressInfo;
  const host = `127.0.0.1:${port}`;
  const origin = `http://${host}`;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maximumFrameBytes,
    perMessageDeflate: false,
    handleProtocols: (protocols) => (protocols.has(protocolName) ? protocolName : false),
  });

  const headers = {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' blob: data:",
      "font-src 'self'",
      `connect-src 'self' ws://${host}`,
      "worker-src 'self'",
      "frame-src 'none'",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ].join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Another name for this address is how a web page elsewhere would reach it (DNS rebinding).
    if (request.headers.host !== host || request.method !== 'GET') {
      response.writeHead(403, headers).end();
      return;
    }
    const { pathname } = new URL(request.url ?? '/', origin);
    const file = resolve(join(root, pathname === '/' ? 'index.html' : decodePath(pathname)));
    const isInside = file.startsWith(root + sep);
    const found = isInside ? await stat(file).catch(() => null) : null;
    if (found === null || !found.isFile()) {
      response.writeHead(404, headers).end();
      return;
    }
    response.writeHead(200, { ...headers, 'content-type': mediaTypes[extname(file)] ?? 'application/octet-stream' });
    createReadStream(file)
      .on('error', () => response.destroy())
      .pipe(response);
  }

  server.on('upgrade', (request, socket, head) => {
    const isOurs = request.headers.host === host && request.headers.origin === origin && request.url === '/bridge';
    if (!isOurs || client !== null) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, welcome);
  });

  function welcome(socket: WebSocket): void {
    const impatience = setTimeout(() => socket.close(4001), helloTimeMs);
    socket.on('error', () => socket.terminate());
    socket.once('message', (data: Buffer, isBinary: boolean) => {
      clearTimeout(impatience);
      if (isBinary || client !== null || !takeToken(data)) {
        socket.close(4003);
        return;
      }
      client = socket;
      socket.on('message', (frame: Buffer, isFrameBinary: boolean) => receive(socket, frame, isFrameBinary));
      socket.on('close', () => {
        if (client !== socket) return;
        client = null;
        options.onClientLeft();
      });
    });
  }

  /** Compared in constant time, and good for one connection. */
  function takeToken(data: Buffer): boolean {
    const digest = tokenDigest;
    if (digest === null) return false;
    const hello = helloSchema.safeParse(parseJson(data));
    const isRight = hello.success && timingSafeEqual(sha256(hello.data.token), digest);
    if (isRight) tokenDigest = null;
    return isRight;
  }

  function receive(socket: WebSocket, frame: Buffer, isBinary: boolean): void {
    try {
      if (!isBinary) throw new RangeError('text frame');
      const message = decodeFrame(frame);
      if (message.type !== 'request' || !Number.isSafeInteger(message.id)) throw new RangeError('not a request');
      options.onRequest(message);
    } catch {
      socket.close(4002);
    }
  }

  return {
    issueAddress() {
      const token = randomBytes(32).toString('base64url');
      tokenDigest = sha256(token);
      return `${origin}/#token=${token}`;
    },
    send(message) {
      client?.send(encodeFrame(message));
    },
    async close() {
      client?.terminate();
      sockets.close();
      server.closeAllConnections();
      await new Promise<void>((closed) => {
        server.close(() => closed());
      });
    },
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function decodePath(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return '/';
  }
}

function parseJson(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString('utf8'));
  } catch {
    return null;
  }
}
