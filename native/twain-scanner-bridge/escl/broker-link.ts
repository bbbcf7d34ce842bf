import { createFrameReader, encodeFrame, frameTypes } from '../frames.ts';
import { EsclStop } from './stop.ts';

/** The helper's end of the frames on standard input and output. */
export type BrokerLink = Readonly<{
  /** Aborted with EsclStop CANCELLED by the broker's word, or by its end. */
  signal: AbortSignal;
  tell(event: Readonly<Record<string, unknown>> & Readonly<{ event: string }>): Promise<void>;
  /** Resolves when the broker asks for a page. Throws CANCELLED. */
  untilPageIsAsked(): Promise<void>;
  /** Sends in strips of at most 1 MiB, each against credit. Throws CANCELLED. */
  sendRows(rows: Buffer): Promise<void>;
}>;

const stripBytes = 1024 * 1024;
/** Milliseconds from a cancellation to the end by force. */
const lastGrace = 6_000;

export function openBrokerLink(): BrokerLink {
  const controller = new AbortController();
  const { signal } = controller;
  let pages = 0;
  let credit = 0;
  let wake = () => {};

  function cancel(): void {
    if (signal.aborted) return;
    controller.abort(new EsclStop('CANCELLED'));
    setTimeout(() => process.exit(1), lastGrace).unref();
    wake();
  }

  const read = createFrameReader(({ type, payload }) => {
    if (type === frameTypes.nextPage) pages += 1;
    else if (type === frameTypes.credit && payload.length === 4) credit += payload.readUInt32LE(0);
    else if (type === frameTypes.cancel) cancel();
    wake();
  });
  process.stdin.on('data', read);
  process.stdin.on('end', cancel);
  process.stdin.on('error', cancel);
  // The broker has gone and nobody is left to read, but the job on the device has still to be ended.
  process.stdout.on('error', cancel);

  async function until(condition: () => boolean): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      if (condition()) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }

  function write(frame: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      process.stdout.write(frame, (error) => (error ? reject(error) : resolve()));
    });
  }

  return {
    signal,
    tell: (event) => write(encodeFrame(frameTypes.control, Buffer.from(JSON.stringify(event)))),
    async untilPageIsAsked() {
      await until(() => pages > 0);
      pages -= 1;
    },
    async sendRows(rows) {
      for (let at = 0; at < rows.length; at += stripBytes) {
        await until(() => credit > 0);
        credit -= 1;
        await write(encodeFrame(frameTypes.strip, rows.subarray(at, at + stripBytes)));
      }
    },
  };
}
