/** Text that is HTML already: only `html` makes it, so that nothing reaches a page without being escaped. */
export type Html = Readonly<{ markup: string }>;

type Part = string | number | Html | readonly Html[] | null;

/** `` html`<p>${text}</p>` `` escapes what is put in; pieces of HTML and lists of them go in as they are. */
export function html(parts: TemplateStringsArray, ...values: readonly Part[]): Html {
  const markup = parts.map((part, index) => part + write(values[index] ?? null)).join('');
  return { markup };
}

function write(value: Part): string {
  if (value === null) return '';
  if (typeof value === 'string' || typeof value === 'number') return escape(String(value));
  return 'markup' in value ? value.markup : value.map(({ markup }) => markup).join('');
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
