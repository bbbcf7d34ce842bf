import { createBridgeClient } from './client.ts';
import type { BridgeClient } from './client.ts';
import { createWebSocketTransport } from './web-socket-transport.ts';

export type OpenedBridge = Readonly<{ client: BridgeClient; canReopen: boolean }>;

/** Reads `#token=…`; null when the page was opened without one. */
export function readToken(fragment: string): string | null {
  const token = new URLSearchParams(fragment.replace(/^#/u, '')).get('token');
  return token === null || token === '' ? null : token;
}

/** The preload's transport where there is one (it can be opened again), otherwise the WebSocket, whose token serves once. */
export function openBridge(): OpenedBridge | null {
  if (window.ventanilla !== undefined) return { client: createBridgeClient(window.ventanilla.openTransport()), canReopen: true };
  const token = readToken(window.location.hash);
  if (token === null) return null;
  // Out of the address and of the history before anything else runs.
  window.history.replaceState(null, '', window.location.pathname);
  const socket = new WebSocket(`ws://${window.location.host}/bridge`, 'ventanilla.v1');
  return { client: createBridgeClient(createWebSocketTransport(socket, token)), canReopen: false };
}
