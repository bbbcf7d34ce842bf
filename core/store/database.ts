import { closeSync, fsyncSync, openSync, readSync, utimesSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3-multiple-ciphers';
import type { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import type { Statement } from './sql.ts';
import { errorCode, toCommitError, toStoreError } from './store-errors.ts';

export const databaseFileName = 'desk.db';

/** `synchronous=FULL`: a commit is on the disk when it returns. */
const synchronousFull = 2;
const busyTimeoutMs = 5000;
const cacheKib = 16 * 1024;
/** A record is some 35 pages: the wait for a checkpoint comes at every hundredth one. */
const checkpointPages = 4000;

/**
 * One connection to the encrypted database. Failures are AppErrors: `desk.diskFull`, `desk.storeDamaged`, and
 * `desk.commitUncertain` for a commit that may be on the disk or not. After such a commit the connection is closed, and each
 * use opens another, which has to make durable all that it finds before anything is read: what only memory holds is never
 * seen. Statements are prepared once. Rows are parsed by the schema that the caller gives.
 */
export type Connection = Readonly<{
  path: string;
  /** How many rows changed. */
  run: (statement: Statement) => number;
  /** The rowid of the inserted row. */
  insert: (statement: Statement) => number;
  find: <Row>(schema: z.ZodType<Row>, statement: Statement) => Row | null;
  list: <Row>(schema: z.ZodType<Row>, statement: Statement) => readonly Row[];
  execute: (script: string) => void;
  pragma: (text: string) => unknown;
  /**
   * Nested ones are part of the outermost. With `findOutcome` a commit that failed is known by its outcome, if it is there after
   * all and durable (4 of 116 were); without it, or with null, it is an error.
   */
  transaction: <Result>(work: () => Result, findOutcome?: () => Result | null) => Result;
  /** Throws where any other use would: for whoever reads beside this connection. */
  requireDurable: () => void;
  close: () => void;
}>;

export type ConnectionOptions = Readonly<{ path: string; key: Uint8Array; readonly?: boolean; mustExist?: boolean }>;

/** Opens and checks the connection. `desk.storeDamaged`: wrong key, altered or missing file. The key is copied. */
export function openConnection(options: ConnectionOptions): Connection {
  const { path } = options;
  const folder = dirname(path);
  const isReadonly = options.readonly ?? false;
  const key = Uint8Array.from(options.key);
  let prepared = new Map<string, Sqlite.Statement>();
  let depth = 0;
  let isDurabilityChecked = false;
  let isClosed = false;
  let database = guard(() => openDatabase({ path, key, isReadonly, mustExist: options.mustExist ?? true }));

  function guard<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      throw toStoreError(error, folder);
    }
  }

  function live(): Sqlite.Database {
    if (!database.open && !isClosed) database = openDatabase({ path, key, isReadonly, mustExist: true });
    return database;
  }

  function prepare(statement: Statement): Sqlite.Statement {
    const current = live();
    let known = prepared.get(statement.text);
    if (known === undefined) {
      known = current.prepare(statement.text);
      prepared.set(statement.text, known);
    }
    return known;
  }

  function step(text: string): void {
    prepare({ text, values: [] }).run();
  }

  /** Another connection, and the log written anew, before anything counts: what memory holds may be on no disk. */
  function settle<Result>(error: unknown, findOutcome: () => Result | null): Result {
    // The mark of a commit is the last that is written: without room for it, there is none.
    if (errorCode(error) === 'SQLITE_FULL') {
      if (database.inTransaction) database.exec('ROLLBACK');
      throw toStoreError(error, folder);
    }
    prepared = new Map();
    isDurabilityChecked = false;
    database.close();
    const outcome = findOutcome();
    if (outcome === null) throw toCommitError(error, folder);
    return outcome;
  }

  function transaction<Result>(work: () => Result, findOutcome: () => Result | null = () => null): Result {
    const isOutermost = depth === 0;
    const mark = `level${depth}`;
    guard(() => step(isOutermost ? 'BEGIN IMMEDIATE' : `SAVEPOINT ${mark}`));
    depth += 1;
    let result: Result;
    try {
      result = work();
    } catch (error) {
      depth -= 1;
      // A full disk ends the whole transaction by itself.
      if (database.inTransaction) database.exec(isOutermost ? 'ROLLBACK' : `ROLLBACK TO ${mark}; RELEASE ${mark}`);
      throw toStoreError(error, folder);
    }
    depth -= 1;
    if (!isOutermost) {
      guard(() => step(`RELEASE ${mark}`));
      return result;
    }
    try {
      step('COMMIT');
      requireWritable(path);
      if (!isDurabilityChecked) checkDurability(database);
    } catch (error) {
      return settle(error, findOutcome);
    }
    isDurabilityChecked = true;
    return result;
  }

  return {
    path,
    run: (statement) => guard(() => prepare(statement).run(...statement.values).changes),
    insert: (statement) => guard(() => Number(prepare(statement).run(...statement.values).lastInsertRowid)),
    find: (schema, statement) => {
      const row = guard(() => prepare(statement).get(...statement.values));
      return row === undefined ? null : parseRow(schema, row);
    },
    list: (schema, statement) =>
      guard(() => prepare(statement).all(...statement.values)).map((row) => parseRow(schema, row)),
    execute: (script) => {
      guard(() => live().exec(script));
    },
    pragma: (text) => guard(() => live().pragma(text, { simple: true })),
    transaction,
    requireDurable: () => {
      guard(live);
    },
    close: () => {
      isClosed = true;
      key.fill(0);
      database.close();
    },
  };
}

/**
 * A file system that gives up (ext4 after an error of its disk) takes no changes from then on, and what was committed in that
 * moment may be read until the next mount and is gone then: Linux 6.18 answered `fdatasync` that all was well 3 of 80 times.
 * The least change tells, and costs some microseconds.
 */
function requireWritable(path: string): void {
  const now = new Date();
  utimesSync(path, now, now);
}

const pieceBytes = 1024 * 1024;

/**
 * Writes the log of SQLite over itself, and syncs it. After a sync that failed Linux has the bytes in memory, takes them for
 * written and syncs no more of them: whoever reads them would go on from a commit that is on no disk, and all that follows it
 * in the log would be lost with it. Before any checkpoint, which would bring parts of such a commit into the database. Nobody
 * else may write.
 */
function writeLogAnew(path: string): void {
  const log = openSync(`${path}-wal`, 'r+');
  try {
    const piece = Buffer.alloc(pieceBytes);
    for (let position = 0; ;) {
      const count = readSync(log, piece, 0, piece.length, position);
      if (count === 0) break;
      for (let written = 0; written < count;)
        written += writeSync(log, piece, written, count - written, position + written);
      position += count;
    }
    fsyncSync(log);
  } finally {
    closeSync(log);
  }
  // SQLite syncs the name of the log as well, and does not say when that fails.
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function openDatabase(
  options: Readonly<{ path: string; key: Uint8Array; isReadonly: boolean; mustExist: boolean }>,
): Sqlite.Database {
  const database = new Sqlite(options.path, {
    readonly: options.isReadonly,
    fileMustExist: options.mustExist,
    timeout: busyTimeoutMs,
  });
  try {
    // Authenticated pages (AES-CBC with HMAC): an altered byte is an error, not another text.
    database.pragma("cipher='sqlcipher'");
    const rawKey = Buffer.from(`x'${Buffer.from(options.key).toString('hex')}'`);
    database.key(rawKey);
    rawKey.fill(0);
    database.pragma('temp_store = MEMORY');
    if (!options.isReadonly) database.pragma('journal_mode = WAL');
    database.pragma(`synchronous = ${synchronousFull}`);
    database.pragma('foreign_keys = ON');
    // Without it, REPLACE removes a row past the triggers that refuse a DELETE.
    database.pragma('recursive_triggers = ON');
    database.pragma('trusted_schema = OFF');
    database.pragma(`cache_size = -${cacheKib}`);
    database.pragma(`wal_autocheckpoint = ${checkpointPages}`);
    // The first page is read here: a wrong key shows now.
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    if (!options.isReadonly) {
      database.exec('BEGIN IMMEDIATE');
      writeLogAnew(options.path);
      requireWritable(options.path);
      database.exec('ROLLBACK');
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Read back after a write: the build's default in WAL is `synchronous=NORMAL`, which loses acknowledged commits in a
 * power cut, and before the first write the pragma says FULL all the same.
 */
function checkDurability(database: Sqlite.Database): void {
  const synchronous = database.pragma('synchronous', { simple: true });
  const journalMode = database.pragma('journal_mode', { simple: true });
  if (synchronous !== synchronousFull || journalMode !== 'wal') {
    throw new AppError('desk.storeDamaged', { synchronous: String(synchronous), journalMode: String(journalMode) });
  }
}

function parseRow<Row>(schema: z.ZodType<Row>, row: unknown): Row {
  const parsed = schema.safeParse(row);
  if (!parsed.success) throw new AppError('desk.storeDamaged', {}, { cause: parsed.error });
  return parsed.data;
}
