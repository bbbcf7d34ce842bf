import { fill } from './0011-search-index.ts';

export const version = 12;

/** The beginnings that all numbers share are words of their own: the index is made again with them. */
export const script = `
INSERT INTO record_search (record_search) VALUES ('delete-all');
DELETE FROM search_vocabulary;
`;

export { fill };
