import type { Person } from '../contract/schemas/person.ts';
import type { RegisteredRecord } from '../contract/schemas/record.ts';
import type { Connection } from './database.ts';
import { isOfVocabulary, searchWords } from './search-words.ts';
import { sql } from './sql.ts';
import type { StoreContext } from './store-context.ts';

/** The words by which a record is found, column by column. */
function wordsOf(record: RegisteredRecord) {
  const people = [record.presenter, ...record.interestedParties];
  return {
    number: indexed([record.recordNumber, String(record.sequence), record.recordNumber.slice(-5)]),
    names: indexed(people.map((person) => personName(person))),
    identifiers: indexed(people.map((person) => person.identifier)),
    summary: indexed([record.summary, record.procedureTitle]),
  };
}

/** `id`: the record's row. */
export function addRecordWords(connection: Connection, id: number, record: RegisteredRecord): void {
  const { number, names, identifiers, summary } = wordsOf(record);
  for (const word of new Set(`${names} ${summary}`.split(' ').filter(isOfVocabulary)))
    connection.run(sql`INSERT INTO search_vocabulary (word) VALUES (${word}) ON CONFLICT DO NOTHING`);
  connection.run(sql`INSERT INTO record_search (rowid, number, names, identifiers, summary)
    VALUES (${id}, ${number}, ${names}, ${identifiers}, ${summary})`);
}

/** Words of its papers, beside its own: what is looked for may stand partly here and partly there. */
export function addPaperWords(
  { connection }: StoreContext,
  id: number,
  record: RegisteredRecord,
  texts: readonly string[],
): void {
  const words = indexed([...Object.values(wordsOf(record)), ...texts]);
  connection.run(sql`INSERT INTO paper_search (rowid, words) VALUES (${id}, ${words})`);
}

export function removePaperWords({ connection }: StoreContext, id: number): void {
  connection.run(sql`DELETE FROM paper_search WHERE rowid = ${id}`);
}

function indexed(texts: readonly string[]): string {
  return [...new Set(texts.flatMap((text) => searchWords(text)))].join(' ');
}

export function personName(person: Person): string {
  if (person.personType === 'legal') return person.businessName;
  return [person.givenName, person.surname1, person.surname2].filter((part) => part !== '').join(' ');
}
