import type { PageFlag } from '../contract/schemas/page-flag.ts';
import type { OptimizedPage } from './ports/imaging.ts';

const longestCode = 4000;

/** What the machine points out on a page, the gravest first, unanswered: with its place where it has one. */
export function flagsOf(page: Pick<OptimizedPage, 'warnings' | 'zones' | 'codes'>): PageFlag[] {
  const zones = page.zones.map(({ kind, placeMm }): PageFlag => ({ kind, placeMm, text: '', answer: null }));
  const placed = new Set<string>(page.zones.map(({ kind }) => kind));
  const whole = page.warnings
    .filter((kind) => !placed.has(kind))
    .map((kind): PageFlag => ({ kind, placeMm: null, text: '', answer: null }));
  const codes = page.codes.map(({ text, cornersMm }): PageFlag => {
    const xs = cornersMm.map(({ x }) => x);
    const ys = cornersMm.map(({ y }) => y);
    const x = Math.min(...xs);
    const y = Math.min(...ys);
    const placeMm = { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
    return { kind: 'code', placeMm, text: text.slice(0, longestCode), answer: null };
  });
  return [...zones, ...whole, ...codes];
}
