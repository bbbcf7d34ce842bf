import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Client } from 'pg';
import { openFolderBlobStore } from '../../central/blobs/folder-blob-store.ts';
import { openPostgres } from '../../central/database/postgres-database.ts';
import { openDataKey } from '../../central/encryption/data-key.ts';
import { journalBodySchema } from '../../core/contract/sync-protocol.ts';
import type { OpenDesk } from '../../core/store/open-desk.ts';
import { listAcknowledged } from './check-desk.ts';

export type CentreStores = Readonly<{ databaseUrl: string; dataFolder: string }>;

/**
 * Compares what a desk believes to be at the centre with what the centre holds, read from its database and its folder: each
 * acknowledged entry once, in order, under the same hash; each record once; the files of complete records whole. With
 * `isDrained`, nothing may be missing at all. Returns what is wrong.
 */
export async function checkCentre(
  { databaseUrl, dataFolder }: CentreStores,
  desk: OpenDesk,
  seriesId: string,
  isDrained: boolean,
): Promise<readonly string[]> {
  const problems: string[] = [];
  const held = await readCentre(databaseUrl, seriesId);
  const acknowledged = listAcknowledged(desk, seriesId);
  const all = desk.store.listEntriesAfter(seriesId, 0, 1_000_000);
  if (isDrained && acknowledged.length !== all.length) problems.push('drained with entries that were not acknowledged');
  for (const [index, { sequence, hash }] of held.entries.entries()) {
    if (sequence !== index + 1) problems.push(`the centre has entry ${sequence} in place ${index + 1}`);
    if (all[index]?.hash !== hash) problems.push(`the centre has another entry ${sequence}`);
  }
  if (held.entries.length < acknowledged.length)
    problems.push(`${acknowledged.length - held.entries.length} acknowledged entries lost`);

  const records = acknowledged.flatMap(({ body }) => {
    const parsed = journalBodySchema.parse(JSON.parse(body));
    return parsed.kind === 'record' ? [parsed.record] : [];
  });
  if (new Set(held.recordIds).size !== held.recordIds.length) problems.push('a record twice at the centre');
  for (const { recordId, sequence } of records)
    if (!held.recordIds.includes(recordId)) problems.push(`record ${sequence} acknowledged and lost`);
  if (held.quarantined > 0) problems.push(`${held.quarantined} entries in quarantine`);

  const database = openPostgres(databaseUrl, () => undefined);
  try {
    const dataKey = await openDataKey(database, dataFolder, null);
    const files = await openFolderBlobStore(join(dataFolder, 'blobs'), dataKey, () => undefined);
    for (const { recordId, sequence, documents } of records) {
      const isComplete = desk.store.findRecord(recordId)?.syncState === 'complete';
      if (isDrained && !isComplete) problems.push(`record ${sequence} not complete after the drain`);
      if (!isComplete) continue;
      for (const digest of documents.flatMap((document) => [document.sha256, document.eniXmlSha256])) {
        const content = await files.read(digest).catch(() => null);
        if (content === null || createHash('sha256').update(content).digest('hex') !== digest)
          problems.push(`file ${digest} of record ${sequence} acknowledged and torn or lost`);
      }
    }
  } finally {
    await database.close();
  }
  return problems;
}

async function readCentre(databaseUrl: string, seriesId: string) {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const entries = await client.query<{ sequence: number; hash: string }>(
      'SELECT sequence, hash FROM entry WHERE series_id = $1 ORDER BY sequence',
      [seriesId],
    );
    const records = await client.query<{ record_id: string }>('SELECT record_id FROM record WHERE series_id = $1', [
      seriesId,
    ]);
    const quarantined = await client.query("SELECT 1 FROM entry WHERE quarantine_reasons <> '[]'::jsonb");
    return {
      entries: entries.rows,
      recordIds: records.rows.map((row) => row.record_id),
      quarantined: quarantined.rows.length,
    };
  } finally {
    await client.end();
  }
}
