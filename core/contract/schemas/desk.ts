import { z } from 'zod';
import { idSchema, instantSchema } from './common.ts';
import { qualificationStandingSchema } from './qualification.ts';
import { scanSourceSchema } from './scan-profile.ts';
import { referenceRefusalReasonSchema } from './reference.ts';
import { errorCodes } from '../errors.ts';

export const pinStateSchema = z.strictObject({
  level: z.enum(['ok', 'low', 'lastTry', 'locked', 'notInitialized']),
  triesLeft: z.int().nullable(),
  minLength: z.int(),
  maxLength: z.int(),
});

/** A certificate on a card in a reader, as the sign-in and the citizen's signature offer it. */
export const cardCandidateSchema = z.strictObject({
  readerId: z.string(),
  readerName: z.string(),
  certificateId: z.string(),
  holderName: z.string(),
  /** Masked where another person may read the screen. */
  holderIdentifier: z.string(),
  kind: z.enum(['employee', 'employeePseudonym', 'seal', 'citizen', 'representative', 'unknown']),
  issuerName: z.string(),
  notAfter: instantSchema,
  /** Why it cannot be used, or null. */
  refusal: z
    .enum([
      'expired',
      'notYetValid',
      'issuerNotTrusted',
      'notForSigning',
      'notAnEmployee',
      'noPrivateKey',
      'notInDirectory',
      'notTheCitizen',
    ])
    .nullable(),
  pinState: pinStateSchema,
  hasPinPad: z.boolean(),
  asksPinEachTime: z.boolean(),
});

export const readerViewSchema = z.strictObject({
  readerId: z.string(),
  readerName: z.string(),
  state: z.enum(['empty', 'present', 'unreadable']),
  tokenLabel: z.string().nullable(),
  /** Tells one card from the next one in the same reader. */
  tokenSerial: z.string().nullable(),
});

export const sessionOfficerSchema = z.strictObject({
  officerId: z.string(),
  fullName: z.string(),
  post: z.string(),
  unitName: z.string(),
  mayActForCitizens: z.boolean(),
  mayIssueCopies: z.boolean(),
  mayUnlockSeal: z.boolean(),
  isSupervisor: z.boolean(),
});

/** What a desk that came back from a copy, or with nothing, got from the centre, and what nobody has any more. */
export const recoverySchema = z.strictObject({
  /** `overtaken`: an old copy of the database was started, and the centre knew more. */
  cause: z.enum(['restored', 'enrolledAgain', 'overtaken']),
  since: instantSchema,
  /** Moment of the copy; null: there was none. */
  copiedAt: instantSchema.nullable(),
  /** Null: entries are still to come, and no series numbers. */
  entriesAt: instantSchema.nullable(),
  /** Null: files are still to come. */
  finishedAt: instantSchema.nullable(),
  records: z.int().nonnegative(),
  events: z.int().nonnegative(),
  files: z.int().nonnegative(),
  lostFiles: z.int().nonnegative(),
  lostNumbers: z.int().nonnegative(),
});

export const deskStatusSchema = z.strictObject({
  /** `absent`: this machine has no desk yet. `closed`: the store waits for its passphrase. `opening`: being decrypted and checked. */
  phase: z.enum(['absent', 'closed', 'opening', 'open']),
  /** A demonstration office says so in a banner. */
  isDemonstration: z.boolean(),
  officeCode: z.string(),
  officeName: z.string(),
  bodyName: z.string(),
  deskNumber: z.string(),
  session: z.strictObject({
    state: z.enum(['signedOut', 'locked', 'signedIn']),
    officer: sessionOfficerSchema.nullable(),
  }),
  card: z.strictObject({
    state: z.enum(['noReader', 'empty', 'present', 'failed']),
    readers: z.array(readerViewSchema),
    pinState: pinStateSchema.nullable(),
    /** A reader waits for a PIN on its own keys. */
    pinPad: z.strictObject({ readerName: z.string(), secondsLeft: z.int().nonnegative() }).nullable(),
  }),
  scanner: z.strictObject({
    state: z.enum(['searching', 'absent', 'ready', 'scanning', 'failed']),
    deviceName: z.string().nullable(),
    /** `preview`: a glass, on which one may look before scanning. */
    sources: z.array(z.strictObject({ source: scanSourceSchema, preview: z.boolean() })),
    problem: z.enum(errorCodes).nullable(),
    /** How the device stood in its last check; null while there is no device, or the desk is closed. */
    qualification: z.strictObject({ standing: qualificationStandingSchema, at: instantSchema.nullable() }).nullable(),
  }),
  seal: z.strictObject({ state: z.enum(['absent', 'locked', 'unlocked']) }),
  line: z.strictObject({
    state: z.enum(['unknown', 'online', 'offline', 'halted']),
    lastSyncAt: instantSchema.nullable(),
    pendingRecords: z.int().nonnegative(),
    pendingBlobs: z.int().nonnegative(),
    pendingEvidence: z.int().nonnegative(),
    /** Of all files that wait. */
    pendingBytes: z.int().nonnegative(),
    /** Its use costs: files above the administrator's limit wait for another line. */
    isMetered: z.boolean(),
    heldBlobs: z.int().nonnegative(),
    heldBytes: z.int().nonnegative(),
    /** Files on their way, told every second at most; null: none is. Bytes are those that the centre has. */
    upload: z
      .strictObject({
        sentBytes: z.int().nonnegative(),
        totalBytes: z.int().nonnegative(),
        secondsLeft: z.int().nonnegative().nullable(),
        /** The file in hand; `title` null: the receipt. */
        current: z
          .strictObject({
            recordNumber: z.string(),
            title: z.string().nullable(),
            sentBytes: z.int().nonnegative(),
            byteLength: z.int().positive(),
          })
          .nullable(),
      })
      .nullable(),
    problem: z.enum(errorCodes).nullable(),
    /** What the centre said of itself: a centre that is not durable never lets a desk prune. */
    isCentreDurable: z.boolean().nullable(),
  }),
  clock: z.strictObject({
    officialNow: instantSchema,
    source: z.enum(['system', 'ntp', 'centre']),
    uncertaintyMs: z.int().nullable(),
    lastSynchronizedAt: instantSchema.nullable(),
    offsetMs: z.int().nullable(),
    /** The last record, when the clock is so far ahead of it that a supervisor has to vouch for it. */
    jumpedFrom: instantSchema.nullable(),
  }),
  /** `full`: no attention and no scan begins, so that what is open can be ended. */
  disk: z.enum(['ok', 'low', 'full']).nullable(),
  backup: z.strictObject({
    lastAt: instantSchema.nullable(),
    /** Where the last one went, or where they go by themselves. */
    folder: z.string().nullable(),
    /** How often they are made by themselves; null: only when asked for. */
    everyHours: z.int().nullable(),
    isOverdue: z.boolean(),
    problem: z.enum(errorCodes).nullable(),
  }),
  /** Of a desk that came back; null: it never had to. `lostNumberExamples`: the first of them. */
  recovery: recoverySchema.extend({ lostNumberExamples: z.array(z.string()) }).nullable(),
  /** Whether the text of papers is read here, and what keeps it from being read. */
  textRecognition: z.strictObject({ isOn: z.boolean(), problem: z.enum(errorCodes).nullable() }),
  openAttentionId: idSchema.nullable(),
  /** `emergency`: no series of the centre may number, entries get provisional numbers. `none`: nothing can be registered. */
  numbering: z.enum(['ordinary', 'emergency', 'none']).nullable(),
  /** Procedures, units, officers and what else comes down from the centre. */
  reference: z.strictObject({
    /** Null: none came yet. */
    current: z.strictObject({ version: z.int().positive(), issuedAt: instantSchema }).nullable(),
    /** A newer version that came and was not taken. */
    refused: z.strictObject({ version: z.int().positive(), reason: referenceRefusalReasonSchema }).nullable(),
  }),
});

const failureSchema = z.strictObject({
  code: z.enum(errorCodes),
  details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  supportNumber: z.string(),
});

export const jobKindSchema = z.enum([
  'scan',
  'preview',
  'qualify',
  'compare',
  'prepare',
  'signAndRegister',
  'citizenSign',
  'export',
  'sync',
  'backup',
  'restore',
]);

export const jobProgressSchema = z.strictObject({
  jobId: idSchema,
  kind: jobKindSchema,
  /** What it works on: an attention, a document, or a device. */
  subject: z.string(),
  state: z.enum(['running', 'completed', 'failed', 'cancelled']),
  /** What is being done, for its sentence in the window. */
  phase: z.enum([
    'starting',
    'waitingForScanner',
    'lookingAtGlass',
    'scanning',
    'optimizing',
    'measuring',
    'comparing',
    'buildingDocuments',
    'signing',
    'timestamping',
    'registering',
    'makingReceipt',
    'sealing',
    'exporting',
    'sending',
    'enrolling',
    'copyingDatabase',
    'copyingFiles',
    'checkingFiles',
    'finishing',
    'finished',
  ]),
  done: z.int().nonnegative(),
  total: z.int().nonnegative().nullable(),
  /** A card that wants its PIN before each signature waits for this one; `problem`: what the last one came to. */
  pinAsked: z
    .strictObject({
      number: z.int().positive(),
      total: z.int().positive(),
      problem: failureSchema.nullable(),
    })
    .nullable(),
  error: failureSchema.nullable(),
});

export type PinStateView = z.infer<typeof pinStateSchema>;
export type CardCandidate = z.infer<typeof cardCandidateSchema>;
export type SessionOfficer = z.infer<typeof sessionOfficerSchema>;
export type DeskStatus = z.infer<typeof deskStatusSchema>;
export type JobProgress = z.infer<typeof jobProgressSchema>;
export type Recovery = z.infer<typeof recoverySchema>;
export type JobKind = z.infer<typeof jobKindSchema>;
