import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Line } from './line.ts';

/** A line that carries so many bytes a second towards the centre, all connections together, and can be cut in the middle. */
export type SlowLine = Line &
  Readonly<{
    /** Bytes that reached the centre's side. */
    carried: () => number;
    /** Ends every connection; new ones are taken. */
    cut: () => void;
  }>;

// What leaves at once: small beside what a desk sends in a part.
const sliceBytes = 2_048;

export async function openSlowLine(
  options: Readonly<{ target: () => string; bytesPerSecond: number }>,
): Promise<SlowLine> {
  const sockets = new Set<Socket>();
  let carried = 0;
  let freeAt = 0;

  async function waitFor(bytes: number): Promise<void> {
    const start = Math.max(freeAt, performance.now());
    freeAt = start + (bytes / options.bytesPerSecond) * 1_000;
    await pause(Math.max(0, freeAt - performance.now()));
  }

  async function carry(from: Socket, to: Socket): Promise<void> {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      for (let offset = 0; offset < chunk.length && !to.destroyed && !from.destroyed; offset += sliceBytes) {
        const slice = chunk.subarray(offset, offset + sliceBytes);
        await waitFor(slice.length);
        carried += slice.length;
        to.write(slice);
      }
    }
    to.end();
  }

  const server = createServer((desk) => {
    const { hostname, port } = new URL(options.target());
    const centre = connect(Number(port), hostname);
    for (const socket of [desk, centre]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        desk.destroy();
        centre.destroy();
      });
    }
    carry(desk, centre).catch(() => centre.destroy());
    centre.pipe(desk);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${port}`,
    carried: () => carried,
    cut,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}
