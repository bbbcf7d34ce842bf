import type { DeskStatus } from '../../../core/contract/schemas/desk.ts';
import { formatDateTime, toIsoDate } from '../format/format.ts';
import { t } from '../i18n/i18n.ts';

const uncheckedDays = 7;
const dayMs = 86_400_000;

/** Which version of the catalogues this desk works with, and how old it is. */
export function describeCatalogues({ reference, clock }: DeskStatus): string {
  const { current } = reference;
  if (current === null) return t('line.cataloguesNone');
  const { version, issuedAt } = current;
  const days = daysBetween(issuedAt, clock.officialNow);
  const age = days === 0 ? t('line.today') : t('line.daysAgo', { count: days });
  return t('line.cataloguesOf', { version, date: formatDateTime(issuedAt), age });
}

/** A newer version that came and was not taken; null: there is none. */
export function describeRefusedCatalogues({ reference }: DeskStatus): string | null {
  const { refused } = reference;
  return refused === null ? null : t(`line.refused.${refused.reason}`, { version: refused.version });
}

/** The centre was not asked for so long that they may be out of date. Null: it was. */
export function describeUncheckedCatalogues({ line, clock }: DeskStatus): string | null {
  if (line.lastSyncAt === null) return null;
  const days = daysBetween(line.lastSyncAt, clock.officialNow);
  return days < uncheckedDays ? null : t('line.unchecked', { days });
}

/** Days of the official calendar. */
function daysBetween(earlier: string, later: string): number {
  return Math.max(0, Math.round((Date.parse(toIsoDate(later)) - Date.parse(toIsoDate(earlier))) / dayMs));
}
