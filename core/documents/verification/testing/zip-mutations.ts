import { crc32 } from 'node:zlib';
import { mutateCms, mutateOctets } from './cms-mutations.ts';
import { pickOf } from './random-choice.ts';
import { mutateXml } from './xml-mutations.ts';

export type ZipMember = readonly [name: string, content: Buffer];

/** A file of an archive, as its own header and the directory have it. */
type Entry = { local: Header; central: Header; data: Buffer; isListed: boolean };
type Header = { name: string; flags: number; method: number; sum: number; packed: number; length: number };

/** An archive with one or two random changes: of a file, of its headers, of the directory, or of what is around. */
export function mutateZip(members: readonly ZipMember[], donor: readonly ZipMember[], random: () => number): Buffer {
  const entries = members.map(open);
  const donors = donor.map(open);
  for (let count = random() < 0.3 ? 2 : 1; count > 0; count -= 1) change(entries, donors, random);
  const written = write(entries, random);
  return random() < 0.1 ? mutateOctets(written, random) : written;
}

function open([name, data]: ZipMember): Entry {
  const header = { name, flags: 0, method: 0, sum: crc32(data), packed: data.length, length: data.length };
  return { local: header, central: { ...header }, data, isListed: true };
}

function change(entries: Entry[], donors: readonly Entry[], random: () => number): void {
  const pick = pickOf(random);
  const entry = pick(entries);
  if (entry === undefined) return;
  const place = entries.indexOf(entry);
  const names = ['instancia.txt', 'otra.txt', 'mimetype', 'META-INF/signature.p7s', 'META-INF/signatures0.xml'];
  const name = pick([...names, ...entries.map(({ local }) => local.name), '../instancia.txt', '/instancia.txt', 'A/b']);
  switch (Math.floor(random() * 12)) {
    case 0:
      rename(entry, name ?? 'x', random);
      return;
    case 1:
      entries.splice(place, 0, copy(entry));
      return;
    case 2:
      entries.splice(place, 1);
      return;
    case 3:
      entries.push(...entries.splice(place, 1));
      return;
    case 4: {
      const other = pick(donors);
      if (other !== undefined) entries.splice(Math.floor(random() * entries.length), 0, copy(other));
      return;
    }
    case 5: {
      const same = pick(donors.filter(({ local }) => local.name === entry.local.name)) ?? pick(donors);
      if (same !== undefined) refill(entry, same.data);
      return;
    }
    case 6: {
      const header = random() < 0.5 ? entry.local : entry.central;
      const field = pick(['flags', 'method', 'sum', 'packed', 'length'] as const) ?? 'sum';
      header[field] = pick([0, 1, 8, entry.data.length + 1, 0xffff, header[field] + 1]) ?? 0;
      return;
    }
    case 7:
      entry.isListed = false;
      return;
    case 8: {
      const added = copy(entry);
      rename(added, name ?? 'x', random);
      entries.push(added);
      return;
    }
    default:
      refill(entry, mutateContent(entry, donors, random));
  }
}

function mutateContent(entry: Entry, donors: readonly Entry[], random: () => number): Buffer {
  const donor = donors.find(({ local }) => local.name === entry.local.name)?.data ?? entry.data;
  if (entry.local.name.endsWith('.p7s')) return mutateCms(entry.data, donor, random);
  if (entry.local.name.endsWith('.xml'))
    return Buffer.from(mutateXml(entry.data.toString('utf8'), donor.toString('utf8'), random));
  return mutateOctets(entry.data, random);
}

function rename(entry: Entry, name: string, random: () => number): void {
  const where = Math.floor(random() * 3);
  if (where !== 1) entry.local.name = name;
  if (where !== 0) entry.central.name = name;
}

function refill(entry: Entry, data: Buffer): void {
  entry.data = data;
  for (const header of [entry.local, entry.central])
    Object.assign(header, { sum: crc32(data), packed: data.length, length: data.length });
}

function copy(entry: Entry): Entry {
  return { ...entry, local: { ...entry.local }, central: { ...entry.central } };
}

function write(entries: readonly Entry[], random: () => number): Buffer {
  const pieces: Buffer[] = random() < 0.02 ? [Buffer.from('PK\u0003\u0004')] : [];
  const directory: Buffer[] = [];
  const lengthOf = (list: readonly Buffer[]): number => list.reduce((sum, { length }) => sum + length, 0);
  for (const { local, central, data, isListed } of entries) {
    if (isListed) {
      const place = Buffer.alloc(14);
      place.writeUInt32LE(lengthOf(pieces), 10);
      const name = Buffer.from(central.name);
      directory.push(Buffer.from('504b01020a00', 'hex'), fields(central), place, name);
    }
    pieces.push(Buffer.from('504b0304', 'hex'), fields(local), Buffer.from(local.name), data);
    if (random() < 0.02) pieces.push(Buffer.from('relleno'));
  }
  const end = Buffer.alloc(22);
  const listed = entries.filter(({ isListed }) => isListed).length + (random() < 0.02 ? 1 : 0);
  const comment = random() < 0.03 ? Buffer.from('PK\u0005\u0006 nota') : Buffer.alloc(0);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(listed, 8);
  end.writeUInt16LE(listed, 10);
  end.writeUInt32LE(lengthOf(directory), 12);
  end.writeUInt32LE(lengthOf(pieces), 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...pieces, ...directory, end, comment]);
}

function fields({ name, flags, method, sum, packed, length }: Header): Buffer {
  const written = Buffer.alloc(26);
  written.writeUInt16LE(10, 0);
  written.writeUInt16LE(flags, 2);
  written.writeUInt16LE(method, 4);
  written.writeUInt32LE(sum % 2 ** 32, 10);
  written.writeUInt32LE(packed, 14);
  written.writeUInt32LE(length, 18);
  written.writeUInt16LE(Buffer.byteLength(name), 22);
  return written;
}
