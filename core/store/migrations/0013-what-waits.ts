export const version = 13;

/** Whether something of a record waits is asked for each line of a list: these hold only what does. */
export const script = `
CREATE INDEX blobs_unacknowledged ON blobs (sha256) WHERE acknowledged_at IS NULL;
CREATE INDEX evidence_problems ON document_evidence (record) WHERE state = 'problem';
`;
