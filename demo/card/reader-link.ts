import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Where a virtual reader is met: vpcd waits at a port, the reader with a PIN pad calls at a socket of the file system. */
export type ReaderAddress = Readonly<{ port: number } | { socket: string }>;

export type ReaderLink = Readonly<{
  /** Resolves when the reader has powered the card and read its answer to reset. */
  ready: Promise<void>;
  /** Breaks the line: for pcscd the card has left the reader. */
  close(): Promise<void>;
}>;

/** A reader polls for its card every 0.4 s; one that has not asked after this does not exist. */
const readyWithinMs = 15_000;

/**
 * vsmartcard's protocol between virtual reader and card: frames of two length bytes, one-byte frames are orders (0 off,
 * 1 on, 2 reset, 4 answer to reset), all others are command APDUs. With vpcd the card calls on the reader: Debian's vpcd
 * 3.3 ends pcscd when it is told to call on the card and finds none.
 */
export function openReaderLink(
  options: Readonly<{
    address: ReaderAddress;
    answerToReset: Uint8Array;
    answer: (command: Uint8Array) => Promise<Uint8Array | null>;
    onReset: () => void;
  }>,
): ReaderLink {
  const { address } = options;
  const ready = Promise.withResolvers<void>();
  const timer = setTimeout(() => fail('no virtual reader asks for the card'), readyWithinMs);
  let socket: Socket | null = null;
  let server: Server | null = null;
  let isPowered = false;

  function fail(reason: string): void {
    clearTimeout(timer);
    ready.reject(new Error(`${reason} (${'port' in address ? `port ${address.port}` : 'PIN pad'})`));
    socket?.destroy();
    server?.close();
  }

  function attach(line: Socket): void {
    socket = line;
    let buffered: Buffer = Buffer.alloc(0);
    let turn = Promise.resolve();
    line.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? 'the line broke'));
    line.on('close', () => fail('the reader closed the line'));
    line.on('data', (chunk) => {
      buffered = Buffer.concat([buffered, chunk]);
      while (buffered.length >= 2 && buffered.length >= 2 + buffered.readUInt16BE(0)) {
        const frame = Buffer.from(buffered.subarray(2, 2 + buffered.readUInt16BE(0)));
        buffered = buffered.subarray(2 + frame.length);
        turn = turn.then(() => handle(line, frame));
      }
    });
  }

  async function handle(line: Socket, frame: Buffer): Promise<void> {
    if (frame.length !== 1) {
      const answer = await options.answer(frame);
      if (answer !== null) send(line, answer);
    } else if (frame[0] === 4) {
      send(line, options.answerToReset);
      if (!isPowered) return;
      clearTimeout(timer);
      ready.resolve();
    } else {
      isPowered = frame[0] !== 0;
      options.onReset();
    }
  }

  if ('port' in address) {
    const line = connect(address.port, '127.0.0.1');
    line.setNoDelay(true);
    attach(line);
  } else {
    server = createServer((line) => {
      if (socket === null) attach(line);
      else line.destroy();
    });
    server.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? 'no socket'));
    server.listen(address.socket, () => void chmod(address.socket, 0o600).catch(() => fail('no socket')));
  }

  return {
    ready: ready.promise,
    async close() {
      const ends = [socket, server].flatMap((open) => (open === null || isClosed(open) ? [] : [once(open, 'close')]));
      fail('the card was removed');
      await Promise.all(ends);
    },
  };
}

function isClosed(open: Socket | Server): boolean {
  return 'listening' in open ? !open.listening : open.closed;
}

function send(socket: Socket, answer: Uint8Array): void {
  if (socket.destroyed) return;
  const frame = Buffer.alloc(2 + answer.length);
  frame.writeUInt16BE(answer.length);
  frame.set(answer, 2);
  socket.write(frame);
}
