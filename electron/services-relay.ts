import type { MessagePortMain } from 'electron';
import type { BridgeMessage, RequestMessage } from '../core/contract/transport.ts';
import { startServicesChild } from '../core/host/services-child.ts';

/*
 * Electron's utility process for the services. It relays between the window's MessagePort and the services in Node 24:
 * the store's native module needs Node-API 10, which Electron's own Node has only from version 36 on.
 */
type Settings = Readonly<{ entry: string; settingsFile: string; nodePath: string }>;

let port: MessagePortMain | null = null;
const { entry, settingsFile, nodePath } = JSON.parse(process.argv.at(-1) ?? '{}') as Settings;

const services = startServicesChild({
  entry,
  settingsFile,
  nodePath,
  onMessage: (message: BridgeMessage) => port?.postMessage(message),
  onGone: dropPort,
});

process.parentPort.on('message', ({ data, ports }) => {
  const command = data as Readonly<{ type: 'port' | 'end' }>;
  if (command.type === 'end') {
    void services.close().then(() => process.exit(0));
    return;
  }
  const [opened] = ports;
  if (opened === undefined) return;
  // One window: a reloaded page brings a new port, and the former one is of nobody.
  dropPort();
  port = opened;
  opened.on('message', (event) => {
    if (port === opened && isRequest(event.data)) services.send(event.data);
  });
  opened.start();
});

/** The page sees its end closed. */
function dropPort(): void {
  port?.close();
  port = null;
}

function isRequest(data: unknown): data is RequestMessage {
  if (typeof data !== 'object' || data === null) return false;
  const { type, id, method } = data as Readonly<Partial<Record<keyof RequestMessage, unknown>>>;
  return type === 'request' && Number.isSafeInteger(id) && typeof method === 'string';
}
