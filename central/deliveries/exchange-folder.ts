import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { lstat, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isFileError, syncFolder } from '../blobs/durable-folder.ts';

const mostFileBytes = 64 * 1024 * 1024;

/**
 * The folder that whoever carries the messages reads and writes. A file is there whole or not at all: it is written under a
 * name that begins with a point and renamed. What others write must come the same way.
 *
 *   in/          what came: annexes first, then the message that names them
 *   out/         what goes
 *   received/X/  message and annexes of exchange X, from their arrival until the office decides
 *   quarantine/  what could not be taken, each with a file that says why
 */
export type ExchangeFolder = Readonly<{
  /** Names of the messages in `in/`: XML that is no annex. */
  listMessages(): Promise<readonly string[]>;
  /** Null when it is gone; `tooLarge` and `notAFile` are not read. */
  read(name: string): Promise<Uint8Array | 'tooLarge' | 'notAFile' | null>;
  write(name: string, content: Uint8Array | (() => Readable)): Promise<void>;
  /** Puts files of `in/`, and bytes that a message carried, into `received/`. May be repeated after a kill. */
  keep(exchangeId: string, names: readonly string[], carried: ReadonlyMap<string, Uint8Array>): Promise<void>;
  forget(exchangeId: string): Promise<void>;
  quarantine(names: readonly string[], reason: string): Promise<void>;
  remove(name: string): Promise<void>;
}>;

export async function openExchangeFolder(folder: string): Promise<ExchangeFolder> {
  const [incoming, outgoing, received, quarantine] = ['in', 'out', 'received', 'quarantine'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  for (const each of [incoming, outgoing, received, quarantine]) await mkdir(each, { recursive: true, mode: 0o770 });

  async function writeWhole(target: string, name: string, content: Uint8Array | (() => Readable)): Promise<void> {
    const temporary = join(target, `.${randomUUID()}`);
    try {
      const stream = content instanceof Uint8Array ? Readable.from([content]) : content();
      await pipeline(stream, createWriteStream(temporary, { flags: 'wx', mode: 0o660, flush: true }));
      await rename(temporary, join(target, name));
      await syncFolder(target);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async function move(name: string, target: string): Promise<void> {
    try {
      await rename(join(incoming, name), join(target, name));
    } catch (error) {
      if (!isFileError(error, 'ENOENT')) throw error;
    }
  }

  return {
    async listMessages() {
      const names = await readdir(incoming);
      return names
        .filter((name) => !name.startsWith('.') && /\.xml$/iu.test(name) && !/_01_\d{1,4}\.xml$/iu.test(name))
        .toSorted();
    },
    async read(name) {
      try {
        const found = await lstat(join(incoming, name));
        if (!found.isFile()) return 'notAFile';
        return found.size > mostFileBytes ? 'tooLarge' : await readFile(join(incoming, name));
      } catch (error) {
        if (isFileError(error, 'ENOENT')) return null;
        throw error;
      }
    },
    write: (name, content) => writeWhole(outgoing, name, content),
    async keep(exchangeId, names, carried) {
      const target = join(received, exchangeId);
      await mkdir(target, { recursive: true, mode: 0o770 });
      for (const [name, content] of carried) await writeWhole(target, name, content);
      for (const name of names) await move(name, target);
      for (const each of [target, received, incoming]) await syncFolder(each);
    },
    forget: (exchangeId) => rm(join(received, exchangeId), { recursive: true, force: true }),
    async quarantine(names, reason) {
      // One folder for each, so that two files of one name do not meet.
      const target = join(quarantine, `${names[0] ?? 'mensaje'}-${randomUUID().slice(0, 8)}`);
      await mkdir(target, { recursive: true, mode: 0o770 });
      await writeFile(join(target, 'motivo.txt'), `${reason}\n`, { mode: 0o660 });
      for (const name of names) await move(name, target);
      for (const each of [target, quarantine, incoming]) await syncFolder(each);
    },
    async remove(name) {
      await rm(join(incoming, name), { force: true });
      await syncFolder(incoming);
    },
  };
}
