import { connect } from 'node:net';

export type RawAnswer = Readonly<{
  /** Of each answer on the line, in order; empty when the other side said nothing. */
  statuses: readonly number[];
  /** Everything that came back. */
  text: string;
  /** The other side closed the line within the patience. */
  hasEnded: boolean;
  /** We said that no more would come. */
  hasGivenUp: boolean;
}>;

/**
 * Sends bytes as they are, whatever a well-behaved client would make of them, and reads until the other side closes.
 * `givesUpMs`: after that long it says that no more comes, which ends a request that waits for more.
 */
export function sendRaw(
  port: number,
  pieces: readonly Uint8Array[],
  givesUpMs: number | null = null,
  patienceMs = 20_000,
): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const timer = setTimeout(() => end(false), patienceMs);
    let hasGivenUp = false;
    const silence =
      givesUpMs === null
        ? null
        : setTimeout(() => {
            hasGivenUp = true;
            socket.end();
          }, givesUpMs);
    const end = (hasEnded: boolean) => {
      clearTimeout(timer);
      if (silence !== null) clearTimeout(silence);
      socket.destroy();
      const text = Buffer.concat(chunks).toString('latin1');
      const statuses = [...text.matchAll(/(?:^|\r\n|[}>])HTTP\/1\.1 (\d{3}) /gu)].map(([, status]) => Number(status));
      resolve({ statuses, text, hasEnded, hasGivenUp });
    };
    socket.on('connect', () => {
      for (const piece of pieces) socket.write(piece);
    });
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('end', () => end(true));
    // What it wrote before it closed on us counts; a reset while we write is its right.
    socket.on('error', () => end(true));
    socket.on('close', () => end(true));
  });
}

/** The bytes of a request; `connection: close` unless the headers say otherwise. */
export function writeRequest(
  method: string,
  path: string,
  headers: readonly (readonly [string, string])[],
  body: Uint8Array = new Uint8Array(0),
): Buffer {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    ...headers.map(([name, value]) => `${name}: ${value}`),
    'connection: close',
  ];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}
