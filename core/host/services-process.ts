import { join } from 'node:path';
import { startNodeBridge } from '../devices/node-bridge-channel.ts';
import type { SpawnBridge } from '../devices/bridge-channel.ts';
import type { RequestMessage } from '../contract/transport.ts';
import { createNodeHost } from './node-host.ts';
import { readHostSettings, scannerEnvironmentOf } from './settings.ts';

/*
 * The services as a Node child of a shell. The shell forks this file with `serialization: 'advanced'` and the path of
 * the settings in VENTANILLA_SETTINGS; then requests, responses and events of core/contract/transport.ts travel over the
 * IPC channel. `{type: 'ready'}` comes first. The process ends with its channel.
 */
const settingsFile = process.env['VENTANILLA_SETTINGS'];
if (settingsFile === undefined || process.send === undefined) {
  process.stderr.write('Este programa lo inicia Ventanilla; no se usa por separado.\n');
  process.exit(2);
}

const settings = readHostSettings(settingsFile);
const bridgeEntries = {
  card: 'card-bridge/main.ts',
  scanner: 'twain-scanner-bridge/main.ts',
  hid: 'hid-bridge/main.ts',
} as const;
const nativeFolder = process.env['VENTANILLA_NATIVE'] ?? join(import.meta.dirname, '..', '..', 'native');

const spawnBridge: SpawnBridge = (name) =>
  startNodeBridge({
    entry: join(nativeFolder, bridgeEntries[name]),
    ...(name === 'scanner' ? { environment: { ...process.env, ...scannerEnvironmentOf(settings) } } : {}),
  });

const services = createNodeHost(settings, { spawnBridge });
services.onEvent(({ event, payload }) => send({ type: 'event', event, payload }));
process.on('message', (message: RequestMessage) => {
  if (message.type !== 'request') return;
  void services.handle(message).then(send);
});
process.on('disconnect', () => void end());
process.on('SIGTERM', () => void end());
process.on('SIGINT', () => undefined);
send({ type: 'ready' });

function send(message: unknown): void {
  if (process.connected) process.send?.(message);
}

let isEnding = false;
async function end(): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  // A device that hangs must not keep the process: what matters is on disk already.
  setTimeout(() => process.exit(0), 5_000).unref();
  await services.close();
  process.exit(0);
}
