/** Which instance looks after the exchange folder at the moment, and until when without another word. */
export const exchangeLeaseMigration = {
  version: 10,
  name: 'exchange-lease',
  script: `
CREATE TABLE exchange_lease (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  holder uuid NOT NULL,
  held_until timestamptz NOT NULL
);
`,
} as const;
