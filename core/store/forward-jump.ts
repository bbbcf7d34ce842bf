import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { formatOfficialInstant } from '../domain/official-time.ts';
import { findSetting, putSetting } from './reference-store.ts';
import { sql } from './sql.ts';
import { audit, write } from './store-context.ts';
import type { StoreContext } from './store-context.ts';

/** A supervisor's word on a clock that jumped: an instant up to which records may be dated. */
export const acceptedForwardSetting = 'clock.acceptedUntil';

/** Longer than a closed August; a clock that is a year wrong is beyond it. */
const forwardToleranceSeconds = 31 * 24 * 3600;
/** The word is on the clock that the supervisor saw, for as long as the next record takes. */
const wordSeconds = 12 * 3600;

const lastSchema = z.strictObject({ epoch: z.int() });

/** Seconds since 1970 of the last record; null: there is none. */
export function findLastEpoch({ connection }: StoreContext): number | null {
  const last = connection.find(lastSchema, sql`SELECT recorded_epoch AS epoch FROM records ORDER BY id DESC LIMIT 1`);
  return last?.epoch ?? null;
}

export function needsWord(context: StoreContext, last: number, now: number): boolean {
  if (now <= last + forwardToleranceSeconds) return false;
  const accepted = Date.parse(findSetting(context, acceptedForwardSetting) ?? '');
  return !(now * 1000 <= accepted);
}

export function findForwardJump(context: StoreContext): string | null {
  const last = findLastEpoch(context);
  if (last === null || !needsWord(context, last, Math.floor(context.clock.now().getTime() / 1000))) return null;
  return formatOfficialInstant(new Date(last * 1000));
}

export function acceptForwardJump(context: StoreContext, supervisorId: string): void {
  const lastRecordedAt = findForwardJump(context);
  if (lastRecordedAt === null) throw new AppError('request.invalid');
  const now = context.clock.now();
  const { source, uncertaintyMs, offsetMs } = context.clock.reading();
  write(context, () => {
    putSetting(context, acceptedForwardSetting, formatOfficialInstant(new Date(now.getTime() + wordSeconds * 1000)));
    audit(context, {
      action: 'clock.accepted',
      officerId: supervisorId,
      subjectId: null,
      details: {
        lastRecordedAt,
        acceptedAt: formatOfficialInstant(now),
        source,
        ...(uncertaintyMs === null ? {} : { uncertaintyMs }),
        ...(offsetMs === null ? {} : { offsetMs }),
      },
    });
  });
}
