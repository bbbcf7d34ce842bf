import { createSocket } from 'node:dgram';
import { encodeName, recordTypes } from '../escl/dns-message.ts';

export type AnswerRecord = Readonly<{ name: readonly string[]; ttl: number }> &
  (
    | Readonly<{ type: 'PTR'; target: readonly string[] }>
    | Readonly<{ type: 'SRV'; port: number; target: readonly string[] }>
    | Readonly<{ type: 'TXT'; texts: readonly string[] }>
    | Readonly<{ type: 'A'; address: string }>
    /** All eight groups written out. */
    | Readonly<{ type: 'AAAA'; address: string }>
  );

export function encodeAnswer(records: readonly AnswerRecord[]): Buffer {
  const header = Buffer.from([0, 0, 0x84, 0, 0, 0, 0, records.length, 0, 0, 0, 0]);
  return Buffer.concat([header, ...records.flatMap(encodeRecord)]);
}

function encodeRecord(record: AnswerRecord): readonly Buffer[] {
  const data = encodeData(record);
  const middle = Buffer.alloc(10);
  middle.writeUInt16BE(recordTypes[record.type], 0);
  middle.writeUInt16BE(1, 2);
  middle.writeUInt32BE(record.ttl, 4);
  middle.writeUInt16BE(data.length, 8);
  return [encodeName(record.name), middle, data];
}

function encodeData(record: AnswerRecord): Buffer {
  switch (record.type) {
    case 'PTR':
      return encodeName(record.target);
    case 'SRV': {
      const numbers = Buffer.alloc(6);
      numbers.writeUInt16BE(record.port, 4);
      return Buffer.concat([numbers, encodeName(record.target)]);
    }
    case 'TXT':
      return Buffer.concat(record.texts.map((text) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)])));
    case 'AAAA':
      return Buffer.from(
        record.address
          .split(':')
          .map((group) => group.padStart(4, '0'))
          .join(''),
        'hex',
      );
    case 'A':
      return Buffer.from(record.address.split('.').map(Number));
  }
}

export type MdnsService = Readonly<{
  name: string;
  type: '_uscan' | '_uscans';
  port: number;
  texts: readonly string[];
}>;

export type AnnounceOptions = Readonly<{
  /** Names alone at first, so that the rest must be asked for. */
  isTerse?: boolean;
  /** The kind of address that it tells. */
  host?: 'A' | 'AAAA';
  /** Asked there and through IPv6 alone, with the one address that it has, all eight groups written out. */
  network?: Readonly<{ name: string; address: string }>;
}>;

/**
 * Answers for these services, to whoever asks on the loopback through IPv4 (IPv6 has no multicast there) or on that network.
 * Resolves with what withdraws them.
 */
export async function announce(
  services: () => readonly MdnsService[],
  { isTerse = false, host: kind = 'A', network }: AnnounceOptions = {},
): Promise<() => Promise<void>> {
  const socket = createSocket({ type: network === undefined ? 'udp4' : 'udp6', reuseAddr: true });
  const host = ['escaner-de-pruebas', 'local'];
  const loopback = kind === 'A' ? '127.0.0.1' : '0:0:0:0:0:0:0:1';
  const own: AnswerRecord = {
    name: host,
    ttl: 10,
    type: network === undefined ? kind : 'AAAA',
    address: network?.address ?? loopback,
  };
  socket.on('message', (message, { address, port }) => {
    if (network === undefined ? address !== '127.0.0.1' : !address.endsWith(`%${network.name}`)) return;
    const asks = (word: string) => message.includes(Buffer.from(word));
    for (const { name, type, port: servicePort, texts } of services()) {
      const instance = [name, type, '_tcp', 'local'];
      const pointer: AnswerRecord = { name: instance.slice(1), ttl: 10, type: 'PTR', target: instance };
      const rest: readonly AnswerRecord[] = [
        { name: instance, ttl: 10, type: 'SRV', port: servicePort, target: host },
        { name: instance, ttl: 10, type: 'TXT', texts },
        own,
      ];
      const records = isTerse && !asks(name) ? [pointer] : [pointer, ...rest];
      socket.send(encodeAnswer(records), port, address);
    }
  });
  const group = network === undefined ? '224.0.0.251' : 'ff02::fb';
  await new Promise<void>((resolve) => socket.bind(5353, network === undefined ? group : '::', resolve));
  socket.addMembership(group, network === undefined ? '127.0.0.1' : `::%${network.name}`);
  return () => new Promise((resolve) => socket.close(resolve));
}
