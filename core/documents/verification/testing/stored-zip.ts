import { crc32 } from 'node:zlib';

/** A ZIP archive without compression, as containers of signatures are. */
export function makeStoredZip(files: readonly (readonly [name: string, content: Buffer])[]): Buffer {
  const pieces: Buffer[] = [];
  const directory: Buffer[] = [];
  let length = 0;
  for (const [name, content] of files) {
    const title = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(10, 0);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(title.length, 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(length, 10);
    directory.push(Buffer.from('504b01020a00', 'hex'), common, place, title);
    const local = Buffer.concat([Buffer.from('504b0304', 'hex'), common, title, content]);
    pieces.push(local);
    length += local.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(length, 16);
  return Buffer.concat([...pieces, index, end]);
}
