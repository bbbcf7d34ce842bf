/** A command APDU of ISO 7816-4, short or extended. `expected` is the room for the answer's data: 0 when none is asked. */
export type CardCommand = Readonly<{
  classByte: number;
  instruction: number;
  parameter1: number;
  parameter2: number;
  data: Buffer;
  expected: number;
}>;

/** Null for bytes that are no command. */
export function parseCommand(input: Uint8Array): CardCommand | null {
  const bytes = Buffer.from(input);
  if (bytes.length < 4) return null;
  const header = {
    classByte: bytes.readUInt8(0),
    instruction: bytes.readUInt8(1),
    parameter1: bytes.readUInt8(2),
    parameter2: bytes.readUInt8(3),
  };
  const body = bytes.subarray(4);
  const isExtended = body.length >= 3 && body[0] === 0;
  if (body.length === 0) return { ...header, data: Buffer.alloc(0), expected: 0 };
  return isExtended ? extendedBody(header, body.subarray(1)) : shortBody(header, body);
}

type Header = Omit<CardCommand, 'data' | 'expected'>;

function shortBody(header: Header, body: Buffer): CardCommand | null {
  const first = body.readUInt8(0);
  if (body.length === 1) return { ...header, data: Buffer.alloc(0), expected: first === 0 ? 256 : first };
  const data = body.subarray(1, 1 + first);
  const rest = body.subarray(1 + first);
  if (data.length !== first || rest.length > 1) return null;
  const expected = rest[0];
  return { ...header, data, expected: expected === undefined ? 0 : expected === 0 ? 256 : expected };
}

function extendedBody(header: Header, body: Buffer): CardCommand | null {
  const first = body.readUInt16BE(0);
  if (body.length === 2) return { ...header, data: Buffer.alloc(0), expected: first === 0 ? 65_536 : first };
  const data = body.subarray(2, 2 + first);
  const rest = body.subarray(2 + first);
  if (data.length !== first || (rest.length !== 0 && rest.length !== 2)) return null;
  const expected = rest.length === 0 ? 0 : rest.readUInt16BE(0);
  return { ...header, data, expected: rest.length === 2 && expected === 0 ? 65_536 : expected };
}
