/** Which document was looked at or taken at the public page, and when. Of who did it there is nothing. */
export const documentAccessesMigration = {
  version: 12,
  name: 'document-accesses',
  script: `
CREATE TABLE document_access (
  record_id uuid NOT NULL,
  document_id text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('shown', 'file', 'signature')),
  accessed_at timestamptz NOT NULL
);
CREATE INDEX document_access_document ON document_access (record_id, document_id, accessed_at);
`,
} as const;
