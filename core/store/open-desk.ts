import { existsSync } from 'node:fs';
import { chmod, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { formatOfficialInstant } from '../domain/official-time.ts';
import type { BlobStore, DeskStore, PageSpool } from '../services/ports/store.ts';
import type { BackUp } from '../services/ports/backup.ts';
import type { ClockPort } from '../services/ports/surroundings.ts';
import { appendAudit } from './audit-chain.ts';
import { noAuditKeys, verifyStoredAudit } from './audit-verify.ts';
import type { AuditVerdict } from './audit-verify.ts';
import { openAnchor } from './anchor.ts';
import { writeBackup } from './backup/write-backup.ts';
import { openBlobStore } from './blob-store.ts';
import { databaseFileName, openConnection } from './database.ts';
import type { Connection } from './database.ts';
import { createDeskStore } from './desk-store.ts';
import { makeFolder, syncFolder } from './durable-file.ts';
import { lockFolder } from './folder-lock.ts';
import { createDatabaseFreezer } from './frozen-database.ts';
import {
  createMasterKey,
  deriveKey,
  keyFileName,
  removeUnfinishedKeyFile,
  saveKeyFile,
  unlockMasterKey,
} from './master-key.ts';
import type { DailySecret, DeskSecret, MasterKey } from './master-key.ts';
import { migrate } from './migrations.ts';
import { openRecoveryIdentity } from './recovery-identity.ts';
import { isAtCentre } from './retention.ts';
import { openPageSpool } from './page-spool.ts';
import { createSearchClient } from './search-client.ts';
import { sql } from './sql.ts';
import { toStoreError } from './store-errors.ts';

/** Where a bundle put the reader worker; from the sources it lies beside this file. */
export type StoreWorkerUrls = Readonly<{ search: URL }>;

export type OpenDesk = Readonly<{
  store: DeskStore;
  blobs: BlobStore;
  spool: PageSpool;
  /** Reads the whole database: every page authenticates. Seconds for a million records. */
  checkDatabase: () => void;
  /** A copy of everything, made while the desk works. */
  backUp: BackUp;
  /** The chain against its checkpoints; whose keys signed them is for `npm run audit` to ask. */
  verifyAudit: () => AuditVerdict;
}>;

/** A key whose desk is not finished: nobody was given its recovery key yet. */
export const unfinishedKeyName = 'key.json.new';

/** A desk was created in the folder, whether it can be opened or not. */
export function deskExists(folder: string): boolean {
  if (existsSync(join(folder, keyFileName))) return true;
  return existsSync(join(folder, databaseFileName)) && !existsSync(join(folder, unfinishedKeyName));
}

/**
 * Makes an encrypted, empty desk. The recovery key is shown once and stored nowhere; a desk that comes back keeps its former
 * one. Passphrase bytes are wiped. `desk.alreadyOpen`: the folder has a desk, or another program is at it. `desk.diskFull`,
 * `desk.recoveryKeyIncorrect`.
 */
export async function createDesk(
  options: Readonly<{ folder: string; secret: DailySecret; clock: ClockPort; recoveryKey?: string }>,
): Promise<Readonly<{ recoveryKey: string }>> {
  const { folder, secret, clock } = options;
  try {
    await makeFolder(folder);
    const lock = lockFolder(folder);
    try {
      return await createLocked(folder, secret, clock, options.recoveryKey ?? null);
    } finally {
      lock.release();
    }
  } catch (error) {
    throw toStoreError(error, folder);
  } finally {
    if (secret.kind === 'passphrase') secret.passphrase.fill(0);
  }
}

/**
 * Opens a desk for one program at a time. Passphrase bytes are wiped. Rejects with `desk.passphraseIncorrect`,
 * `desk.alreadyOpen`, `desk.storeDamaged`, `desk.diskFull`. Ends with `store.close()`.
 */
export async function openDesk(
  options: Readonly<{ folder: string; secret: DeskSecret; clock: ClockPort; workerUrls?: StoreWorkerUrls }>,
): Promise<OpenDesk> {
  const { folder, secret, clock } = options;
  try {
    if (!deskExists(folder)) throw new AppError('desk.notOpened', { reason: 'noDesk' });
    const lock = lockFolder(folder);
    try {
      await removeUnfinishedKeyFile(folder);
      const masterKey = await unlockMasterKey(folder, secret);
      return await openLocked({
        folder,
        masterKey,
        clock,
        workerUrl: options.workerUrls?.search,
        onClose: lock.release,
      });
    } catch (error) {
      lock.release();
      throw error;
    }
  } catch (error) {
    throw toStoreError(error, folder);
  } finally {
    if (secret.kind === 'passphrase') secret.passphrase.fill(0);
  }
}

// The key file's rename is the moment from which the desk exists: whatever came before it is thrown away and made again.
async function createLocked(
  folder: string,
  secret: DailySecret,
  clock: ClockPort,
  known: string | null,
): Promise<Readonly<{ recoveryKey: string }>> {
  if (deskExists(folder)) throw new AppError('desk.alreadyOpen', { reason: 'exists' });
  for (const name of [databaseFileName, `${databaseFileName}-wal`, `${databaseFileName}-shm`, unfinishedKeyName]) {
    await rm(join(folder, name), { force: true });
  }
  const { masterKey, keyFile, recoveryKey } = await createMasterKey(secret, known);
  const databaseKey = deriveKey(masterKey, 'database');
  try {
    await saveKeyFile(folder, unfinishedKeyName, keyFile);
    const connection = openConnection({ path: join(folder, databaseFileName), key: databaseKey, mustExist: false });
    try {
      const { publicKey } = openRecoveryIdentity(recoveryKey);
      prepareDatabase(connection, masterKey.storeId, formatOfficialInstant(clock.now()), publicKey);
    } finally {
      connection.close();
    }
    await chmod(join(folder, databaseFileName), 0o600);
    await rename(join(folder, unfinishedKeyName), join(folder, keyFileName));
    await syncFolder(folder).catch(async (error: unknown) => {
      // A desk whose recovery key nobody is given must not be.
      await rename(join(folder, keyFileName), join(folder, unfinishedKeyName));
      throw error;
    });
    return { recoveryKey };
  } finally {
    masterKey.bytes.fill(0);
    databaseKey.fill(0);
  }
}

type OpenLocked = Readonly<{
  folder: string;
  masterKey: MasterKey;
  clock: ClockPort;
  workerUrl: URL | undefined;
  onClose: () => void;
}>;

async function openLocked({ folder, masterKey, clock, workerUrl, onClose }: OpenLocked): Promise<OpenDesk> {
  const { storeId } = masterKey;
  const path = join(folder, databaseFileName);
  const databaseKey = deriveKey(masterKey, 'database');
  const blobKeys = { wrapping: deriveKey(masterKey, 'blobs'), names: deriveKey(masterKey, 'blob-names') };
  const anchorKey = deriveKey(masterKey, 'anchor');
  const backupKey = deriveKey(masterKey, 'backup');
  masterKey.bytes.fill(0);
  try {
    const connection = openConnection({ path, key: databaseKey });
    try {
      migrate(connection);
      checkStore(connection, storeId);
      const context = { connection, storeId, clock };
      const anchor = await openAnchor(context, folder, anchorKey);
      const blobs = await openBlobStore(join(folder, 'blobs'), blobKeys);
      const searchClient = createSearchClient({
        path,
        key: databaseKey,
        workerUrl: workerUrl ?? new URL('./search-worker.ts', import.meta.url),
      });
      const freezer = createDatabaseFreezer(connection, databaseKey);
      const store = createDeskStore(context, { searchClient, anchor }, () => {
        freezer.close();
        anchorKey.fill(0);
        backupKey.fill(0);
        blobKeys.wrapping.fill(0);
        blobKeys.names.fill(0);
        onClose();
      });
      return {
        store,
        blobs: {
          ...blobs,
          get: (digest) =>
            blobs.get(digest).catch((error: unknown) => {
              const isEnded =
                error instanceof AppError && error.code === 'blob.notFound' && isAtCentre(context, digest);
              throw isEnded ? new AppError('blob.atCentre', {}, { cause: error }) : error;
            }),
        },
        spool: openPageSpool(folder, blobKeys),
        backUp: (options) => writeBackup({ folder, storeId, freezer, key: backupKey }, clock.now(), options),
        checkDatabase: () => {
          if (connection.pragma('integrity_check') !== 'ok') throw new AppError('desk.storeDamaged');
        },
        verifyAudit: () => verifyStoredAudit(connection, storeId, noAuditKeys),
      };
    } catch (error) {
      connection.close();
      throw error;
    }
  } finally {
    databaseKey.fill(0);
  }
}

function prepareDatabase(connection: Connection, storeId: string, createdAt: string, recoveryPublicKey: string): void {
  migrate(connection);
  connection.transaction(() => {
    connection.run(sql`INSERT INTO store_state (id, store_id, created_at) VALUES (1, ${storeId}, ${createdAt})`);
    connection.run(sql`INSERT INTO settings (name, value) VALUES ('desk.recoveryPublicKey', ${recoveryPublicKey})`);
    appendAudit(connection, storeId, createdAt, {
      action: 'desk.created',
      officerId: null,
      subjectId: null,
      details: {},
    });
  });
}

// The write makes the connection check that what it commits is durable.
export function checkStore(connection: Connection, storeId: string): void {
  const state = connection.find(
    z.strictObject({ storeId: z.string() }),
    sql`SELECT store_id AS storeId FROM store_state`,
  );
  if (state?.storeId !== storeId) throw new AppError('desk.storeDamaged', { reason: 'another desk' });
  connection.transaction(() => connection.run(sql`UPDATE store_state SET open_count = open_count + 1`));
}
