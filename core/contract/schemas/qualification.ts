import { z } from 'zod';
import { digestSchema, idSchema, instantSchema } from './common.ts';

/** What a scanner is judged by; `core/domain/qualification-rules.ts` has the limits and where they come from. */
export const qualificationCriteria = [
  'resolution',
  'proportions',
  'squareness',
  'straightness',
  'sharpness',
  'noise',
  'lines',
  'contrast',
  'toneCurve',
  'colorCast',
] as const;

/** A column of the sensor that stays dark or light the whole way down. */
export const deadLineSchema = z.strictObject({
  kind: z.enum(['dark', 'light']),
  /** Millimetres from the left edge of the sheet as it lies in the capture. */
  atMm: z.number(),
  widthMm: z.number().nonnegative(),
  /** How far it stands out, in levels of 255. */
  levels: z.number().nonnegative(),
});

/** Figures of one capture of the test sheet. Across: along the sensor; along: in the direction of the feed. */
export const sheetMeasurementSchema = z.strictObject({
  sheetId: z.string().max(40),
  sheetVersion: z.int().positive(),
  /** Dots per inch that the profile asks for, and those found. */
  askedDpi: z.number().positive(),
  dpiAcross: z.number().positive(),
  dpiAlong: z.number().positive(),
  /** As the sheet lay, clockwise positive. No fault of the device. */
  skewDegrees: z.number(),
  shearDegrees: z.number(),
  /** Greatest distance of a mark from where the ends of its side put it. */
  bowMm: z.number().nonnegative(),
  /** Share of half of the sampling rate at which the contrast of the worst edge falls to a tenth (ISO 12233, ISO 19264-1). */
  samplingEfficiency: z.number().nonnegative(),
  /** Cycles a millimetre at which the contrast of the worst edge falls to a half. */
  mtf50: z.number().nonnegative(),
  /** Standard deviation of the lightness L*, the greater one of white and black. */
  noise: z.number().nonnegative(),
  deadLines: z.array(deadLineSchema).max(100),
  /** Mean levels of 255 of bare paper and full black. */
  whiteLevel: z.number(),
  blackLevel: z.number(),
  /** Exponent of the tone curve between them: 1 where the greys come as they were printed. */
  gamma: z.number().positive(),
  /** CIE chroma of the greys; null without colour. */
  chroma: z.number().nonnegative().nullable(),
});

export const criterionResultSchema = z.strictObject({
  criterion: z.enum(qualificationCriteria),
  value: z.number(),
  limit: z.number(),
  /** Which side of the limit is right. */
  rule: z.enum(['atMost', 'atLeast']),
  isPassed: z.boolean(),
});

export type QualificationCriterion = (typeof qualificationCriteria)[number];
export type DeadLine = z.infer<typeof deadLineSchema>;
export type SheetMeasurement = z.infer<typeof sheetMeasurementSchema>;
export type CriterionResult = z.infer<typeof criterionResultSchema>;

/**
 * What tells one device from another: its serial number; where the driver gives none, what it is connected to, so that two of
 * the same model are checked each at its place. Checks of before either was told have neither.
 */
export const qualifiedDeviceSchema = z.strictObject({
  driver: z.string().max(20),
  maker: z.string().max(512),
  model: z.string().max(512),
  serial: z.string().max(200).nullable().default(null),
  connection: z.string().max(1024).nullable().default(null),
});

/** Whether a device may make authentic copies: `failed` may not; `never` and `expired` are told. */
export const qualificationStandingSchema = z.enum(['never', 'passed', 'expired', 'failed']);

export const scannerQualificationSchema = z.strictObject({
  qualificationId: idSchema,
  at: instantSchema,
  officerId: z.string(),
  officerName: z.string(),
  device: qualifiedDeviceSchema,
  profile: z.strictObject({ id: z.string(), version: z.int(), digest: digestSchema, title: z.string() }),
  /** One for each side on which the sheet was found. */
  sheets: z
    .array(
      z.strictObject({
        side: z.enum(['front', 'back']),
        /** Digest of the raw samples that were measured: the same samples give the same figures. */
        rawSha256: digestSchema,
        measurement: sheetMeasurementSchema,
        results: z.array(criterionResultSchema),
      }),
    )
    .min(1),
  verdict: z.enum(['passed', 'failed']),
});

export type QualifiedDevice = z.infer<typeof qualifiedDeviceSchema>;
export type QualificationStanding = z.infer<typeof qualificationStandingSchema>;
export type ScannerQualification = z.infer<typeof scannerQualificationSchema>;
