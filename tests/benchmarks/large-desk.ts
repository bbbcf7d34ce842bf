import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3-multiple-ciphers';
import type { SeriesGrant } from '../../core/contract/sync-protocol.ts';
import { formatOfficialInstant, officialYear } from '../../core/domain/official-time.ts';
import { deriveKey, unlockMasterKey } from '../../core/store/master-key.ts';
import { openDesk } from '../../core/store/open-desk.ts';
import type { OpenDesk } from '../../core/store/open-desk.ts';
import { indexedWords } from '../../core/store/search-words.ts';
import {
  auditEntry,
  createDeskFixture,
  person,
  recordDocument,
  registerInput,
  seriesGrant,
  settableClock,
  sha256Hex,
  storedAttention,
} from '../../core/store/store-fixture.ts';
import type { DeskFixture } from '../../core/store/store-fixture.ts';
import { makePeople } from './made-people.ts';

/*
 * A desk with years of records, kept in a folder from one run to the next. The first of them are registered, receipted,
 * acknowledged and ended by the store itself; the others are those rows again, in the database's own language, each with
 * identifiers, number and time of its own (a million through the register would take the better part of an hour). The
 * bodies of the copies keep the times of the first ones, and their hashes are linked but not recomputed.
 */
export type LargeDesk = Readonly<{
  folder: string;
  open: () => Promise<OpenDesk>;
  buildSeconds: number | null;
  /** A series that numbers at the time of the desk's clock, and is not one of those that filled it. */
  nextSeries: SeriesGrant;
}>;

const perBase = 5_000;
/** What one series holds, 99,999 numbers being its limit. */
const basesOfSeries = 19;
const secondsApart = 315;
const firstInstant = Date.parse('2017-01-02T08:00:00Z');

/** `count`: a multiple of 5,000. */
export async function openLargeDesk(folder: string, count: number): Promise<LargeDesk> {
  const place = join(folder, String(count));
  const buildSeconds = existsSync(place) ? null : await build(place, count / perBase);
  const recoveryKey = readFileSync(join(place, 'recovery-key'), 'utf8');
  const clock = settableClock(instantOf(count).toISOString());
  return {
    folder: join(place, 'desk'),
    open: () => openDesk({ folder: join(place, 'desk'), secret: { kind: 'recoveryKey', recoveryKey }, clock }),
    buildSeconds,
    nextSeries: grantOf(officialYear(instantOf(count)), 'Z'),
  };
}

function instantOf(index: number): Date {
  return new Date(firstInstant + index * secondsApart * 1_000);
}

async function build(place: string, bases: number): Promise<number> {
  const start = performance.now();
  const making = `${place}.new`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  const fixture = await createDeskFixture(making);
  await registerBase(fixture);
  const masterKey = await unlockMasterKey(fixture.folder, fixture.secret);
  const key = deriveKey(masterKey, 'database');
  const database = new Sqlite(join(fixture.folder, 'desk.db'));
  try {
    database.pragma("cipher='sqlcipher'");
    database.key(Buffer.from(`x'${Buffer.from(key).toString('hex')}'`));
    // What is looked up at random stays in memory until it is written.
    database.pragma('cache_size = -4000000');
    repeatBase(database, bases);
    database.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    database.close();
  }
  renameSync(fixture.folder, join(making, 'desk'));
  writeFileSync(join(making, 'recovery-key'), fixture.recoveryKey);
  renameSync(making, place);
  return (performance.now() - start) / 1000;
}

function seriesOf(base: number) {
  const year = officialYear(instantOf(base * perBase));
  const place = Math.floor(base / basesOfSeries);
  const epoch = String.fromCharCode(65 + place);
  return grantOf(year, epoch);
}

function grantOf(year: number, epoch: string): SeriesGrant {
  return seriesGrant({ seriesId: `O00009999-${year % 100}-i-03-${epoch}`, year, epoch });
}

/** As the register, the receipts, the outbox and the retention leave a record with one document. */
async function registerBase({ open, clock }: DeskFixture): Promise<void> {
  const { store } = await open();
  const people = makePeople();
  const grant = seriesOf(0);
  store.putSeries(grant);
  for (let start = 0; start < perBase; start += 500) {
    store.transaction(() => {
      for (let index = start; index < start + 500; index += 1) {
        clock.set(instantOf(index).toISOString());
        const { names, identifier, summary } = people.at(index);
        const presenter = person({ ...names, identifier });
        const attention = storedAttention({ closedAt: formatOfficialInstant(clock.now()), closedAs: 'delivered' });
        store.createAttention({ ...attention, closedAt: null, closedAs: null }, auditEntry);
        const documents = [
          recordDocument({
            documentId: ofBase(randomUUID()),
            sha256: ofBase(sha256Hex(`document ${index}`)),
            eniXmlSha256: ofBase(sha256Hex(`eni ${index}`)),
            signatureLevel: 'B-LTA',
          }),
        ];
        const input = registerInput(attention.attentionId, grant.seriesId, {
          recordId: ofBase(randomUUID()),
          presenter,
          interestedParties: [presenter],
          summary,
          documents,
        });
        const { recordId, recordedAt } = store.register(input);
        const [sha256, eniXmlSha256] = [
          ofBase(sha256Hex(`receipt ${index}`)),
          ofBase(sha256Hex(`receipt's eni ${index}`)),
        ];
        const byteLength = 9_000;
        const blob = { byteLength, mediaType: 'application/pdf', documentId: 'receipt' as const };
        store.appendRecordEvent(
          recordId,
          {
            type: 'receipted',
            at: recordedAt,
            sha256,
            byteLength,
            pageCount: 1,
            eniXmlSha256,
            sicresXmlSha256: eniXmlSha256,
            sealedBy: 'organSeal',
            signatureLevel: 'B-LTA',
          },
          [
            { ...blob, sha256, part: 'document' },
            { ...blob, sha256: eniXmlSha256, part: 'eni' },
          ],
          auditEntry,
        );
        store.updateAttention({ ...attention, recordId, version: 2 }, 1, auditEntry);
      }
    });
  }
  const acknowledgedAt = formatOfficialInstant(clock.now());
  const signature = Buffer.alloc(64, 7).toString('base64');
  store.transaction(() => {
    const entries = store.listUnacknowledgedEntries(grant.seriesId, 2 * perBase);
    store.markEntriesAcknowledged(
      entries.map(({ seriesId, sequence, hash }) => ({
        seriesId,
        sequence,
        hash,
        acknowledgedAt,
        quarantineReasons: [],
        signature,
      })),
    );
    const files = store.listPendingBlobs(4 * perBase);
    store.markBlobsAcknowledged(files.map(({ sha256 }) => ({ sha256, acknowledgedAt, isDurable: true, signature })));
  });
  clock.set(instantOf(10 * perBase).toISOString());
  while (store.endDrafts({ abandoned: clock.now(), delivered: clock.now() }) > 0);
  store.endSentFiles(clock.now());
  store.forgetEndedFiles(store.listEndedFiles(4 * perBase));
  await store.close();
}

/** Identifiers and digests that begin with the number of their base. */
function ofBase(text: string): string {
  return `0000${text.slice(4)}`;
}

/** The tables in an order in which each row finds what it refers to. */
function repeatBase(database: Sqlite.Database, bases: number): void {
  const identifiers = /\b(?:[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b/gu;
  const numbers = /O00009999e\d\d03[A-Z](\d{5})/gu;
  let base = 0;
  // Beside each other in their trees, as what was inserted together: one copy does not write the others' pages again.
  const own = (text: string) => base.toString(16).padStart(4, '0') + text.slice(4);
  const numberOf = (sequence: number) => {
    const { year, epoch } = seriesOf(base);
    return `O00009999e${year % 100}03${epoch}${String(sequence + offset()).padStart(5, '0')}`;
  };
  const offset = () => (base % basesOfSeries) * perBase;
  const later = (epoch: number) => epoch + base * perBase * secondsApart;
  database.function('own', {}, own);
  // The store makes these itself: only a letter that none of them has keeps copies from meeting a first one.
  database.function('own_event', {}, (text: string) => own(`${text.slice(0, 4)}g${text.slice(5)}`));
  database.function('own_text', {}, (text: string) =>
    text.replaceAll(identifiers, own).replaceAll(numbers, (_all, digits: string) => numberOf(Number(digits))),
  );
  database.function('own_number', {}, numberOf);
  database.function('own_instant', {}, (epoch: number) => formatOfficialInstant(new Date(later(epoch) * 1_000)));
  database.function('own_words', {}, (text: string) => indexedWords([text]));

  // Triggers hold for each row what is true of all of these; an index is made faster of all rows at once.
  const parts = database
    .prepare("SELECT type, name, sql FROM sqlite_schema WHERE type IN ('trigger', 'index') AND sql IS NOT NULL")
    .all() as { type: string; name: string; sql: string }[];
  for (const { type, name } of parts) database.exec(`DROP ${type} ${name}`);
  const one = database.prepare('SELECT max(sequence) AS audit FROM audit').get() as { audit: number };
  const ofFirst = `series_id = '${seriesOf(0).seriesId}' AND journal_sequence <= ${2 * perBase}`;
  for (base = 1; base < bases; base += 1) {
    const { seriesId, year, epoch } = seriesOf(base);
    const entries = (base % basesOfSeries) * 2 * perBase;
    const [record, audit] = [base * perBase, base * one.audit];
    database.exec(`BEGIN;
      INSERT INTO series (series_id, office_code, desk_number, year, direction, epoch, template, granted_at, desk_id, signature)
        SELECT '${seriesId}', office_code, desk_number, ${year}, direction, '${epoch}', template, granted_at, desk_id, signature
        FROM series LIMIT 1 ON CONFLICT DO NOTHING;
      INSERT INTO journal (series_id, sequence, previous_hash, hash, body)
        SELECT '${seriesId}', sequence + ${entries}, own(previous_hash), own(hash), own_text(body) FROM journal
        WHERE id <= ${2 * perBase} ORDER BY id;
      INSERT INTO journal_acknowledgements SELECT '${seriesId}', sequence + ${entries}, acknowledged_at, quarantine_reasons, signature
        FROM journal_acknowledgements WHERE series_id = '${seriesOf(0).seriesId}' AND sequence <= ${2 * perBase};
      INSERT INTO records SELECT id + ${record}, own(record_id), own_number(sequence), '${seriesId}', sequence + ${offset()},
          journal_sequence + ${entries}, direction, recorded_epoch + ${later(0)}, own_instant(recorded_epoch),
          own_instant(recorded_epoch), presenter_name, presenter_identifier, procedure_title, unit_name, summary, document_count
        FROM records WHERE id <= ${perBase};
      INSERT INTO record_search (rowid, number, names, identifiers, summary)
        SELECT id, own_words(record_number || ' ' || sequence || ' ' || substr(record_number, -5)), own_words(presenter_name),
          own_words(presenter_identifier), own_words(summary || ' ' || procedure_title)
        FROM records WHERE id > ${record} AND id <= ${record + perBase};
      INSERT INTO record_events SELECT own_event(event_id), record + ${record}, '${seriesId}', journal_sequence + ${entries}, type
        FROM record_events WHERE ${ofFirst};
      INSERT INTO document_versions SELECT record + ${record}, iif(document_id = 'receipt', document_id, own(document_id)), position,
          extends_sha256, own(sha256), byte_length, level, at FROM document_versions WHERE record <= ${perBase};
      INSERT INTO document_evidence SELECT record + ${record}, iif(document_id = 'receipt', document_id, own(document_id)),
          own(sha256), level, state FROM document_evidence WHERE record <= ${perBase};
      INSERT INTO blobs (sha256, byte_length, media_type, acknowledged_at, is_durable, signature, ended_at)
        SELECT own(sha256), byte_length, media_type, acknowledged_at, is_durable, signature, ended_at
        FROM blobs WHERE sha256 < '0001';
      INSERT INTO blob_references SELECT '${seriesId}', journal_sequence + ${entries}, position, own(sha256),
          iif(document_id = 'receipt', document_id, own(document_id)), part, record + ${record}
        FROM blob_references WHERE ${ofFirst};
      INSERT INTO audit SELECT sequence + ${audit}, at, action, officer_id, iif(length(subject_id) = 36, own(subject_id), subject_id),
          details, own(previous_hash), own(hash) FROM audit WHERE sequence <= ${one.audit};
      UPDATE series SET last_sequence = ${offset() + perBase}, last_journal_sequence = ${entries + 2 * perBase},
        acknowledged_sequence = ${entries + 2 * perBase} WHERE series_id = '${seriesId}';
      COMMIT;`);
  }
  for (const { sql } of parts) database.exec(sql);
}
