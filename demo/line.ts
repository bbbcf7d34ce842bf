import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';

/** The line from the desk to the centre: a relay on 127.0.0.1 that can be cut, with every connection on it. */
export type Line = Readonly<{ url: string; cut(): Promise<void>; restore(): Promise<void>; isCut(): boolean }>;

export async function createLine(
  options: Readonly<{ port: number; targetPort: number; isCut?: boolean }>,
): Promise<Line> {
  const sockets = new Set<Socket>();
  let server: Server | null = null;

  function relay(near: Socket): void {
    const far = connect(options.targetPort, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    near.pipe(far).pipe(near);
  }

  async function restore(): Promise<void> {
    if (server !== null) return;
    const opened = createServer(relay);
    await new Promise<void>((listening, failed) => {
      opened.once('error', failed);
      opened.listen(options.port, '127.0.0.1', listening);
    });
    server = opened;
  }

  async function cut(): Promise<void> {
    const closing = server;
    if (closing === null) return;
    server = null;
    const closed = new Promise<void>((resolve) => {
      closing.close(() => resolve());
    });
    for (const socket of sockets) socket.destroy();
    await closed;
  }

  if (options.isCut !== true) await restore();
  return { url: `http://127.0.0.1:${options.port}`, cut, restore, isCut: () => server === null };
}
