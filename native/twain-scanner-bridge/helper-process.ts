import { spawn } from 'node:child_process';
import { z } from 'zod';
import type { HelperCommand } from './driver.ts';
import { createFrameReader, encodeFrame, frameTypes, type Frame } from './frames.ts';

const helperEventSchema = z.discriminatedUnion('event', [
  z.strictObject({
    event: z.literal('device'),
    deviceId: z.string(),
    maker: z.string(),
    model: z.string(),
    sources: z.array(z.enum(['feeder', 'feederDuplex', 'flatbed'])).nullable(),
    /** Missing, null or empty where the device does not tell. */
    serial: z.string().nullable().optional(),
    /** Missing or null where the driver does not know. */
    feeder: z.enum(['loaded', 'empty', 'fault']).nullable().optional(),
    /** Names under which another driver may list the same device: same-device.ts. */
    otherNames: z.array(z.string()).optional(),
  }),
  z.strictObject({
    event: z.literal('opened'),
    dpi: z.int().positive(),
    colorMode: z.enum(['bitonal', 'gray', 'color']),
    source: z.string(),
  }),
  z.strictObject({
    event: z.literal('pageStarted'),
    sequence: z.int().positive(),
    width: z.int().positive(),
    /** Not positive where the driver learns it at the end. */
    height: z.int(),
    dpi: z.int().positive(),
    colorMode: z.enum(['bitonal', 'gray', 'color']),
  }),
  z.strictObject({
    event: z.literal('pageEnded'),
    sequence: z.int().positive(),
    rows: z.int().positive(),
    bytes: z.int().positive(),
  }),
  /** A sign of life while nothing else can be told. */
  z.strictObject({ event: z.literal('working') }),
  z.strictObject({ event: z.literal('stopped'), stage: z.string(), status: z.string(), option: z.string() }),
  z.strictObject({ event: z.literal('end') }),
]);

export type HelperEvent = Readonly<z.infer<typeof helperEventSchema>>;

export type HelperListener = Readonly<{
  onEvent: (event: HelperEvent) => void;
  onStrip: (bytes: Buffer<ArrayBuffer>) => void;
  /** Always the last call, once. `diagnosis` is empty after a clean end. */
  onExit: (diagnosis: string) => void;
}>;

export type HelperProcess = Readonly<{
  requestPage(): void;
  grantStrips(strips: number): void;
  cancel(): void;
  kill(): void;
}>;

/** Starts a helper. It ends by itself when this process does: its standard input closes. */
export function startHelper(command: HelperCommand, listener: HelperListener): HelperProcess {
  const child = spawn(command.file, [...command.arguments], { stdio: ['pipe', 'pipe', 'ignore'] });
  let nonsense = '';
  let hasExited = false;

  function take(frame: Frame): void {
    switch (frame.type) {
      case frameTypes.control:
        listener.onEvent(helperEventSchema.parse(JSON.parse(frame.payload.toString('utf8'))));
        return;
      case frameTypes.strip:
        listener.onStrip(frame.payload);
        return;
      default:
        throw new Error(`frame of type ${frame.type}`);
    }
  }
  const read = createFrameReader(take);

  function exit(diagnosis: string): void {
    if (hasExited) return;
    hasExited = true;
    listener.onExit(diagnosis);
  }
  child.stdout.on('data', (chunk: Buffer) => {
    if (nonsense !== '') return;
    try {
      read(chunk);
    } catch (error) {
      nonsense = error instanceof z.ZodError ? 'control message of an unknown form' : String(error);
      child.kill('SIGKILL');
    }
  });
  child.on('error', (error) => exit(error.message));
  // `close`, not `exit`: what the helper wrote last is read before its end is told.
  child.on('close', (code, signal) => {
    const ending = signal === null ? `helper ended with code ${String(code)}` : `helper ended by ${signal}`;
    exit(nonsense !== '' ? nonsense : code === 0 ? '' : ending);
  });
  // The helper may end while something is written to it; its exit says so.
  child.stdin.on('error', () => undefined);

  return {
    requestPage: () => void child.stdin.write(encodeFrame(frameTypes.nextPage)),
    grantStrips(strips) {
      const payload = Buffer.alloc(4);
      payload.writeUInt32LE(strips, 0);
      child.stdin.write(encodeFrame(frameTypes.credit, payload));
    },
    cancel: () => void child.stdin.write(encodeFrame(frameTypes.cancel)),
    kill: () => void child.kill('SIGKILL'),
  };
}
