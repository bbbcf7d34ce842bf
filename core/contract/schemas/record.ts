import { z } from 'zod';
import {
  digestSchema,
  dir3Schema,
  directionSchema,
  documentTypeSchema,
  elaborationStateSchema,
  idSchema,
  instantSchema,
  languageSchema,
  recordNumberSchema,
  signatureLevelSchema,
  verificationCodeSchema,
} from './common.ts';
import { applicationRouteSchema, registeredRoleSchema, paperNatureSchema } from './attention.ts';
import { broughtFileSchema, documentMediaTypeSchema, documentVerificationSchema } from './verification.ts';
import { electronicOnlyReasonSchema, identityCheckSchema, personSchema, representationSchema } from './person.ts';

/** A document as it was registered. Its digest and code never change; completed versions are appended. */
export const recordDocumentSchema = z.strictObject({
  documentId: idSchema,
  role: registeredRoleSchema,
  title: z.string().max(80),
  fileName: z.string().max(80),
  mediaType: documentMediaTypeSchema,
  /** Null for a brought file that has no pages or does not tell them. */
  pageCount: z.int().positive().nullable(),
  byteLength: z.int().positive(),
  /** SHA-256 of the registered version. */
  sha256: digestSchema,
  verificationCode: verificationCodeSchema,
  /** ENI identifier `ES_<órgano>_<año>_<30>`. */
  eniId: z.string().max(60),
  documentType: documentTypeSchema,
  elaborationState: elaborationStateSchema,
  origin: z.enum(['citizen', 'administration']),
  nature: paperNatureSchema.nullable(),
  capturedAt: instantSchema,
  language: languageSchema,
  resolutionDpi: z.int().positive().nullable(),
  colorMode: z.enum(['bitonal', 'gray', 'color']).nullable(),
  scanProfile: z.strictObject({ id: z.string(), version: z.int(), digest: digestSchema }).nullable(),
  /** Null for what was brought: its signatures are others', and `verification` tells of them. */
  signatureLevel: signatureLevelSchema.nullable(),
  /** What the citizen brought and how its signatures were found when it was registered (art. 52.2); null for what is ours. */
  file: broughtFileSchema.nullable(),
  verification: documentVerificationSchema.nullable(),
  /** Official date until which the original on paper stays at the office; null: it went back, or there is none. */
  keptUntil: z.iso.date().nullable().default(null),
  /** Digests of the ENI document XML of this version. */
  eniXmlSha256: digestSchema,
});

export const clockReadingSchema = z.strictObject({
  source: z.enum(['system', 'ntp', 'centre']),
  lastSynchronizedAt: instantSchema.nullable(),
  uncertaintyMs: z.int().nonnegative().nullable(),
  /** What was added to the machine's clock; null: nothing was measured. Absent in records of earlier versions. */
  offsetMs: z.int().nullable().default(null),
});

/** A registry record (asiento), art. 16.3 Ley 39/2015. Immutable: annulment and rectification are appended as events. */
export const registeredRecordSchema = z.strictObject({
  recordId: idSchema,
  recordNumber: recordNumberSchema,
  seriesId: z.string().max(40),
  /** Position in the series, from 1, without gaps. */
  sequence: z.int().positive(),
  direction: directionSchema,
  /** Legal time of presentation and time of the record (art. 31; ordinance 11.4). */
  presentedAt: instantSchema,
  recordedAt: instantSchema,
  /** First hour of the next working day when presented on a non-working day (art. 31.2.b). */
  effectiveAt: instantSchema,
  clock: clockReadingSchema,
  officeCode: dir3Schema,
  officeName: z.string(),
  bodyCode: dir3Schema,
  bodyName: z.string(),
  deskNumber: z.string(),
  officer: z.strictObject({
    officerId: z.string(),
    fullName: z.string(),
    post: z.string(),
    staffNumber: z.string(),
    certificateSerial: z.string(),
  }),
  presenter: personSchema,
  identityCheck: identityCheckSchema,
  representation: representationSchema,
  interestedParties: z.array(personSchema).min(1),
  electronicOnlyReason: electronicOnlyReasonSchema,
  procedureId: z.string().nullable(),
  procedureTitle: z.string(),
  siaCode: z.string().nullable(),
  unitCode: dir3Schema,
  unitName: z.string(),
  route: applicationRouteSchema,
  consentId: idSchema.nullable(),
  summary: z.string().min(1).max(240),
  statement: z.string().max(4000),
  petition: z.string().max(4000),
  notificationChannel: z.enum(['paper', 'electronic']),
  notifyByEmail: z.boolean(),
  notifyBySms: z.boolean(),
  language: languageSchema,
  accompanyingPaper: z.enum(['none', 'complementary', 'required']),
  documents: z.array(recordDocumentSchema).min(1),
  /** The receipt's own code: opens the receipt, which lists the others. Fixed with the record, before the receipt exists. */
  receiptVerificationCode: verificationCodeSchema,
  receiptEniId: z.string().max(60),
  exchangeId: z.string().max(33),
});

/** What is appended to a record after it was registered. The record's state is derived from these. */
export const recordEventSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('receipted'),
    at: instantSchema,
    sha256: digestSchema,
    byteLength: z.int().positive(),
    pageCount: z.int().positive(),
    eniXmlSha256: digestSchema,
    /** The SICRES 4 message lists the receipt among its annexes, so it is made after it. */
    sicresXmlSha256: digestSchema,
    /** Who vouches for the receipt: the organ's seal, or the officer until the centre's seal follows. */
    sealedBy: z.enum(['organSeal', 'officer']),
    signatureLevel: signatureLevelSchema,
  }),
  z.strictObject({
    type: z.literal('versionAdded'),
    at: instantSchema,
    /** Document id, or `receipt`. */
    documentId: z.union([idSchema, z.literal('receipt')]),
    /** Version that this one extends byte for byte, and the new one. */
    extendsSha256: digestSchema,
    sha256: digestSchema,
    byteLength: z.int().positive(),
    signatureLevel: signatureLevelSchema,
  }),
  z.strictObject({
    type: z.literal('evidenceProblem'),
    at: instantSchema,
    documentId: z.union([idSchema, z.literal('receipt')]),
    problem: z.enum(['certificateRevoked', 'certificateExpired', 'statusUnknown']),
  }),
  /** A brought document, verified again once the line was back. The record stays whatever was found. */
  z.strictObject({
    type: z.literal('verificationUpdated'),
    at: instantSchema,
    documentId: idSchema,
    verification: documentVerificationSchema,
  }),
  /**
   * A record of the emergency book has its ordinary number: the two stay together, and the record keeps the time of its
   * entry in the book (norms 02d §3). The event stands in the journal of the series that gave the number.
   */
  z.strictObject({
    type: z.literal('numbered'),
    at: instantSchema,
    recordNumber: recordNumberSchema,
    seriesId: z.string().max(40),
    sequence: z.int().positive(),
  }),
  z.strictObject({
    type: z.literal('delivered'),
    at: instantSchema,
    receiptHanded: z.boolean(),
    consentCopyHanded: z.boolean(),
    originalsReturned: z.boolean(),
  }),
  z.strictObject({
    type: z.literal('annulled'),
    at: instantSchema,
    reason: z.string().min(1).max(400),
    supervisorId: z.string(),
  }),
  z.strictObject({
    type: z.literal('rectified'),
    at: instantSchema,
    rectifiedByRecordId: idSchema,
    reason: z.string().min(1).max(400),
  }),
]);

export const recordStateSchema = z.enum(['recorded', 'receipted', 'annulled', 'rectified']);
/** Where the record stands on its way to the centre. */
export const syncStateSchema = z.enum(['pending', 'recordAcknowledged', 'complete', 'halted']);
export const evidenceStateSchema = z.enum(['pending', 'complete', 'problem']);

export const recordSummarySchema = z.strictObject({
  recordId: idSchema,
  recordNumber: recordNumberSchema,
  direction: directionSchema,
  recordedAt: instantSchema,
  presentedAt: instantSchema,
  presenterName: z.string(),
  presenterIdentifier: z.string(),
  procedureTitle: z.string(),
  unitName: z.string(),
  summary: z.string(),
  documentCount: z.int(),
  state: recordStateSchema,
  syncState: syncStateSchema,
  evidenceState: evidenceStateSchema,
  /** `papers`: what was looked for stands, in part at least, in what a machine read on its papers. */
  foundIn: z.enum(['record', 'papers']),
});

export const storedVersionSchema = z.strictObject({
  sha256: digestSchema,
  byteLength: z.int().positive(),
  /** Null for a brought document, which stays as it is. */
  signatureLevel: signatureLevelSchema.nullable(),
  at: instantSchema,
});

export const recordViewSchema = z.strictObject({
  record: registeredRecordSchema,
  /** Of a record of the emergency book, once it has one. */
  ordinaryNumber: recordNumberSchema.nullable(),
  state: recordStateSchema,
  syncState: syncStateSchema,
  /** Current versions by document id, and `receipt`; the registered one first. */
  versions: z.record(z.string(), z.array(storedVersionSchema)),
  evidence: z.record(z.string(), evidenceStateSchema),
  /** Newest verification of each brought document, by its id. */
  verifications: z.record(z.string(), documentVerificationSchema),
  history: z.array(
    z.strictObject({
      at: instantSchema,
      action: z.string(),
      officerName: z.string(),
      details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    }),
  ),
});

export type RecordDocument = z.infer<typeof recordDocumentSchema>;
export type ClockReading = z.infer<typeof clockReadingSchema>;
export type RegisteredRecord = z.infer<typeof registeredRecordSchema>;
export type RecordEvent = z.infer<typeof recordEventSchema>;
export type RecordState = z.infer<typeof recordStateSchema>;
export type SyncState = z.infer<typeof syncStateSchema>;
export type EvidenceState = z.infer<typeof evidenceStateSchema>;
export type RecordSummary = z.infer<typeof recordSummarySchema>;
export type RecordView = z.infer<typeof recordViewSchema>;
