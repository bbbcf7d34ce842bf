import type { Person } from '../contract/schemas/person.ts';
import type { RegisteredRecord } from '../contract/schemas/record.ts';
import type { Connection } from './database.ts';
import { indexedWords, isOfVocabulary, searchWords } from './search-words.ts';
import { sql } from './sql.ts';
import type { StoreContext } from './store-context.ts';

/** The texts by whose words a record is found, column by column. */
function textsOf(record: RegisteredRecord) {
  const people = [record.presenter, ...record.interestedParties];
  return {
    number: [record.recordNumber, String(record.sequence), record.recordNumber.slice(-5)],
    names: people.map((person) => personName(person)),
    identifiers: people.map((person) => person.identifier),
    summary: [record.summary, record.procedureTitle],
  };
}

/** `id`: the record's row. */
export function addRecordWords(connection: Connection, id: number, record: RegisteredRecord): void {
  const { number, names, identifiers, summary } = textsOf(record);
  for (const word of new Set([...names, ...summary].flatMap(searchWords).filter(isOfVocabulary)))
    connection.run(sql`INSERT INTO search_vocabulary (word) VALUES (${word}) ON CONFLICT DO NOTHING`);
  connection.run(sql`INSERT INTO record_search (rowid, number, names, identifiers, summary)
    VALUES (${id}, ${indexedWords(number)}, ${indexedWords(names)}, ${indexedWords(identifiers)}, ${indexedWords(summary)})`);
}

/** Words of its papers, beside its own: what is looked for may stand partly here and partly there. */
export function addPaperWords(
  { connection }: StoreContext,
  id: number,
  record: RegisteredRecord,
  texts: readonly string[],
): void {
  const words = new Set([...Object.values(textsOf(record)).flat(), ...texts].flatMap(searchWords));
  connection.run(sql`INSERT INTO paper_search (rowid, words) VALUES (${id}, ${[...words].join(' ')})`);
}

export function removePaperWords({ connection }: StoreContext, id: number): void {
  connection.run(sql`DELETE FROM paper_search WHERE rowid = ${id}`);
}

export function personName(person: Person): string {
  if (person.personType === 'legal') return person.businessName;
  return [person.givenName, person.surname1, person.surname2].filter((part) => part !== '').join(' ');
}
