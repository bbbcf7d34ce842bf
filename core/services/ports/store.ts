import type { MethodInput } from '../../contract/methods.ts';
import type {
  AttentionForm,
  ComparedFile,
  Delivery,
  DocumentOrigin,
  DocumentRole,
  PageView,
  PaperFate,
  PaperNature,
  RegisteredRole,
  Stage,
} from '../../contract/schemas/attention.ts';
import type { Language, SignatureLevel } from '../../contract/schemas/common.ts';
import type {
  ClockReading,
  EvidenceState,
  RecordEvent,
  RecordState,
  RecordSummary,
  RegisteredRecord,
  SyncState,
} from '../../contract/schemas/record.ts';
import type {
  QualificationStanding,
  QualifiedDevice,
  ScannerQualification,
} from '../../contract/schemas/qualification.ts';
import type { Recovery } from '../../contract/schemas/desk.ts';
import type { PageText } from '../../contract/schemas/page-text.ts';
import type { ReferenceData } from '../../contract/schemas/reference.ts';
import type { ScanProfile } from '../../contract/schemas/scan-profile.ts';
import type { BroughtFile, DocumentVerification, Refusal } from '../../contract/schemas/verification.ts';
import type {
  Acknowledgement,
  AuditCheckpoint,
  AuditCountersignature,
  BlobReference,
  JournalEntry,
  SeriesGrant,
} from '../../contract/sync-protocol.ts';
import type { RawPage } from './scanner.ts';

/** A draft in work: everything about one citizen's attention that must survive a crash. */
export type StoredAttention = Readonly<{
  attentionId: string;
  version: number;
  officerId: string;
  openedAt: string;
  stage: Stage;
  form: AttentionForm;
  consent: StoredConsent | null;
  delivery: Delivery;
  recordId: string | null;
  closedAt: string | null;
  closedAs: 'delivered' | 'abandoned' | null;
}>;

export type StoredConsent = Readonly<{
  consentId: string;
  formDigest: string;
  preparedAt: string;
  /** Digest over the ids and digests of what the consent lists: another value now means that it is outdated. */
  contentDigest: string;
}>;

export type StoredDocument = Readonly<{
  documentId: string;
  attentionId: string;
  role: RegisteredRole;
  position: number;
  title: string;
  documentType: string;
  origin: DocumentOrigin;
  nature: PaperNature | null;
  language: Language;
  fileName: string;
  capturedAt: string;
  scanProfile: Readonly<{ id: string; version: number; digest: string }> | null;
  eniId: string;
  verificationCode: string;
  /** Unsigned PDF, or the brought file itself, and a digest of what it was made from; null again after any change. */
  prepared: Readonly<{
    digest: string;
    byteLength: number;
    pageCount: number | null;
    sourceDigest: string;
    /** Pages (from 1) over which text that a machine read lies invisible, and who read it. Absent where there is none. */
    textLayer?: Readonly<{ pages: readonly number[]; reader: string }> | undefined;
  }> | null;
  signed: Readonly<{ digest: string; byteLength: number; level: SignatureLevel; signedAt: string }> | null;
  signedByCitizen: boolean;
  /** Of what was brought; null for everything else. */
  file: BroughtFile | null;
  verification: DocumentVerification | null;
  announcedSheets: number | null;
  paperFate: PaperFate;
  /** Absent in drafts of before files were compared. */
  comparedFile?: ComparedFile | null | undefined;
  /** Removed documents stay until the attention closes, so that a removal can be taken back. */
  removedAt: string | null;
}>;

/** What captured a page, and its last check then. */
export type PageScanner = Readonly<{
  device: QualifiedDevice;
  qualificationId: string | null;
  standing: QualificationStanding;
}>;

/** What a scan was asked for, and with what. */
export type ScanOrder = Readonly<{
  input: MethodInput<'scan.start'>;
  profile: ScanProfile;
  scanner: PageScanner;
}>;

/** How far the sorting of a stack has come. */
export type ScanProgress = Readonly<{
  /** That the next page goes to; null: one of its own. */
  documentId: string | null;
  role: DocumentRole;
  isFirst: boolean;
  hasKept: boolean;
  /** Instant that marks what this scan laid aside. */
  laidAsideAt: string;
}>;

/** A capture that is not in the draft yet. `pageId`: that of its page, or of its first piece, there. */
export type ArrivedPage = Readonly<{ pageId: string; order: ScanOrder; page: RawPage }>;

/** What makes a page's copy, apart from the capture that it is compared with. */
export type PageCopy = Readonly<
  Pick<
    PageView,
    | 'thumbnail'
    | 'copyPreview'
    | 'widthPixels'
    | 'heightPixels'
    | 'captureCorners'
    | 'colorMode'
    | 'dpi'
    | 'paperMm'
    | 'skewDegrees'
    | 'quarterTurns'
    | 'isBlank'
    | 'operations'
    | 'flags'
    | 'collation'
  > & {
    /** Blob of the image that goes into the PDF. */
    copyDigest: string;
    /** `g4` of pages that earlier versions scanned. */
    copyFormat: 'g4' | 'jbig2' | 'jpeg';
  }
>;

export type StoredPage = Readonly<
  Omit<PageView, 'pageId' | 'documentId' | 'position' | 'collation'> & {
    pageId: string;
    documentId: string;
    position: number;
    collation: PageView['collation'];
    copyDigest: PageCopy['copyDigest'];
    copyFormat: PageCopy['copyFormat'];
    /** Blob of the lossless raw capture. */
    captureDigest: string;
    /** SHA-256 of the raw samples as the bridge gave them. */
    rawSha256: string;
    /** Absent in drafts of before scanners were checked. */
    scanner?: PageScanner | undefined;
    /** Why the machine removed the page while it scanned; absent on pages that it kept. */
    laidAsideAs?: 'blank' | 'separator' | undefined;
    /** Of a page compared with one of a file (counted from 1): that one, or the scan's while the file's is in its place. */
    other?: Readonly<{ fileSha256: string; filePage: number; copy: PageCopy }> | undefined;
    removedAt: string | null;
  }
>;

/** A page whose text was not read yet: its copy's image, and the same image as a JPEG of the same size. */
export type UnreadPage = Readonly<{ imageSha256: string; previewSha256: string; dpi: number }>;

/** What was read on the pages of a registered document; null: a page that could not be read. */
export type DocumentText = Readonly<{ documentId: string; pages: readonly (string | null)[] }>;

/** Who did it and what; `details` hold no personal data beyond identifiers of records and documents. */
export type AuditEntry = Readonly<{
  action: string;
  officerId: string | null;
  subjectId: string | null;
  details: Readonly<Record<string, string | number | boolean>>;
}>;

export type RegisterInput = Readonly<{
  attentionId: string;
  seriesId: string;
  /** Builds the record once number and time are known; runs inside the transaction, so no I/O. */
  build: (
    granted: Readonly<{ sequence: number; recordNumber: string; recordedAt: string; clock: ClockReading }>,
  ) => RegisteredRecord;
  blobs: readonly BlobReference[];
  /** Its subject is the record, whose identifier is known inside. */
  audit: Omit<AuditEntry, 'subjectId'>;
}>;

export type StoredVersion = Readonly<{
  documentId: string;
  sha256: string;
  byteLength: number;
  /** Null for a brought document. */
  level: SignatureLevel | null;
  at: string;
}>;

export type StoredRecord = Readonly<{
  record: RegisteredRecord;
  events: readonly RecordEvent[];
  state: RecordState;
  syncState: SyncState;
  /** Oldest first; the registered version is the first of its document. */
  versions: readonly StoredVersion[];
}>;

export type AuditRow = Readonly<{
  sequence: number;
  at: string;
  action: string;
  officerId: string | null;
  subjectId: string | null;
  details: Readonly<Record<string, string | number | boolean>>;
  previousHash: string;
  hash: string;
}>;

/** A checkpoint with whose key signed it (base64 of the raw Ed25519 public key) and what the centre said of it. */
export type StoredCheckpoint = AuditCheckpoint &
  Readonly<{ deskId: string; deskKey: string; countersignature: AuditCountersignature | null }>;

/** An entry of this desk as the centre gives it back. */
export type AcknowledgedEntry = Readonly<{ entry: JournalEntry; acknowledgement: Acknowledgement }>;

export type BlobAcknowledgement = Readonly<{
  sha256: string;
  acknowledgedAt: string;
  isDurable: boolean;
  signature: string;
}>;

export type FileToFetch = Readonly<{ sha256: string; byteLength: number; mediaType: string }>;

/**
 * The desk's store, open. Writes are synchronous, in one BEGIN IMMEDIATE transaction each with their audit row
 * (sub-millisecond); searches run on a reader worker. A full disk rejects with `desk.diskFull` and leaves nothing half done;
 * after `desk.commitUncertain` what was written is there, durable, or it is not, and the next call tells.
 */
export type DeskStore = Readonly<{
  // Drafts
  createAttention(attention: StoredAttention, audit: AuditEntry): void;
  /** Replaces the draft's own columns. Throws `attention.changedSinceReview` unless the stored version is `expectedVersion`. */
  updateAttention(attention: StoredAttention, expectedVersion: number, audit: AuditEntry | null): void;
  findAttention(attentionId: string): StoredAttention | null;
  /** Attentions not closed yet, newest first. */
  listOpenAttentions(): readonly StoredAttention[];
  putDocument(document: StoredDocument): void;
  putPage(page: StoredPage): void;
  /** In position order, removed ones included. */
  listDocuments(attentionId: string): readonly StoredDocument[];
  listPages(attentionId: string): readonly StoredPage[];
  /** After every page that the document ever had. */
  nextPagePosition(documentId: string): number;
  findDocument(documentId: string): StoredDocument | null;
  findPage(pageId: string): StoredPage | null;
  /** Runs several of the calls of this store as one transaction. */
  transaction<Result>(work: () => Result): Result;
  appendAudit(audit: AuditEntry): void;

  // Registration
  putSeries(grant: SeriesGrant): void;
  listSeries(): readonly (SeriesGrant & {
    lastSequence: number;
    lastJournalSequence: number;
    /** Up to here the centre has the journal, by its signed word. */
    acknowledgedSequence: number;
    isHalted: boolean;
    /** Null: it may number. */
    sealedAt: string | null;
  })[];
  /**
   * The series takes nothing any more but what the centre has of it: `centre`, it has more of it than this database (the
   * default); `revoked`, it withdrew the series or the desk.
   */
  sealSeries(head: Readonly<{ seriesId: string; journalSequence: number }>, cause?: 'centre' | 'revoked'): void;
  /** Sealed ones, and those that an old copy of the database does not know. */
  listSealedSeries(): readonly string[];
  findEntryHash(seriesId: string, sequence: number): string | null;

  // Recovery of what an old copy of the database, or a new one, does not have
  findRecovery(): Recovery | null;
  putRecovery(recovery: Recovery): void;
  /** Also seals every series after a copy came back. */
  beginRecovery(cause: Recovery['cause'], copiedAt: string | null): void;
  /** A series of this desk that it does not know: sealed from the start. Known: nothing. */
  adoptSeries(grant: SeriesGrant): void;
  /** The next entries of sealed series, signatures verified by the caller. All or none; throws `sync.forked`. */
  adoptEntries(entries: readonly AcknowledgedEntry[]): void;
  /** Files that records name and that are to be here, in the order of their digests. */
  listRecordFiles(after: string, limit: number): readonly FileToFetch[];
  markFileLost(sha256: string): void;
  /** Marks numbers that are known to have been given and whose records nobody has; returns how many are new. */
  markLostNumbers(): number;
  listLostNumbers(limit: number): readonly string[];

  /**
   * Number, record, audit row and journal entry in one transaction. Throws `clock.wentBack` or `clock.jumpedForward`
   * when the clock disagrees with the last record, `record.seriesClosed`, `record.alreadyRegistered`.
   */
  register(input: RegisterInput): RegisteredRecord;
  /** Records of the emergency book get their ordinary numbers as soon as a series may number. Returns how many did. */
  numberEmergencyRecords(): number;
  /** The time of the last record, when the clock is further ahead of it than may pass without a supervisor's word; else null. */
  findForwardJump(): string | null;
  /**
   * The supervisor's word on the clock as it stands, for the next record; noted in the audit. Throws `request.invalid` when
   * nothing asks for it.
   */
  acceptForwardJump(supervisorId: string): void;
  appendRecordEvent(recordId: string, event: RecordEvent, blobs: readonly BlobReference[], audit: AuditEntry): void;
  findRecord(recordId: string): StoredRecord | null;
  /** Newest first by keyset; text matches number, names, identifier, summary and the papers' text by prefix of words. */
  searchRecords(
    query: Readonly<{
      text: string;
      fromDate: string | null;
      toDate: string | null;
      cursor: string | null;
      limit: number;
    }>,
  ): Promise<Readonly<{ records: readonly RecordSummary[]; nextCursor: string | null }>>;
  /** Documents whose current version is below B-LTA and that have no final problem, oldest first. */
  listPendingEvidence(
    limit: number,
  ): readonly Readonly<{ recordId: string; documentId: string; sha256: string; level: SignatureLevel }>[];
  /** Documents whose original on paper stays at the office, the one whose time ends first at the head. */
  listKeptOriginals(): readonly Readonly<{ documentId: string; record: RegisteredRecord }>[];
  /** Brought documents whose newest verification is indeterminate, oldest first, after that record. */
  listIndeterminate(): readonly Readonly<{ recordId: string; documentId: string }>[];
  evidenceStates(recordId: string): Readonly<Record<string, EvidenceState>>;
  listAudit(subjectId: string): readonly AuditRow[];
  /** The last row of the audit when no checkpoint is of it, and when the last checkpoint was signed. */
  findUnsignedHead(): Readonly<{ storeId: string; sequence: number; hash: string; lastSignedAt: string | null }> | null;
  putCheckpoint(checkpoint: Omit<StoredCheckpoint, 'countersignature'>): void;
  /** Checkpoints signed as this desk that the centre has not seen, oldest first. */
  listUncountersigned(deskId: string, limit: number): readonly StoredCheckpoint[];
  /**
   * Keeps the centre's word, its signature verified by the caller. `branched`: the centre saw a checkpoint of this store that
   * this chain does not hold (an old copy of the database came back); a row of the audit says so.
   */
  putCountersignature(sequence: number, countersignature: AuditCountersignature): 'continued' | 'branched';

  // Retention
  /** Ends drafts and captures of attentions closed before these instants. Returns how many. */
  endDrafts(before: Readonly<{ abandoned: Date; delivered: Date }>): number;
  /** Ends files that the centre acknowledged as durable before this instant. Returns how many. */
  endSentFiles(acknowledgedBefore: Date): number;
  /** Files that ended and may be removed. */
  listEndedFiles(limit: number): readonly string[];
  forgetEndedFiles(digests: readonly string[]): void;

  // What a machine reads on scanned pages
  /** The next one to read: of the attention on the counter, else of the oldest record that waits for its text. */
  findUnreadPage(): UnreadPage | null;
  /** Null: it cannot be read. */
  putPageText(imageSha256: string, text: PageText | null): void;
  findPageText(imageSha256: string): PageText | null;
  /** Makes records whose pages were all read findable by their words, so many at most. Returns their identifiers. */
  settleRecordTexts(limit: number): readonly string[];
  /** Of documents that were scanned; `pending` while pages wait. Empty where there is none, or no longer. */
  findRecordTexts(recordId: string): readonly DocumentText[] | 'pending';

  // Incidents of art. 70: appended, never changed
  addRefusal(refusal: Refusal, audit: AuditEntry): void;
  /** Newest first. */
  listRefusals(limit: number): readonly Refusal[];
  findRefusal(refusalId: string): Refusal | null;

  // Checks of scanners with the test sheet: appended, never changed
  addQualification(qualification: ScannerQualification, audit: AuditEntry): void;
  /** Newest first. */
  listQualifications(limit: number): readonly ScannerQualification[];
  findLastQualification(device: QualifiedDevice): ScannerQualification | null;
  /** The newest failed check that no later one of the same device undid, among devices of this model without serial number. */
  findFailedOfModel(device: QualifiedDevice): ScannerQualification | null;
  findQualification(qualificationId: string): ScannerQualification | null;

  // Outbox
  listUnacknowledgedEntries(seriesId: string, limit: number): readonly JournalEntry[];
  listEntriesAfter(seriesId: string, sequence: number, limit: number): readonly JournalEntry[];
  markEntriesAcknowledged(acknowledgements: readonly Acknowledgement[]): void;
  markSeriesHalted(seriesId: string): void;
  /** Blobs of acknowledged entries up to so many bytes each, small before large. */
  listPendingBlobs(limit: number, largestBytes?: number): readonly BlobReference[];
  /** Files that the centre has not acknowledged, and those of them above a limit. */
  measureWaitingFiles(
    limitBytes: number,
  ): Readonly<{ files: number; bytes: number; largeFiles: number; largeBytes: number }>;
  /** The record that brought a file first, and the title of its document; null title: the receipt. */
  findFileOwner(sha256: string): Readonly<{ recordNumber: string; title: string | null }> | null;
  markBlobsAcknowledged(acknowledgements: readonly BlobAcknowledgement[]): void;
  /**
   * The centre has a series only up to the cursor, and had acknowledged more: every file that it acknowledged since it had that
   * place is offered again, and the audit says so.
   */
  offerBlobsAgain(seriesId: string, cursor: number): void;
  /** Acknowledged by a centre that was not durable. */
  listBlobsNotDurable(limit: number): readonly string[];
  countPending(): Readonly<{ records: number; blobs: number; evidence: number }>;

  // Reference data and settings
  getReference(): Readonly<{ version: number; issuedAt: string; data: ReferenceData }> | null;
  putReference(
    reference: Readonly<{ version: number; issuedAt: string; data: ReferenceData; signature: string }>,
  ): void;
  findSetting(name: string): string | null;
  putSetting(name: string, value: string): void;
  /** Where the last scan stands, changed together with the draft. */
  findScanProgress(): ScanProgress | null;
  putScanProgress(progress: ScanProgress): void;
  close(): Promise<void>;
}>;

/**
 * Room for four captures that have arrived and are not in the draft yet, encrypted as everything is: no crash loses them. Two
 * are prepared while the next comes in; one that fails keeps those behind it here, up to the other side of their sheet.
 */
export type PageSpool = Readonly<{
  /** Takes the place of the fourth page before it, which its sequence number tells. */
  put(page: ArrivedPage): Promise<void>;
  /** In their order. Throws `blob.damaged` when a byte on disk was changed. */
  list(): Promise<readonly ArrivedPage[]>;
  remove(page: ArrivedPage): Promise<void>;
  clear(): Promise<void>;
}>;

/** Content-addressed, encrypted files. `digest` is the SHA-256 of the clear content. */
/** One file in pieces, whose SHA-256 (hexadecimal, over all of them) its maker has at hand. */
export type BlobPieces = Readonly<{ pieces: readonly Uint8Array[]; sha256: string }>;

export type BlobStore = Readonly<{
  /** Returns the SHA-256. Pieces under another's digest would never be read again: `get` finds them damaged. */
  put(content: Uint8Array | BlobPieces, mediaType: string): Promise<string>;
  /** Throws `blob.notFound`, `blob.atCentre` (ended here), or `blob.damaged` when a byte on disk was changed. */
  get(digest: string): Promise<Uint8Array>;
  getMediaType(digest: string): string;
  has(digest: string): boolean;
  /** Takes files away, but none that was put since the store was opened: its row may follow. */
  remove(digests: readonly string[]): Promise<void>;
  /** What the file system still takes from this user. */
  freeBytes(): number;
}>;
