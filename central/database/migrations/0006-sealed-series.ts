/** A series whose desk lost its head (an old copy of its database came back) is granted to nobody again. */
export const sealedSeriesMigration = {
  version: 6,
  name: 'sealed-series',
  script: `
ALTER TABLE series ADD COLUMN sealed_at timestamptz;
`,
} as const;
