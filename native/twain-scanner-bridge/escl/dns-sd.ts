import { createSocket, type Socket } from 'node:dgram';
import type { NetworkScanners } from '../../../core/contract/schemas/network-scanners.ts';
import {
  decodeAnswer,
  encodeQuestions,
  joinLabels,
  splitLabels,
  type DnsRecord,
  type Question,
} from './dns-message.ts';
import { allAddresses, isLinkLocal, toUrlHost, type OwnAddress } from './ipv6-host.ts';

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

const groups = { IPv4: '224.0.0.251', IPv6: 'ff02::fb' } as const;
const groupPort = 5353;
/** Milliseconds: devices answer within 120; the second question is for what was lost or was not told at once. */
const secondQuestion = 500;
const lastAnswer = 1_300;
const mostRecords = 4_096;

const services = [
  { labels: ['_uscan', '_tcp', 'local'], isSecure: false },
  { labels: ['_uscans', '_tcp', 'local'], isSecure: true },
] as const;

/** A record and this machine's number for the network where it was heard. */
type HeardRecord = DnsRecord & Readonly<{ network: number }>;

/**
 * Asks the networks of this machine (RFC 6762) for scanners, with IPv4 and IPv6. Takes 1.3 s, or nothing when nobody is to be
 * asked. This machine's own services too: ipp-usb shows a scanner on the cable there.
 */
export async function discover(
  where: NetworkScanners['discovery'],
  signal: AbortSignal,
): Promise<readonly Announced[]> {
  const addresses = localAddresses(where);
  if (addresses.length === 0) return [];
  const records: HeardRecord[] = [];
  const sockets = addresses.map((own) => openSocket(own, records));
  const ask = (questions: readonly Question[]) => {
    for (let at = 0; at < questions.length; at += 16)
      for (const { socket, group, isOpen } of sockets)
        if (isOpen()) socket.send(encodeQuestions(0, questions.slice(at, at + 16)), groupPort, group);
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

/** One address of each network and family is enough: the question goes to the network. */
function localAddresses(where: NetworkScanners['discovery']): readonly OwnAddress[] {
  const asked = allAddresses().filter(({ address }) => where === 'all' || where.includes(address));
  const first = new Map(asked.toReversed().map((own) => [`${own.name} ${own.family}`, own]));
  return where === 'all' ? [...first.values()] : asked;
}

function openSocket(own: OwnAddress, records: HeardRecord[]) {
  const isOld = own.family === 'IPv4';
  const zone = process.platform === 'win32' ? String(own.scopeid) : own.name;
  const network = Math.max(0, ...allAddresses().flatMap(({ name, scopeid }) => (name === own.name ? scopeid : [])));
  const socket: Socket = createSocket(isOld ? 'udp4' : 'udp6');
  const ready = Promise.withResolvers<void>();
  let isOpen = false;
  socket.on('message', (message) => {
    if (records.length >= mostRecords) return;
    for (const record of decodeAnswer(message) ?? []) records.push({ ...record, network });
  });
  // A network that has just gone has no scanners.
  socket.on('error', () => {
    isOpen = false;
    ready.resolve();
  });
  socket.bind(0, isLinkLocal(own.address) ? `${own.address}%${zone}` : own.address, () => {
    socket.setMulticastInterface(isOld ? own.address : `::%${zone}`);
    socket.setMulticastTTL(255);
    isOpen = true;
    ready.resolve();
  });
  const group = isOld ? groups.IPv4 : `${groups.IPv6}%${zone}`;
  return { socket, group, ready: ready.promise, isOpen: () => isOpen };
}

async function rest(milliseconds: number, signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  signal.throwIfAborted();
}

function find<T extends DnsRecord['type']>(records: readonly HeardRecord[], type: T, name: string) {
  return findAll(records, type, name)[0];
}

function findAll<T extends DnsRecord['type']>(records: readonly HeardRecord[], type: T, name: string) {
  return records.filter(
    (record): record is Extract<HeardRecord, { type: T }> =>
      record.type === type && record.ttl > 0 && record.name.toLowerCase() === name.toLowerCase(),
  );
}

/** As the host of a URL. IPv4 first, which every device has tried; last what counts on one network only. */
function findHost(records: readonly HeardRecord[], name: string): string | undefined {
  const old = findAll(records, 'A', name);
  const all = findAll(records, 'AAAA', name);
  const [best] = [...old, ...all.filter(({ address }) => !isLinkLocal(address)), ...all];
  return best === undefined ? undefined : toUrlHost(best.address, best.network);
}

function instancesOf(records: readonly DnsRecord[], labels: readonly string[]): readonly string[] {
  const service = joinLabels(labels);
  const targets = records.flatMap((record) =>
    record.type === 'PTR' && record.ttl > 0 && record.name === service ? [record.target] : [],
  );
  return [...new Set(targets)];
}

/** Some answer with names alone. */
function missing(records: readonly HeardRecord[]): readonly Question[] {
  const questions: Question[] = [];
  for (const instance of services.flatMap(({ labels }) => instancesOf(records, labels))) {
    const service = find(records, 'SRV', instance);
    if (service === undefined) questions.push({ name: splitLabels(instance), type: 'SRV' });
    else if (findHost(records, service.target) === undefined)
      for (const type of ['A', 'AAAA'] as const) questions.push({ name: splitLabels(service.target), type });
    if (find(records, 'TXT', instance) === undefined) questions.push({ name: splitLabels(instance), type: 'TXT' });
  }
  return questions;
}

function readServices(records: readonly HeardRecord[]): readonly Announced[] {
  return services.flatMap(({ labels, isSecure }) =>
    instancesOf(records, labels).flatMap((instance) => {
      const service = find(records, 'SRV', instance);
      const host = service === undefined ? undefined : findHost(records, service.target);
      if (service === undefined || host === undefined || service.port === 0) return [];
      const texts = find(records, 'TXT', instance)?.texts ?? new Map<string, string>();
      const path = (texts.get('rs') ?? 'eSCL').replaceAll(/^\/+|\/+$/gu, '');
      if (!/^[\w.~/-]{0,200}$/u.test(path)) return [];
      const name = splitLabels(instance)[0] ?? '';
      const { origin } = new URL(`${isSecure ? 'https' : 'http'}://${host}:${service.port}`);
      const url = path === '' ? origin : `${origin}/${path}`;
      const identity = texts.get('uuid') ?? `${host} ${name}`;
      return [{ identity, url, isSecure, name, model: (texts.get('ty') ?? '').slice(0, 200) }];
    }),
  );
}
