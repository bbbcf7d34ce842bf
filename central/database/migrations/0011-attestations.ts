/** The attestation of the copies (diligencia de digitalización y cotejo) is a document like the others. */
export const attestationsMigration = {
  version: 11,
  name: 'attestations',
  script: `
ALTER TABLE document DROP CONSTRAINT document_role_check;
ALTER TABLE document ADD CONSTRAINT document_role_check
  CHECK (role IN ('application', 'annex', 'consent', 'attestation', 'receipt'));
`,
} as const;
