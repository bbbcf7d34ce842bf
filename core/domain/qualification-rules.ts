import type {
  CriterionResult,
  QualificationCriterion,
  QualificationStanding,
  ScannerQualification,
  SheetMeasurement,
} from '../contract/schemas/qualification.ts';

type Limit = Readonly<{ rule: CriterionResult['rule']; limit: number }>;

/**
 * What a counter's scanner must reach to make authentic copies. Levels of ISO 19264-1:2021 and stars of FADGI 2023, where
 * they have a figure; the sheet is printed on any laser printer, so that the printer's own errors are allowed for.
 */
const limits = {
  /** Percent off the asked resolution. A copy keeps the size of the paper by ±0.5 % (NTI IV.3.a); 0.3 % are the printer's. */
  resolution: { rule: 'atMost', limit: 0.8 },
  /** Percent by which both directions differ: 1.8 mm on the long side of an A4. */
  proportions: { rule: 'atMost', limit: 0.6 },
  /** Degrees off the right angle: 1.5 mm at the end of an A4. */
  squareness: { rule: 'atMost', limit: 0.3 },
  /** Millimetres off the straight line: 0.25 % of the long side; ISO 19264-1 level C allows more, text lines do not. */
  straightness: { rule: 'atMost', limit: 0.7 },
  /** Percent. FADGI: one star 60; ISO level C asks 70 of a target whose edges are sharper than printed ones. */
  sharpness: { rule: 'atLeast', limit: 60 },
  /** L*. FADGI two stars 3 (ISO level C 2.2): office paper and toner are not smooth, and drivers sharpen their grain. */
  noise: { rule: 'atMost', limit: 3 },
  lines: { rule: 'atMost', limit: 0 },
  /** Levels of 255 between paper and black: with less, faint pencil goes with the background. sRGB data taken for linear have less. */
  contrast: { rule: 'atLeast', limit: 170 },
  /** Exponent of the greys. Screens of laser printers make it 0.5 to 1.2; linear data taken for sRGB are above 1.8. */
  toneCurve: { rule: 'atMost', limit: 1.6 },
  /** CIE chroma. FADGI one star 8 (ISO level C 5): office paper is brightened and a little blue itself. */
  colorCast: { rule: 'atMost', limit: 8 },
} as const satisfies Readonly<Record<QualificationCriterion, Limit>>;

/** Columns that stand out by fewer levels of 255 than this are the grain of paper and toner. */
export const deadLineLevels = 16;

/** Each criterion with its figure, those that the capture has no figure for left out. */
export function judgeMeasurement(measurement: SheetMeasurement): readonly CriterionResult[] {
  const { askedDpi, dpiAcross, dpiAlong, gamma, chroma } = measurement;
  const figures: Readonly<Record<QualificationCriterion, number | null>> = {
    resolution: Math.abs(Math.sqrt(dpiAcross * dpiAlong) / askedDpi - 1) * 100,
    proportions: Math.abs(dpiAlong / dpiAcross - 1) * 100,
    squareness: Math.abs(measurement.shearDegrees),
    straightness: measurement.bowMm,
    sharpness: measurement.samplingEfficiency * 100,
    noise: measurement.noise,
    lines: measurement.deadLines.length,
    contrast: measurement.whiteLevel - measurement.blackLevel,
    toneCurve: gamma,
    colorCast: chroma,
  };
  const results: CriterionResult[] = [];
  for (const [criterion, { rule, limit }] of entriesOf(limits)) {
    const figure = figures[criterion];
    if (figure === null) continue;
    const value = Math.round(figure * 100) / 100;
    results.push({ criterion, value, limit, rule, isPassed: rule === 'atMost' ? value <= limit : value >= limit });
  }
  return results;
}

const dayMs = 24 * 60 * 60 * 1000;

/**
 * How a device stands by its last qualification.
 * @param validDays of the profile or profiles in use; undefined where none says how often
 */
export function standingOf(
  last: ScannerQualification | null,
  validDays: number | undefined,
  now: Date,
): QualificationStanding {
  if (last === null) return 'never';
  if (last.verdict === 'failed') return 'failed';
  const isExpired = validDays !== undefined && now.getTime() - Date.parse(last.at) > validDays * dayMs;
  return isExpired ? 'expired' : 'passed';
}

function entriesOf(
  record: Readonly<Record<QualificationCriterion, Limit>>,
): readonly (readonly [QualificationCriterion, Limit])[] {
  return Object.entries(record) as [QualificationCriterion, Limit][];
}
