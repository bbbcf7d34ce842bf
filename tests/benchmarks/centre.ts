import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Client } from 'pg';
import { speakWithProcess, startCentreProcess } from '../../central/testing/centre-process.ts';
import { findPostgres, startPostgres } from '../../central/testing/postgresql.ts';
import { enrolTestDesk } from '../../central/testing/test-desk.ts';
import type { TestDesk } from '../../central/testing/test-desk.ts';
import { createTestJournal } from '../../central/testing/test-journal.ts';
import type { TestJournal } from '../../central/testing/test-journal.ts';

/*
 * Records per second from 50 desks at one instance of the centre, a process of its own on a PostgreSQL of its own, while
 * the registry grows. Desks, centre and database share this machine. What fills it is written straight into the tables: one
 * record, two documents, their first versions, the entry with a body of a thousand bytes, its place in the feed.
 */
const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '0,10000,100000' },
    desks: { type: 'string', default: '50' },
    rounds: { type: 'string', default: '3' },
  },
});
const deskCount = Number(values.desks);
const recordsPerRequest = 10;
const requestsPerRound = 4;

const binaries = findPostgres();
if (binaries === null) {
  process.stdout.write('PostgreSQL no está instalado: no se mide.\n');
  process.exit();
}
const cluster = await startPostgres(binaries);
const folder = mkdtempSync(join(tmpdir(), 'ventanilla-centre-'));
const databaseUrl = await cluster.createDatabase();
const running = startCentreProcess(folder, '--database-url', databaseUrl);
const client = new Client({ connectionString: databaseUrl });
try {
  const centre = await speakWithProcess(running);
  await client.connect();
  const desks: { desk: TestDesk; journal: TestJournal; sent: number }[] = [];
  for (let count = 0; count < deskCount; count += 1) {
    const officeCode = `O0000${String(1_000 + Math.floor(count / 5))}`;
    const desk = await enrolTestDesk(centre, officeCode, String(10 + count), new Date());
    desks.push({ desk, journal: createTestJournal(desk.incoming, new Date()), sent: 0 });
  }
  await round(desks);
  let first = 0;
  for (const size of values.sizes.split(',').map(Number)) {
    await grow(size);
    const rates: number[] = [];
    for (let count = 0; count < Number(values.rounds); count += 1) rates.push(await round(desks));
    const median = rates.toSorted((a, b) => a - b)[Math.floor(rates.length / 2)] ?? 0;
    first ||= median;
    const load = loadavg()[0]?.toFixed(1) ?? '';
    process.stdout.write(
      `${String(size).padStart(8)} registros previos: ${median.toFixed(0)} registros/s de ${deskCount} puestos (mediana de ${rates.length}; ${(median / first).toFixed(2)} del primero; carga ${load})\n`,
    );
  }
} finally {
  await client.end();
  await running.end('SIGTERM');
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** Records per second, acknowledged after their commit. */
async function round(desks: { desk: TestDesk; journal: TestJournal; sent: number }[]): Promise<number> {
  for (const { journal } of desks) {
    for (let count = 0; count < recordsPerRequest * requestsPerRound; count += 1) journal.addRecord();
  }
  const start = performance.now();
  await Promise.all(
    desks.map(async (each) => {
      const path = `/api/v1/series/${each.desk.incoming.seriesId}/entries`;
      for (let request = 0; request < requestsPerRound; request += 1) {
        const entries = each.journal.entries.slice(each.sent, each.sent + recordsPerRequest);
        const { status } = await each.desk.post(path, { entries }, { time: new Date() });
        if (status !== 200) throw new Error(`answered ${status}`);
        each.sent += recordsPerRequest;
      }
    }),
  );
  return (desks.length * recordsPerRequest * requestsPerRound * 1_000) / (performance.now() - start);
}

async function grow(size: number): Promise<void> {
  const { rows } = await client.query<{ count: number }>(
    "SELECT count(*)::int AS count FROM entry WHERE series_id = 'filler'",
  );
  const from = (rows[0]?.count ?? 0) + 1;
  if (size < from) return;
  await client.query(`
    INSERT INTO desk (desk_id, office_code, desk_number, public_key, enrolled_at)
      VALUES ('00000000-0000-4000-8000-000000000000', 'O00002000', '99', '', now()) ON CONFLICT DO NOTHING;
    INSERT INTO series (series_id, office_code, desk_number, year, direction, epoch, template, granted_at, desk_id, cursor_hash)
      VALUES ('filler', 'O00002000', '99', 2025, 'incoming', 'A', '', '', '00000000-0000-4000-8000-000000000000', '')
      ON CONFLICT DO NOTHING;
    ALTER TABLE entry DISABLE TRIGGER entry_feed;
    INSERT INTO entry (series_id, sequence, previous_hash, hash, body, accepted_at, quarantine_reasons)
      SELECT 'filler', n, md5(n::text) || md5(n::text), md5(n::text) || md5(n::text),
        decode(repeat(md5(random()::text), 62), 'hex'), now(), '[]' FROM generate_series(${from}, ${size}) AS n;
    ALTER TABLE entry ENABLE TRIGGER entry_feed;
    INSERT INTO feed_item SELECT 'O00002000', n, 'filler', n FROM generate_series(${from}, ${size}) AS n;
    INSERT INTO record SELECT md5('r' || n)::uuid, 'F' || n, 'filler', n, 'O00002000', decode(md5(n::text), 'hex'),
        decode(md5(n::text), 'hex'), 'incoming', '', '2025-01-01T00:00:00+01:00', 'L01502973', 'recorded'
      FROM generate_series(${from}, ${size}) AS n;
    INSERT INTO document (record_id, document_id, position, role, title, code, code_key, eni_id, document_type,
        elaboration_state, created_at, media_type)
      SELECT md5('r' || n)::uuid, d, d::int, 'annex', decode(md5(n::text), 'hex'), decode(md5(n::text), 'hex'),
        md5('c' || n || d) || md5('k' || n || d), 'ES_' || n || '_' || d, 'TD99', 'EE01', '', 'application/pdf'
      FROM generate_series(${from}, ${size}) AS n, unnest(ARRAY['1', '2']) AS d;
    INSERT INTO document_version SELECT md5('r' || n)::uuid, d, 1, md5('s' || n || d) || md5('t' || n || d), 1000, 'B-B', ''
      FROM generate_series(${from}, ${size}) AS n, unnest(ARRAY['1', '2']) AS d;`);
  await client.query('ANALYZE');
  await client.query('CHECKPOINT');
}
