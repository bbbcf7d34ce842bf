import { z } from 'zod';
import type { Sql } from './sql.ts';

export type Queries = Readonly<{
  list<Row>(schema: z.ZodType<Row>, statement: Sql): Promise<readonly Row[]>;
  /** The only row, or null. */
  find<Row>(schema: z.ZodType<Row>, statement: Sql): Promise<Row | null>;
  /** Number of rows that were changed. */
  run(statement: Sql): Promise<number>;
}>;

export type DatabaseConnection = Queries &
  Readonly<{
    /** Several statements without parameters, for migrations. */
    runScript(script: string): Promise<void>;
  }>;

/** What the centre needs of PostgreSQL; two drivers carry it. */
export type Database = Queries &
  Readonly<{
    /** False: an acknowledged commit may be lost in a power cut (PGlite does not fsync). */
    isDurable: boolean;
    /** Commits when `work` resolves, rolls back when it rejects. */
    transaction<Output>(work: (connection: DatabaseConnection) => Promise<Output>): Promise<Output>;
    close(): Promise<void>;
  }>;

/** A `bytea`, as either driver gives it. */
export const bytesSchema = z.instanceof(Uint8Array);

/** Rows as a driver gives them. */
export type RawQuery = (statement: Sql) => Promise<Readonly<{ rows: readonly unknown[]; changed: number }>>;

export function createQueries(query: RawQuery): Queries {
  return {
    list: async (schema, statement) => (await query(statement)).rows.map((row) => schema.parse(row)),
    async find(schema, statement) {
      const { rows } = await query(statement);
      return rows.length === 0 ? null : schema.parse(rows[0]);
    },
    run: async (statement) => (await query(statement)).changed,
  };
}
