export type BackupProgress = Readonly<{
  /** `database`: in bytes. The others: in files. */
  step: 'database' | 'files' | 'checking' | 'finishing';
  done: number;
  total: number;
}>;

export type BackupOptions = Readonly<{
  /** Absolute; it exists: a disk, or a folder of another machine. */
  folder: string;
  signal: AbortSignal;
  report: (progress: BackupProgress) => void;
}>;

export type BackupSummary = Readonly<{
  createdAt: string;
  /** Of this copy. */
  folder: string;
  fileCount: number;
  /** Files that no earlier copy had. */
  freshCount: number;
}>;

/** A copy of the whole desk, made while it works; see `BackupSummary`. Rejects with `backup.…`, `request.cancelled`. */
export type BackUp = (options: BackupOptions) => Promise<BackupSummary>;

export type RestoreSummary = Readonly<{
  copiedAt: string;
  fileCount: number;
  /** Damaged or missing in the copy: the centre may have them. */
  damagedFiles: number;
}>;

/** Makes this machine's desk of a copy. Rejects with `backup.…`, `desk.recoveryKeyIncorrect`, `desk.alreadyOpen`, `request.cancelled`. */
export type Restore = (
  options: BackupOptions & Readonly<{ /** As it was printed. */ recoveryKey: string }>,
) => Promise<RestoreSummary>;

/** Who holds a desk's recovery key. `publicKey`: base64 of the raw 32 bytes; `sign`: base64 Ed25519 over UTF-8. */
export type RecoveryIdentity = Readonly<{ publicKey: string; sign: (text: string) => string }>;
