import { formatOfficialInstant } from '../domain/official-time.ts';
import type { AuditEntry } from '../services/ports/store.ts';
import type { ClockPort } from '../services/ports/surroundings.ts';
import { appendAudit } from './audit-chain.ts';
import type { Connection } from './database.ts';

/** What each part of the store works with. */
export type StoreContext = Readonly<{ connection: Connection; storeId: string; clock: ClockPort }>;

/** One durable write. Its failed commit is an error even if it did commit: what calls it again finds a newer version. */
export function write<Result>(context: StoreContext, work: () => Result): Result {
  return context.connection.transaction(work);
}

export function audit(context: StoreContext, entry: AuditEntry): void {
  appendAudit(context.connection, context.storeId, formatOfficialInstant(context.clock.now()), entry);
}
