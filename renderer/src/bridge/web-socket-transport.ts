import { decodeFrame, encodeFrame } from '../../../core/contract/transport.ts';
import type { EventMessage, ResponseMessage, Transport } from '../../../core/contract/transport.ts';

/** The part of a WebSocket that is used; the browser's and the tests' `ws` both have it. */
export type SocketLike = {
  binaryType: string;
  readonly readyState: number;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(): void;
  addEventListener(type: 'open' | 'close', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void;
};

const openState = 1;

/**
 * The bridge over a WebSocket: `hello` with the single-use token first, then the frames of the contract. The one text frame
 * that comes back brings the token of the next connection.
 */
export function createWebSocketTransport(
  socket: SocketLike,
  token: string,
  onNextToken: (token: string) => void = () => {},
): Transport {
  const messageListeners = new Set<(message: ResponseMessage | EventMessage) => void>();
  const closedListeners = new Set<() => void>();
  // Encoded when it is asked: the caller wipes a PIN's bytes as soon as `send` returns.
  const waiting: Uint8Array<ArrayBuffer>[] = [];
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('open', () => {
    socket.send(JSON.stringify({ type: 'hello', token }));
    for (const frame of waiting.splice(0)) socket.send(frame);
  });
  socket.addEventListener('close', () => {
    for (const listener of closedListeners) listener();
  });
  socket.addEventListener('message', ({ data }) => {
    const nextToken = typeof data === 'string' ? readNextToken(data) : null;
    if (nextToken !== null) {
      onNextToken(nextToken);
      return;
    }
    const message = data instanceof ArrayBuffer ? readFrame(new Uint8Array(data)) : null;
    if (message === null || message.type === 'request') {
      socket.close();
      return;
    }
    for (const listener of messageListeners) listener(message);
  });
  return {
    send: (message) => {
      if (socket.readyState === openState) socket.send(encodeFrame(message));
      else waiting.push(encodeFrame(message));
    },
    onMessage: (listener) => {
      messageListeners.add(listener);
      return () => messageListeners.delete(listener);
    },
    onClosed: (listener) => {
      closedListeners.add(listener);
      return () => closedListeners.delete(listener);
    },
  };
}

function readFrame(bytes: Uint8Array) {
  try {
    return decodeFrame(bytes);
  } catch {
    return null;
  }
}

function readNextToken(text: string): string | null {
  try {
    const message: unknown = JSON.parse(text);
    return typeof message === 'object' && message !== null && 'token' in message && typeof message.token === 'string'
      ? message.token
      : null;
  } catch {
    return null;
  }
}
