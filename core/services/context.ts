import { AppError } from '../contract/errors.ts';
import type { Officer } from '../contract/schemas/reference.ts';
import type { DocumentAssets } from '../documents/assets.ts';
import type { FetchBytes } from '../documents/signing/network.ts';
import type { DocumentChecks } from './document-checks.ts';
import type { EventBus } from './event-bus.ts';
import type { Jobs } from './jobs.ts';
import type { PreviewShelf } from './scan-preview.ts';
import type { LineRules } from './line-rules.ts';
import type { Seal } from './seal.ts';
import type { Staging } from './staging.ts';
import type { CardPort } from './ports/card.ts';
import type { ImagingPort } from './ports/imaging.ts';
import type { ScannerPort } from './ports/scanner.ts';
import type { BlobStore, DeskStore, PageSpool } from './ports/store.ts';
import type { BackUp } from './ports/backup.ts';
import type { ClockPort, DownloadBytes, ExportPort, PrinterPort } from './ports/surroundings.ts';

/** What an administrator sets for this desk; nothing in it is secret. */
export type DeskConfiguration = Readonly<{
  isDemonstration: boolean;
  officeCode: string;
  deskNumber: string;
  /** Certificate policies of employees accepted besides those of norms 02e §1. */
  extraEmployeePolicies: readonly string[];
  /** Base64 of the raw Ed25519 public keys of who may lock scan profiles; empty: the centre's signature is enough. */
  profileAdministrators: readonly string[];
  /** Asked in this order; the first that answers rightly is used. */
  timestampUrls: readonly string[];
  verificationCodePrefix: string;
  /** Regulation that creates the codes, for the ENI metadata. */
  verificationCodeRegulation: string;
  /** Days that files of a record stay here once the centre holds them durably; null: for ever. */
  keepSentDays: number | null;
  /** Where copies of the desk go by themselves, and how often; null: when somebody asks for one. */
  backup: Readonly<{ folder: string; everyHours: number }> | null;
  line: LineRules;
}>;

/** The opened desk: exists from the right passphrase on. */
export type OpenDesk = Readonly<{ store: DeskStore; blobs: BlobStore; spool: PageSpool; backUp: BackUp }>;

export type SignedInOfficer = Readonly<{
  officer: Officer;
  readerId: string;
  tokenSerial: string;
  certificateId: string;
  certificate: Uint8Array;
  certificateSerial: string;
}>;

/** What the services share. Ports come in through the host; nothing here knows how they are made. */
export type ServiceContext = Readonly<{
  configuration: DeskConfiguration;
  card: CardPort;
  scanner: ScannerPort;
  imaging: ImagingPort;
  clock: ClockPort;
  printer: PrinterPort;
  fetchBytes: FetchBytes;
  downloadBytes: DownloadBytes;
  assets: DocumentAssets;
  seal: Seal;
  checks: DocumentChecks;
  staging: Staging;
  previews: PreviewShelf;
  exports: ExportPort;
  events: EventBus;
  jobs: Jobs;
  /** Throws `desk.notOpened` until the passphrase was right. */
  desk(): OpenDesk;
  /** Throws `session.notSignedIn` or `session.locked`. */
  officer(): SignedInOfficer;
  /** The desk's figures changed: tell the window soon. */
  statusChanged(): void;
  /** Something waits for the line: try soon. */
  syncWanted(): void;
  log: Log;
}>;

/** Structured, without personal data: codes and identifiers only. */
export type Log = Readonly<{
  info(event: string, details?: Readonly<Record<string, string | number | boolean>>): void;
  error(event: string, error: unknown): void;
}>;

export function getOffice(context: ServiceContext) {
  const { officeCode } = context.configuration;
  const office = getReferenceData(context).offices.find((candidate) => candidate.officeCode === officeCode);
  if (office === undefined) throw new AppError('reference.notFound', { kind: 'offices' });
  return office;
}

export function getReferenceData({ desk }: Pick<ServiceContext, 'desk'>) {
  const reference = desk().store.getReference();
  if (reference === null) throw new AppError('reference.notFound');
  return reference.data;
}
