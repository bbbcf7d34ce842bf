export type Figure = Readonly<{ name: string; value: number; unit: string; note: string }>;

export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function millisecondsOf(work: () => void): number {
  const before = performance.now();
  work();
  return performance.now() - before;
}

export function printFigure({ name, value, unit, note }: Figure): void {
  const text = value >= 100 ? value.toFixed(0) : value.toFixed(2);
  console.log(`${name}: ${text} ${unit}${note === '' ? '' : ` (${note})`}`);
}
