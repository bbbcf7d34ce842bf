import type { ErrorMessage } from './errors.ts';

/**
 * What travels between the window and the services, the same over a MessagePort (structured clone) and over a WebSocket
 * (encodeFrame). `id` pairs an answer with its question.
 */
export type RequestMessage = Readonly<{ type: 'request'; id: number; method: string; input: unknown }>;
export type ResponseMessage =
  | Readonly<{ type: 'response'; id: number; ok: true; output: unknown }>
  | Readonly<{ type: 'response'; id: number; ok: false; error: ErrorMessage }>;
export type EventMessage = Readonly<{ type: 'event'; event: string; payload: unknown }>;
export type BridgeMessage = RequestMessage | ResponseMessage | EventMessage;

/** The window's end of the bridge, given by the shell's preload or by the WebSocket bootstrap. */
export type Transport = Readonly<{
  send(message: RequestMessage): void;
  onMessage(listener: (message: ResponseMessage | EventMessage) => void): () => void;
  /** The services went away; the window says so and waits. */
  onClosed(listener: () => void): () => void;
}>;

const bytesMarker = '$bytes';

/**
 * Encodes a message as one binary frame: `[u32 LE length of JSON][JSON][attachment]…`, where a Uint8Array in the message
 * is replaced in the JSON by `{"$bytes": [offset, length]}` counted from the end of the JSON.
 */
export function encodeFrame(message: BridgeMessage): Uint8Array<ArrayBuffer> {
  const attachments: Uint8Array[] = [];
  let offset = 0;
  const json = JSON.stringify(message, (_key, value: unknown) => {
    if (!(value instanceof Uint8Array)) return value;
    const place = { [bytesMarker]: [offset, value.length] };
    attachments.push(value);
    offset += value.length;
    return place;
  });
  const head = new TextEncoder().encode(json);
  const frame = new Uint8Array(4 + head.length + offset);
  new DataView(frame.buffer).setUint32(0, head.length, true);
  frame.set(head, 4);
  let position = 4 + head.length;
  for (const attachment of attachments) {
    frame.set(attachment, position);
    position += attachment.length;
  }
  return frame;
}

/** Decodes what encodeFrame made. Throws RangeError or SyntaxError on anything else; the caller closes the connection. */
export function decodeFrame(frame: Uint8Array): BridgeMessage {
  if (frame.length < 4) throw new RangeError('frame too short');
  const headLength = new DataView(frame.buffer, frame.byteOffset).getUint32(0, true);
  if (headLength > frame.length - 4) throw new RangeError('frame too short');
  const body = frame.subarray(4 + headLength);
  const json = new TextDecoder('utf-8', { fatal: true }).decode(frame.subarray(4, 4 + headLength));
  return JSON.parse(json, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !(bytesMarker in value)) return value;
    const place = (value as Record<string, unknown>)[bytesMarker];
    if (!Array.isArray(place)) throw new RangeError('bad attachment');
    const [from, length] = place as unknown[];
    if (
      !Number.isInteger(from) ||
      !Number.isInteger(length) ||
      Number(from) < 0 ||
      Number(length) < 0 ||
      Number(from) + Number(length) > body.length
    ) {
      throw new RangeError('bad attachment');
    }
    return body.slice(Number(from), Number(from) + Number(length));
  }) as BridgeMessage;
}
