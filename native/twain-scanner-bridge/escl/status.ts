import type { EsclStatus } from './stop.ts';
import { find, findAll, parseXml, textOf } from './xml.ts';

export type DeviceStatus = Readonly<{
  /** `Idle`, `Processing`, `Testing`, `Stopped`, `Down`, or what the device invents. */
  state: string;
  /** Empty where the device has no feeder or does not tell. */
  adfState: string;
  /** What a person must put right; null where nothing is said. */
  condition: EsclStatus | null;
  /** State and reasons of one job, when it was asked for and is there. */
  job: Readonly<{ state: string; reasons: readonly string[] }> | null;
}>;

// Names differ between devices: DoorOpen, HatchOpen, CoverOpen; MultipickDetected, DoubleFeed.
const conditions: readonly (readonly [RegExp, EsclStatus])[] = [
  [/multi-?pick|multi-?feed|double-?feed/iu, 'DOUBLE_FEED'],
  [/jam|mispick/iu, 'JAMMED'],
  [/(?:door|hatch|cover)-?open/iu, 'COVER_OPEN'],
  [/memory|insufficient-?storage/iu, 'NO_MEM'],
  [/TrayFailed|TrayOverloaded|PageTooShort|PageTooLong/iu, 'JAMMED'],
];

/** Reads ScannerStatus. `jobPath`: the job whose state matters. Throws FAILED when it is something else. */
export function readStatus(body: Buffer, jobPath: string | null): DeviceStatus {
  const root = parseXml(body, 'ScannerStatus');
  const adfState = textOf(root, 'AdfState');
  const infos = findAll(root, 'JobInfo');
  const info = jobPath === null ? undefined : infos.find((each) => isSameJob(textOf(each, 'JobUri'), jobPath));
  const job =
    info === undefined
      ? null
      : { state: textOf(info, 'JobState'), reasons: findAll(info, 'JobStateReason').map(({ text }) => text) };
  const ownReasons = root.children.filter(({ name }) => name === 'StateReasons').flatMap(({ children }) => children);
  const words = [adfState, ...ownReasons.map(({ text }) => text), ...(job?.reasons ?? [])];
  const condition = conditions.find(([pattern]) => words.some((word) => pattern.test(word)))?.[1] ?? null;
  return { state: find(root, 'State')?.text ?? '', adfState, condition, job };
}

function isSameJob(uri: string, jobPath: string): boolean {
  return uri.replace(/\/+$/u, '').split('/').at(-1) === jobPath.split('/').at(-1);
}

/** Whether paper waits in the feeder; null where the device does not tell. */
export function feederState({ adfState, condition }: DeviceStatus): 'loaded' | 'empty' | 'fault' | null {
  if (condition !== null) return 'fault';
  if (adfState === 'ScannerAdfLoaded') return 'loaded';
  return adfState === 'ScannerAdfEmpty' ? 'empty' : null;
}
