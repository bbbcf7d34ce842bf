import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket as ClientSocket, WebSocketServer } from 'ws';
import type { RawData } from 'ws';
import { decodeFrame, encodeFrame } from '../../../core/contract/transport.ts';
import { createBridgeClient } from './client.ts';
import { readToken } from './open-bridge.ts';
import { createWebSocketTransport } from './web-socket-transport.ts';
import type { SocketLike } from './web-socket-transport.ts';

const servers: WebSocketServer[] = [];

afterEach(async () => {
  await Promise.all(
    servers.splice(0).map((server) => {
      for (const client of server.clients) client.terminate();
      return new Promise((resolve) => server.close(resolve));
    }),
  );
});

function toBytes(data: RawData): Uint8Array {
  return Array.isArray(data) ? Buffer.concat(data) : new Uint8Array(data as ArrayBuffer);
}

/** A real WebSocket server that answers `print.listPrinters` and notes what it was told. */
async function startServer(reply: (frame: Uint8Array) => Uint8Array | string) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  const texts: string[] = [];
  server.on('connection', (socket) => {
    socket.send('{"type":"token","token":"next one"}');
    socket.on('message', (data, isBinary) => {
      if (isBinary) socket.send(reply(toBytes(data)));
      else texts.push(toBytes(data).reduce((text, byte) => text + String.fromCharCode(byte), ''));
    });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const socket = new ClientSocket(`ws://127.0.0.1:${String(address.port)}/bridge`, 'ventanilla.v1');
  const nextTokens: string[] = [];
  const transport = createWebSocketTransport(socket as unknown as SocketLike, 'secret', (token) =>
    nextTokens.push(token),
  );
  return { texts, nextTokens, client: createBridgeClient(transport), server, socket };
}

describe('the WebSocket transport', () => {
  it('says hello with the token before anything that was asked meanwhile, and carries bytes as bytes', async () => {
    const { texts, nextTokens, client } = await startServer((frame) => {
      const question = decodeFrame(frame);
      if (question.type !== 'request') throw new Error('not a question');
      const { passphrase } = question.input as { passphrase: Uint8Array };
      return encodeFrame({ type: 'response', id: question.id, ok: true, output: { echoed: passphrase } });
    });
    const answer: unknown = await client.call('desk.open', { passphrase: new Uint8Array([1, 2, 250]) });
    expect(answer).toEqual({ echoed: new Uint8Array([1, 2, 250]) });
    expect(texts).toEqual(['{"type":"hello","token":"secret"}']);
    expect(nextTokens).toEqual(['next one']);
  });

  it('leaves a server that does not speak the contract', async () => {
    const { client } = await startServer(() => new Uint8Array([9, 9]));
    await expect(client.call('session.lock', {})).rejects.toMatchObject({ code: 'internal.servicesGone' });
  });

  it('tells that the services went away', async () => {
    const { client, server, socket } = await startServer(() => new Uint8Array());
    await new Promise((resolve) => socket.once('open', resolve));
    const gone = new Promise<void>((resolve) => void client.onClosed(resolve));
    for (const connection of server.clients) connection.close();
    await gone;
    await expect(client.call('session.lock', {})).rejects.toMatchObject({ code: 'internal.servicesGone' });
  });
});

describe('the token in the address', () => {
  it('is read from the fragment and nothing else', () => {
    expect(readToken('#token=abc_-123')).toBe('abc_-123');
    expect(readToken('')).toBeNull();
    expect(readToken('#token=')).toBeNull();
    expect(readToken('#other=abc')).toBeNull();
  });
});
