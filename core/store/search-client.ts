import { Worker } from 'node:worker_threads';
import { AppError, fromErrorMessage } from '../contract/errors.ts';
import { searchAnswerSchema } from './search-messages.ts';
import type { SearchRequest } from './search-messages.ts';
import { searchQuerySchema } from './search-query.ts';
import type { SearchPage, SearchQuery } from './search-query.ts';

export type SearchClient = Readonly<{
  search: (query: SearchQuery) => Promise<SearchPage>;
  close: () => Promise<void>;
}>;

type Waiting = Readonly<{ resolve: (page: SearchPage) => void; reject: (error: unknown) => void }>;

/**
 * Searches on a thread of their own, over a read-only connection; the first search starts it. A worker that dies fails the
 * searches in hand with `internal.unexpected`, and the next search starts another.
 */
export function createSearchClient(options: Readonly<{ path: string; key: Uint8Array; workerUrl: URL }>): SearchClient {
  const key = Uint8Array.from(options.key);
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let isClosed = false;
  let lastRequestId = 0;

  function startWorker(): Worker {
    const ownKey = Uint8Array.from(key);
    const started = new Worker(options.workerUrl, {
      workerData: { path: options.path, key: ownKey },
      transferList: [ownKey.buffer],
    });
    let cause: unknown = null;
    started.on('message', (message: unknown) => {
      const answer = searchAnswerSchema.parse(message);
      const request = waiting.get(answer.requestId);
      waiting.delete(answer.requestId);
      if (waiting.size === 0) started.unref();
      if (answer.kind === 'page') request?.resolve(answer.page);
      else request?.reject(fromErrorMessage(answer.error));
    });
    started.on('error', (error) => {
      cause = error;
    });
    started.on('exit', () => {
      if (worker === started) worker = null;
      for (const request of waiting.values()) request.reject(new AppError('internal.unexpected', {}, { cause }));
      waiting.clear();
    });
    // An idle reader does not keep the program alive.
    started.unref();
    return started;
  }

  return {
    search: (query) => {
      const parsed = searchQuerySchema.safeParse(query);
      if (!parsed.success) return Promise.reject(new AppError('request.invalid', {}, { cause: parsed.error }));
      if (isClosed) return Promise.reject(new AppError('desk.notOpened'));
      worker ??= startWorker();
      const current = worker;
      lastRequestId += 1;
      const requestId = lastRequestId;
      return new Promise((resolve, reject) => {
        waiting.set(requestId, { resolve, reject });
        current.ref();
        current.postMessage({ kind: 'search', requestId, query: parsed.data } satisfies SearchRequest);
      });
    },
    close: async () => {
      isClosed = true;
      key.fill(0);
      const current = worker;
      if (current === null) return;
      current.ref();
      const exited = new Promise<void>((resolve) => {
        current.once('exit', () => {
          resolve();
        });
      });
      current.postMessage({ kind: 'close' } satisfies SearchRequest);
      await exited;
    },
  };
}
