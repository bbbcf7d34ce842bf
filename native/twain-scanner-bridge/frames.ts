/** `[u32 length, little endian][u8 type][payload]`; the types are listed in README.md. */
export const frameTypes = { control: 1, strip: 2, nextPage: 16, credit: 17, cancel: 18 } as const;

export type Frame = Readonly<{ type: number; payload: Buffer<ArrayBuffer> }>;

const headerBytes = 5;
// A strip is 1 MiB at most: a longer frame is a helper that has lost its mind.
const longestPayload = 1024 * 1024;

export class FrameError extends Error {}

export function encodeFrame(type: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const frame = Buffer.alloc(headerBytes + payload.length);
  frame.writeUInt32LE(payload.length, 0);
  frame.writeUInt8(type, 4);
  payload.copy(frame, headerBytes);
  return frame;
}

/** Cuts a stream of chunks into frames. Throws FrameError when what arrives cannot be one. */
export function createFrameReader(onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  const header = Buffer.alloc(headerBytes);
  let headerLength = 0;
  let payload: Buffer<ArrayBuffer> | null = null;
  let payloadLength = 0;

  function finish(): void {
    if (payload === null || payloadLength < payload.length) return;
    const frame = { type: header.readUInt8(4), payload };
    payload = null;
    headerLength = 0;
    onFrame(frame);
  }

  return (chunk) => {
    let at = 0;
    while (at < chunk.length) {
      if (payload === null) {
        const copied = chunk.copy(header, headerLength, at, at + headerBytes - headerLength);
        headerLength += copied;
        at += copied;
        if (headerLength < headerBytes) return;
        const length = header.readUInt32LE(0);
        if (length > longestPayload) throw new FrameError(`frame of ${length} bytes`);
        payload = Buffer.allocUnsafeSlow(length);
        payloadLength = 0;
      } else {
        const copied = chunk.copy(payload, payloadLength, at, at + payload.length - payloadLength);
        payloadLength += copied;
        at += copied;
      }
      finish();
    }
  };
}
