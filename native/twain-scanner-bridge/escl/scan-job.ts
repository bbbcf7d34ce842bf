import type { IncomingMessage } from 'node:http';
import { writeSettings, type JobChoice } from './capabilities.ts';
import { pathOf, toStop, type DeviceLink } from './device-link.ts';
import { largestSize } from './page-check.ts';
import { readStatus, type DeviceStatus } from './status.ts';
import { EsclStop } from './stop.ts';

/** One job of a device: one stack of paper, or one sheet on the glass. */
export type ScanJob = Readonly<{
  /** The next page as the device encoded it; null when the device says that no more comes. */
  nextPage(): Promise<Buffer | null>;
  /** What the device says of the page that it sent last; null where it does not tell. */
  readImageInfo(): Promise<Buffer | null>;
  /** Ends it on the device, which may be scanning: waits at most a second for the answer. */
  end(): Promise<void>;
}>;

export type JobTiming = Readonly<{
  /** Milliseconds that a device may say «not yet» (503) to one question. */
  patience: number;
  /** Milliseconds between two questions. */
  pause: number;
  /** Milliseconds for one page from the first question to its last byte. */
  page: number;
}>;

/** Lamps warm up for half a minute; a page of 600 dots in colour takes one. */
export const ordinaryJobTiming: JobTiming = { patience: 45_000, pause: 500, page: 240_000 };

export type JobOptions = Readonly<{
  link: DeviceLink;
  choice: JobChoice;
  signal: AbortSignal;
  timing: JobTiming;
  /** Called while bytes of a page arrive. */
  onBytes: () => void;
}>;

const noMorePages = new Set([404, 409, 410]);

export async function askStatus(link: DeviceLink, signal: AbortSignal, jobPath: string | null): Promise<DeviceStatus> {
  const { status, body } = await link.ask({ method: 'GET', path: 'ScannerStatus', signal });
  if (status !== 200) throw refusal(status, 'ScannerStatus');
  return readStatus(body, jobPath);
}

export function refusal(status: number, what: string): EsclStop {
  if (status === 401 || status === 403) return new EsclStop('ACCESS_DENIED', what);
  if (status === 503) return new EsclStop('BUSY', what);
  if (status === 507) return new EsclStop('NO_MEM', what);
  return new EsclStop('FAILED', `${what} ${status}`);
}

/** Starts a job. Paper moves from here on. */
export async function startJob(options: JobOptions): Promise<ScanJob> {
  const { link, choice, signal, timing } = options;
  const before = await askStatus(link, signal, null);
  if (before.condition !== null && !isEmptyFeeder(before)) throw new EsclStop(before.condition);
  const jobPath = await create();
  const largest = largestSize(choice);
  // What is encoded is never longer than what is not, but for a header.
  const longestPage = largest.width * largest.height * (choice.colorMode === 'color' ? 3 : 1) + 1024 * 1024;
  let pages = 0;

  // «Empty» before the job is not always true, and some call an empty feeder a jam: the job's own answer counts.
  function isEmptyFeeder({ adfState }: DeviceStatus): boolean {
    return adfState === 'ScannerAdfEmpty' && choice.source !== 'flatbed';
  }

  async function create(): Promise<string> {
    const body = writeSettings(choice);
    for (const startedAt = performance.now(); ;) {
      const answer = await link.ask({ method: 'POST', path: 'ScanJobs', body, signal });
      if (answer.status === 201 && answer.location !== null) return pathOf(answer.location);
      const now = await askStatus(link, signal, null);
      if (noMorePages.has(answer.status) && isEmptyFeeder(now)) throw new EsclStop('NO_DOCS');
      if (now.condition !== null) throw new EsclStop(now.condition);
      // Somebody else's job may end soon; nobody waits long for it.
      if (answer.status !== 503 || performance.now() - startedAt > timing.patience / 3)
        throw refusal(answer.status, 'ScanJobs');
      await rest();
    }
  }

  async function rest(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, timing.pause));
    signal.throwIfAborted();
  }

  async function nextPage(): Promise<Buffer | null> {
    const limit = AbortSignal.timeout(timing.page);
    const both = AbortSignal.any([signal, limit]);
    try {
      for (const startedAt = performance.now(); ;) {
        const answer = await link.open(`${jobPath}/NextDocument`, both);
        const status = answer.statusCode ?? 0;
        if (status === 200) return await takePage(answer, both);
        answer.resume();
        if (noMorePages.has(status)) return await takeEnd();
        const now = await askStatus(link, both, jobPath);
        if (now.condition !== null) throw new EsclStop(now.condition);
        if (status !== 503 || performance.now() - startedAt > timing.patience) throw refusal(status, 'NextDocument');
        await rest();
      }
    } catch (error) {
      if (limit.aborted && !signal.aborted) throw new EsclStop('TIMED_OUT', 'page');
      throw toStop(error, signal);
    }
  }

  /** The stack is over; or something happened to it, which only the status tells. */
  async function takeEnd(): Promise<null> {
    const now = await askStatus(link, signal, jobPath);
    const isEmpty = pages === 0 && isEmptyFeeder(now);
    if (now.condition !== null && !isEmpty) throw new EsclStop(now.condition);
    if (now.job?.state === 'Aborted') throw new EsclStop('FAILED', 'job aborted');
    if (now.job?.state === 'Canceled') throw new EsclStop('CANCELLED', 'on the device');
    if (pages > 0) return null;
    throw choice.source === 'flatbed' ? new EsclStop('FAILED', 'no page from the glass') : new EsclStop('NO_DOCS');
  }

  async function takePage(answer: IncomingMessage, both: AbortSignal): Promise<Buffer> {
    const type = (answer.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
    if (type !== choice.format && type !== '' && type !== 'application/octet-stream') {
      answer.destroy();
      throw new EsclStop('FAILED', 'page of another type');
    }
    const page = await readPage(answer, both);
    // A device that jams may say 200 and send nothing.
    if (page.length === 0) throw await explain('EMPTY');
    pages += 1;
    return page;
  }

  async function readPage(answer: IncomingMessage, both: AbortSignal): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let length = 0;
    try {
      for await (const chunk of answer as AsyncIterable<Buffer>) {
        length += chunk.length;
        if (length > longestPage) throw new EsclStop('FAILED', 'page without end');
        chunks.push(chunk);
        options.onBytes();
      }
    } catch (error) {
      if (both.aborted || error instanceof EsclStop) throw error;
      throw length === 0 ? await explain('EMPTY') : await explain('TRUNCATED');
    }
    return Buffer.concat(chunks, length);
  }

  /** A body that ended early: a fault that the device tells, a device that has gone, or a bad page. */
  async function explain(otherwise: 'EMPTY' | 'TRUNCATED'): Promise<EsclStop> {
    try {
      const now = await askStatus(link, AbortSignal.any([signal, AbortSignal.timeout(3_000)]), jobPath);
      return new EsclStop(now.condition ?? otherwise);
    } catch (error) {
      if (signal.aborted) return toStop(error, signal);
      return new EsclStop('IO_ERROR', 'in mid-page');
    }
  }

  return {
    nextPage,
    async readImageInfo() {
      const answer = await link.ask({ method: 'GET', path: `${jobPath}/ScanImageInfo`, signal });
      return answer.status === 200 && answer.body.length > 0 ? answer.body : null;
    },
    async end() {
      // Also after a cancellation, whose signal would stop this question too. Whatever is answered, the job is over here.
      const own = new AbortController().signal;
      await link.ask({ method: 'DELETE', path: jobPath, signal: own, limit: 1_000 }).catch(() => undefined);
    },
  };
}
