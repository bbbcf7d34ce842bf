import { join } from 'node:path';
import { createBroker } from './broker.ts';
import { createDrivers } from './drivers.ts';

/** The part of Electron's `process.parentPort` that the bridge needs: it runs in a utility process too. */
type ParentPort = Readonly<{
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: Readonly<{ data: unknown }>) => void): void;
}>;

function findParentPort(): ParentPort | null {
  return 'parentPort' in process ? (process.parentPort as ParentPort | null) : null;
}

const parentPort = findParentPort();
// A packaged program keeps its helpers outside the archive and says where.
const folder = process.env['VENTANILLA_SCANNER_HELPERS'] ?? join(import.meta.dirname, 'build');
const broker = createBroker({
  drivers: createDrivers(folder),
  post(event) {
    if (parentPort !== null) parentPort.postMessage(event);
    else if (process.connected) process.send?.(event);
  },
});

if (parentPort !== null) parentPort.on('message', (event) => broker.receive(event.data));
else process.on('message', (message) => broker.receive(message));
// The helpers see the end of their standard input and follow.
process.on('disconnect', () => process.exit(0));
