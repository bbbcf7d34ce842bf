import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Client } from 'pg';
import { openFolderBlobStore } from '../../central/blobs/folder-blob-store.ts';
import { openPostgres } from '../../central/database/postgres-database.ts';
import { openDataKey } from '../../central/encryption/data-key.ts';
import type { OpenDesk } from '../../core/store/open-desk.ts';
import { bodyOf, listAcknowledged, listEntries } from './check-desk.ts';

export type CentreStores = Readonly<{ databaseUrl: string; dataFolder: string }>;

type Held = Readonly<{
  entries: readonly Readonly<{ sequence: number; hash: string }>[];
  recordIds: readonly string[];
  quarantined: number;
}>;

/**
 * Compares what a desk believes to be at the centre with what the centre holds, read from its database and its folder: each
 * acknowledged entry once, in order, under the same hash; each record once; the files of complete records whole. With
 * `isDrained`, nothing may be missing at all. Returns what is wrong.
 */
export async function checkCentre(
  { databaseUrl, dataFolder }: CentreStores,
  desk: OpenDesk,
  isDrained: boolean,
): Promise<readonly string[]> {
  const problems: string[] = [];
  const digests = new Set<string>();
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const { seriesId } of desk.store.listSeries()) {
      const held = await readSeries(client, seriesId);
      problems.push(...compareEntries(desk, seriesId, held, isDrained).map((text) => `${seriesId}: ${text}`));
      for (const digest of listComplete(desk, seriesId)) digests.add(digest);
    }
  } finally {
    await client.end();
  }
  if (isDrained) {
    const { records, blobs } = desk.store.countPending();
    if (records + blobs > 0) problems.push(`drained with ${records} records and ${blobs} files that wait`);
  }
  return [...problems, ...(await checkFiles({ databaseUrl, dataFolder }, digests))];
}

function compareEntries(desk: OpenDesk, seriesId: string, held: Held, isDrained: boolean): readonly string[] {
  const problems: string[] = [];
  const all = listEntries(desk, seriesId);
  const acknowledged = listAcknowledged(desk, seriesId);
  const isSealed = desk.store.listSeries().some((series) => series.seriesId === seriesId && series.sealedAt !== null);
  if (isDrained && acknowledged.length !== all.length) problems.push('drained with entries that were not acknowledged');
  for (const [index, { sequence, hash }] of held.entries.entries()) {
    if (sequence !== index + 1) problems.push(`the centre has entry ${sequence} in place ${index + 1}`);
    // A sealed series is one of which the centre may have more than a database that was taken back.
    if (all[index]?.hash !== hash && !(isSealed && index >= all.length))
      problems.push(`the centre has another entry ${sequence}`);
  }
  if (held.entries.length < acknowledged.length)
    problems.push(`${acknowledged.length - held.entries.length} acknowledged entries lost`);
  if (new Set(held.recordIds).size !== held.recordIds.length) problems.push('a record twice at the centre');
  const known = new Set(held.recordIds);
  for (const body of acknowledged.map(bodyOf))
    if (body.kind === 'record' && !known.has(body.record.recordId))
      problems.push(`record ${body.record.recordNumber} acknowledged and lost`);
  if (held.quarantined > 0) problems.push(`${held.quarantined} entries in quarantine`);
  return problems;
}

/** Every file of records of which the desk believes that all is at the centre. */
function listComplete(desk: OpenDesk, seriesId: string): readonly string[] {
  return listAcknowledged(desk, seriesId).flatMap((entry) => {
    const body = bodyOf(entry);
    const recordId = body.kind === 'record' ? body.record.recordId : body.recordId;
    const isComplete = desk.store.findRecord(recordId)?.syncState === 'complete';
    return isComplete ? body.blobs.map(({ sha256 }) => sha256) : [];
  });
}

/** The centre's folder has each of these files whole. */
export async function checkFiles(
  { databaseUrl, dataFolder }: CentreStores,
  digests: ReadonlySet<string>,
): Promise<readonly string[]> {
  const database = openPostgres(databaseUrl, () => undefined);
  try {
    const dataKey = await openDataKey(database, dataFolder, null);
    const files = await openFolderBlobStore(join(dataFolder, 'blobs'), dataKey, () => undefined);
    const problems: string[] = [];
    for (const digest of digests) {
      const content = await files.read(digest).catch(() => null);
      if (content === null || createHash('sha256').update(content).digest('hex') !== digest)
        problems.push(`file ${digest} acknowledged and torn or lost`);
    }
    return problems;
  } finally {
    await database.close();
  }
}

async function readSeries(client: Client, seriesId: string): Promise<Held> {
  const entries = await client.query<{ sequence: number; hash: string; isQuarantined: boolean }>(
    `SELECT sequence, hash, quarantine_reasons <> '[]'::jsonb AS "isQuarantined" FROM entry WHERE series_id = $1
      ORDER BY sequence`,
    [seriesId],
  );
  const records = await client.query<{ record_id: string }>('SELECT record_id FROM record WHERE series_id = $1', [
    seriesId,
  ]);
  return {
    entries: entries.rows,
    recordIds: records.rows.map((row) => row.record_id),
    quarantined: entries.rows.filter(({ isQuarantined }) => isQuarantined).length,
  };
}
