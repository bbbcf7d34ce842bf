import { isOpenFlag } from '../../../core/contract/page-flags.ts';
import type { PageView } from '../../../core/contract/schemas/attention.ts';
import type { PageFlag } from '../../../core/contract/schemas/page-flag.ts';
import { codes, t } from '../i18n/i18n.ts';

type Flagged = Pick<PageView, 'flags'>;
export type FlagPlace = Readonly<{ page: number; flag: number }>;

export function hasOpenFlag(page: Flagged): boolean {
  return page.flags.some(isOpenFlag);
}

/** What the machine points out, in a few words; what codes say is read in the collation. */
export function describeFlags(page: Flagged): string {
  const kinds = new Set(page.flags.map(({ kind }) => kind));
  return [...kinds].map((kind) => codes.pageFlag[kind]).join(', ');
}

export function flagSentence(flag: PageFlag, page: Pick<PageView, 'paperMm'>): string {
  return t(`collation.flag.${flag.kind}`, {
    text: flag.text,
    width: Math.round(page.paperMm.width),
    height: Math.round(page.paperMm.height),
  });
}

/**
 * The next flag to look at: the next open one, going round all pages from where the officer is; with none open, the next
 * one of this page whatever it is. Null: the page has none.
 * @param from the page, and the flag that is chosen on it
 */
export function findNextFlag(pages: readonly Flagged[], from: Readonly<{ page: number; flag: number | null }>) {
  const all = pages.flatMap(({ flags }, page) => flags.map((flag, index) => ({ page, flag: index, known: flag })));
  const open = all.filter(({ known }) => isOpenFlag(known));
  const candidates = open.length > 0 ? open : all.filter(({ page }) => page === from.page);
  const isLater = (place: FlagPlace): boolean =>
    place.page > from.page || (place.page === from.page && place.flag > (from.flag ?? -1));
  const next = candidates.find(isLater) ?? candidates[0];
  return next === undefined ? null : { page: next.page, flag: next.flag };
}
