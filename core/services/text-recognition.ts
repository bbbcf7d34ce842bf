import { AppError } from '../contract/errors.ts';
import type { ErrorCode } from '../contract/errors.ts';
import type { MethodInput, MethodOutput } from '../contract/methods.ts';
import { formatOfficialInstant } from '../domain/official-time.ts';
import { withoutDoubtfulWords } from '../domain/recognized-text.ts';
import type { ServiceContext } from './context.ts';
import type { UnreadPage } from './ports/store.ts';
import type { TextRecognitionPort } from './ports/text-recognition.ts';
import { getStoredRecord } from './records.ts';

/**
 * Reads the text of scanned pages in the time that nothing else wants, and is never waited for. Whatever is ready when a copy
 * is made goes into it; the rest follows after the receipt and stays beside.
 */
export type TextRecognition = Readonly<{
  /** Something may have come to be read, or the machine may be free again. */
  wake(): void;
  /** A job begins or the last one has ended: what runs is given up at once, its page is read later. */
  setBusy(isBusy: boolean): void;
  /** Why this desk reads nothing; null: it does, or it is set up not to. */
  problem(): ErrorCode | null;
  close(): Promise<void>;
}>;

/** The officer is at work on something else first. */
const idleDelayMs = 500;
const recordsPerStep = 5;
/** A page on which the program failed so often cannot be read. */
const mostAttempts = 2;

const pageFailures: readonly ErrorCode[] = [
  'recognition.failed',
  'recognition.timedOut',
  'blob.notFound',
  'blob.atCentre',
  'blob.damaged',
];
const deskFailures: readonly ErrorCode[] = ['recognition.programMissing', 'recognition.languageMissing'];

export function createTextRecognition(
  context: Pick<ServiceContext, 'desk' | 'events' | 'clock' | 'log' | 'statusChanged'>,
  port: TextRecognitionPort | null,
): TextRecognition {
  const failures = new Map<string, number>();
  let problem: ErrorCode | null = null;
  let isBusy = false;
  let isOpen = false;
  let isClosed = false;
  let timer: NodeJS.Timeout | null = null;
  let attempt: AbortController | null = null;
  let running: Promise<void> | null = null;

  const mayWork = (): boolean => port !== null && problem === null && isOpen && !isBusy && !isClosed;

  async function run(reader: TextRecognitionPort): Promise<void> {
    const { store } = context.desk();
    while (mayWork()) {
      const settled = store.settleRecordTexts(recordsPerStep);
      for (const recordId of settled)
        context.events.publish('record.changed', { recordId, at: formatOfficialInstant(context.clock.now()) });
      // Each is a write of its own: what else the desk has to do comes in between.
      if (settled.length > 0) {
        await new Promise(setImmediate);
        continue;
      }
      const page = store.findUnreadPage();
      if (page === null) return;
      await read(reader, page);
    }
  }

  async function read(reader: TextRecognitionPort, { imageSha256, previewSha256, dpi }: UnreadPage): Promise<void> {
    const { store, blobs } = context.desk();
    attempt = new AbortController();
    try {
      const text = await reader.recognize(await blobs.get(previewSha256), dpi, attempt.signal);
      if (!isClosed) store.putPageText(imageSha256, withoutDoubtfulWords(text));
    } catch (error) {
      const code = error instanceof AppError ? error.code : 'internal.unexpected';
      if (code === 'request.cancelled') return;
      if (deskFailures.includes(code)) {
        problem = code;
        context.statusChanged();
      }
      if (!pageFailures.includes(code)) throw error;
      const count = (failures.get(imageSha256) ?? 0) + 1;
      failures.set(imageSha256, count);
      context.log.info('recognition.failed', { code, attempts: count });
      if (count >= mostAttempts) store.putPageText(imageSha256, null);
    } finally {
      attempt = null;
    }
  }

  function start(): void {
    timer = null;
    if (running !== null || port === null || !mayWork()) return;
    running = run(port)
      .catch((error: unknown) => context.log.error('recognition.stopped', error))
      .finally(() => {
        running = null;
      });
  }

  function wake(): void {
    if (timer !== null) clearTimeout(timer);
    timer = mayWork() ? setTimeout(start, idleDelayMs) : null;
  }

  return {
    wake() {
      isOpen = true;
      wake();
    },
    setBusy(next) {
      isBusy = next;
      if (next) attempt?.abort();
      else wake();
    },
    problem: () => problem,
    async close() {
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
      attempt?.abort();
      await running;
    },
  };
}

/** What was read on a registered document's pages, as far as it has come. */
export function getDocumentText(
  context: ServiceContext,
  { recordId, documentId }: MethodInput<'records.getText'>,
): MethodOutput<'records.getText'> {
  context.officer();
  getStoredRecord(context, recordId);
  const texts = context.desk().store.findRecordTexts(recordId);
  if (texts === 'pending') return { state: 'pending', pages: [] };
  const pages = texts.find((text) => text.documentId === documentId)?.pages ?? [];
  return { state: pages.some((page) => page !== null) ? 'ready' : 'none', pages: [...pages] };
}
