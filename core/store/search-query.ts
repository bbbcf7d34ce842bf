import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { recordSummarySchema } from '../contract/schemas/record.ts';
import type { RecordSummary } from '../contract/schemas/record.ts';
import { formatRecordNumber } from '../domain/numbering.ts';
import { addDays, officialMidnight } from '../domain/official-time.ts';
import type { Connection } from './database.ts';
import { evidenceStateColumn, recordStateColumn, syncStateColumn } from './record-states.ts';
import { isOfVocabulary, searchExpression, searchWords, sharedBeginnings, soughtWords } from './search-words.ts';
import { listSeries } from './series-store.ts';
import { sql } from './sql.ts';

/** Dates are official days, both included. */
export const searchQuerySchema = z.strictObject({
  text: z.string().max(400),
  fromDate: z.iso.date().nullable(),
  toDate: z.iso.date().nullable(),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/u)
    .nullable(),
  limit: z.int().min(1).max(500),
});

export const searchPageSchema = z.strictObject({
  records: z.array(recordSummarySchema),
  nextCursor: z.string().nullable(),
});

export type SearchQuery = Readonly<z.infer<typeof searchQuerySchema>>;
export type SearchPage = Readonly<{ records: readonly RecordSummary[]; nextCursor: string | null }>;

const rowSchema = recordSummarySchema.extend({ id: z.int() });
const idSchema = z.strictObject({ id: z.int() });
const wordSchema = z.strictObject({ word: z.string() });
/** More lists than these cost more than gathering what begins so. */
const mostEndings = 48;

/**
 * Newest first. The cursor is the id of the last record shown; ids grow with time, so days are spans of ids and no page
 * costs more than the first. A text without a letter or digit finds everything. `request.invalid`: not a query.
 */
export function searchRecords(connection: Connection, input: SearchQuery): SearchPage {
  const parsed = searchQuerySchema.safeParse(input);
  if (!parsed.success) throw new AppError('request.invalid', {}, { cause: parsed.error });
  const { text, fromDate, toDate, cursor, limit } = parsed.data;
  const first = fromDate === null ? 1 : firstIdFrom(connection, fromDate);
  const lastByDate = toDate === null ? Number.MAX_SAFE_INTEGER : lastIdUntil(connection, toDate);
  const last = cursor === null ? lastByDate : Math.min(lastByDate, Number(cursor) - 1);
  if (first > last) return { records: [], nextCursor: null };

  // Numbers of JavaScript are bound as REAL, and FTS5 goes straight to a rowid only when it is an INTEGER.
  const span = sql`rowid BETWEEN CAST(${first} AS INTEGER) AND CAST(${last} AS INTEGER)`;
  const words = soughtWords(text);
  const inRecords = searchExpression(words, (word) => listEndings(connection, word));
  // With the words of the papers too, of which there are many and for less time: it keeps no vocabulary.
  const inPapers = searchExpression(words);
  const found =
    words.length === 0
      ? sql`SELECT id, 1 AS inRecord FROM records WHERE id BETWEEN ${first} AND ${last} ORDER BY id DESC LIMIT ${limit + 1}`
      : sql`SELECT id, max(inRecord) AS inRecord FROM (
          SELECT * FROM (SELECT rowid AS id, 1 AS inRecord FROM record_search WHERE record_search MATCH ${inRecords}
            AND ${span} ORDER BY rowid DESC LIMIT ${limit + 1})
          UNION ALL
          SELECT * FROM (SELECT rowid, 0 FROM paper_search WHERE paper_search MATCH ${inPapers}
            AND ${span} ORDER BY rowid DESC LIMIT ${limit + 1})
        ) GROUP BY id ORDER BY id DESC LIMIT ${limit + 1}`;
  const rows = connection.list(
    rowSchema,
    sql`SELECT records.id, record_id AS recordId, record_number AS recordNumber, direction, recorded_at AS recordedAt,
        presented_at AS presentedAt, presenter_name AS presenterName, presenter_identifier AS presenterIdentifier,
        procedure_title AS procedureTitle, unit_name AS unitName, summary, document_count AS documentCount,
        ${recordStateColumn} AS state, ${syncStateColumn} AS syncState, ${evidenceStateColumn} AS evidenceState,
        iif(inRecord = 1, 'record', 'papers') AS foundIn
      FROM (${found}) AS found JOIN records ON records.id = found.id ORDER BY records.id DESC`,
  );
  const shown = rows.slice(0, limit);
  return {
    records: shown.map(({ id: _id, ...summary }) => summary),
    nextCursor: rows.length > limit ? String(shown.at(-1)?.id ?? 0) : null,
  };
}

/** The known words that begin so, when they are few enough for a list each; null: ask for the beginning. */
function listEndings(connection: Connection, word: string): readonly string[] | null {
  if (isSharedBeginning(connection, word)) return [word];
  if (!isOfVocabulary(word)) return null;
  const known = connection.list(
    wordSchema,
    sql`SELECT word FROM search_vocabulary WHERE word >= ${word} AND word < ${`${word}\u{10ffff}`} LIMIT ${mostEndings + 1}`,
  );
  if (known.length > mostEndings) return null;
  // A word that no record has finds none.
  return known.length === 0 ? [word] : known.map((row) => row.word);
}

/** All numbers of a series of this desk begin so: they have a list of their own. */
function isSharedBeginning(connection: Connection, word: string): boolean {
  if (!/^(?=.*\d)[\da-z]{5,}$/u.test(word)) return false;
  return listSeries({ connection }).some((series) => {
    const first = formatRecordNumber(series, 1);
    if (first.kind !== 'number') return false;
    return searchWords(first.recordNumber).some((number) => sharedBeginnings(number).includes(word));
  });
}

function firstIdFrom(connection: Connection, date: string): number {
  const epoch = officialMidnight(date).getTime() / 1000;
  const row = connection.find(
    idSchema,
    sql`SELECT id FROM records WHERE recorded_epoch >= ${epoch} ORDER BY recorded_epoch, id LIMIT 1`,
  );
  return row?.id ?? Number.MAX_SAFE_INTEGER;
}

function lastIdUntil(connection: Connection, date: string): number {
  const epoch = officialMidnight(addDays(date, 1)).getTime() / 1000;
  const row = connection.find(
    idSchema,
    sql`SELECT id FROM records WHERE recorded_epoch < ${epoch} ORDER BY recorded_epoch DESC, id DESC LIMIT 1`,
  );
  return row?.id ?? 0;
}
