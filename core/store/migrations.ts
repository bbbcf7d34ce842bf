import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import type { Connection } from './database.ts';
import * as initial from './migrations/0001-initial.ts';
import * as auditCheckpoints from './migrations/0002-audit-checkpoints.ts';
import * as sealedSeries from './migrations/0003-sealed-series.ts';
import * as emergencyBook from './migrations/0004-emergency-book.ts';
import * as scannerQualifications from './migrations/0005-scanner-qualifications.ts';
import * as keptOriginals from './migrations/0006-kept-originals.ts';
import * as endedFiles from './migrations/0007-ended-files.ts';
import * as pageTexts from './migrations/0008-page-texts.ts';
import * as recovery from './migrations/0009-recovery.ts';
import * as waitingFiles from './migrations/0010-waiting-files.ts';
import * as searchIndex from './migrations/0011-search-index.ts';
import * as sharedBeginnings from './migrations/0012-shared-beginnings.ts';
import * as whatWaits from './migrations/0013-what-waits.ts';

/** `fill`: what the script cannot say of the rows that are there. */
type Migration = Readonly<{ version: number; script: string; fill?: (connection: Connection) => void }>;

/** In order, one file each; a released one is never edited. */
const migrations: readonly Migration[] = [
  initial,
  auditCheckpoints,
  sealedSeries,
  emergencyBook,
  scannerQualifications,
  keptOriginals,
  endedFiles,
  pageTexts,
  recovery,
  waitingFiles,
  searchIndex,
  sharedBeginnings,
  whatWaits,
];

/** Brings the schema up to date, one transaction a step. `desk.storeDamaged`: made by a newer program. */
export function migrate(connection: Connection): void {
  const current = z.int().parse(connection.pragma('user_version'));
  const newest = migrations.at(-1)?.version ?? 0;
  if (current > newest) throw new AppError('desk.storeDamaged', { schemaVersion: current, newestKnown: newest });
  for (const migration of migrations) {
    if (migration.version <= current) continue;
    connection.transaction(() => {
      connection.execute(migration.script);
      migration.fill?.(connection);
      connection.pragma(`user_version = ${migration.version}`);
    });
  }
}
