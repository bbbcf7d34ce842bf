import { createServer, type Socket } from 'node:net';
import { chmod, rm } from 'node:fs/promises';

/** The person at the keys of a virtual reader with a PIN pad (native/pin-pad-reader.c). */
export type PinPad = Readonly<{
  /** Resolves with the seconds that the reader waits, when it asks for a PIN, now or later. */
  asked(): Promise<number>;
  /** Types digits and presses enter. Waits until the reader asks. */
  enter(pin: string): Promise<void>;
  /** Presses the red key. */
  cancel(): Promise<void>;
  /** Nobody types: the reader's time is over at once instead of after half a minute. */
  runOut(): Promise<void>;
  close(): Promise<void>;
}>;

/** `socket`: the address of the reader's card. */
export async function openPinPad(socket: string): Promise<PinPad> {
  const path = `${socket}.pad`;
  const calls: { line: Socket; seconds: number }[] = [];
  const waiting: (() => void)[] = [];
  const server = createServer((line) => {
    line.on('error', () => line.destroy());
    line.once('data', (chunk) => {
      calls.push({ line, seconds: chunk[0] ?? 0 });
      for (const wake of waiting.splice(0)) wake();
    });
    line.once('close', () => {
      const index = calls.findIndex((call) => call.line === line);
      if (index !== -1) calls.splice(index, 1);
    });
  });
  await rm(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o600);

  async function call(): Promise<{ line: Socket; seconds: number }> {
    for (;;) {
      const [first] = calls;
      if (first !== undefined) return first;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  }
  async function press(keys: string): Promise<void> {
    const { line } = await call();
    const ended = new Promise((resolve) => line.once('close', resolve));
    line.end(keys);
    await ended;
  }

  return {
    asked: async () => (await call()).seconds,
    enter: (pin) => press(`${pin}E`),
    cancel: () => press('C'),
    runOut: () => press(''),
    async close() {
      for (const { line } of calls.splice(0)) line.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
