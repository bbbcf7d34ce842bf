import { createBroker } from './broker.ts';
import type { ScannerDriver } from './driver.ts';

/** The part of Electron's `process.parentPort` that the bridge needs: it runs in a utility process too. */
type ParentPort = Readonly<{
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: Readonly<{ data: unknown }>) => void): void;
}>;

function findParentPort(): ParentPort | null {
  return 'parentPort' in process ? (process.parentPort as ParentPort | null) : null;
}

/** This process as a bridge: a Node child's channel or Electron's port at one end, a broker of these drivers at the other. */
export function serveBroker(drivers: readonly ScannerDriver[]): void {
  const parentPort = findParentPort();
  const broker = createBroker({
    drivers,
    post(event) {
      if (parentPort !== null) parentPort.postMessage(event);
      else if (process.connected) process.send?.(event);
    },
  });
  if (parentPort !== null) parentPort.on('message', (event) => broker.receive(event.data));
  else process.on('message', (message) => broker.receive(message));
  // The helpers see the end of their standard input and follow.
  process.on('disconnect', () => process.exit(0));
}
