import { createSocket, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';
import type { NetworkScanners } from '../../../core/contract/schemas/network-scanners.ts';
import {
  decodeAnswer,
  encodeQuestions,
  joinLabels,
  splitLabels,
  type DnsRecord,
  type Question,
} from './dns-message.ts';

/** A scanner that announced itself. */
export type Announced = Readonly<{
  /** The same for the http and the https service of one device. */
  identity: string;
  url: string;
  isSecure: boolean;
  /** The instance's name, as other programs show it too. */
  name: string;
  model: string;
}>;

const group = { address: '224.0.0.251', port: 5353 } as const;
/** Milliseconds: devices answer within 120; the second question is for what was lost or was not told at once. */
const secondQuestion = 500;
const lastAnswer = 1_300;
const mostRecords = 4_096;

const services = [
  { labels: ['_uscan', '_tcp', 'local'], isSecure: false },
  { labels: ['_uscans', '_tcp', 'local'], isSecure: true },
] as const;

/**
 * Asks the networks of this machine (RFC 6762) for scanners. Takes 1.3 s, or nothing when nobody is to be asked. IPv4
 * only, and this machine's own services too: ipp-usb shows a scanner on the cable there.
 */
export async function discover(
  where: NetworkScanners['discovery'],
  signal: AbortSignal,
): Promise<readonly Announced[]> {
  const addresses = localAddresses(where);
  if (addresses.length === 0) return [];
  const records: DnsRecord[] = [];
  const sockets = addresses.map((address) => openSocket(address, records));
  const ask = (questions: readonly Question[]) => {
    for (let at = 0; at < questions.length; at += 16)
      for (const { socket, isOpen } of sockets)
        if (isOpen()) socket.send(encodeQuestions(0, questions.slice(at, at + 16)), group.port, group.address);
  };
  const first = services.map(({ labels }): Question => ({ name: labels, type: 'PTR' }));
  try {
    await Promise.all(sockets.map(({ ready }) => ready));
    ask(first);
    await rest(secondQuestion, signal);
    ask([...first, ...missing(records)]);
    await rest(lastAnswer - secondQuestion, signal);
  } finally {
    for (const { socket } of sockets) socket.close();
  }
  return readServices(records);
}

function localAddresses(where: NetworkScanners['discovery']): readonly string[] {
  const own = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .filter(({ family }) => family === 'IPv4')
    .map(({ address }) => address);
  return where === 'all' ? own : own.filter((address) => where.includes(address));
}

function openSocket(address: string, records: DnsRecord[]) {
  const socket: Socket = createSocket('udp4');
  const ready = Promise.withResolvers<void>();
  let isOpen = false;
  socket.on('message', (message) => {
    if (records.length < mostRecords) records.push(...(decodeAnswer(message) ?? []));
  });
  // A network that has just gone has no scanners.
  socket.on('error', () => {
    isOpen = false;
    ready.resolve();
  });
  socket.bind(0, address, () => {
    socket.setMulticastInterface(address);
    socket.setMulticastTTL(255);
    isOpen = true;
    ready.resolve();
  });
  return { socket, ready: ready.promise, isOpen: () => isOpen };
}

async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  signal.throwIfAborted();
}

function find<T extends DnsRecord['type']>(records: readonly DnsRecord[], type: T, name: string) {
  return records.find(
    (record): record is Extract<DnsRecord, { type: T }> =>
      record.type === type && record.ttl > 0 && record.name.toLowerCase() === name.toLowerCase(),
  );
}

function instancesOf(records: readonly DnsRecord[], labels: readonly string[]): readonly string[] {
  const service = joinLabels(labels);
  const targets = records.flatMap((record) =>
    record.type === 'PTR' && record.ttl > 0 && record.name === service ? [record.target] : [],
  );
  return [...new Set(targets)];
}

/** Some answer with names alone. */
function missing(records: readonly DnsRecord[]): readonly Question[] {
  const questions: Question[] = [];
  for (const instance of services.flatMap(({ labels }) => instancesOf(records, labels))) {
    const service = find(records, 'SRV', instance);
    if (service === undefined) questions.push({ name: splitLabels(instance), type: 'SRV' });
    else if (find(records, 'A', service.target) === undefined)
      questions.push({ name: splitLabels(service.target), type: 'A' });
    if (find(records, 'TXT', instance) === undefined) questions.push({ name: splitLabels(instance), type: 'TXT' });
  }
  return questions;
}

function readServices(records: readonly DnsRecord[]): readonly Announced[] {
  return services.flatMap(({ labels, isSecure }) =>
    instancesOf(records, labels).flatMap((instance) => {
      const service = find(records, 'SRV', instance);
      const host = service === undefined ? undefined : find(records, 'A', service.target);
      if (service === undefined || host === undefined || service.port === 0) return [];
      const texts = find(records, 'TXT', instance)?.texts ?? new Map<string, string>();
      const path = (texts.get('rs') ?? 'eSCL').replaceAll(/^\/+|\/+$/gu, '');
      if (!/^[\w.~/-]{0,200}$/u.test(path)) return [];
      const name = splitLabels(instance)[0] ?? '';
      const { origin } = new URL(`${isSecure ? 'https' : 'http'}://${host.address}:${service.port}`);
      const url = path === '' ? origin : `${origin}/${path}`;
      const identity = texts.get('uuid') ?? `${host.address} ${name}`;
      return [{ identity, url, isSecure, name, model: (texts.get('ty') ?? '').slice(0, 200) }];
    }),
  );
}
