import { parentPort, workerData } from 'node:worker_threads';
import { toErrorMessage } from '../contract/errors.ts';
import { openConnection } from './database.ts';
import { searchRequestSchema, workerDataSchema } from './search-messages.ts';
import type { SearchAnswer } from './search-messages.ts';
import { searchRecords } from './search-query.ts';

const { path, key } = workerDataSchema.parse(workerData);
const connection = openConnection({ path, key, readonly: true });
key.fill(0);

parentPort?.on('message', (message: unknown) => {
  const request = searchRequestSchema.parse(message);
  if (request.kind === 'close') {
    connection.close();
    parentPort?.close();
    return;
  }
  parentPort?.postMessage(answer(request.requestId, () => searchRecords(connection, request.query)));
});

function answer(requestId: number, work: () => ReturnType<typeof searchRecords>): SearchAnswer {
  try {
    const page = work();
    return { kind: 'page', requestId, page: { records: [...page.records], nextCursor: page.nextCursor } };
  } catch (error) {
    return { kind: 'error', requestId, error: toErrorMessage(error) };
  }
}
