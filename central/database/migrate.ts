import { z } from 'zod';
import type { Database } from './database.ts';
import { registryMigration } from './migrations/0001-registry.ts';
import { codePrefixesMigration } from './migrations/0002-code-prefixes.ts';
import { sealUsesMigration } from './migrations/0003-seal-uses.ts';
import { rateLimitsMigration } from './migrations/0004-rate-limits.ts';
import { auditCheckpointsMigration } from './migrations/0005-audit-checkpoints.ts';
import { sealedSeriesMigration } from './migrations/0006-sealed-series.ts';
import { ordinaryNumbersMigration } from './migrations/0007-ordinary-numbers.ts';
import { feedMigration } from './migrations/0008-feed.ts';
import { exchangesMigration } from './migrations/0009-exchanges.ts';
import { exchangeLeaseMigration } from './migrations/0010-exchange-lease.ts';
import { attestationsMigration } from './migrations/0011-attestations.ts';
import { documentAccessesMigration } from './migrations/0012-document-accesses.ts';
import { recoveryKeysMigration } from './migrations/0013-recovery-keys.ts';
import { revocationsMigration } from './migrations/0014-revocations.ts';
import { sql } from './sql.ts';

type Migration = Readonly<{ version: number; name: string; script: string }>;

export const migrations: readonly Migration[] = [
  registryMigration,
  codePrefixesMigration,
  sealUsesMigration,
  rateLimitsMigration,
  auditCheckpointsMigration,
  sealedSeriesMigration,
  ordinaryNumbersMigration,
  feedMigration,
  exchangesMigration,
  exchangeLeaseMigration,
  attestationsMigration,
  documentAccessesMigration,
  recoveryKeysMigration,
  revocationsMigration,
];
// Any number will do, as long as every instance of the centre asks for the same one.
const migrationLock = 7_264_501;

/**
 * Brings the schema up to date, each migration whole or not at all. Instances that start together wait for one another.
 * A schema from a newer centre throws: this program does not know what it would break.
 */
export async function migrate(database: Database): Promise<void> {
  await database.transaction(async (connection) => {
    // PGlite has one connection, and takes the same lock without harm.
    await connection.find(z.unknown(), sql`SELECT pg_advisory_xact_lock(${migrationLock}::int)::text`);
    await connection.runScript(
      'CREATE TABLE IF NOT EXISTS schema_migration (version integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())',
    );
    const applied = await connection.list(z.object({ version: z.int() }), sql`SELECT version FROM schema_migration`);
    const newest = Math.max(0, ...applied.map(({ version }) => version));
    if (newest > migrations.length) throw new Error(`database schema ${newest} is newer than this program`);
    for (const { version, name, script } of migrations.filter((migration) => migration.version > newest)) {
      await connection.runScript(script);
      await connection.run(sql`INSERT INTO schema_migration (version, name) VALUES (${version}, ${name})`);
    }
  });
}
