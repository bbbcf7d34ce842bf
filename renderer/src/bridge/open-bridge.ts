import { createBridgeClient } from './client.ts';
import type { BridgeClient } from './client.ts';
import { createWebSocketTransport } from './web-socket-transport.ts';

export type OpenedBridge = Readonly<{ client: BridgeClient; canReopen: boolean }>;

/** Reads `#token=…`; null when the page was opened without one. */
export function readToken(fragment: string): string | null {
  const token = new URLSearchParams(fragment.replace(/^#/u, '')).get('token');
  return token === null || token === '' ? null : token;
}

const nextTokenKey = 'ventanilla.token';

/** The token of the address, or the one that the last connection left for a reload. Either serves once. */
function takeToken(): string | null {
  const token = readToken(window.location.hash) ?? window.sessionStorage.getItem(nextTokenKey);
  window.sessionStorage.removeItem(nextTokenKey);
  // Out of the address and of the history before anything else runs.
  window.history.replaceState(null, '', window.location.pathname);
  return token;
}

/** The preload's transport where there is one, otherwise the WebSocket. Null: the page was opened by itself. */
export function openBridge(): OpenedBridge | null {
  if (window.ventanilla !== undefined)
    return { client: createBridgeClient(window.ventanilla.openTransport()), canReopen: true };
  const token = takeToken();
  if (token === null) return null;
  const socket = new WebSocket(`ws://${window.location.host}/bridge`, 'ventanilla.v1');
  let canReopen = false;
  const transport = createWebSocketTransport(socket, token, (next) => {
    window.sessionStorage.setItem(nextTokenKey, next);
    canReopen = true;
  });
  return {
    client: createBridgeClient(transport),
    get canReopen() {
      return canReopen;
    },
  };
}
