/** A statement with its parameters apart: values never become text of the statement. */
export type Sql = Readonly<{ text: string; parameters: readonly SqlValue[] }>;
export type SqlValue = string | number | boolean | Date | Uint8Array | null;

/** `` sql`SELECT … WHERE id = ${id}` ``; another `sql` may be placed inside. */
export function sql(parts: TemplateStringsArray, ...values: readonly (SqlValue | Sql)[]): Sql {
  const parameters: SqlValue[] = [];
  let text = parts[0] ?? '';
  values.forEach((value, index) => {
    if (isSql(value)) {
      text += value.text.replaceAll(/\$(\d+)/gu, (_match, place: string) => `$${Number(place) + parameters.length}`);
      parameters.push(...value.parameters);
    } else {
      parameters.push(value);
      text += `$${parameters.length}`;
    }
    text += parts[index + 1] ?? '';
  });
  return { text, parameters };
}

function isSql(value: SqlValue | Sql): value is Sql {
  return typeof value === 'object' && value !== null && 'parameters' in value;
}
