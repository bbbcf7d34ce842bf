import { z } from 'zod';
import { scanProfileSchema, scanSourceSchema } from '../../core/contract/schemas/scan-profile.ts';
import type { ScannerBridgeEvent, ScannerRequest } from '../../core/devices/scanner/messages.ts';
import type { ScannerDevice, ScannerSource } from '../../core/services/ports/scanner.ts';
import { createDeviceList, hasPreview, type ListOutcome } from './device-list.ts';
import type { ScannerDriver } from './driver.ts';
import { startScanSession, type ScanSession, type ScanTiming } from './scan-session.ts';

const id = z.int().nonnegative();
const requestSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('list'), requestId: id }),
  z.strictObject({ type: z.literal('watch'), isOn: z.boolean() }),
  z.strictObject({
    type: z.literal('scan'),
    scanId: id,
    deviceId: z.string().min(1).max(1024),
    profile: scanProfileSchema.pick({ source: true, dpi: true, colorMode: true, areaMm: true }),
  }),
  z.strictObject({
    type: z.literal('preview'),
    scanId: id,
    deviceId: z.string().min(1).max(1024),
    source: scanSourceSchema,
    colorMode: z.enum(['gray', 'color']),
  }),
  z.strictObject({ type: z.literal('nextPage'), scanId: id }),
  z.strictObject({ type: z.literal('credit'), scanId: id, strips: z.int().positive().max(64) }),
  z.strictObject({ type: z.literal('cancel'), scanId: id }),
]) satisfies z.ZodType<ScannerRequest>;

type StartRequest = Extract<ScannerRequest, { type: 'scan' | 'preview' }>;

export type BrokerTiming = ScanTiming &
  Readonly<{ /** Milliseconds between two looks for devices. */ poll: number; listLimit: number }>;

/** A flatbed at 600 dots warms up and moves its carriage for half a minute without a byte. */
export const ordinaryTiming: BrokerTiming = { silence: 60_000, grace: 5_000, poll: 4_000, listLimit: 30_000 };

export type BrokerOptions = Readonly<{
  drivers: readonly ScannerDriver[];
  post: (event: ScannerBridgeEvent) => void;
  timing?: BrokerTiming;
}>;

export type Broker = Readonly<{
  /** Throws a ZodError on a message that is not a request. */
  receive(message: unknown): void;
  close(): void;
}>;

/** A scan that was asked for; its session follows when the device is known and free. */
type ActiveScan = { scanId: number; session: ScanSession | null; isCancelled: boolean; pages: number; strips: number };

/** One scan at a time, the list of devices, and the watch for changes while nothing is scanned. */
export function createBroker(options: BrokerOptions): Broker {
  const { drivers, post } = options;
  const timing = options.timing ?? ordinaryTiming;
  const list = createDeviceList(drivers, timing.listLimit);
  let active: ActiveScan | null = null;
  let isWatching = false;
  let pollTimer: NodeJS.Timeout | null = null;
  let told = '';

  async function answerList(requestId: number): Promise<void> {
    // Opening a device that scans would disturb it: its user gets the last answer.
    const known = active === null ? null : list.last();
    const outcome: ListOutcome = known === null ? await list.refresh() : { devices: known };
    if ('code' in outcome) post({ type: 'listFailed', requestId, code: outcome.code });
    else post({ type: 'devices', requestId, devices: [...outcome.devices].map(copyDevice) });
  }

  function schedulePoll(delay: number): void {
    if (pollTimer !== null) clearTimeout(pollTimer);
    pollTimer = isWatching ? setTimeout(() => void poll(), delay) : null;
  }

  async function poll(): Promise<void> {
    const startedAt = performance.now();
    if (active === null) {
      const outcome = await list.refresh();
      tellChange('code' in outcome ? [] : outcome.devices);
    }
    // With every backend of Debian a look asks the network for 4 to 5 s: it must not do so most of the time.
    schedulePoll(Math.max(timing.poll, 4 * (performance.now() - startedAt)));
  }

  function tellChange(devices: readonly ScannerDevice[]): void {
    const text = JSON.stringify(devices);
    if (!isWatching || text === told) return;
    told = text;
    post({ type: 'devices', requestId: null, devices: devices.map(copyDevice) });
  }

  async function findDevice(deviceId: string): Promise<ScannerDevice | null> {
    const known = list.last()?.find((device) => device.deviceId === deviceId);
    if (known !== undefined) return known;
    await list.refresh();
    return list.last()?.find((device) => device.deviceId === deviceId) ?? null;
  }

  async function isListed(deviceId: string): Promise<boolean> {
    const outcome = await list.refresh();
    return 'devices' in outcome && outcome.devices.some((device) => device.deviceId === deviceId);
  }

  async function capture(request: StartRequest): Promise<void> {
    const { scanId } = request;
    const previous = active;
    if (previous !== null && !previous.isCancelled && previous.session?.hasEnded() !== true) {
      post({ type: 'stopped', scanId, pages: 0, code: 'scanner.busy', diagnosis: 'another scan is running' });
      return;
    }
    const current: ActiveScan = { scanId, session: null, isCancelled: false, pages: 0, strips: 0 };
    active = current;
    // The device is free when the helper of the scan before is gone, within the grace that it has.
    await previous?.session?.ended;
    const device = await findDevice(request.deviceId);
    const driver = drivers.find((candidate) => candidate.name === device?.driver);
    if (current.isCancelled || device === null || driver === undefined) {
      const code = current.isCancelled ? 'scanner.cancelled' : 'scanner.absent';
      post({ type: 'stopped', scanId, pages: 0, code, diagnosis: '' });
    } else if (request.type === 'preview' && !mayPreview(device, request.source)) {
      post({ type: 'stopped', scanId, pages: 0, code: 'scanner.noPreview', diagnosis: '' });
    } else {
      const command =
        request.type === 'scan'
          ? driver.scanCommand(device.deviceId, request.profile)
          : driver.previewCommand(device.deviceId, request.colorMode);
      const session = startScanSession({ scanId, driver, device, command, timing, post, isListed });
      current.session = session;
      if (current.strips > 0) session.grantStrips(current.strips);
      for (let i = 0; i < current.pages; i += 1) session.requestPage();
      await session.ended;
    }
    if (active === current) active = null;
    schedulePoll(0);
  }

  function receive(message: unknown): void {
    const request = requestSchema.parse(message);
    const scanning = 'scanId' in request && active?.scanId === request.scanId ? active : null;
    switch (request.type) {
      case 'list':
        void answerList(request.requestId);
        return;
      case 'watch':
        isWatching = request.isOn;
        told = '';
        schedulePoll(0);
        return;
      case 'scan':
      case 'preview':
        void capture(request);
        return;
      case 'nextPage':
        if (scanning === null) return;
        if (scanning.session === null) scanning.pages += 1;
        else scanning.session.requestPage();
        return;
      case 'credit':
        if (scanning === null) return;
        if (scanning.session === null) scanning.strips += request.strips;
        else scanning.session.grantStrips(request.strips);
        return;
      case 'cancel':
        if (scanning === null) return;
        scanning.isCancelled = true;
        scanning.session?.cancel('scanner.cancelled');
    }
  }

  return {
    receive,
    close() {
      isWatching = false;
      if (pollTimer !== null) clearTimeout(pollTimer);
      list.close();
      active?.session?.cancel('scanner.cancelled');
    },
  };
}

/** A device that did not say what it has, because it refuses, says at the preview why. */
function mayPreview({ sources }: ScannerDevice, wanted: ScannerSource['source']): boolean {
  if (sources.length === 0) return hasPreview(wanted);
  return sources.some(({ source, preview }) => source === wanted && preview);
}

function copyDevice(device: ScannerDevice): Extract<ScannerBridgeEvent, { type: 'devices' }>['devices'][number] {
  return { ...device, sources: [...device.sources] };
}
