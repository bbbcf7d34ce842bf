import { sql } from '../database/sql.ts';
import type { Sql } from '../database/sql.ts';
import type { EnrolledDesk } from './request-authentication.ts';

/** Identities of one desk: its own, and former ones at its place in its office under the same recovery key. For a column. */
export function identitiesOf({ deskId, officeCode, deskNumber, recoveryKey }: EnrolledDesk): Sql {
  return sql`(SELECT desk_id FROM desk WHERE desk_id = ${deskId} OR (office_code = ${officeCode}
    AND desk_number = ${deskNumber} AND recovery_key = ${recoveryKey}::text))`;
}
