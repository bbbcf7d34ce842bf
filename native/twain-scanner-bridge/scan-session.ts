import { createHash, type Hash } from 'node:crypto';
import type { ErrorCode } from '../../core/contract/errors.ts';
import type { ScanBridgeEvent } from '../../core/devices/scanner/messages.ts';
import type { ScannerDevice } from '../../core/services/ports/scanner.ts';
import type { HelperCommand, HelperStop, ScannerDriver } from './driver.ts';
import { startHelper, type HelperEvent } from './helper-process.ts';

export type ScanTiming = Readonly<{
  /** Milliseconds without a sign of life while the helper owes something; then it is cancelled. */
  silence: number;
  /** Milliseconds between a cancellation, or the helper's own last word, and its end by force. */
  grace: number;
}>;

export type ScanSession = Readonly<{
  scanId: number;
  requestPage(): void;
  grantStrips(strips: number): void;
  cancel(code: ErrorCode): void;
  /** The last event has been posted; the device may still be busy ending. */
  hasEnded(): boolean;
  /** Resolves when the helper is gone and the device is free. */
  ended: Promise<void>;
}>;

export type ScanSessionOptions = Readonly<{
  scanId: number;
  driver: ScannerDriver;
  device: ScannerDevice;
  /** Starts the helper that captures. */
  command: HelperCommand;
  timing: ScanTiming;
  post: (event: ScanBridgeEvent) => void;
  isListed: (deviceId: string) => Promise<boolean>;
}>;

type Opened = Extract<HelperEvent, { event: 'opened' }>;
type Ending = Readonly<{ code: ErrorCode | 'ioError'; diagnosis: string }>;

/** One stack of paper, or one look at the glass, through one helper process. */
export function startScanSession(options: ScanSessionOptions): ScanSession {
  const { scanId, driver, device, timing, post } = options;
  const end = Promise.withResolvers<void>();
  let opened: Opened | null = null;
  let page: { hash: Hash; bytes: number } | null = null;
  let pages = 0;
  let credit = 0;
  let owesPages = 0;
  let isComplete = false;
  /** The first reason counts: what follows a cancellation or a fault is only its echo. */
  let ending: Ending | null = null;
  let silenceTimer: NodeJS.Timeout | null = null;
  let graceTimer: NodeJS.Timeout | null = null;

  const helper = startHelper(options.command, { onEvent: take, onStrip: takeStrip, onExit: finish });
  watch();

  function watch(): void {
    if (silenceTimer !== null) clearTimeout(silenceTimer);
    silenceTimer = null;
    // A helper that waits for a page request or for credit owes nothing: its consumer is slow, not its driver.
    const owes = opened === null || (owesPages > 0 && (page === null || credit > 0));
    if (owes && ending === null && !isComplete)
      silenceTimer = setTimeout(() => cancel('scanner.timedOut'), timing.silence);
  }

  function giveGrace(): void {
    graceTimer ??= setTimeout(helper.kill, timing.grace);
  }

  function cancel(code: ErrorCode): void {
    if (ending !== null || isComplete) return;
    endWith({ code, diagnosis: '' });
    helper.cancel();
    giveGrace();
  }

  /** Told at once: drivers may take their time, or for ever, to close a device after their last word. */
  function endWith(reason: Ending): void {
    if (ending !== null || isComplete) return;
    ending = reason;
    watch();
    void tellStopped(reason);
  }

  function fail(diagnosis: string): void {
    endWith({ code: 'scanner.failed', diagnosis });
    helper.kill();
  }

  function take(event: HelperEvent): void {
    switch (event.event) {
      case 'opened':
        opened = event;
        break;
      case 'pageStarted':
        if (ending === null) startPage(event);
        break;
      case 'pageEnded':
        if (ending === null) endPage(event);
        break;
      case 'stopped':
        takeStop(event);
        break;
      case 'end':
        if (ending === null) tellFinished();
        giveGrace();
        break;
      case 'working':
        break;
      case 'device':
        fail('device in a scan');
    }
    watch();
  }

  function startPage(event: Extract<HelperEvent, { event: 'pageStarted' }>): void {
    page = { hash: createHash('sha256'), bytes: 0 };
    post({
      type: 'pageStarted',
      scanId,
      sequence: event.sequence,
      widthPixels: event.width,
      heightPixels: event.height > 0 ? event.height : null,
      dpi: event.dpi,
      colorMode: event.colorMode,
    });
  }

  function takeStrip(bytes: Buffer<ArrayBuffer>): void {
    credit -= 1;
    if (ending !== null) return;
    if (page === null || credit < 0) {
      fail('strip that nobody asked for');
      return;
    }
    page.hash.update(bytes);
    post({ type: 'strip', scanId, offset: page.bytes, bytes });
    page.bytes += bytes.length;
    watch();
  }

  function endPage(event: Extract<HelperEvent, { event: 'pageEnded' }>): void {
    if (page === null || page.bytes !== event.bytes) {
      fail('page with other bytes than announced');
      return;
    }
    post({ type: 'pageEnded', scanId, sequence: event.sequence, rows: event.rows, sha256: page.hash.digest('hex') });
    page = null;
    pages += 1;
    owesPages -= 1;
  }

  function takeStop(stop: HelperStop): void {
    endWith({ code: driver.toErrorCode(stop), diagnosis: `${stop.stage} ${stop.status} ${stop.option}`.trim() });
    giveGrace();
  }

  function finish(diagnosis: string): void {
    endWith({ code: 'scanner.driverCrashed', diagnosis });
    if (silenceTimer !== null) clearTimeout(silenceTimer);
    if (graceTimer !== null) clearTimeout(graceTimer);
    end.resolve();
  }

  function tellFinished(): void {
    if (opened === null) {
      fail('end before the device was opened');
      return;
    }
    isComplete = true;
    const { dpi, colorMode, source } = opened;
    const { deviceId, maker, model } = device;
    post({
      type: 'finished',
      scanId,
      pages,
      settings: { deviceId, maker, model, driver: driver.name, dpi, colorMode, source },
    });
  }

  async function tellStopped(reason: Ending): Promise<void> {
    post({ type: 'stopped', scanId, pages, code: await toCode(reason.code), diagnosis: reason.diagnosis });
  }

  async function toCode(code: Ending['code']): Promise<ErrorCode> {
    if (code !== 'ioError') return code;
    if (!(await options.isListed(device.deviceId))) return 'scanner.disconnected';
    return opened === null ? 'scanner.offline' : 'scanner.failed';
  }

  return {
    scanId,
    requestPage() {
      owesPages += 1;
      helper.requestPage();
      watch();
    },
    grantStrips(strips) {
      credit += strips;
      helper.grantStrips(strips);
      watch();
    },
    cancel,
    hasEnded: () => ending !== null || isComplete,
    ended: end.promise,
  };
}
