import { once } from 'node:events';
import { request as requestPlain } from 'node:http';
import type { ClientRequest, IncomingHttpHeaders } from 'node:http';
import { request as requestSecure } from 'node:https';

export type Outgoing = Readonly<{
  method: 'GET' | 'POST' | 'PUT';
  headers: Readonly<Record<string, string>>;
  /** Null: a request without a body. */
  body: Uint8Array | null;
  signal: AbortSignal;
  /**
   * Nothing moved for so long in either direction: the line is down. There is no limit to the whole, but an answer that comes
   * drop by drop is taken for a line that is down too.
   */
  silenceMs: number;
  /** Resolves when so many more bytes of the body may leave; null: all of it at once. */
  leave: ((bytes: number, signal: AbortSignal) => Promise<void>) | null;
}>;

export type Incoming = Readonly<{ status: number; headers: IncomingHttpHeaders; body: Uint8Array }>;

const maximumAnswerBytes = 64 * 1024 * 1024;
/** At the lowest limit on the bandwidth one leaves every second or so, so that nobody takes the line for dead. */
const sliceBytes = 4 * 1024;
/** Of an answer as much comes in twice the silence, or its end: a quarter of what the slowest telephone carries. */
const leastAnswerBytes = 16 * 1024;
/** What a request takes besides its body, headers and answers of the transport included. */
const headBytes = 1_000;

/** One HTTP exchange; redirections are not followed. Rejects when the line is cut, stands still, or `signal` aborts. */
export async function exchangeBytes(url: URL, outgoing: Outgoing): Promise<Incoming> {
  const { method, body, silenceMs } = outgoing;
  const headers = body === null ? outgoing.headers : { ...outgoing.headers, 'content-length': String(body.length) };
  const send = url.protocol === 'https:' ? requestSecure : requestPlain;
  const request = send(url, { method, headers, timeout: silenceMs, signal: outgoing.signal });
  request.on('timeout', () => request.destroy(new Error('the line stands still')));
  const answered = new AbortController();
  sendBody(request, outgoing, AbortSignal.any([outgoing.signal, answered.signal])).catch((error: unknown) => {
    request.destroy(error instanceof Error ? error : new Error('the body could not be sent'));
  });
  const endWatch = watchAnswer(request, 2 * silenceMs);
  try {
    return await receive(request);
  } finally {
    endWatch();
    // A refusal may come before the last byte has left.
    answered.abort();
    if (!request.writableFinished) request.destroy();
  }
}

async function sendBody(request: ClientRequest, { body, leave }: Outgoing, signal: AbortSignal): Promise<void> {
  if (body === null || leave === null) {
    request.end(body ?? undefined);
    return;
  }
  await leave(headBytes, signal);
  for (let offset = 0; offset < body.length; offset += sliceBytes) {
    const slice = body.subarray(offset, offset + sliceBytes);
    await leave(slice.length, signal);
    if (!request.write(slice)) await once(request, 'drain', { signal });
  }
  request.end();
}

/** From the moment when the last byte of the request has left. */
function watchAnswer(request: ClientRequest, milliseconds: number): () => void {
  let timer: NodeJS.Timeout | undefined;
  request.once('finish', () => {
    let before = request.socket?.bytesRead ?? 0;
    timer = setInterval(() => {
      const read = request.socket?.bytesRead ?? 0;
      if (read - before < leastAnswerBytes) request.destroy(new Error('the answer comes drop by drop'));
      before = read;
    }, milliseconds);
  });
  return () => clearInterval(timer);
}

function receive(request: ClientRequest): Promise<Incoming> {
  return new Promise((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      collect(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
        reject,
      );
    });
  });
}

async function collect(response: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response) {
    length += chunk.length;
    if (length > maximumAnswerBytes) throw new RangeError('answer too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
