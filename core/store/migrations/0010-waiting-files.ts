export const version = 10;

/** Files that a centre holds without being durable: looked for in each round with it, and hardly ever there. */
export const script = `
CREATE INDEX blobs_not_durable ON blobs (sha256) WHERE is_durable = 0;
`;
