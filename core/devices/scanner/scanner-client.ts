import { AppError, type ErrorCode } from '../../contract/errors.ts';
import type { RawPage, ScanEvent, ScannerDevice, ScannerPort } from '../../services/ports/scanner.ts';
import type { SpawnBridge } from '../bridge-channel.ts';
import { createBridgeSupervisor } from '../bridge-supervisor.ts';
import { scannerEventSchema, stripCredit, type ScannerBridgeEvent, type ScannerRequest } from './messages.ts';
import { createScanStream, type ScanStream } from './scan-stream.ts';

export type ScannerClientOptions = Readonly<{
  spawnBridge: SpawnBridge;
  /** Why a scan stopped or the bridge ended, in the driver's words: without personal data. */
  log?: (entry: Readonly<{ event: 'bridgeExit' | 'bridgeNonsense' | 'scanStopped'; detail: string }>) => void;
}>;

/** The bridge promises the end of a cancelled scan within 2 s; this program answers for it when the bridge does not. */
const cancelLimit = 1_500;

type PendingList = PromiseWithResolvers<readonly ScannerDevice[]>;
/** What the bridge is asked to capture, but for the number that it gets. */
type Capture = DistributiveOmit<Extract<ScannerRequest, { type: 'scan' | 'preview' }>, 'scanId'>;
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

/** The scanner port on the scanner bridge. Every call ends in a value or in an AppError `scanner.*`. */
export function createScannerClient(options: ScannerClientOptions): ScannerPort {
  const log = options.log ?? (() => undefined);
  const listings = new Map<number, PendingList>();
  const scans = new Map<number, ScanStream>();
  const listeners = new Set<(devices: readonly ScannerDevice[]) => void>();
  let lastId = 0;

  const supervisor = createBridgeSupervisor({
    start: () => options.spawnBridge('scanner'),
    onMessage: receive,
    onStarted: () => {
      if (listeners.size > 0) send({ type: 'watch', isOn: true });
    },
    onExit(reason) {
      log({ event: 'bridgeExit', detail: reason });
      failAll('scanner.driverCrashed');
    },
  });

  function failAll(code: ErrorCode): void {
    for (const listing of listings.values()) listing.reject(new AppError(code));
    listings.clear();
    for (const scan of scans.values()) scan.stop(code);
    scans.clear();
  }

  function send(request: ScannerRequest): boolean {
    return supervisor.post(request);
  }

  async function waitForBridge(): Promise<void> {
    try {
      await supervisor.ready();
    } catch (cause) {
      throw new AppError('request.cancelled', {}, { cause });
    }
  }

  function receive(message: unknown): void {
    const parsed = scannerEventSchema.safeParse(message);
    if (!parsed.success) {
      log({ event: 'bridgeNonsense', detail: parsed.error.issues[0]?.code ?? '' });
      supervisor.restart();
      return;
    }
    route(parsed.data);
  }

  function route(event: ScannerBridgeEvent): void {
    switch (event.type) {
      case 'devices':
        for (const listener of event.requestId === null ? listeners : []) listener(event.devices);
        takeListing(event.requestId)?.resolve(event.devices);
        return;
      case 'listFailed':
        takeListing(event.requestId)?.reject(new AppError(event.code));
        return;
      case 'stopped':
        if (event.diagnosis !== '') log({ event: 'scanStopped', detail: `${event.code} ${event.diagnosis}` });
        scans.get(event.scanId)?.receive(event);
        return;
      case 'pageStarted':
      case 'strip':
      case 'pageEnded':
      case 'finished':
        scans.get(event.scanId)?.receive(event);
    }
  }

  function takeListing(requestId: number | null): PendingList | undefined {
    if (requestId === null) return undefined;
    const listing = listings.get(requestId);
    listings.delete(requestId);
    return listing;
  }

  async function* capture(what: Capture, signal: AbortSignal): AsyncGenerator<ScanEvent, void, undefined> {
    const scanId = (lastId += 1);
    const stream = createScanStream({
      grantStrip: () => send({ type: 'credit', scanId, strips: 1 }),
      abandon: () => send({ type: 'cancel', scanId }),
    });
    let timer: NodeJS.Timeout | null = null;
    function cancel(): void {
      timer ??= setTimeout(() => stream.stop('scanner.cancelled'), send({ type: 'cancel', scanId }) ? cancelLimit : 0);
    }
    signal.addEventListener('abort', cancel);
    scans.set(scanId, stream);
    try {
      if (signal.aborted) stream.stop('scanner.cancelled');
      else await Promise.race([waitForBridge(), stream.ended]);
      if (!stream.hasEnded()) begin(scanId, what);
      for (;;) {
        const event = await stream.next();
        yield event;
        if (event.type === 'finished' || event.type === 'stopped') return;
        // The consumer came back for more: only now may the feeder move the next sheet.
        if (event.type === 'page' && !stream.hasEnded()) send({ type: 'nextPage', scanId });
      }
    } finally {
      signal.removeEventListener('abort', cancel);
      if (!stream.hasEnded()) {
        cancel();
        await stream.ended;
      }
      if (timer !== null) clearTimeout(timer);
      scans.delete(scanId);
    }
  }

  function begin(scanId: number, what: Capture): void {
    send({ ...what, scanId });
    send({ type: 'credit', scanId, strips: stripCredit });
    send({ type: 'nextPage', scanId });
  }

  async function preview({ signal, ...what }: Parameters<ScannerPort['preview']>[0]): Promise<RawPage> {
    let picture: RawPage | null = null;
    for await (const event of capture({ type: 'preview', ...what }, signal)) {
      if (event.type === 'page') picture = event.page;
      if (event.type === 'stopped') throw new AppError(event.code);
    }
    if (picture === null) throw new AppError('scanner.imageEmpty');
    return picture;
  }

  return {
    async listDevices() {
      await waitForBridge();
      const requestId = (lastId += 1);
      const listing: PendingList = Promise.withResolvers();
      listings.set(requestId, listing);
      if (!send({ type: 'list', requestId })) takeListing(requestId)?.reject(new AppError('scanner.driverCrashed'));
      return listing.promise;
    },
    onDevicesChanged(listener) {
      listeners.add(listener);
      if (supervisor.isUp()) send({ type: 'watch', isOn: true });
      // A closed client has no devices to tell about: the rejection says nothing that the owner does not know.
      else void supervisor.ready().catch(() => undefined);
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0) send({ type: 'watch', isOn: false });
      };
    },
    scan({ deviceId, profile: { source, dpi, colorMode, areaMm }, signal }) {
      return capture({ type: 'scan', deviceId, profile: { source, dpi, colorMode, areaMm } }, signal);
    },
    preview,
    async close() {
      failAll('request.cancelled');
      supervisor.close();
    },
  };
}
