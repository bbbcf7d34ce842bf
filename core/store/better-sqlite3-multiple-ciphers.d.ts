// The package's own types are not reachable through its export map: this is the part of its API that is used.
declare module 'better-sqlite3-multiple-ciphers' {
  namespace Sqlite {
    type Statement = {
      run(...values: readonly unknown[]): { changes: number; lastInsertRowid: number | bigint };
      get(...values: readonly unknown[]): unknown;
      all(...values: readonly unknown[]): unknown[];
      iterate(...values: readonly unknown[]): IterableIterator<unknown>;
    };
    type Database = {
      readonly open: boolean;
      readonly inTransaction: boolean;
      prepare(text: string): Statement;
      exec(script: string): Database;
      pragma(text: string, options?: { simple?: boolean }): unknown;
      key(key: Buffer): number;
      function(name: string, options: { deterministic?: boolean }, work: (...values: never[]) => unknown): Database;
      close(): Database;
    };
  }
  const Sqlite: new (
    path: string,
    options?: { readonly?: boolean; fileMustExist?: boolean; timeout?: number },
  ) => Sqlite.Database;
  export default Sqlite;
}
