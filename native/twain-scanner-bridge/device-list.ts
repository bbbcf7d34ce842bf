import type { ErrorCode } from '../../core/contract/errors.ts';
import type { ScannerDevice, ScannerSource } from '../../core/services/ports/scanner.ts';
import type { ScannerDriver } from './driver.ts';
import { startHelper, type HelperEvent, type HelperProcess } from './helper-process.ts';
import { dropDoubles } from './same-device.ts';

export type ListOutcome =
  | Readonly<{ devices: readonly ScannerDevice[] }>
  | Readonly<{ code: ErrorCode; diagnosis: string }>;

export type DeviceList = Readonly<{
  /** Asks the drivers. Calls at the same time share one look. */
  refresh(): Promise<ListOutcome>;
  /** The last answer; null before the first. */
  last(): readonly ScannerDevice[] | null;
  close(): void;
}>;

/** `sources`: null of a device that is known and was not opened again. */
type Found = Omit<ScannerDevice, 'sources'> &
  Readonly<{ sources: ScannerDevice['sources'] | null; otherNames: readonly string[] }>;
type Known = Pick<ScannerDevice, 'sources' | 'serial'>;

/** Every driver can look at a glass; to look at what lies in a feeder it would have to draw it in. */
export function hasPreview(source: ScannerSource['source']): boolean {
  return source === 'flatbed';
}

function describeSource(source: ScannerSource['source']): ScannerSource {
  return { source, preview: hasPreview(source) };
}

/** Devices of all drivers. `limit`: milliseconds that a driver may take; network discovery takes seconds. */
export function createDeviceList(drivers: readonly ScannerDriver[], limit: number): DeviceList {
  const known = new Map<string, Known>();
  const running = new Set<HelperProcess>();
  let last: readonly ScannerDevice[] | null = null;
  let current: Promise<ListOutcome> | null = null;

  function ask(driver: ScannerDriver): Promise<readonly Found[] | Readonly<{ code: ErrorCode; diagnosis: string }>> {
    return new Promise((resolve) => {
      const found: Found[] = [];
      let isComplete = false;
      let isLate = false;
      let refusal = '';
      const helper = startHelper(driver.listCommand([...known.keys()]), {
        onEvent(event: HelperEvent) {
          if (event.event === 'device') {
            const { deviceId, maker, model, sources, feeder = null, otherNames = [] } = event;
            const { serial, connection } = driver.identify(deviceId);
            const device = { deviceId, driver: driver.name, maker, model, serial: event.serial || serial, connection };
            found.push({ ...device, sources: sources?.map(describeSource) ?? null, feeder, otherNames });
          }
          if (event.event === 'stopped') refusal = event.status;
          isComplete ||= event.event === 'end';
        },
        onStrip: () => undefined,
        onExit(diagnosis) {
          clearTimeout(timer);
          running.delete(helper);
          if (isComplete) resolve(found);
          else if (isLate) resolve({ code: 'scanner.timedOut', diagnosis });
          else if (refusal !== '') resolve({ code: 'scanner.failed', diagnosis: refusal });
          else resolve({ code: 'scanner.driverCrashed', diagnosis });
        },
      });
      running.add(helper);
      const timer = setTimeout(() => {
        isLate = true;
        helper.kill();
      }, limit);
    });
  }

  async function look(): Promise<ListOutcome> {
    const answers = await Promise.all(drivers.filter((driver) => driver.isAvailable()).map(ask));
    const failure = answers.find((answer) => 'code' in answer);
    // One broken driver must not hide the devices of the others.
    const found = dropDoubles(answers.flatMap((answer) => ('code' in answer ? [] : answer)));
    if (failure !== undefined && 'code' in failure && found.length === 0) return failure;
    for (const { deviceId, sources, serial } of found) {
      if (sources !== null) known.set(deviceId, { sources, serial });
    }
    for (const deviceId of known.keys()) {
      if (!found.some((device) => device.deviceId === deviceId)) known.delete(deviceId);
    }
    last = found.map(({ deviceId, driver, maker, model, serial, connection, sources, feeder }) => {
      const before = known.get(deviceId);
      return {
        deviceId,
        driver,
        maker,
        model,
        connection,
        feeder,
        sources: sources ?? before?.sources ?? [],
        serial: serial ?? before?.serial ?? null,
      };
    });
    return { devices: last };
  }

  return {
    refresh() {
      current ??= look().finally(() => {
        current = null;
      });
      return current;
    },
    last: () => last,
    close() {
      for (const helper of running) helper.kill();
    },
  };
}
