import { AppError, toErrorMessage } from '../contract/errors.ts';
import type { ErrorCode } from '../contract/errors.ts';
import type { MethodInput } from '../contract/methods.ts';
import type { DeskStatus } from '../contract/schemas/desk.ts';
import type { RequestMessage, ResponseMessage } from '../contract/transport.ts';
import type { DocumentAssets } from '../documents/assets.ts';
import type { FetchBytes } from '../documents/signing/network.ts';
import { getReferenceData } from '../services/context.ts';
import type { DeskConfiguration, Log, OpenDesk, ServiceContext } from '../services/context.ts';
import { describeDesk } from '../services/desk-status.ts';
import type { LineState, PinPadWait } from '../services/desk-status.ts';
import { createDocumentChecks } from '../services/document-checks.ts';
import { createEventBus } from '../services/event-bus.ts';
import type { AnyEvent } from '../services/event-bus.ts';
import { createJobs } from '../services/jobs.ts';
import type { JobWork } from '../services/jobs.ts';
import { createLineWork } from '../services/line-work.ts';
import { createOfficerSession, trustedCertificatesOf } from '../services/officer-session.ts';
import type { CardPort, CardReader } from '../services/ports/card.ts';
import { createBackups, describeBackup } from '../services/backups.ts';
import type { BackupProgress, Restore } from '../services/ports/backup.ts';
import type { CentreSealPort } from '../services/ports/centre-seal.ts';
import type { ImagingPort } from '../services/ports/imaging.ts';
import type { ScannerDevice, ScannerPort } from '../services/ports/scanner.ts';
import type { TextRecognitionPort } from '../services/ports/text-recognition.ts';
import type { ClockPort, DownloadBytes, ExportPort, PrinterPort } from '../services/ports/surroundings.ts';
import { makeMissingReceipts } from '../services/receipts.ts';
import { applyRetention } from '../services/retention.ts';
import { createPreviewShelf } from '../services/scan-preview.ts';
import { isScannerInUse } from '../services/scanner-device.ts';
import { takeInArrivedPages } from '../services/scanning.ts';
import { createSeal, withoutSeal } from '../services/seal.ts';
import { createTextRecognition } from '../services/text-recognition.ts';
import { createStaging } from '../services/staging.ts';
import { dispatch } from './dispatch.ts';
import { createHandlers } from './handlers.ts';

/** The line to the centre, once the desk is open (core/sync). */
export type SyncEngine = Readonly<{
  /** Something new waits in the outbox. */
  wanted(): void;
  /** One whole round now; resolves when it ended, whatever its outcome. */
  runNow(): Promise<void>;
  close(): Promise<void>;
}>;

export type ServicePorts = Readonly<{
  configuration: DeskConfiguration;
  card: CardPort;
  scanner: ScannerPort;
  imaging: ImagingPort;
  /** Null: this desk reads no text. */
  textRecognition: TextRecognitionPort | null;
  clock: ClockPort;
  printer: PrinterPort;
  exports: ExportPort;
  fetchBytes: FetchBytes;
  downloadBytes: DownloadBytes;
  assets: DocumentAssets;
  log: Log;
  /** Where a bundle put the thread that verifies files of others. */
  verificationWorkerUrl?: URL;
  /** Opens the store with the officer's passphrase, which it wipes. */
  openDesk(passphrase: Uint8Array): Promise<OpenDesk>;
  /** This machine has a desk. */
  deskExists(): boolean;
  /** Makes a desk of a copy, where there is none; wipes the passphrase. */
  restoreDesk(options: Parameters<Restore>[0] & Readonly<{ passphrase: Uint8Array }>): ReturnType<Restore>;
  /** Makes a desk of nothing but its recovery key and a code of the centre; wipes the passphrase. */
  enrolAgain(options: Readonly<{ enrolmentCode: string; recoveryKey: string; passphrase: Uint8Array }>): Promise<void>;
  /** Another key pair for a desk with its data, proved by the recovery key. */
  renewEnrolment(
    store: OpenDesk['store'],
    options: Readonly<{ enrolmentCode: string; recoveryKey: string }>,
  ): Promise<void>;
  startSync(
    desk: OpenDesk,
    listeners: Readonly<{ onLineChanged: (line: LineState) => void; onOnline: (seal: CentreSealPort) => void }>,
  ): SyncEngine;
}>;

export type Services = Readonly<{
  /** Never rejects: what failed is in the answer. */
  handle(request: RequestMessage): Promise<ResponseMessage>;
  onEvent(listener: (event: AnyEvent) => void): () => void;
  /** Ends jobs, devices and store in that order. */
  close(): Promise<void>;
}>;

// Several changes in one moment are told to the window once.
const statusDelayMs = 50;
const clockIntervalMs = 30_000;

/** Builds the desk from its ports: the only place, with the shells' entries, where things are wired. */
export function createServices(ports: ServicePorts): Services {
  const { card, scanner, clock, log } = ports;
  const events = createEventBus((error) => log.error('event.listener', error));
  const jobs = createJobs(
    events,
    (error) => log.error(`job.${toErrorMessage(error).supportNumber}`, error),
    (isBusy) => textRecognition.setBusy(isBusy),
  );
  const closing = new AbortController();
  let desk: OpenDesk | null = null;
  let phase: DeskStatus['phase'] = ports.deskExists() ? 'closed' : 'absent';
  let sync: SyncEngine | null = null;
  let readers: readonly CardReader[] | null = null;
  let hasCardFailed = false;
  let pinPad: PinPadWait | null = null;
  let scanners: readonly ScannerDevice[] | null = null;
  let scannerProblem: ErrorCode | null = null;
  let line: LineState = { state: 'unknown', lastSyncAt: null, problem: null, isCentreDurable: null, upload: null };
  let statusTimer: NodeJS.Timeout | null = null;

  const session = createOfficerSession({
    card,
    reference: () => (desk === null ? null : getReferenceData(context)),
    extraEmployeePolicies: ports.configuration.extraEmployeePolicies,
    now: () => clock.now(),
    changed: statusChanged,
  });
  const seal = createSeal({
    card,
    chain() {
      const reference = desk?.store.getReference() ?? null;
      return reference === null ? [] : trustedCertificatesOf(reference.data);
    },
    now: () => clock.now(),
    changed: statusChanged,
  });

  const { verificationWorkerUrl } = ports;
  const checks = createDocumentChecks({
    reference: () => desk?.store.getReference() ?? null,
    now: () => clock.now(),
    isOnline: () => line.state !== 'offline',
    ...(verificationWorkerUrl === undefined ? {} : { workerUrl: verificationWorkerUrl }),
  });

  const context: ServiceContext = {
    configuration: ports.configuration,
    card,
    scanner,
    imaging: ports.imaging,
    clock,
    printer: ports.printer,
    exports: ports.exports,
    fetchBytes: ports.fetchBytes,
    downloadBytes: ports.downloadBytes,
    assets: ports.assets,
    seal,
    checks,
    staging: createStaging(checks),
    previews: createPreviewShelf(),
    events,
    jobs,
    desk() {
      if (desk === null) throw new AppError('desk.notOpened');
      return desk;
    },
    officer: () => session.require(),
    statusChanged,
    syncWanted: () => sync?.wanted(),
    log,
  };

  const lineWork = createLineWork(context, closing.signal);
  const backups = createBackups(context, jobs);
  const textRecognition = createTextRecognition(context, ports.textRecognition);

  function getStatus(): DeskStatus {
    return describeDesk({
      configuration: ports.configuration,
      phase,
      desk,
      session,
      readers: readers === null ? null : withoutSeal(readers),
      hasCardFailed,
      pinPad,
      scanners,
      isScanning: isScannerInUse(jobs),
      scannerProblem,
      sealState: seal.state(),
      line,
      backup: backups.describe(desk),
      clock,
      textRecognition: { isOn: ports.textRecognition !== null, problem: textRecognition.problem() },
    });
  }

  function statusChanged(): void {
    if (statusTimer !== null || closing.signal.aborted) return;
    statusTimer = setTimeout(() => {
      statusTimer = null;
      events.publish('desk.statusChanged', getStatus());
    }, statusDelayMs);
  }

  function readersChanged(next: readonly CardReader[]): void {
    readers = next;
    hasCardFailed = false;
    session.readersChanged(next);
    seal.readersChanged(next);
    statusChanged();
  }

  async function openDesk(passphrase: Uint8Array): Promise<void> {
    if (phase !== 'closed') {
      passphrase.fill(0);
      throw new AppError('desk.alreadyOpen');
    }
    phase = 'opening';
    statusChanged();
    try {
      desk = await ports.openDesk(passphrase);
      await applyRetention(context).catch((error: unknown) => log.error('retention.failed', error));
      await takeInArrivedPages(context).catch((error: unknown) => log.error('scan.arrivedPages', error));
      phase = 'open';
      sync = ports.startSync(desk, {
        onLineChanged(next) {
          line = next;
          statusChanged();
        },
        onOnline: (centreSeal) => lineWork.start(centreSeal),
      });
      sync.wanted();
      backups.keepSchedule();
      textRecognition.wake();
    } catch (error) {
      phase = 'closed';
      throw error;
    } finally {
      passphrase.fill(0);
      statusChanged();
    }
  }

  /** Where this machine has no desk, and only there. The recovery key's bytes are wiped here, the passphrase's by whoever takes it. */
  function startComingBack(
    { recoveryKey, passphrase }: Readonly<{ recoveryKey: Uint8Array; passphrase: Uint8Array }>,
    work: (recoveryKey: string, job: Parameters<JobWork>[0]) => Promise<unknown>,
  ): string {
    const key = new TextDecoder().decode(recoveryKey);
    recoveryKey.fill(0);
    if (phase !== 'absent' || jobs.isRunning('restore')) {
      passphrase.fill(0);
      throw new AppError('desk.alreadyOpen', { reason: 'exists' });
    }
    return jobs.start('restore', 'desk', async (job) => {
      await work(key, job);
      phase = 'closed';
      statusChanged();
    });
  }

  function restore(input: MethodInput<'desk.restore'>): string {
    const { folder, passphrase } = input;
    return startComingBack(input, (recoveryKey, { signal, report }) => {
      const onProgress = (progress: BackupProgress) => report(describeBackup(progress));
      return ports.restoreDesk({ folder, recoveryKey, passphrase, signal, report: onProgress });
    });
  }

  function enrolAgain(input: MethodInput<'desk.enrolAgain'>): string {
    const { enrolmentCode, passphrase } = input;
    return startComingBack(input, (recoveryKey, { report }) => {
      report({ phase: 'enrolling' });
      return ports.enrolAgain({ enrolmentCode, recoveryKey, passphrase });
    });
  }

  async function renewEnrolment({ enrolmentCode, recoveryKey }: MethodInput<'desk.renewEnrolment'>): Promise<void> {
    const { officer } = session.require();
    const { store } = context.desk();
    const key = new TextDecoder().decode(recoveryKey);
    recoveryKey.fill(0);
    await ports.renewEnrolment(store, { enrolmentCode, recoveryKey: key });
    store.appendAudit({ action: 'desk.enrolled', officerId: officer.officerId, subjectId: null, details: {} });
    await sync?.runNow();
  }

  function cancelRestore(jobId: string): void {
    if (jobs.get(jobId).kind !== 'restore') throw new AppError('request.notAllowed');
    jobs.cancel(jobId);
  }

  async function unlockSeal(pin: Uint8Array): Promise<void> {
    const { officer } = session.require();
    if (!officer.mayUnlockSeal) {
      pin.fill(0);
      throw new AppError('request.notAllowed');
    }
    await seal.unlock(pin);
    context
      .desk()
      .store.appendAudit({ action: 'seal.unlocked', officerId: officer.officerId, subjectId: null, details: {} });
    await makeMissingReceipts(context);
    sync?.wanted();
  }

  const handlers = createHandlers(context, {
    session,
    getStatus,
    openDesk,
    backUp: (folder) => backups.start(folder),
    restore,
    enrolAgain,
    renewEnrolment,
    cancelRestore,
    unlockSeal,
    async syncNow() {
      await sync?.runNow();
      await lineWork.finished();
    },
  });
  const stopReading = events.subscribe(({ event }) => {
    if (event === 'attention.changed') textRecognition.wake();
  });
  const stopReaders = card.onReadersChanged(readersChanged);
  const stopPinPads = card.onPinPadAsked((asked) => {
    pinPad = asked === null ? null : { readerName: asked.readerName, endsAt: performance.now() + asked.seconds * 1000 };
    statusChanged();
  });
  const stopScanners = scanner.onDevicesChanged((devices) => {
    scanners = devices;
    scannerProblem = null;
    statusChanged();
  });
  const clockTimer = setInterval(statusChanged, clockIntervalMs);
  card.listReaders().then(readersChanged, (error: unknown) => {
    hasCardFailed = true;
    log.error('card.start', error);
    statusChanged();
  });
  scanner.listDevices().then(
    (devices) => {
      scanners = devices;
      statusChanged();
    },
    (error: unknown) => {
      scannerProblem = error instanceof AppError ? error.code : 'scanner.failed';
      log.error('scanner.start', error);
      statusChanged();
    },
  );

  return {
    handle: (request) => dispatch(request, { handlers, sessionState: session.state, log }),
    onEvent: (listener) => events.subscribe(listener),
    async close() {
      closing.abort();
      clearInterval(clockTimer);
      backups.close();
      if (statusTimer !== null) clearTimeout(statusTimer);
      stopReading();
      stopReaders();
      stopPinPads();
      stopScanners();
      await jobs.close();
      await textRecognition.close();
      await sync?.close();
      // A file that asks for all of its time must not keep the desk from closing.
      await checks.close();
      await lineWork.finished();
      await Promise.allSettled([card.close(), scanner.close(), ports.imaging.close()]);
      await desk?.store.close();
    },
  };
}
