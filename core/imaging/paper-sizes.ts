/** Millimetres, shorter side first. ISO 216 A and B, US letter and legal, folio and the old Spanish stamped paper, ID-1 and ID-3. */
const usualSizes: readonly (readonly [number, number])[] = [
  [297, 420],
  [250, 353],
  [210, 297],
  [215, 315],
  [215.9, 279.4],
  [215.9, 355.6],
  [176, 250],
  [148, 210],
  [105, 148],
  [74, 105],
  [88, 125],
  [53.98, 85.6],
];

const toleranceMm = 3;

/** Whether a sheet has the size of a usual paper or card, in either direction. */
export function isUsualSize(paperMm: Readonly<{ width: number; height: number }>): boolean {
  const short = Math.min(paperMm.width, paperMm.height);
  const long = Math.max(paperMm.width, paperMm.height);
  return usualSizes.some(([a, b]) => Math.abs(short - a) <= toleranceMm && Math.abs(long - b) <= toleranceMm);
}

/** Whether a sheet is as wide as a usual one and longer: two that went through the feeder one over the other. */
export function looksLikeTwoSheets(paperMm: Readonly<{ width: number; height: number }>): boolean {
  const short = Math.min(paperMm.width, paperMm.height);
  const long = Math.max(paperMm.width, paperMm.height);
  return usualSizes.some(
    ([a, b]) => Math.abs(short - a) <= toleranceMm && long > b + 2 * toleranceMm && long < 1.95 * b,
  );
}
