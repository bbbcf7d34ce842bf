import { AppError, type ErrorCode } from '../../contract/errors.ts';
import type { ScanEvent } from '../../services/ports/scanner.ts';
import type { ScanBridgeEvent } from './messages.ts';
import { createPageAssembly, type PageAssembly } from './page-assembly.ts';

export type ScanStream = Readonly<{
  /** What the bridge says about this scan. */
  receive(event: ScanBridgeEvent): void;
  /** Ends the scan here and now, whatever the bridge is doing. Pages that arrived stay in the stream. */
  stop(code: ErrorCode): void;
  hasEnded(): boolean;
  /** Resolves when the last event of the scan is known. */
  ended: Promise<void>;
  next(): Promise<ScanEvent>;
}>;

export type ScanStreamOptions = Readonly<{
  grantStrip: () => void;
  /** The page cannot be used: the bridge must end the scan. */
  abandon: () => void;
}>;

// The window draws a bar: twenty steps are smooth enough.
const progressStep = 0.05;

/** One scan's events in order, from the bridge's messages to what the services read. */
export function createScanStream(options: ScanStreamOptions): ScanStream {
  const queue: ScanEvent[] = [];
  const end = Promise.withResolvers<void>();
  let waiting: ((event: ScanEvent) => void) | null = null;
  let page: PageAssembly | null = null;
  let pages = 0;
  let told = 0;
  let isOver = false;

  function push(event: ScanEvent): void {
    if (isOver) return;
    if (event.type === 'finished' || event.type === 'stopped') {
      isOver = true;
      end.resolve();
    }
    if (waiting === null) {
      queue.push(event);
      return;
    }
    const deliver = waiting;
    waiting = null;
    deliver(event);
  }

  function stop(code: ErrorCode): void {
    page = null;
    push({ type: 'stopped', pages, code });
  }

  function tellProgress(assembly: PageAssembly): void {
    const fraction = assembly.fraction();
    if (fraction < told + progressStep) return;
    told = fraction;
    push({ type: 'progress', sequence: assembly.header.sequence, fraction });
  }

  function openPage(): PageAssembly {
    if (page === null) throw new AppError('scanner.failed');
    return page;
  }

  function take(event: ScanBridgeEvent): void {
    switch (event.type) {
      case 'pageStarted':
        if (page !== null || event.sequence !== pages + 1) throw new AppError('scanner.failed');
        page = createPageAssembly(event);
        told = 0;
        push({ type: 'pageStarted', sequence: event.sequence });
        return;
      case 'strip':
        openPage().add(event.offset, event.bytes);
        options.grantStrip();
        tellProgress(openPage());
        return;
      case 'pageEnded': {
        const raw = openPage().finish(event.rows, event.sha256);
        page = null;
        pages += 1;
        push({ type: 'page', page: raw });
        return;
      }
      case 'finished':
        push(
          event.pages === pages
            ? { type: 'finished', pages, settings: event.settings }
            : { type: 'stopped', pages, code: 'scanner.failed' },
        );
        return;
      case 'stopped':
        stop(event.code);
    }
  }

  return {
    receive(event) {
      if (isOver) return;
      try {
        take(event);
      } catch (error) {
        stop(error instanceof AppError ? error.code : 'scanner.failed');
        options.abandon();
      }
    },
    stop,
    hasEnded: () => isOver,
    ended: end.promise,
    next() {
      const event = queue.shift();
      if (event !== undefined) return Promise.resolve(event);
      return new Promise((resolve) => {
        waiting = resolve;
      });
    },
  };
}
