import { z } from 'zod';

/** Kinds of identifier; mapped to SICRES N, E, C, P, X, O by core/documents. */
export const identifierTypeSchema = z.enum(['nif', 'nie', 'cif', 'passport', 'other', 'originCode']);

export const contactSchema = z.strictObject({
  /** INE/ISO numeric; Spain is 724. */
  country: z.string().max(4),
  /** INE, two digits. */
  province: z.string().max(2),
  /** INE, three digits within the province or the name as free text until it is looked up. */
  municipality: z.string().max(60),
  address: z.string().max(160),
  postalCode: z.string().max(5),
  email: z.string().max(160),
  mobilePhone: z.string().max(20),
});

/** An interested party, presenter or representative. Lengths are SICRES 4's; empty string: not given. */
export const personSchema = z.strictObject({
  personType: z.enum(['natural', 'legal']),
  identifierType: identifierTypeSchema,
  identifier: z.string().max(40),
  givenName: z.string().max(30),
  surname1: z.string().max(30),
  surname2: z.string().max(30),
  businessName: z.string().max(80),
  contact: contactSchema,
});

/** How the person in front was identified (art. 43.1; norms 02g §2, 02h). */
export const identityCheckSchema = z.strictObject({
  document: z.enum(['none', 'dni', 'midni', 'nieCard', 'passport', 'drivingLicence', 'otherDocument']),
  method: z.enum(['none', 'photographCompared', 'officialAppVerified', 'machineRead']),
  note: z.string().max(160),
});

/** Who is bound to deal electronically (art. 14.2 Ley 39/2015). */
export const electronicOnlyReasonSchema = z.enum([
  'none',
  'legalPerson',
  'entityWithoutPersonality',
  'registeredProfessional',
  'representativeOfObliged',
  'publicEmployee',
]);

export const representationSchema = z.strictObject({
  /** `none`: the presenter acts in their own name. `unproven`: admitted, to be proved within ten days (art. 5.6). */
  kind: z.enum(['none', 'apudActa', 'register', 'notarial', 'certificate', 'paperPower', 'unproven']),
  reference: z.string().max(120),
});

export type Person = z.infer<typeof personSchema>;
export type IdentifierType = z.infer<typeof identifierTypeSchema>;
export type IdentityCheck = z.infer<typeof identityCheckSchema>;
export type ElectronicOnlyReason = z.infer<typeof electronicOnlyReasonSchema>;
