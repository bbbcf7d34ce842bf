import { createServer, request } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerHeader } from '../../core/contract/sync-protocol.ts';

/* Between desk and centre: takes whole requests, and does with them what a campaign wants. */

export type Line = Readonly<{ url: string; close: () => Promise<void> }>;
export type Taken = Readonly<{ method: string; path: string; headers: IncomingHttpHeaders; body: Buffer }>;
export type Answered = Readonly<{ status: number; headers: IncomingHttpHeaders; body: Buffer }>;
export type Outgoing = ServerResponse;

export async function openLine(serve: (taken: Taken, outgoing: Outgoing) => Promise<void>): Promise<Line> {
  const server = createServer((incoming, outgoing) => {
    // The centre may have been killed in the middle: the line is cut then, whatever it was going to do.
    take(incoming)
      .then((taken) => serve(taken, outgoing))
      .catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function take(incoming: IncomingMessage): Promise<Taken> {
  return {
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    headers: incoming.headers,
    body: await collect(incoming),
  };
}

/** To where it was meant for. With `length`, only so much of the body arrives before the line is cut. */
export function pass(
  where: string,
  { method, path, headers, body }: Taken,
  length: number | null = null,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const { connection: _, 'transfer-encoding': __, ...kept } = headers;
    const url = new URL(path, where);
    const outgoing = request(
      url,
      { method, headers: { ...kept, host: url.host, 'content-length': body.length }, agent: false },
      (answered) => {
        collect(answered).then((answer) => {
          resolve({ status: answered.statusCode ?? 500, headers: answered.headers, body: answer });
        }, reject);
      },
    );
    outgoing.on('error', reject);
    if (length === null) {
      outgoing.end(body);
      return;
    }
    if (length > 0) outgoing.write(body.subarray(0, length));
    else outgoing.flushHeaders();
    setTimeout(() => {
      outgoing.destroy(new Error('line cut'));
    }, 5);
  });
}

export function answer(outgoing: Outgoing, { status, headers, body }: Answered): void {
  const kept = ['content-type', answerHeader].flatMap((name) => {
    const value = headers[name];
    return value === undefined ? [] : [[name, value]];
  });
  outgoing.writeHead(status, { ...Object.fromEntries(kept), 'content-length': body.length });
  outgoing.end(body);
}

async function collect(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) if (chunk instanceof Buffer) chunks.push(chunk);
  return Buffer.concat(chunks);
}
