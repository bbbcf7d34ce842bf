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
  port?.close();
  port = opened;
  opened.on('message', (event) => services.send(event.data as RequestMessage));
  opened.start();
});
