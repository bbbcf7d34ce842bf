/** The number that a record of an emergency book got afterwards; `record_number` keeps the provisional one. */
export const ordinaryNumbersMigration = {
  version: 7,
  name: 'ordinary-numbers',
  script: `
ALTER TABLE record ADD COLUMN ordinary_number text UNIQUE;
`,
} as const;
