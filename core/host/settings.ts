import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { AppError } from '../contract/errors.ts';
import { networkScannersSchema } from '../contract/schemas/network-scanners.ts';
import { usualLineRules } from '../services/line-rules.ts';

/** Hexadecimal digits of an answer to reset, `.` for any digit, `.*` for any number of them, `^` and `$` for its ends. */
const answerToResetPattern = z.string().regex(/^\^?(?:[0-9A-F.]|\.\*){4,80}\$?$/u);

const hourSchema = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/u);

/**
 * What an administrator (or the demonstration) sets for a desk, in one JSON file. Nothing in it is secret: keys and
 * personal data live in the encrypted store.
 */
export const hostSettingsSchema = z.strictObject({
  dataFolder: z.string().min(1),
  exportFolder: z.string().min(1),
  logFolder: z.string().min(1),
  desk: z.strictObject({
    isDemonstration: z.boolean(),
    officeCode: z.string(),
    deskNumber: z.string(),
    extraEmployeePolicies: z.array(z.string()),
    profileAdministrators: z.array(z.string()).default([]),
    timestampUrls: z.array(z.url()),
    verificationCodePrefix: z.string().regex(/^[A-Z]{2,8}$/u),
    verificationCodeRegulation: z.string(),
    /** Days that files stay once the centre holds them durably; null: for ever. Receipts stay in any case. */
    keepSentDays: z.int().min(1).nullable().default(null),
    /** Copies of the whole desk by themselves: an absolute folder on another disk, and every how many hours. */
    backup: z
      .strictObject({ folder: z.string().min(1), everyHours: z.int().min(1).max(720) })
      .nullable()
      .default(null),
    /** What the line to the centre may carry (core/services/line-rules.ts). */
    line: z
      .strictObject({
        uploadKbps: z.int().min(16).max(1_000_000).nullable().default(usualLineRules.uploadKbps),
        uploadHours: z
          .strictObject({ from: hourSchema, until: hourSchema })
          .nullable()
          .default(usualLineRules.uploadHours),
        meteredFileBytes: z.int().nonnegative().default(usualLineRules.meteredFileBytes),
      })
      .prefault({}),
  }),
  centreUrl: z.url(),
  /** Time servers of the office, `host` or `host:port` (NTP); three let one lie. None: the machine's own clock. */
  timeServers: z.array(z.string().regex(/^[\w.:[\]-]{1,200}$/u)).default([]),
  /**
   * PKCS#11 modules by hand, in order of preference; null: those of the table of known cards that this machine has
   * (docs/cards.md). `answersToReset`: patterns, in upper-case hexadecimal, of the cards that a module is to serve.
   */
  cardModules: z
    .array(
      z.strictObject({
        path: z.string(),
        environment: z.record(z.string(), z.string()),
        watch: z.enum(['readers', 'poll']),
        answersToReset: z.array(answerToResetPattern).optional(),
      }),
    )
    .nullable(),
  /** Added to the environment of the scanner bridge, such as `SANE_CONFIG_DIR`. */
  scannerEnvironment: z.record(z.string(), z.string()),
  networkScanners: networkScannersSchema,
  /**
   * Tesseract, which reads the text of papers; null: nothing reads it. `languages`: as Tesseract names them, such as
   * `spa+cat+glg+eus`; each makes a page slower. `dataFolder`: of the languages, null for the program's own.
   */
  textRecognition: z
    .strictObject({
      program: z.string().min(1).default('tesseract'),
      languages: z
        .string()
        .regex(/^\w{3,20}(?:\+\w{3,20}){0,7}$/u)
        .default('spa'),
      dataFolder: z.string().min(1).nullable().default(null),
    })
    .nullable()
    .prefault({}),
});

export type HostSettings = z.infer<typeof hostSettingsSchema>;

/** What the settings add to the environment of the scanner bridge, whose helpers inherit it. */
export function scannerEnvironmentOf(settings: HostSettings): Readonly<Record<string, string>> {
  return {
    ...settings.scannerEnvironment,
    VENTANILLA_NETWORK_SCANNERS: JSON.stringify(settings.networkScanners),
  };
}

/** Throws `request.invalid` with the path of the first wrong field. */
export function readHostSettings(file: string): HostSettings {
  const parsed = hostSettingsSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new AppError('request.invalid', { field: parsed.error.issues[0]?.path.join('.') ?? '' });
  return parsed.data;
}
