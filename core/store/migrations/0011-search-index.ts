import { z } from 'zod';
import { registeredRecordSchema } from '../../contract/schemas/record.ts';
import type { Connection } from '../database.ts';
import { addRecordWords } from '../record-search.ts';
import { jsonColumn } from '../stored-shapes.ts';
import { sql } from '../sql.ts';

export const version = 11;

/**
 * A beginning of two to four letters has a list of its own. A longer one would be put together anew from the lists of all
 * the words that begin with it, however few records are asked for: the vocabulary tells which words those are, and each
 * has its list.
 */
export const script = `
DROP TABLE record_search;
CREATE VIRTUAL TABLE record_search USING fts5(
  number, names, identifiers, summary,
  tokenize = "ascii", prefix = '2 3 4', content = '', columnsize = 0, detail = none
);

-- Words of five letters or more, without digits, that record_search has or had.
CREATE TABLE search_vocabulary (word TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
`;

const batch = 1_000;
const rowSchema = z.strictObject({
  id: z.int(),
  body: jsonColumn(z.object({ record: registeredRecordSchema })),
});

/** The records that are there already. The index keeps no text of its own: it is made again from the journal. */
export function fill(connection: Connection): void {
  for (let last = 0; ;) {
    const rows = connection.list(
      rowSchema,
      sql`SELECT records.id, body FROM records JOIN journal USING (series_id)
        WHERE journal.sequence = records.journal_sequence AND records.id > ${last} ORDER BY records.id LIMIT ${batch}`,
    );
    for (const { id, body } of rows) addRecordWords(connection, id, body.record);
    if (rows.length < batch) return;
    last = rows.at(-1)?.id ?? last;
  }
}
