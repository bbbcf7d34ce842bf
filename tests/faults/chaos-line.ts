import { createServer, request } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/*
 * A line between desk and centre that fails. It takes whole requests and passes them on, so that each fault is one that a
 * cable, a proxy or a server that restarts can make; which request suffers which comes from the seed.
 */

export const lineFaults = [
  'refused',
  'requestCut',
  'answerLost',
  'answerCut',
  'answerAltered',
  'twice',
  'overtaken',
  'slow',
  'serverError',
  'otherAnswer',
] as const;

export type LineFault = (typeof lineFaults)[number];

export type ChaosLine = Readonly<{
  url: string;
  counts: ReadonlyMap<LineFault, number>;
  close: () => Promise<void>;
}>;

type Taken = Readonly<{ method: string; path: string; headers: IncomingHttpHeaders; body: Buffer }>;
type Answered = Readonly<{ status: number; headers: IncomingHttpHeaders; body: Buffer }>;

/** `share`: how many of all requests suffer a fault, 0 to 1. */
export async function openChaosLine(
  options: Readonly<{ centreUrl: () => string; random: () => number; share: number }>,
): Promise<ChaosLine> {
  const counts = new Map<LineFault, number>();
  const waiting: (() => void)[] = [];

  async function serve(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const taken = await take(incoming);
    const fault =
      options.random() < options.share ? lineFaults[Math.floor(options.random() * lineFaults.length)] : undefined;
    if (fault !== undefined) counts.set(fault, (counts.get(fault) ?? 0) + 1);
    const where = options.centreUrl();
    switch (fault) {
      case 'refused':
        break;
      case 'requestCut':
        // Without a body there is nothing to cut in the middle.
        if (taken.body.length > 0) await pass(where, taken, Math.floor(taken.body.length * options.random()));
        break;
      case 'answerLost':
        await pass(where, taken);
        break;
      case 'answerCut': {
        const { body, ...head } = await pass(where, taken);
        // A length that does not come is how a cut answer looks.
        outgoing.writeHead(head.status, { 'content-type': 'application/json', 'content-length': body.length + 1 });
        outgoing.write(body.subarray(0, Math.floor(body.length * options.random())));
        break;
      }
      case 'answerAltered': {
        const answered = await pass(where, taken);
        const body = Buffer.from(answered.body);
        const place = Math.floor(body.length * options.random());
        if (body.length > 0) body.writeUInt8((body.readUInt8(place) ^ 1) & 0x7f, place);
        return answer(outgoing, { ...answered, body });
      }
      case 'twice':
        await pass(where, taken);
        return answer(outgoing, await pass(where, taken));
      case 'overtaken': {
        // The next request comes first, or none for a while.
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
          setTimeout(resolve, 50);
        });
        return answer(outgoing, await pass(where, taken));
      }
      case 'slow':
        await new Promise((resolve) => setTimeout(resolve, 20 + 100 * options.random()));
        return answer(outgoing, await pass(where, taken));
      case 'serverError':
        return answer(outgoing, { status: 502, headers: {}, body: Buffer.from('<html>Bad Gateway</html>') });
      case 'otherAnswer':
        return answer(outgoing, { status: 200, headers: {}, body: Buffer.from('{"result":"accepted"}') });
      case undefined: {
        const answered = await pass(where, taken);
        answer(outgoing, answered);
        for (const go of waiting.splice(0)) go();
        return;
      }
    }
    outgoing.destroy();
  }

  const server = createServer((incoming, outgoing) => {
    // The centre may have been killed in the middle: the line is cut then, whatever it was going to do.
    serve(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    counts,
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

/** With `length`, only so much of the body arrives before the line is cut. */
function pass(where: string, { method, path, headers, body }: Taken, length: number | null = null): Promise<Answered> {
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

function answer(outgoing: ServerResponse, { status, headers, body }: Answered): void {
  const type = headers['content-type'];
  outgoing.writeHead(status, {
    ...(type === undefined ? {} : { 'content-type': type }),
    'content-length': body.length,
  });
  outgoing.end(body);
}

async function collect(stream: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) if (chunk instanceof Buffer) chunks.push(chunk);
  return Buffer.concat(chunks);
}
