import { connect, type Socket } from 'node:net';

export type VpcdLink = Readonly<{
  /** Resolves when the reader has powered the card and read its answer to reset. */
  ready: Promise<void>;
  /** Breaks the line: for pcscd the card has left the reader. */
  close(): Promise<void>;
}>;

/** A reader polls for its card every 0.4 s; one that has not asked after this does not exist. */
const readyWithinMs = 15_000;

/**
 * vsmartcard's protocol between virtual reader and card: frames of two length bytes, one-byte frames are orders (0 off,
 * 1 on, 2 reset, 4 answer to reset), all others are command APDUs. The card calls on the reader: Debian's vpcd 3.3 ends
 * pcscd when it is told to call on the card and finds none.
 */
export function openVpcdLink(
  options: Readonly<{
    port: number;
    answerToReset: Uint8Array;
    answer: (command: Uint8Array) => Promise<Uint8Array | null>;
    onReset: () => void;
  }>,
): VpcdLink {
  const ready = Promise.withResolvers<void>();
  const socket = connect(options.port, '127.0.0.1');
  socket.setNoDelay(true);
  const timer = setTimeout(() => fail('no virtual reader asks for the card'), readyWithinMs);
  let buffered: Buffer = Buffer.alloc(0);
  let turn = Promise.resolve();
  let isPowered = false;

  function fail(reason: string): void {
    clearTimeout(timer);
    ready.reject(new Error(`${reason} (port ${options.port})`));
    socket.destroy();
  }

  socket.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? 'the line broke'));
  socket.on('close', () => fail('the reader closed the line'));
  socket.on('data', (chunk) => {
    buffered = Buffer.concat([buffered, chunk]);
    while (buffered.length >= 2 && buffered.length >= 2 + buffered.readUInt16BE(0)) {
      const frame = Buffer.from(buffered.subarray(2, 2 + buffered.readUInt16BE(0)));
      buffered = buffered.subarray(2 + frame.length);
      turn = turn.then(() => handle(frame));
    }
  });

  async function handle(frame: Buffer): Promise<void> {
    if (frame.length !== 1) {
      const answer = await options.answer(frame);
      if (answer !== null) send(socket, answer);
    } else if (frame[0] === 4) {
      send(socket, options.answerToReset);
      if (!isPowered) return;
      clearTimeout(timer);
      ready.resolve();
    } else {
      isPowered = frame[0] !== 0;
      options.onReset();
    }
  }

  return {
    ready: ready.promise,
    async close() {
      if (socket.closed) return;
      const closed = new Promise((resolve) => socket.once('close', resolve));
      fail('the card was removed');
      await closed;
    },
  };
}

function send(socket: Socket, answer: Uint8Array): void {
  if (socket.destroyed) return;
  const frame = Buffer.alloc(2 + answer.length);
  frame.writeUInt16BE(answer.length);
  frame.set(answer, 2);
  socket.write(frame);
}
