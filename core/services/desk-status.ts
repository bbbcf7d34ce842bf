import type { ErrorCode } from '../contract/errors.ts';
import type { DeskStatus } from '../contract/schemas/desk.ts';
import { isEmergencyBook } from '../domain/numbering.ts';
import { formatOfficialInstant, officialYear } from '../domain/official-time.ts';
import { findCheck, identityOf } from './scanner-device.ts';
import { standingOf } from '../domain/qualification-rules.ts';
import type { DeskConfiguration, OpenDesk } from './context.ts';
import { findNumberingSeries } from './numbering-series.ts';
import { diskStateOf } from './disk-room.ts';
import { isLineMetered } from './line-rules.ts';
import { findRefusedReference } from './reference-refusal.ts';
import type { OfficerSession } from './officer-session.ts';
import type { CardReader } from './ports/card.ts';
import type { ScannerDevice } from './ports/scanner.ts';
import type { ClockPort } from './ports/surroundings.ts';

/** What the line to the centre is like, told by core/sync. */
export type LineState = Readonly<{
  state: DeskStatus['line']['state'];
  lastSyncAt: string | null;
  problem: ErrorCode | null;
  isCentreDurable: boolean | null;
  /** While files are being sent, from the first second on. */
  upload: UploadProgress | null;
}>;

export type UploadProgress = NonNullable<DeskStatus['line']['upload']>;

/** A reader waits for a PIN on its own keys; `endsAt` on the clock of `performance.now()`. */
export type PinPadWait = Readonly<{ readerName: string; endsAt: number }>;

export type StatusSources = Readonly<{
  configuration: DeskConfiguration;
  phase: DeskStatus['phase'];
  desk: OpenDesk | null;
  session: OfficerSession;
  readers: readonly CardReader[] | null;
  hasCardFailed: boolean;
  pinPad: PinPadWait | null;
  scanners: readonly ScannerDevice[] | null;
  isScanning: boolean;
  scannerProblem: ErrorCode | null;
  sealState: DeskStatus['seal']['state'];
  line: LineState;
  backup: DeskStatus['backup'];
  clock: ClockPort;
  textRecognition: DeskStatus['textRecognition'];
}>;

/** The state of the whole desk in one value: the window's bottom bar and its title. */
export function describeDesk(sources: StatusSources): DeskStatus {
  const { configuration, desk, session, clock } = sources;
  const reference = desk?.store.getReference() ?? null;
  const office = reference?.data.offices.find((candidate) => candidate.officeCode === configuration.officeCode);
  const pending = desk?.store.countPending() ?? { records: 0, blobs: 0, evidence: 0 };
  const isMetered = desk !== null && isLineMetered(desk.store);
  const waiting = desk?.store.measureWaitingFiles(configuration.line.meteredFileBytes);
  const reading = clock.reading();
  return {
    phase: sources.phase,
    isDemonstration: configuration.isDemonstration,
    officeCode: configuration.officeCode,
    officeName: office?.name ?? '',
    bodyName: office?.bodyName ?? '',
    deskNumber: configuration.deskNumber,
    session: { state: session.state(), officer: session.view() },
    card: describeCard(sources),
    scanner: describeScanner(sources),
    seal: { state: sources.sealState },
    line: {
      ...sources.line,
      pendingRecords: pending.records,
      pendingBlobs: pending.blobs,
      pendingEvidence: pending.evidence,
      pendingBytes: waiting?.bytes ?? 0,
      isMetered,
      heldBlobs: isMetered ? (waiting?.largeFiles ?? 0) : 0,
      heldBytes: isMetered ? (waiting?.largeBytes ?? 0) : 0,
    },
    clock: {
      officialNow: formatOfficialInstant(clock.now()),
      ...reading,
      jumpedFrom: desk?.store.findForwardJump() ?? null,
    },
    disk: desk === null ? null : diskStateOf(desk.blobs),
    backup: sources.backup,
    recovery: desk === null ? null : describeRecovery(desk.store),
    textRecognition: sources.textRecognition,
    openAttentionId: desk?.store.listOpenAttentions()[0]?.attentionId ?? null,
    numbering: desk === null ? null : numberingOf(desk.store, clock.now()),
    reference: {
      current: reference === null ? null : { version: reference.version, issuedAt: reference.issuedAt },
      refused: desk === null ? null : describeRefused(desk.store),
    },
  };
}

function describeRefused(store: OpenDesk['store']): DeskStatus['reference']['refused'] {
  const refused = findRefusedReference(store);
  return refused === null ? null : { version: refused.version, reason: refused.reason };
}

const shownLostNumbers = 20;

function describeRecovery(store: OpenDesk['store']): DeskStatus['recovery'] {
  const recovery = store.findRecovery();
  return recovery === null ? null : { ...recovery, lostNumberExamples: [...store.listLostNumbers(shownLostNumbers)] };
}

function numberingOf(store: OpenDesk['store'], now: Date): DeskStatus['numbering'] {
  const series = findNumberingSeries(store, officialYear(now));
  return series === null ? 'none' : isEmergencyBook(series) ? 'emergency' : 'ordinary';
}

function describeCard({ readers, hasCardFailed, pinPad, session }: StatusSources): DeskStatus['card'] {
  if (hasCardFailed || readers === null)
    return { state: hasCardFailed ? 'failed' : 'noReader', readers: [], pinState: null, pinPad: null };
  const views = readers.map(({ readerId, readerName, state, token }) => ({
    readerId,
    readerName,
    state,
    tokenLabel: token?.label ?? null,
    tokenSerial: token?.serial ?? null,
  }));
  const own =
    readers.find((reader) => reader.readerId === session.current()?.readerId) ??
    readers.find((reader) => reader.token !== null);
  const isPresent = readers.some((reader) => reader.state === 'present');
  return {
    state: readers.length === 0 ? 'noReader' : isPresent ? 'present' : 'empty',
    readers: views,
    pinState: own?.token?.pinState ?? null,
    pinPad:
      pinPad === null
        ? null
        : {
            readerName: pinPad.readerName,
            secondsLeft: Math.max(0, Math.round((pinPad.endsAt - performance.now()) / 1000)),
          },
  };
}

function describeScanner({ scanners, isScanning, scannerProblem, desk, clock }: StatusSources): DeskStatus['scanner'] {
  const device = scanners?.[0];
  const deviceName = device === undefined ? null : nameScanner(device, scanners ?? []);
  const known = {
    deviceName,
    sources: device === undefined ? [] : [...device.sources],
    problem: scannerProblem,
    qualification: describeQualification(desk, clock, device),
  };
  if (isScanning) return { state: 'scanning', ...known };
  if (scanners === null) return { state: scannerProblem === null ? 'searching' : 'failed', ...known };
  return { state: device === undefined ? 'absent' : 'ready', ...known };
}

/** Of two of the same model, which one: by what is written on it, or by where its cable ends. */
function nameScanner({ maker, model, serial, connection }: ScannerDevice, all: readonly ScannerDevice[]): string {
  const name = `${maker} ${model}`.trim();
  const alike = all.filter((other) => other.maker === maker && other.model === model);
  if (alike.length < 2) return name;
  return serial === null ? `${name} (${connection})` : `${name} (n.º ${serial})`;
}

/** The profile that asks for it most often decides: the bar speaks of the device and not of one profile. */
function describeQualification(
  desk: OpenDesk | null,
  clock: ClockPort,
  device: ScannerDevice | undefined,
): DeskStatus['scanner']['qualification'] {
  if (desk === null || device === undefined) return null;
  const last = findCheck(desk.store, identityOf(device));
  const profiles = desk.store.getReference()?.data.scanProfiles ?? [];
  const days = profiles.flatMap(({ qualificationDays }) => qualificationDays ?? []);
  const validDays = days.length === 0 ? undefined : Math.min(...days);
  return { standing: standingOf(last, validDays, clock.now()), at: last?.at ?? null };
}
