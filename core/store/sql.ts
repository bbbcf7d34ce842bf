/** A statement and its values, apart from each other: text goes into SQL only through the template's own literals. */
export type Statement = Readonly<{ text: string; values: readonly SqlValue[] }>;

export type SqlValue = string | number | null | Uint8Array;

/** `sql`SELECT … WHERE id = ${id}`` binds each value; a Statement as a value is put in its place. */
export function sql(strings: TemplateStringsArray, ...values: readonly (SqlValue | Statement)[]): Statement {
  let text = strings[0] ?? '';
  const bound: SqlValue[] = [];
  for (const [index, value] of values.entries()) {
    if (isStatement(value)) {
      text += value.text;
      bound.push(...value.values);
    } else {
      text += '?';
      bound.push(value);
    }
    text += strings[index + 1] ?? '';
  }
  return { text, values: bound };
}

function isStatement(value: SqlValue | Statement): value is Statement {
  return typeof value === 'object' && value !== null && 'text' in value;
}
