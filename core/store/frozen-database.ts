import { closeSync, fstatSync, openSync, read } from 'node:fs';
import { promisify } from 'node:util';
import { setTimeout } from 'node:timers/promises';
import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { openConnection } from './database.ts';
import type { Connection } from './database.ts';
import { sql } from './sql.ts';

const readBytes = promisify(read);

const attempts = 100;
const pauseMs = 50;

/** The database file as it stood at one moment, while the desk goes on writing. */
export type FrozenDatabase = Readonly<{
  byteLength: number;
  /** Encrypted bytes in order, from the first to the last. */
  read: () => AsyncIterable<Uint8Array>;
  release: () => void;
}>;

export type DatabaseFreezer = Readonly<{
  freeze: () => Promise<FrozenDatabase>;
  /** After every connection to the database is closed. */
  close: () => void;
}>;

/**
 * Copies of the file for a backup. Everything is brought from the log into the file, and in the same breath, before anybody
 * writes again, a reader begins there: as long as it reads, SQLite writes to the log and leaves the file alone. (SQLite's
 * own ways are closed here: its backup interface does not write to an encrypted file of ours, and `VACUUM INTO` encrypts
 * everything anew, tells no progress and cannot be stopped: ADR 0019.)
 */
export function createDatabaseFreezer(connection: Connection, key: Uint8Array): DatabaseFreezer {
  const { path } = connection;
  const ownKey = Uint8Array.from(key);
  // Closed at the end only: when a process closes any descriptor of a file, POSIX drops all its locks on it, SQLite's too.
  let descriptor: number | null = null;

  async function freeze(): Promise<FrozenDatabase> {
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const reader = openConnection({ path, key: ownKey, readonly: true });
      try {
        // 0: everything was written back, nobody reads from the log.
        if (connection.pragma('wal_checkpoint(TRUNCATE)') === 0) {
          reader.execute('BEGIN');
          reader.find(z.unknown(), sql`SELECT count(*) FROM sqlite_schema`);
          return readFrozen(reader);
        }
      } catch (error) {
        reader.close();
        throw error;
      }
      reader.close();
      await setTimeout(pauseMs);
    }
    throw new AppError('backup.busy');
  }

  function readFrozen(reader: Connection): FrozenDatabase {
    descriptor ??= openSync(path, 'r');
    const file = descriptor;
    const byteLength = fstatSync(file).size;
    return {
      byteLength,
      read: async function* () {
        const piece = Buffer.alloc(1024 * 1024);
        for (let position = 0; position < byteLength;) {
          const wanted = Math.min(piece.length, byteLength - position);
          const { bytesRead } = await readBytes(file, piece, 0, wanted, position);
          if (bytesRead === 0) throw new AppError('desk.storeDamaged');
          yield piece.subarray(0, bytesRead);
          position += bytesRead;
        }
      },
      release: reader.close,
    };
  }

  return {
    freeze,
    close: () => {
      ownKey.fill(0);
      if (descriptor !== null) closeSync(descriptor);
      descriptor = null;
    },
  };
}
