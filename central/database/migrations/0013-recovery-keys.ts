/**
 * The public half of what a desk's recovery key signs with. A desk that comes back under another identity proves with it that
 * it is the same one: only then does it get back what its former identity sent.
 */
export const recoveryKeysMigration = {
  version: 13,
  name: 'recovery-keys',
  script: `
ALTER TABLE desk ADD COLUMN recovery_key text;
`,
} as const;
