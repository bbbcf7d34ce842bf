import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { z } from 'zod';
import { decodeFrame, encodeFrame } from '../core/contract/transport.ts';
import type { BridgeMessage, RequestMessage } from '../core/contract/transport.ts';
import { contentPolicy, findWindowFile, mediaTypeOf } from '../core/host/window-files.ts';

/**
 * Serves the window's files and its one bridge on 127.0.0.1, to whoever holds a token and to nobody else. A token opens
 * one connection, which is given the token of the next one: so the window can be reloaded, and connect again.
 */
export type WindowServer = Readonly<{
  /** Address with a fresh single-use token in its fragment, which no request carries. */
  issueAddress(): string;
  send(message: BridgeMessage): void;
  /** The services went away: the window is told by the end of its connection. */
  dropClient(): void;
  close(): Promise<void>;
}>;

const helloSchema = z.strictObject({ type: z.literal('hello'), token: z.string().max(100) });
const helloTimeMs = 5_000;
const mostUnknownSockets = 4;
const closeCodes = { noHello: 4001, badFrame: 4002, badToken: 4003, replaced: 4004, servicesGone: 4005 } as const;
// The largest thing that the window sends is a form; what it receives has no such limit.
const maximumFrameBytes = 4 * 1024 * 1024;
const protocolName = 'ventanilla.v1';

export async function startWindowServer(
  options: Readonly<{
    rendererFolder: string;
    onRequest: (request: RequestMessage) => void;
    /** The window is here, and the token of its address is spent. */
    onClientCame: () => void;
    /** The window went away. */
    onClientLeft: () => void;
  }>,
): Promise<WindowServer> {
  const root = resolve(options.rendererFolder);
  /** One token for the address, and one for the window that has been here. */
  const tokens: { address: Buffer | null; next: Buffer | null } = { address: null, next: null };
  let client: WebSocket | null = null;
  let unknownSockets = 0;
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
    'content-security-policy': contentPolicy([`ws://${host}`]),
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
    const file = findWindowFile(root, request.url ?? '/');
    const found = file === null ? null : await stat(file).catch(() => null);
    if (file === null || found?.isFile() !== true) {
      response.writeHead(404, headers).end();
      return;
    }
    response.writeHead(200, { ...headers, 'content-type': mediaTypeOf(file) });
    createReadStream(file)
      .on('error', () => response.destroy())
      .pipe(response);
  }

  server.on('upgrade', (request, socket, head) => {
    const isOurs = request.headers.host === host && request.headers.origin === origin && request.url === '/bridge';
    if (!isOurs || unknownSockets >= mostUnknownSockets) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, welcome);
  });

  function welcome(socket: WebSocket): void {
    unknownSockets += 1;
    let isUnknown = true;
    const leaveUnknown = (): void => {
      if (isUnknown) unknownSockets -= 1;
      isUnknown = false;
      clearTimeout(impatience);
    };
    const impatience = setTimeout(() => socket.close(closeCodes.noHello), helloTimeMs);
    socket.on('error', () => socket.terminate());
    socket.once('close', leaveUnknown);
    socket.once('message', (data: Buffer, isBinary: boolean) => {
      leaveUnknown();
      if (isBinary || !takeToken(data)) socket.close(closeCodes.badToken);
      else admit(socket);
    });
  }

  /** The window, or the window again after a reload: whoever was here before is gone, or about to be. */
  function admit(socket: WebSocket): void {
    client?.close(closeCodes.replaced);
    client = socket;
    const next = makeToken();
    tokens.next = sha256(next);
    socket.send(JSON.stringify({ type: 'token', token: next }));
    socket.on('message', (frame: Buffer, isBinary: boolean) => receive(socket, frame, isBinary));
    socket.once('close', () => {
      if (client !== socket) return;
      client = null;
      options.onClientLeft();
    });
    options.onClientCame();
  }

  /** Compared in constant time, and good for one connection. */
  function takeToken(data: Buffer): boolean {
    const hello = helloSchema.safeParse(parseJson(data));
    if (!hello.success) return false;
    const given = sha256(hello.data.token);
    const isAddress = tokens.address !== null && timingSafeEqual(given, tokens.address);
    const isNext = tokens.next !== null && timingSafeEqual(given, tokens.next);
    if (isAddress) tokens.address = null;
    if (isNext) tokens.next = null;
    return isAddress || isNext;
  }

  function receive(socket: WebSocket, frame: Buffer, isBinary: boolean): void {
    if (client !== socket) return;
    try {
      if (!isBinary) throw new RangeError('text frame');
      const message = decodeFrame(frame);
      if (message.type !== 'request' || !Number.isSafeInteger(message.id)) throw new RangeError('not a request');
      options.onRequest(message);
    } catch {
      socket.close(closeCodes.badFrame);
    }
  }

  return {
    issueAddress() {
      const token = makeToken();
      tokens.address = sha256(token);
      return `${origin}/#token=${token}`;
    },
    send(message) {
      client?.send(encodeFrame(message));
    },
    dropClient: () => client?.close(closeCodes.servicesGone),
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      server.closeAllConnections();
      await new Promise<void>((closed) => {
        server.close(() => closed());
      });
    },
  };
}

function makeToken(): string {
  return randomBytes(32).toString('base64url');
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function parseJson(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString('utf8'));
  } catch {
    return null;
  }
}
