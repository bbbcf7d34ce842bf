import { basename, dirname } from 'node:path';
import { AppError } from '../contract/errors.ts';
import type { StoredCheckpoint } from '../services/ports/store.ts';
import { exportAudit } from './audit-export.ts';
import type { AuditExportOptions } from './audit-export.ts';
import { verifyStoredAudit } from './audit-verify.ts';
import type { AuditKeys, AuditVerdict } from './audit-verify.ts';
import { openConnection } from './database.ts';
import { deriveKey, unlockMasterKey } from './master-key.ts';
import type { DeskSecret } from './master-key.ts';
import { readSetting } from './reference-store.ts';

/** The audit of a desk, read without writing anything, also while the program has the desk open. */
export type OpenAudit = Readonly<{
  storeId: string;
  findSetting: (name: string) => string | null;
  verify: (keys: AuditKeys, others: readonly StoredCheckpoint[]) => AuditVerdict;
  export: (options: Omit<AuditExportOptions, 'storeId'>) => Iterable<string>;
  close: () => void;
}>;

/** `path`: `FOLDER/desk.db`. Rejects with `desk.notOpened` (no desk), `desk.passphraseIncorrect`, `desk.storeDamaged`. */
export async function openAudit(path: string, secret: DeskSecret): Promise<OpenAudit> {
  if (basename(path) !== 'desk.db') throw new AppError('desk.notOpened', { reason: 'noDesk' });
  const masterKey = await unlockMasterKey(dirname(path), secret);
  const key = deriveKey(masterKey, 'database');
  masterKey.bytes.fill(0);
  const { storeId } = masterKey;
  try {
    const connection = openConnection({ path, key, readonly: true });
    return {
      storeId,
      findSetting: (name) => readSetting(connection, name),
      verify: (keys, others) => verifyStoredAudit(connection, storeId, keys, others),
      export: (options) => exportAudit(connection, { ...options, storeId }),
      close: connection.close,
    };
  } finally {
    key.fill(0);
  }
}
