/** Prefixes of the verification codes in use, so that a person may type a code with or without its own. */
export const codePrefixesMigration = {
  version: 2,
  name: 'code-prefixes',
  script: `
CREATE TABLE code_prefix (prefix text PRIMARY KEY);
CREATE INDEX document_record ON document (record_id, position);
`,
} as const;
