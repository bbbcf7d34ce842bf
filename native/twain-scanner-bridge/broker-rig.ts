import type { ScannerBridgeEvent } from '../../core/devices/scanner/messages.ts';
import { createBroker, ordinaryTiming, type Broker, type BrokerTiming } from './broker.ts';
import type { ScannerDriver } from './driver.ts';

type EventOf<T extends ScannerBridgeEvent['type']> = Extract<ScannerBridgeEvent, { type: T }>;
export type ScanEnd = EventOf<'finished'> | EventOf<'stopped'>;

/** A broker for tests, with everything that it has said since. */
export type BrokerRig = Readonly<{
  receive: Broker['receive'];
  /** Everything that was posted, in order. */
  events: readonly ScannerBridgeEvent[];
  ofType<T extends ScannerBridgeEvent['type']>(type: T): EventOf<T>[];
  until(condition: () => boolean): Promise<void>;
  /** Asks for a scan, four strips and one page, and answers the scan's number. */
  start(profile: unknown, deviceId: string): number;
  outcome(scanId: number): Promise<ScanEnd>;
  /**
   * Milliseconds of silence from the next sign of life on. A test that shortens it only when something has arrived is not
   * misled by a machine on which everything starts slowly.
   */
  allowSilence(milliseconds: number): void;
  scan(profile: unknown, deviceId: string): Promise<ScanEnd>;
  /** As `start`, of a look at the glass. */
  startPreview(colorMode: 'gray' | 'color', deviceId: string, source?: string): number;
  forget(): void;
  close(): void;
}>;

let lastScanId = 0;

/** `flow`: credit and pages are granted as a consumer that takes everything would. */
export function createBrokerRig(
  options: Readonly<{ drivers: readonly ScannerDriver[]; timing?: Partial<BrokerTiming>; flow?: boolean }>,
): BrokerRig {
  const events: ScannerBridgeEvent[] = [];
  let wake = () => {};
  const timing = { ...ordinaryTiming, ...options.timing };
  const broker = createBroker({
    drivers: options.drivers,
    timing,
    post(event) {
      events.push(event);
      if (options.flow !== false && event.type === 'strip')
        broker.receive({ type: 'credit', scanId: event.scanId, strips: 1 });
      if (options.flow !== false && event.type === 'pageEnded')
        broker.receive({ type: 'nextPage', scanId: event.scanId });
      wake();
    },
  });

  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  function begin(request: Readonly<Record<string, unknown>>): number {
    lastScanId += 1;
    broker.receive({ ...request, scanId: lastScanId });
    broker.receive({ type: 'credit', scanId: lastScanId, strips: 4 });
    broker.receive({ type: 'nextPage', scanId: lastScanId });
    return lastScanId;
  }

  const start = (profile: unknown, deviceId: string) => begin({ type: 'scan', deviceId, profile });

  async function outcome(scanId: number): Promise<ScanEnd> {
    const find = () =>
      events.find(
        (event): event is ScanEnd => (event.type === 'finished' || event.type === 'stopped') && event.scanId === scanId,
      );
    await until(() => find() !== undefined);
    return find() as ScanEnd;
  }

  return {
    receive: (message) => broker.receive(message),
    events,
    ofType: (type) => events.filter((event): event is EventOf<typeof type> => event.type === type),
    until,
    start,
    outcome,
    scan: (profile, deviceId) => outcome(start(profile, deviceId)),
    startPreview: (colorMode, deviceId, source = 'flatbed') => begin({ type: 'preview', deviceId, source, colorMode }),
    allowSilence(milliseconds) {
      timing.silence = milliseconds;
    },
    forget() {
      events.length = 0;
    },
    close: () => broker.close(),
  };
}
