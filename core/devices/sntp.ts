import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { performance } from 'node:perf_hooks';

const packetLength = 48;
const port = 123;
/** Seconds from 1900 to 1970; the next era of NTP begins in 2036. */
const epochOffset = 2_208_988_800;
const eraSeconds = 2 ** 32;
const patienceMs = 2_000;
/** RFC 5905 MAXDISP: a server that is further than this from its source knows no time. */
const longestDistanceMs = 16_000;

/** `offsetMs`: what has to be added to the machine's clock. `uncertaintyMs`: by how much that may be wrong, the line included. */
export type TimeSample = Readonly<{ server: string; offsetMs: number; uncertaintyMs: number }>;

export type TimeAnswer =
  | Readonly<{ kind: 'sample'; sample: TimeSample }>
  /** No answer, or none that can be an answer to this question. */
  | Readonly<{ kind: 'silent' }>
  /** The server says itself that it has no time. */
  | Readonly<{ kind: 'unsynchronised' }>
  /** Kiss of death (RFC 5905 §7.4): `DENY` and `RSTR` want never to be asked again, `RATE` less often. */
  | Readonly<{ kind: 'kissOfDeath'; code: string }>;

/**
 * Asks one server for the time (SNTP, RFC 4330, version 4). `server`: `host` or `host:port`. The question holds nothing but
 * random bits, which the answer has to give back: what somebody else sends is not taken for one.
 */
export async function askTime(server: string, systemNow: () => number, signal: AbortSignal): Promise<TimeAnswer> {
  const { host, port: at } = readAddress(server);
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  try {
    const question = randomBytes(packetLength).fill(0, 0, packetLength - 8);
    // Version 4, mode client.
    question[0] = 0x23;
    const nonce = question.subarray(packetLength - 8);
    let sentAt = 0;
    const exchange = await new Promise<Readonly<{ answer: Buffer; tookMs: number; receivedAt: number }> | null>(
      (resolve) => {
        const end = () => resolve(null);
        AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]).addEventListener('abort', end, { once: true });
        if (signal.aborted) end();
        socket.once('error', end);
        socket.on('message', (answer) => {
          const tookMs = performance.now() - sentAt;
          if (!isAnswer(answer, nonce)) return;
          resolve({ answer, tookMs, receivedAt: systemNow() });
        });
        // Connected: the system drops what comes from anywhere else.
        socket.connect(at, host, () => {
          sentAt = performance.now();
          socket.send(question, (error) => {
            if (error !== null) end();
          });
        });
      },
    );
    return exchange === null ? { kind: 'silent' } : judge(server, exchange);
  } finally {
    socket.close();
  }
}

function readAddress(server: string): Readonly<{ host: string; port: number }> {
  const { hostname, port: named } = new URL(`ntp://${server}`);
  return { host: hostname.replaceAll(/[[\]]/gu, ''), port: named === '' ? port : Number(named) };
}

function isAnswer(answer: Buffer, nonce: Uint8Array): boolean {
  const version = ((answer[0] ?? 0) >> 3) & 7;
  const isServer = ((answer[0] ?? 0) & 7) === 4;
  return answer.length >= packetLength && isServer && version >= 3 && answer.subarray(24, 32).equals(nonce);
}

function judge(
  server: string,
  { answer, tookMs, receivedAt }: Readonly<{ answer: Buffer; tookMs: number; receivedAt: number }>,
): TimeAnswer {
  const leap = (answer[0] ?? 0) >> 6;
  const stratum = answer[1] ?? 0;
  if (stratum === 0) return { kind: 'kissOfDeath', code: answer.toString('latin1', 12, 16) };
  const rootDelayMs = answer.readUInt32BE(4) / 65.536;
  const rootDispersionMs = answer.readUInt32BE(8) / 65.536;
  const gotMs = readTimestamp(answer, 32, receivedAt);
  const gaveMs = readTimestamp(answer, 40, receivedAt);
  const heldMs = gaveMs - gotMs;
  const distanceMs = rootDelayMs / 2 + rootDispersionMs;
  const knowsTime = leap !== 3 && stratum < 16 && distanceMs < longestDistanceMs;
  if (!knowsTime || answer.readUInt32BE(40) === 0 || heldMs < 0 || heldMs > tookMs) return { kind: 'unsynchronised' };
  const delayMs = tookMs - heldMs;
  const offsetMs = gaveMs + delayMs / 2 - receivedAt;
  // The machine's clock is read in whole milliseconds.
  return { kind: 'sample', sample: { server, offsetMs, uncertaintyMs: delayMs / 2 + distanceMs + 1 } };
}

/** Milliseconds since 1970, in the era of NTP that is nearest to the machine's clock (RFC 4330 §3). */
function readTimestamp(answer: Buffer, at: number, nearMs: number): number {
  const seconds = answer.readUInt32BE(at) - epochOffset;
  const era = Math.round((nearMs / 1000 - seconds) / eraSeconds);
  return (seconds + era * eraSeconds) * 1000 + (answer.readUInt32BE(at + 4) / eraSeconds) * 1000;
}
