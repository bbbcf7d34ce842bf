/** The part of DNS that a question for services needs (RFC 1035, 6762, 6763). */
export type DnsRecord = Readonly<{ name: string; ttl: number }> &
  (
    | Readonly<{ type: 'PTR'; target: string }>
    | Readonly<{ type: 'SRV'; port: number; target: string }>
    | Readonly<{ type: 'TXT'; texts: ReadonlyMap<string, string> }>
    | Readonly<{ type: 'A'; address: string }>
    | Readonly<{ type: 'AAAA'; address: string }>
  );

export type Question = Readonly<{ name: readonly string[]; type: keyof typeof recordTypes }>;

export const recordTypes = { A: 1, PTR: 12, TXT: 16, AAAA: 28, SRV: 33 } as const;

const headerBytes = 12;
const mostRecords = 512;
/** A name is 255 bytes at most, and so is the number of its labels below this. */
const mostLabels = 128;
/** Names travel through this program with their labels joined by a character that no label of an instance contains. */
const separator = '\u0000';

export function joinLabels(labels: readonly string[]): string {
  return labels.map((label, i) => (i === 0 ? label : label.toLowerCase())).join(separator);
}

export function splitLabels(name: string): readonly string[] {
  return name.split(separator);
}

export function encodeName(labels: readonly string[]): Buffer {
  const parts = labels.map((label) => {
    const text = Buffer.from(label, 'utf8').subarray(0, 63);
    return Buffer.concat([Buffer.from([text.length]), text]);
  });
  return Buffer.concat([...parts, Buffer.from([0])]);
}

/** A question from a port of our own: whoever has the answer sends it to us alone (RFC 6762, 6.7). */
export function encodeQuestions(id: number, questions: readonly Question[]): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(questions.length, 4);
  const bodies = questions.flatMap(({ name, type }) => {
    const end = Buffer.alloc(4);
    end.writeUInt16BE(recordTypes[type], 0);
    end.writeUInt16BE(1, 2);
    return [encodeName(name), end];
  });
  return Buffer.concat([header, ...bodies]);
}

/** Records of an answer; of other types none. Null when the message is not an answer or is not whole. */
export function decodeAnswer(message: Buffer): readonly DnsRecord[] | null {
  try {
    return readRecords(message);
  } catch (error) {
    // Reading beyond the end of a message that lies about its lengths.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function readRecords(message: Buffer): readonly DnsRecord[] | null {
  if ((message.readUInt16BE(2) & 0x8000) === 0) return null;
  const questions = message.readUInt16BE(4);
  const count = message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10);
  if (questions > mostRecords || count > mostRecords) return null;
  let at = headerBytes;
  for (let i = 0; i < questions; i += 1) at = readName(message, at).end + 4;
  const records: DnsRecord[] = [];
  for (let i = 0; i < count; i += 1) {
    const { labels, end } = readName(message, at);
    const dataStart = end + 10;
    const dataEnd = dataStart + message.readUInt16BE(end + 8);
    if (dataEnd > message.length) return null;
    const base = { name: joinLabels(labels), ttl: message.readUInt32BE(end + 4) };
    const record = readData(message, message.readUInt16BE(end), dataStart, dataEnd);
    if (record !== null) records.push({ ...base, ...record });
    at = dataEnd;
  }
  return records;
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

function readData(
  message: Buffer,
  type: number,
  start: number,
  end: number,
): DistributiveOmit<DnsRecord, 'name' | 'ttl'> | null {
  switch (type) {
    case recordTypes.PTR:
      return { type: 'PTR', target: joinLabels(readName(message, start).labels) };
    case recordTypes.SRV:
      return {
        type: 'SRV',
        port: message.readUInt16BE(start + 4),
        target: joinLabels(readName(message, start + 6).labels),
      };
    case recordTypes.TXT:
      return { type: 'TXT', texts: readTexts(message.subarray(start, end)) };
    case recordTypes.A:
      return end - start === 4 ? { type: 'A', address: message.subarray(start, end).join('.') } : null;
    case recordTypes.AAAA:
      return end - start === 16 ? { type: 'AAAA', address: readIpv6(message.subarray(start, end)) } : null;
    default:
      return null;
  }
}

/** In the short form that a URL gives it. */
function readIpv6(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(2 * i).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

function readTexts(data: Buffer): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (let at = 0; at < data.length; at += 1 + data.readUInt8(at)) {
    const text = data.toString('utf8', at + 1, at + 1 + data.readUInt8(at));
    const equals = text.indexOf('=');
    const key = (equals < 0 ? text : text.slice(0, equals)).toLowerCase();
    // The first of several counts (RFC 6763, 6.4).
    if (!texts.has(key)) texts.set(key, equals < 0 ? '' : text.slice(equals + 1));
  }
  return texts;
}

/** Follows pointers, which may only go backwards, so that they end. Throws RangeError on anything that is no name. */
function readName(message: Buffer, start: number): Readonly<{ labels: readonly string[]; end: number }> {
  const labels: string[] = [];
  let at = start;
  let end: number | null = null;
  for (;;) {
    const length = message.readUInt8(at);
    if (length === 0) return { labels, end: end ?? at + 1 };
    if (length >= 0xc0) {
      const target = message.readUInt16BE(at) & 0x3fff;
      end ??= at + 2;
      if (target >= at) throw new RangeError('pointer that does not go back');
      at = target;
    } else {
      if (length > 63 || at + 1 + length > message.length || labels.length >= mostLabels)
        throw new RangeError('no label');
      labels.push(message.toString('utf8', at + 1, at + 1 + length));
      at += 1 + length;
    }
  }
}
