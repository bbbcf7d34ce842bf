import { z } from 'zod';
import { dir3Schema, documentTypeSchema } from './common.ts';
import { scanProfileSchema } from './scan-profile.ts';

/** Reference data comes down from the centre, signed and versioned; a desk starts with what it has. */
export const officerSchema = z.strictObject({
  officerId: z.string().min(1).max(40),
  nif: z.string().max(20),
  /** Staff number (NRP), printed instead of the NIF. */
  staffNumber: z.string().max(40),
  givenName: z.string().max(60),
  surname1: z.string().max(60),
  surname2: z.string().max(60),
  post: z.string().max(120),
  unitCode: dir3Schema,
  unitName: z.string().max(120),
  isActive: z.boolean(),
  /** Career official: art. 12.2 Ley 39/2015 speaks of «funcionario público». */
  isCivilServant: z.boolean(),
  /** Enabled to identify and sign for citizens (art. 43 of the ordinance). */
  mayActForCitizens: z.boolean(),
  /** Enabled to issue authentic copies (art. 54). */
  mayIssueCopies: z.boolean(),
  mayUnlockSeal: z.boolean(),
  isSupervisor: z.boolean(),
});

export const officeSchema = z.strictObject({
  officeCode: dir3Schema,
  name: z.string().max(120),
  /** Body that the office belongs to, DIR3. */
  bodyCode: dir3Schema,
  bodyName: z.string().max(120),
  address: z.string().max(160),
  /** Address where codes are verified (art. 56.3), printed on every page. */
  verificationUrl: z.url(),
});

export const unitSchema = z.strictObject({
  unitCode: dir3Schema,
  name: z.string().max(120),
  parentCode: dir3Schema.nullable(),
  state: z.enum(['current', 'extinct', 'transitory', 'annulled']),
  successorCode: dir3Schema.nullable(),
});

export const procedureSchema = z.strictObject({
  procedureId: z.string().min(1).max(40),
  siaCode: z.string().max(20).nullable(),
  title: z.string().min(1).max(200),
  unitCode: dir3Schema,
  isElectronicOnly: z.boolean(),
  requiredDocuments: z.array(z.strictObject({ title: z.string().max(120), documentType: documentTypeSchema })),
  deadline: z.string().max(160).nullable(),
  silence: z.enum(['positive', 'negative', 'none']),
});

export const calendarSchema = z.strictObject({
  year: z.int().min(2020).max(2100),
  /** Non-working days besides Saturdays and Sundays (art. 30.2 Ley 39/2015; ordinance art. 67). */
  nonWorkingDays: z.array(
    z.strictObject({ date: z.iso.date(), title: z.string().max(80), scope: z.enum(['national', 'regional', 'local']) }),
  ),
});

export const referenceKinds = [
  'officers',
  'offices',
  'units',
  'procedures',
  'calendars',
  'scanProfiles',
  'trustAnchors',
] as const;

export const referenceDataSchema = z.strictObject({
  officers: z.array(officerSchema),
  offices: z.array(officeSchema),
  units: z.array(unitSchema),
  procedures: z.array(procedureSchema),
  calendars: z.array(calendarSchema),
  scanProfiles: z.array(scanProfileSchema),
  /** PEM certificates that sign-in and verification trust. */
  trustAnchors: z.array(z.string()),
});

/**
 * From one state of a kind to another: first what is removed and what is put goes out of its place, then each item that is put
 * comes behind `after`, in their order. Items are told apart by their identifier or code, calendars by their year, trust
 * anchors by their text; `after` null: at the head.
 */
function itemChangesSchema<Item extends z.ZodType>(item: Item) {
  return z.strictObject({
    removed: z.array(z.string()),
    put: z.array(z.strictObject({ after: z.string().nullable(), item })),
  });
}

export const referenceChangesSchema = z.strictObject({
  officers: itemChangesSchema(officerSchema),
  offices: itemChangesSchema(officeSchema),
  units: itemChangesSchema(unitSchema),
  procedures: itemChangesSchema(procedureSchema),
  calendars: itemChangesSchema(calendarSchema),
  scanProfiles: itemChangesSchema(scanProfileSchema),
  trustAnchors: itemChangesSchema(z.string()),
});

/** Why a desk does not take reference data: not signed by its centre, or not to be understood by its program. */
export const referenceRefusalReasonSchema = z.enum(['signature', 'content']);

export type ItemChanges<Item> = Readonly<{
  removed: readonly string[];
  put: readonly Readonly<{ after: string | null; item: Item }>[];
}>;
export type ReferenceChanges = z.infer<typeof referenceChangesSchema>;
export type ReferenceRefusalReason = z.infer<typeof referenceRefusalReasonSchema>;
export type Officer = z.infer<typeof officerSchema>;
export type Office = z.infer<typeof officeSchema>;
export type Unit = z.infer<typeof unitSchema>;
export type Procedure = z.infer<typeof procedureSchema>;
export type Calendar = z.infer<typeof calendarSchema>;
export type ReferenceData = z.infer<typeof referenceDataSchema>;
