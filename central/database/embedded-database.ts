import { setFlagsFromString } from 'node:v8';
import { PGlite } from '@electric-sql/pglite';
import type { Transaction } from '@electric-sql/pglite';
import { createQueries } from './database.ts';
import type { Database, RawQuery } from './database.ts';

// V8 now and then frees a call from WebAssembly that it compiled anew and no longer finds it, which ends the whole process
// (nodejs/node issue 64500, seen with databases that come and go): no call is used often enough to be compiled anew.
setFlagsFromString('--wasm-wrapper-tiering-budget=2147483647');

/** PostgreSQL inside this process, for trying out: it does not reach the disk before it answers. Null: in memory. */
export async function openEmbeddedDatabase(folder: string | null): Promise<Database> {
  const database = await (folder === null ? PGlite.create() : PGlite.create(folder));
  return {
    ...createQueries(rawQuery(database)),
    isDurable: false,
    transaction: (work) =>
      database.transaction((transaction) =>
        work({
          ...createQueries(rawQuery(transaction)),
          runScript: async (script) => void (await transaction.exec(script)),
        }),
      ),
    close: () => database.close(),
  };
}

function rawQuery(client: PGlite | Transaction): RawQuery {
  return async ({ text, parameters }) => {
    const result = await client.query<Record<string, unknown>>(text, [...parameters]);
    return { rows: result.rows, changed: result.affectedRows ?? 0 };
  };
}
