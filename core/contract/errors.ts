/**
 * The closed list of what can go wrong, as `area.condition`. The renderer shows one Spanish sentence for each
 * (renderer/i18n), with the next step; a code without a sentence does not compile there.
 */
export const errorCodes = [
  'request.invalid',
  'request.unknownMethod',
  'request.notAllowed',
  'request.cancelled',
  'internal.unexpected',
  'internal.servicesGone',
  'desk.notOpened',
  'desk.passphraseIncorrect',
  'desk.recoveryKeyIncorrect',
  'desk.alreadyOpen',
  'desk.commitUncertain',
  'desk.diskFull',
  'desk.revoked',
  'desk.storeDamaged',
  'backup.targetInvalid',
  'backup.targetGone',
  'backup.targetFull',
  'backup.busy',
  'backup.notFound',
  'backup.damaged',
  'session.notSignedIn',
  'session.locked',
  'session.officerUnknown',
  'session.certificateNotAccepted',
  'session.certificateExpired',
  'session.otherOfficer',
  'card.absent',
  'card.removed',
  'card.readerAbsent',
  'card.pinIncorrect',
  'card.pinLastTry',
  'card.pinLocked',
  'card.pinExpired',
  'card.pinCancelled',
  'card.pinTimedOut',
  'card.pinLength',
  'card.busy',
  'card.noCertificate',
  'card.certificateExpired',
  'card.moduleCrashed',
  'card.moduleMissing',
  'card.timedOut',
  'card.failed',
  'seal.locked',
  'seal.absent',
  'scanner.absent',
  'scanner.noDocuments',
  'scanner.jam',
  'scanner.doubleFeed',
  'scanner.coverOpen',
  'scanner.busy',
  'scanner.offline',
  'scanner.disconnected',
  'scanner.outOfMemory',
  'scanner.accessDenied',
  'scanner.untrusted',
  'scanner.imageEmpty',
  'scanner.imageTruncated',
  'scanner.pageRepeated',
  'scanner.optionNotHonoured',
  'scanner.noPreview',
  'scanner.cancelled',
  'scanner.timedOut',
  'scanner.driverCrashed',
  'scanner.diskFull',
  'scanner.failed',
  'scanner.notQualified',
  'profile.invalid',
  'qualification.sheetNotFound',
  'qualification.sheetAskew',
  'qualification.sheetUnusable',
  'image.unreadable',
  'image.tooLarge',
  'image.failed',
  'attention.notFound',
  'attention.closed',
  'attention.alreadyOpen',
  'attention.incomplete',
  'attention.stageNotReady',
  'attention.changedSinceReview',
  'consent.notOffered',
  'consent.missing',
  'consent.outdated',
  'collation.flagUnanswered',
  'document.notFound',
  'document.empty',
  'document.unreadable',
  'document.encrypted',
  'document.tooLarge',
  'page.notFound',
  'file.empty',
  'file.tooLarge',
  'file.torn',
  'file.notStaged',
  'file.notAdmitted',
  'file.alreadyBrought',
  'file.applicationRoute',
  'file.applicationRefused',
  'file.notComparable',
  'file.pageNotDrawn',
  'file.pageCountDiffers',
  'file.standsForPaper',
  'file.mayNotStand',
  'refusal.notGrounded',
  'refusal.notFound',
  'signature.failed',
  'signature.nothingToSign',
  'signature.keyMismatch',
  'timestamp.unavailable',
  'timestamp.rejected',
  'revocation.unavailable',
  'revocation.rejected',
  'revocation.revoked',
  'record.notFound',
  'record.alreadyRegistered',
  'record.seriesClosed',
  'record.numberUnavailable',
  'clock.wentBack',
  'clock.jumpedForward',
  'receipt.notReady',
  'recognition.programMissing',
  'recognition.languageMissing',
  'recognition.timedOut',
  'recognition.failed',
  'printer.absent',
  'printer.failed',
  'blob.notFound',
  'blob.damaged',
  'blob.atCentre',
  'export.failed',
  'sync.offline',
  'sync.refused',
  'sync.enrolmentCodeInvalid',
  'sync.forked',
  'sync.gap',
  'sync.centreFailed',
  'sync.signatureInvalid',
  'reference.signatureInvalid',
  'reference.notFound',
  'identifier.invalid',
  'job.notFound',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** Values a sentence may need (tries left, page number…). Never personal data, never a PIN. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean>>;

/**
 * The only exception that crosses a floor. `supportNumber` is short, random and logged beside the cause, so that an
 * officer can read it over the telephone without reading anything private.
 */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  readonly supportNumber: string;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options: { cause?: unknown; supportNumber?: string } = {}) {
    super(code, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.details = details;
    this.supportNumber = options.supportNumber ?? makeSupportNumber();
  }
}

export type ErrorMessage = Readonly<{ code: ErrorCode; details: ErrorDetails; supportNumber: string }>;

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && (errorCodes as readonly string[]).includes(value);
}

/** What leaves a process about a failure: never a message, a stack or a cause. */
export function toErrorMessage(error: unknown): ErrorMessage {
  const known = error instanceof AppError ? error : new AppError('internal.unexpected', {}, { cause: error });
  return { code: known.code, details: known.details, supportNumber: known.supportNumber };
}

export function fromErrorMessage(message: ErrorMessage): AppError {
  return new AppError(message.code, message.details, { supportNumber: message.supportNumber });
}

// Six characters without 0/O/1/I/L: read aloud over the telephone.
function makeSupportNumber(): string {
  const alphabet = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
  let text = '';
  for (let i = 0; i < 6; i += 1) text += alphabet[Math.floor(Math.random() * alphabet.length)];
  return text;
}
