import type { Place } from './at-rest.ts';

/* PostgreSQL gives UUIDs back in lower case, however they were written. */

export function entryPlace(seriesId: string, sequence: number): Place {
  return { table: 'entry', column: 'body', row: [seriesId, sequence] };
}

export function recordPlace(recordId: string, column: 'office_name' | 'body_name'): Place {
  return { table: 'record', column, row: [recordId.toLowerCase()] };
}

export function documentPlace(recordId: string, documentId: string, column: 'title' | 'code'): Place {
  return { table: 'document', column, row: [recordId.toLowerCase(), documentId] };
}

/** `what`: the name of a file that goes, or `reason`. */
export function exchangePlace(exchangeId: string, what: string): Place {
  return { table: 'exchange', column: 'content', row: [exchangeId, what] };
}

export function referencePlace(version: number): Place {
  return { table: 'reference_version', column: 'data', row: [version] };
}

export function revocationPlace(revocationId: string, column: 'revoked_by' | 'reason'): Place {
  return { table: 'revocation', column, row: [revocationId.toLowerCase()] };
}
