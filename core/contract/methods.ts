import { z } from 'zod';
import {
  applicationRouteSchema,
  attentionFormSchema,
  attentionViewSchema,
  deliverySchema,
  documentRoleSchema,
  paperFateSchema,
  paperNatureSchema,
  sheetCountSchema,
  stageSchema,
} from './schemas/attention.ts';
import { digestSchema, documentTypeSchema, elaborationStateSchema, idSchema, instantSchema } from './schemas/common.ts';
import { cardCandidateSchema, deskStatusSchema, jobProgressSchema } from './schemas/desk.ts';
import { flagAnswerSchema } from './schemas/page-flag.ts';
import { identifierTypeSchema } from './schemas/person.ts';
import { scannerQualificationSchema } from './schemas/qualification.ts';
import { scanSourceSchema } from './schemas/scan-profile.ts';
import { recordSummarySchema, recordViewSchema } from './schemas/record.ts';
import {
  documentVerdictSchema,
  documentVerificationSchema,
  refusalSchema,
  stagedFileSchema,
} from './schemas/verification.ts';

/** Binary values cross the bridge as bytes, never as base64 in JSON. */
const bytesSchema = z.custom<Uint8Array>((value) => value instanceof Uint8Array);
const nothing = z.strictObject({});
const jobStarted = z.strictObject({ jobId: idSchema });
/** What opens a desk every day. */
export const newPassphraseSchema = bytesSchema.refine(
  (passphrase) => passphrase.length >= 12 && passphrase.length <= 1_000,
);
const comingBack = {
  recoveryKey: bytesSchema.refine((key) => key.length <= 200),
  passphrase: newPassphraseSchema,
};
const attentionIdInput = z.strictObject({ attentionId: idSchema });
/** What one message may carry of a file: well under the bridge's own limit. */
export const filePartBytes = 2 * 1024 * 1024;
/** The largest file that is taken. SIR takes 10 MB; more goes by the repository (RD 203/2021 art. 39.4). */
export const maximumFileBytes = 64 * 1024 * 1024;
const sizeMmSchema = z.strictObject({ width: z.number().positive(), height: z.number().positive() });
const pinSchema = bytesSchema.refine((pin) => pin.length > 0 && pin.length <= 64);

const procedureItemSchema = z.strictObject({
  procedureId: z.string(),
  title: z.string(),
  siaCode: z.string().nullable(),
  unitCode: z.string(),
  unitName: z.string(),
  isElectronicOnly: z.boolean(),
  requiredDocuments: z.array(z.strictObject({ title: z.string(), documentType: documentTypeSchema })),
  deadline: z.string().nullable(),
});
const unitItemSchema = z.strictObject({ unitCode: z.string(), name: z.string(), parentName: z.string().nullable() });

export const manifestSchema = z.strictObject({
  /** Digest of everything below: what the officer reviewed is what is signed. */
  manifestDigest: digestSchema,
  route: applicationRouteSchema,
  signerName: z.string(),
  citizenName: z.string(),
  citizenIdentifier: z.string(),
  consentId: idSchema.nullable(),
  documents: z.array(
    z.strictObject({
      documentId: idSchema,
      role: documentRoleSchema,
      title: z.string(),
      fileName: z.string(),
      pageCount: z.int().nullable(),
      elaborationState: elaborationStateSchema,
      sha256: digestSchema,
      byteLength: z.int(),
      thumbnail: digestSchema.nullable(),
      /** Nothing to sign: it was signed before, or the citizen brought it. */
      alreadySigned: z.boolean(),
      /** Verdict on what the citizen brought; null for what is ours. */
      verdict: documentVerdictSchema.nullable(),
    }),
  ),
  /**
   * The attestation of the copies: it names the digests of the signed ones, so it is made when they are, and signed with
   * the same PIN. `none` where nothing was scanned.
   */
  attestation: z.enum(['none', 'toSign', 'signed']),
  /** Digest of what was pointed out and answered, and of all else that the attestation says. */
  collationDigest: digestSchema,
  /** The card that will sign, with what is left of its PIN; null: insert the officer's card. */
  card: cardCandidateSchema.nullable(),
  /** How often the PIN will be asked: 0 where the card has nothing to sign. */
  pinCount: z.int().nonnegative(),
});

/**
 * What the window may ask of the services: name → input and output. `dispatch` validates both ways; who is calling is
 * attached by the host, never sent.
 */
export const methods = {
  // The desk
  'desk.getStatus': { input: nothing, output: deskStatusSchema },
  'desk.open': { input: z.strictObject({ passphrase: bytesSchema }), output: nothing },
  'desk.unlockSeal': { input: z.strictObject({ pin: pinSchema }), output: nothing },
  'desk.syncNow': { input: nothing, output: nothing },
  /** A line whose use is metered carries records and small files only, until it is said to be none; audited. */
  'desk.setLineMetered': { input: z.strictObject({ isMetered: z.boolean() }), output: nothing },
  /** A supervisor vouches for a clock that is far ahead of the last record. */
  'desk.acceptClock': { input: nothing, output: nothing },
  /** Copies the whole desk to an absolute folder of another disk while it works. */
  'desk.backUp': { input: z.strictObject({ folder: z.string().min(1).max(1_000) }), output: jobStarted },
  /** Where this machine has no desk: makes it of a copy. The recovery key as it was printed; the passphrase is a new one. */
  'desk.restore': {
    input: z.strictObject({ folder: z.string().min(1).max(1_000), ...comingBack }),
    output: jobStarted,
  },
  /** The same without a copy: enrols the desk again, under the code of an administrator of the centre, and gets back from there what it sent. */
  'desk.enrolAgain': {
    input: z.strictObject({ enrolmentCode: z.string().min(1).max(80), ...comingBack }),
    output: jobStarted,
  },
  /**
   * A desk that the centre withdrew, with its data: enrols it under a new key pair. Throws `sync.enrolmentCodeInvalid`,
   * `sync.refused`, `desk.recoveryKeyIncorrect`.
   */
  'desk.renewEnrolment': {
    input: z.strictObject({ enrolmentCode: z.string().min(1).max(80), recoveryKey: comingBack.recoveryKey }),
    output: nothing,
  },
  /** Before anybody can have signed in. */
  'desk.cancelRestore': { input: jobStarted, output: nothing },

  // Sign-in with the card
  'session.listCandidates': { input: nothing, output: z.strictObject({ candidates: z.array(cardCandidateSchema) }) },
  'session.signIn': {
    input: z.strictObject({ readerId: z.string(), certificateId: z.string(), pin: pinSchema.nullable() }),
    output: nothing,
  },
  'session.lock': { input: nothing, output: nothing },
  'session.signOut': { input: nothing, output: nothing },

  // One citizen's attention
  'attention.open': { input: nothing, output: attentionViewSchema },
  'attention.get': { input: attentionIdInput, output: attentionViewSchema },
  'attention.updateForm': {
    input: z.strictObject({ attentionId: idSchema, version: z.int(), form: attentionFormSchema }),
    output: attentionViewSchema,
  },
  'attention.goTo': {
    input: z.strictObject({ attentionId: idSchema, stage: stageSchema }),
    output: attentionViewSchema,
  },
  'attention.abandon': {
    input: z.strictObject({ attentionId: idSchema, reason: z.string().min(1).max(200) }),
    output: nothing,
  },
  'attention.setDelivery': {
    input: z.strictObject({ attentionId: idSchema, delivery: deliverySchema }),
    output: attentionViewSchema,
  },
  /** Closes a registered attention: next citizen. */
  'attention.finish': { input: attentionIdInput, output: nothing },

  'identifiers.check': {
    input: z.strictObject({ identifierType: identifierTypeSchema, identifier: z.string().max(60) }),
    output: z.strictObject({
      state: z.enum(['empty', 'incomplete', 'valid', 'invalid']),
      normalized: z.string(),
      /** The only letter that fits the digits typed, or null. Proposed, never imposed. */
      expectedControl: z.string().nullable(),
      /** What the number looks like, when it is not of the chosen type. */
      looksLike: identifierTypeSchema.nullable(),
      isLegalPerson: z.boolean(),
    }),
  },
  'catalogue.searchProcedures': {
    input: z.strictObject({ text: z.string().max(200) }),
    output: z.strictObject({ procedures: z.array(procedureItemSchema) }),
  },
  'catalogue.searchUnits': {
    input: z.strictObject({ text: z.string().max(200) }),
    output: z.strictObject({ units: z.array(unitItemSchema) }),
  },
  'catalogue.listScanProfiles': {
    input: nothing,
    output: z.strictObject({
      profiles: z.array(
        z.strictObject({
          id: z.string(),
          version: z.int(),
          title: z.string(),
          dpi: z.int(),
          colorMode: z.enum(['bitonal', 'gray', 'color']),
          source: scanSourceSchema,
          documentTypes: z.array(documentTypeSchema),
        }),
      ),
      /** How many came that are not as their administrator signed them; they cannot be used. */
      refusedCount: z.int().nonnegative(),
    }),
  },

  // Papers
  'scan.start': {
    input: z.strictObject({
      attentionId: idSchema,
      profileId: z.string(),
      /** New pages go to the end of this document, or to a new one of this role. */
      target: z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('newDocument'), role: documentRoleSchema }),
        z.strictObject({ kind: z.literal('document'), documentId: idSchema }),
        z.strictObject({ kind: z.literal('replacePage'), pageId: idSchema }),
      ]),
    }),
    output: z.strictObject({ jobId: idSchema }),
  },
  /**
   * Looks at what lies on the glass, with the source of this profile and in colour where it is. The picture is no page of
   * anything and is kept nowhere. Throws `scanner.noPreview`, as its job does, of a source that has no glass.
   */
  'scan.preview': { input: z.strictObject({ profileId: z.string() }), output: jobStarted },
  /** Hands over the picture of a look that has been completed, a JPEG, once. Throws `job.notFound` the second time. */
  'scan.takePreview': {
    input: jobStarted,
    output: z.strictObject({
      bytes: bytesSchema,
      /** What the picture shows. */
      glassMm: sizeMmSchema,
      /** What the profile scans of it, from its top left. */
      scannedMm: sizeMmSchema,
    }),
  },
  /** Makes a sheet to print that opens a document of this type in a stack, or of any; PDF/A. */
  'separators.makeSheet': {
    input: z.strictObject({ documentType: documentTypeSchema.nullable() }),
    output: z.strictObject({ digest: digestSchema }),
  },
  // The scanner's check with the test sheet (ordinance art. 54.4.a)
  /** Makes a sheet to print; PDF/A. */
  'qualification.makeSheet': { input: nothing, output: z.strictObject({ digest: digestSchema }) },
  /**
   * Scans the printed sheet with a profile and judges the scanner. The job fails with `qualification.*` when nothing could be
   * measured; a scanner that does not pass is a job that has done its work.
   */
  'qualification.start': {
    input: z.strictObject({ profileId: z.string() }),
    output: z.strictObject({ jobId: idSchema }),
  },
  /** Newest first. */
  'qualification.list': {
    input: z.strictObject({ limit: z.int().min(1).max(200) }),
    output: z.strictObject({ qualifications: z.array(scannerQualificationSchema) }),
  },
  'documents.update': {
    input: z.strictObject({
      documentId: idSchema,
      title: z.string().min(1).max(80),
      documentType: documentTypeSchema,
      nature: paperNatureSchema.nullable(),
      role: documentRoleSchema,
      /** Left out: as it was. */
      announcedSheets: sheetCountSchema.nullable().optional(),
      paperFate: paperFateSchema.optional(),
    }),
    output: attentionViewSchema,
  },
  /**
   * Compares a staged file with the scan of a document, page by page in order (art. 71.3): where nothing speaks against it,
   * its pages become the copy's, to be collated. Throws `file.notAdmitted`; the job fails with `file.notComparable`,
   * `file.pageNotDrawn`, `file.pageCountDiffers`, `document.encrypted`, and ends with `attention.changed`.
   */
  'documents.compareFile': {
    input: z.strictObject({ documentId: idSchema, digest: digestSchema }),
    output: z.strictObject({ jobId: idSchema }),
  },
  /** Which pages are the copy's: those of the compared file or those of the scan. Throws `file.mayNotStand`. */
  'documents.chooseCopy': {
    input: z.strictObject({ documentId: idSchema, copy: z.enum(['file', 'scan']) }),
    output: attentionViewSchema,
  },
  'documents.move': {
    input: z.strictObject({ documentId: idSchema, position: z.int().nonnegative() }),
    output: attentionViewSchema,
  },
  'documents.remove': { input: z.strictObject({ documentId: idSchema }), output: attentionViewSchema },
  /** This page and those after it become a document of their own. */
  'documents.splitAt': { input: z.strictObject({ pageId: idSchema }), output: attentionViewSchema },
  'pages.move': {
    input: z.strictObject({ pageId: idSchema, documentId: idSchema, position: z.int().nonnegative() }),
    output: attentionViewSchema,
  },
  'pages.remove': { input: z.strictObject({ pageId: idSchema }), output: attentionViewSchema },
  /** Takes back the last removal of a page or document while the attention is open. */
  'papers.undoRemoval': { input: attentionIdInput, output: attentionViewSchema },

  // Files that the citizen brings (arts. 52, 53, 70 and 71)
  /**
   * Takes a file in parts of at most `filePartBytes`, in order; `uploadId` is the window's own. The last part, the one that
   * completes `byteLength`, answers with the file. Throws `file.empty`, `file.tooLarge`, `file.torn`.
   */
  'files.stage': {
    input: z.strictObject({
      uploadId: idSchema,
      name: z.string().min(1).max(200),
      byteLength: z.int().nonnegative(),
      offset: z.int().nonnegative(),
      bytes: bytesSchema.refine((bytes) => bytes.length <= filePartBytes),
    }),
    output: z.strictObject({ received: z.int(), file: stagedFileSchema.nullable() }),
  },
  /** Forgets a staged file that will not be used. */
  'files.discard': { input: z.strictObject({ digest: digestSchema }), output: nothing },
  /**
   * Verifies the signatures of a staged file, or of the detached `signatureDigest` over it. Ends by itself within half a
   * minute, whatever the file: what could not be finished is `indeterminate` with the reason `limitReached`.
   */
  'verification.verifyStaged': {
    input: z.strictObject({ digest: digestSchema, signatureDigest: digestSchema.nullable() }),
    output: documentVerificationSchema,
  },
  /**
   * Incorporates a staged file, as application only on the route `broughtSigned`. Throws `file.notAdmitted`, and for an
   * application whose signature failed `file.applicationRefused`: then `refusals.create` makes the incident. `documents.remove`
   * and `papers.undoRemoval` work on it as on what was scanned.
   */
  'documents.bring': {
    input: z.strictObject({
      attentionId: idSchema,
      digest: digestSchema,
      signatureDigest: digestSchema.nullable(),
      role: documentRoleSchema.exclude(['consent']),
      title: z.string().min(1).max(80),
    }),
    output: attentionViewSchema,
  },
  /** Verifies a brought document of the draft again, when the line is back for instance. */
  'documents.verifyAgain': { input: z.strictObject({ documentId: idSchema }), output: attentionViewSchema },
  /** Incident of art. 70 about a staged file, which is forgotten. Throws `refusal.notGrounded` when nothing speaks against it. */
  'refusals.create': {
    input: z.strictObject({
      attentionId: idSchema.nullable(),
      digest: digestSchema,
      signatureDigest: digestSchema.nullable(),
    }),
    output: refusalSchema,
  },
  'refusals.list': {
    input: z.strictObject({ limit: z.int().min(1).max(200) }),
    output: z.strictObject({ refusals: z.array(refusalSchema) }),
  },
  'refusals.get': { input: z.strictObject({ refusalId: idSchema }), output: refusalSchema },

  /** Throws `collation.flagUnanswered` for a page that is confirmed with an open flag. */
  'collation.decide': {
    input: z.strictObject({ pageId: idSchema, verdict: z.enum(['confirmed', 'rejected', 'pending']) }),
    output: attentionViewSchema,
  },
  /** Answers a flag of a page by its place in the list; null takes the answer back, and with it the page's confirmation. */
  'collation.answer': {
    input: z.strictObject({
      pageId: idSchema,
      flag: z.int().nonnegative(),
      answer: flagAnswerSchema.nullable(),
    }),
    output: attentionViewSchema,
  },

  // Application, consent, signature
  /** Makes the PDFs that will be signed: the typed application and each copy. */
  'documents.prepare': { input: attentionIdInput, output: z.strictObject({ jobId: idSchema }) },
  'application.listCitizenCards': {
    input: attentionIdInput,
    output: z.strictObject({ candidates: z.array(cardCandidateSchema) }),
  },
  'application.signWithCitizenCard': {
    input: z.strictObject({
      attentionId: idSchema,
      readerId: z.string(),
      certificateId: z.string(),
      pin: pinSchema.nullable(),
    }),
    output: z.strictObject({ jobId: idSchema }),
  },
  'consent.prepare': { input: attentionIdInput, output: attentionViewSchema },
  'signing.getManifest': { input: attentionIdInput, output: manifestSchema },
  /**
   * Signs everything in the manifest, registers and makes the receipt. `pin`: the first of `pinCount`; null: none is
   * needed, or PIN pad.
   */
  'signing.signAndRegister': {
    input: z.strictObject({ attentionId: idSchema, manifestDigest: digestSchema, pin: pinSchema.nullable() }),
    output: z.strictObject({ jobId: idSchema }),
  },

  // Records
  'records.search': {
    input: z.strictObject({
      text: z.string().max(200),
      fromDate: z.iso.date().nullable(),
      toDate: z.iso.date().nullable(),
      cursor: z.string().max(200).nullable(),
      limit: z.int().min(1).max(200),
    }),
    output: z.strictObject({ records: z.array(recordSummarySchema), nextCursor: z.string().nullable() }),
  },
  'records.get': { input: z.strictObject({ recordId: idSchema }), output: recordViewSchema },
  /** What a machine read on a scanned document, page by page; null: a page that cannot be read. `pending`: it is not done yet. */
  'records.getText': {
    input: z.strictObject({ recordId: idSchema, documentId: idSchema }),
    output: z.strictObject({
      state: z.enum(['pending', 'ready', 'none']),
      pages: z.array(z.string().nullable()),
    }),
  },
  'records.export': { input: z.strictObject({ recordId: idSchema }), output: z.strictObject({ folder: z.string() }) },

  /** Originals that stay at the office, and the list for the archive as a PDF; null: there are none. */
  'originals.list': {
    input: nothing,
    output: z.strictObject({
      originals: z.array(
        z.strictObject({
          recordId: idSchema,
          recordNumber: z.string(),
          recordedAt: instantSchema,
          title: z.string(),
          pageCount: z.int(),
          keptUntil: z.iso.date(),
          eniId: z.string(),
          verificationCode: z.string(),
        }),
      ),
      pdfDigest: digestSchema.nullable(),
    }),
  },
  /** Writes the list as PDF and CSV. Throws `document.empty` when no original is kept. */
  'originals.export': { input: nothing, output: z.strictObject({ folder: z.string() }) },

  // Files, printing, jobs
  'blobs.read': {
    input: z.strictObject({ digest: digestSchema }),
    output: z.strictObject({ bytes: bytesSchema, mediaType: z.string() }),
  },
  'print.listPrinters': {
    input: nothing,
    output: z.strictObject({
      printers: z.array(z.strictObject({ name: z.string(), description: z.string(), isDefault: z.boolean() })),
    }),
  },
  'print.document': {
    input: z.strictObject({ digest: digestSchema, printer: z.string().max(120), copies: z.int().min(1).max(9) }),
    output: nothing,
  },
  'jobs.get': { input: z.strictObject({ jobId: idSchema }), output: jobProgressSchema },
  'jobs.cancel': { input: z.strictObject({ jobId: idSchema }), output: nothing },
  /** What `pinAsked` of the job's progress asks for. */
  'jobs.givePin': { input: z.strictObject({ jobId: idSchema, pin: pinSchema }), output: nothing },
} as const satisfies Record<string, { input: z.ZodType; output: z.ZodType }>;

/** What the services announce. Events state facts; they never ask for anything. */
export const events = {
  'desk.statusChanged': deskStatusSchema,
  'attention.changed': attentionViewSchema,
  'job.progress': jobProgressSchema,
  'record.changed': z.strictObject({ recordId: idSchema, at: instantSchema }),
} as const satisfies Record<string, z.ZodType>;

export type MethodName = keyof typeof methods;
export type MethodInput<Name extends MethodName> = z.infer<(typeof methods)[Name]['input']>;
export type MethodOutput<Name extends MethodName> = z.infer<(typeof methods)[Name]['output']>;
export type EventName = keyof typeof events;
export type EventPayload<Name extends EventName> = z.infer<(typeof events)[Name]>;
export type Manifest = z.infer<typeof manifestSchema>;
