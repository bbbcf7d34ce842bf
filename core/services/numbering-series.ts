import { isEmergencyBook } from '../domain/numbering.ts';
import type { DeskStore } from './ports/store.ts';

export type NumberingSeries = ReturnType<DeskStore['listSeries']>[number];

/**
 * The series for incoming entries of an official year: the newest that the centre granted and that may number, else the
 * emergency book (norms 02d §3). Null: not even that.
 */
export function findNumberingSeries(store: DeskStore, year: number): NumberingSeries | null {
  const open = store
    .listSeries()
    .filter(({ direction, isHalted, sealedAt }) => direction === 'incoming' && !isHalted && sealedAt === null);
  const ordinary = open.filter((series) => !isEmergencyBook(series) && series.year === year);
  return newest(ordinary) ?? newest(open.filter((series) => isEmergencyBook(series)));
}

function newest(series: readonly NumberingSeries[]): NumberingSeries | null {
  return series.toSorted((a, b) => (a.epoch < b.epoch ? 1 : -1))[0] ?? null;
}
