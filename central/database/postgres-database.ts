import { Pool } from 'pg';
import type { ClientBase } from 'pg';
import { createQueries } from './database.ts';
import type { Database, RawQuery } from './database.ts';

/** PostgreSQL 15 or later. `onProblem` hears of idle connections that break; the pool replaces them. */
export function openPostgres(databaseUrl: string, onProblem: (error: unknown) => void): Database {
  const pool = new Pool({ connectionString: databaseUrl, max: 16, connectionTimeoutMillis: 10_000 });
  pool.on('error', onProblem);
  return {
    ...createQueries(rawQuery(pool)),
    isDurable: true,
    async transaction(work) {
      const client = await pool.connect();
      let isBroken = false;
      try {
        await client.query('BEGIN');
        // A server set to synchronous_commit=off would acknowledge what a power cut takes back.
        await client.query('SET LOCAL synchronous_commit = on');
        const output = await work({
          ...createQueries(rawQuery(client)),
          runScript: async (script) => void (await client.query(script)),
        });
        await client.query('COMMIT');
        return output;
      } catch (error) {
        await client.query('ROLLBACK').catch(() => {
          isBroken = true;
        });
        throw error;
      } finally {
        client.release(isBroken);
      }
    },
    close: () => pool.end(),
  };
}

function rawQuery(client: Pool | ClientBase): RawQuery {
  return async ({ text, parameters }) => {
    const result = await client.query<Record<string, unknown>>(text, [...parameters]);
    return { rows: result.rows, changed: result.rowCount ?? 0 };
  };
}
