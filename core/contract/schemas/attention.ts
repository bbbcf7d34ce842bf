import { z } from 'zod';
import {
  digestSchema,
  documentTypeSchema,
  elaborationStateSchema,
  idSchema,
  instantSchema,
  languageSchema,
  signatureLevelSchema,
} from './common.ts';
import { pageFlagSchema } from './page-flag.ts';
import { electronicOnlyReasonSchema, identityCheckSchema, personSchema, representationSchema } from './person.ts';
import { broughtFileSchema, documentVerificationSchema } from './verification.ts';

/** The stages of one citizen's attention, in their order. `consent` exists only on the art. 43 route. */
export const stages = ['person', 'application', 'papers', 'collation', 'consent', 'signature', 'delivery'] as const;
export const stageSchema = z.enum(stages);

/**
 * How the application is signed: by hand on paper and scanned (no art. 43), typed and signed by the officer for the
 * citizen (art. 43), signed with the citizen's own card (art. 71.2), or brought as a file that was signed before (art. 71.1).
 */
export const applicationRouteSchema = z.enum(['paper', 'officer', 'citizenCard', 'broughtSigned']);

export const attentionFormSchema = z.strictObject({
  presenter: personSchema,
  identityCheck: identityCheckSchema,
  /** `none`: the presenter is the interested party. Otherwise they represent `interestedParties`. */
  representation: representationSchema,
  /** Further interested parties, or the represented ones. */
  interestedParties: z.array(personSchema).max(20),
  electronicOnlyReason: electronicOnlyReasonSchema,
  /** Null: general application (instancia general). */
  procedureId: z.string().max(40).nullable(),
  unitCode: z.string().max(9),
  route: applicationRouteSchema,
  summary: z.string().max(240),
  statement: z.string().max(4000),
  petition: z.string().max(4000),
  notificationChannel: z.enum(['paper', 'electronic']),
  notifyByEmail: z.boolean(),
  notifyBySms: z.boolean(),
  language: languageSchema,
  /** The citizen answers for the authenticity of the annexes (ordinance art. 66.2). */
  annexesCommitment: z.boolean(),
  /** The citizen says not to have electronic means (art. 12.2 Ley 39/2015): asked on the art. 43 route only. */
  lacksElectronicMeans: z.boolean(),
});

export const documentRoleSchema = z.enum(['application', 'annex', 'consent']);
/** `attestation`: what the officer states about the copies (diligencia de digitalización y cotejo), made while signing. */
export const registeredRoleSchema = z.enum([...documentRoleSchema.options, 'attestation']);
/** What the paper was: decides EE03 (original or authentic copy) or EE99 (photocopy) (Ley 39/2015 art. 27). */
export const paperNatureSchema = z.enum(['original', 'authenticCopy', 'photocopy']);

export const documentOriginSchema = z.enum(['scanned', 'typed', 'brought']);

export const pageViewSchema = z.strictObject({
  pageId: idSchema,
  documentId: idSchema,
  position: z.int().nonnegative(),
  /** Digests of images that `blobs.read` gives: thumbnail, copy and raw capture (JPEG for the screen). */
  thumbnail: digestSchema,
  copyPreview: digestSchema,
  capturePreview: digestSchema,
  widthPixels: z.int().positive(),
  heightPixels: z.int().positive(),
  captureWidthPixels: z.int().positive(),
  captureHeightPixels: z.int().positive(),
  /** Corners of the copy in the capture, clockwise from its top left, as fractions of the capture's size. */
  captureCorners: z.array(z.strictObject({ x: z.number(), y: z.number() })).max(4),
  colorMode: z.enum(['bitonal', 'gray', 'color']),
  dpi: z.int().positive(),
  paperMm: z.strictObject({ width: z.number(), height: z.number() }),
  skewDegrees: z.number(),
  quarterTurns: z.int().min(0).max(3),
  isBlank: z.boolean(),
  operations: z.array(
    z.strictObject({ name: z.string(), parameters: z.record(z.string(), z.union([z.number(), z.string()])) }),
  ),
  /** What the machine points out, with the officer's answers: a page with an open one cannot be confirmed. */
  flags: z.array(pageFlagSchema),
  /** The officer's answer in the collation. `rejected` waits for a new scan. */
  collation: z.enum(['pending', 'confirmed', 'rejected']),
});

/** Whether the paper goes back to the person now or stays at the office for six months (ordinance art. 72.2, RD 203/2021 art. 53.1). */
export const paperFateSchema = z.enum(['returned', 'kept']);

/** A stack that a feeder takes in one go, and some more. */
export const sheetCountSchema = z.int().min(1).max(2000);

/** Why a page of a file may not stand for the paper: see `FileObstacle` of the imaging port. */
export const fileObstacleSchema = z.strictObject({
  page: z.int().positive(),
  kind: z.enum(['differs', 'lowResolution', 'cutOff', 'illegible', 'lessColor']),
  /** As measured on the paper, and as the profile asks. */
  dpi: z.int(),
  profileDpi: z.int(),
});

/** A file that the person brought beside the paper, compared with the scan page by page (ordinance art. 71.3). */
export const comparedFileSchema = z.strictObject({
  name: z.string().max(200),
  byteLength: z.int().positive(),
  sha256: digestSchema,
  pageCount: z.int().positive(),
  /** True: its pages are the copy's. False: those of the scan are. */
  isCopy: z.boolean(),
  /** With one of them the file cannot be the copy. */
  obstacles: z.array(fileObstacleSchema),
});

export const documentViewSchema = z.strictObject({
  documentId: idSchema,
  role: documentRoleSchema,
  position: z.int().nonnegative(),
  title: z.string().max(80),
  documentType: documentTypeSchema,
  /** `brought`: a file of the citizen, registered as it came (art. 71). */
  origin: documentOriginSchema,
  nature: paperNatureSchema.nullable(),
  elaborationState: elaborationStateSchema.nullable(),
  fileName: z.string().max(80),
  /** Null for a file that has no pages or does not tell them. */
  pageCount: z.int().nonnegative().nullable(),
  pages: z.array(pageViewSchema),
  /** Sheets that the person handed in, where the officer counted them. */
  announcedSheets: sheetCountSchema.nullable(),
  paperFate: paperFateSchema,
  comparedFile: comparedFileSchema.nullable(),
  /** PDF made and waiting for signature. */
  preparedDigest: digestSchema.nullable(),
  signedDigest: digestSchema.nullable(),
  signatureLevel: signatureLevelSchema.nullable(),
  verificationCode: z.string().nullable(),
  /** The citizen signed this document with their own card. */
  signedByCitizen: z.boolean(),
  /** Both are there for what was brought, and for nothing else. */
  file: broughtFileSchema.nullable(),
  verification: documentVerificationSchema.nullable(),
});

/** What is missing or deserves a look. `field` is a path in the form, a document or a page. */
export const problemCodeSchema = z.enum([
  'required',
  'identifierInvalid',
  'identifierIncomplete',
  'tooLong',
  'emailInvalid',
  'phoneInvalid',
  'postalCodeInvalid',
  'paperChannelForbidden',
  'identityNotChecked',
  'electronicOnly',
  'officerRouteForbidden',
  'officerNotEnabled',
  'officerMayNotCopy',
  'scannerNotQualified',
  'meansNotDeclared',
  'procedureElectronicOnly',
  'unitNotCurrent',
  'unitUnknown',
  'commitmentMissing',
  'applicationMissing',
  'applicationNotSigned',
  'documentEmpty',
  'natureMissing',
  'pageNotCollated',
  'pageRejected',
  'pageWarning',
  'sheetCountDiffers',
  'typeAsksForProfile',
  'consentMissing',
  'consentOutdated',
  'requiredDocumentMissing',
  'tooManyAnnexes',
  'annexTooLarge',
  'representationUnproven',
  'applicationFileMissing',
  'applicationUnsigned',
  'applicationSignatureFailed',
  'annexSignatureFailed',
  'signatureIndeterminate',
  'signerNotPresenter',
  'fileEncrypted',
  'fileHasScripts',
]);

export const problemSchema = z.strictObject({
  stage: stageSchema,
  field: z.string().max(120),
  code: problemCodeSchema,
  /** `error` keeps the stage open; `warning` is told and goes on. */
  severity: z.enum(['error', 'warning']),
  details: z.record(z.string(), z.union([z.string(), z.number()])),
});

export const consentStateSchema = z.strictObject({
  consentId: idSchema,
  /** PDF to print and sign by hand. */
  formDigest: digestSchema,
  preparedAt: instantSchema,
  /** Application or copies changed since: the consent must be made again. */
  isOutdated: z.boolean(),
  /** The signed paper came back as a scanned document of role `consent`. */
  isScanned: z.boolean(),
});

export const deliverySchema = z.strictObject({
  receiptHanded: z.boolean(),
  consentCopyHanded: z.boolean(),
  originalsReturned: z.boolean(),
});

export const attentionViewSchema = z.strictObject({
  attentionId: idSchema,
  /** Grows with each change; writers send the one they saw. */
  version: z.int().positive(),
  officerId: z.string(),
  openedAt: instantSchema,
  stage: stageSchema,
  stages: z.array(z.strictObject({ stage: stageSchema, state: z.enum(['done', 'current', 'open', 'blocked']) })),
  form: attentionFormSchema,
  problems: z.array(problemSchema),
  documents: z.array(documentViewSchema),
  /** Sides that the machine removed while it scanned; `papers.undoRemoval` brings them back. */
  laidAside: z.strictObject({ blank: z.int().nonnegative(), separator: z.int().nonnegative() }),
  consent: consentStateSchema.nullable(),
  /** Registered: number and record; the stages before delivery are closed. */
  recordId: idSchema.nullable(),
  recordNumber: z.string().nullable(),
  delivery: deliverySchema,
});

export type Stage = z.infer<typeof stageSchema>;
export type AttentionForm = z.infer<typeof attentionFormSchema>;
export type ApplicationRoute = z.infer<typeof applicationRouteSchema>;
export type DocumentRole = z.infer<typeof documentRoleSchema>;
export type RegisteredRole = z.infer<typeof registeredRoleSchema>;
export type DocumentOrigin = z.infer<typeof documentOriginSchema>;
export type ComparedFile = z.infer<typeof comparedFileSchema>;
export type PaperFate = z.infer<typeof paperFateSchema>;
export type PaperNature = z.infer<typeof paperNatureSchema>;
export type PageView = z.infer<typeof pageViewSchema>;
export type DocumentView = z.infer<typeof documentViewSchema>;
export type Problem = z.infer<typeof problemSchema>;
export type ProblemCode = z.infer<typeof problemCodeSchema>;
export type ConsentState = z.infer<typeof consentStateSchema>;
export type Delivery = z.infer<typeof deliverySchema>;
export type AttentionView = z.infer<typeof attentionViewSchema>;
