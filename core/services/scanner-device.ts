import { AppError } from '../contract/errors.ts';
import type { QualifiedDevice, ScannerQualification } from '../contract/schemas/qualification.ts';
import type { ScanProfile } from '../contract/schemas/scan-profile.ts';
import { standingOf } from '../domain/qualification-rules.ts';
import type { ServiceContext } from './context.ts';
import type { Jobs } from './jobs.ts';
import type { RawPage, ScannerDevice } from './ports/scanner.ts';
import type { DeskStore, PageScanner } from './ports/store.ts';

/** The scanner that the desk uses: the first one that answers. */
export async function findScanner(context: ServiceContext): Promise<ScannerDevice> {
  const [device] = await context.scanner.listDevices();
  if (device === undefined) throw new AppError('scanner.absent');
  return device;
}

/** One thing at a time: throws `scanner.busy` while a job of this desk has it. */
export function requireFreeScanner({ jobs }: ServiceContext): void {
  if (isScannerInUse(jobs)) throw new AppError('scanner.busy');
}

export function isScannerInUse(jobs: Jobs): boolean {
  return jobs.isRunning('scan') || jobs.isRunning('qualify') || jobs.isRunning('preview');
}

/** With a serial number a scanner may be moved; without one its check is of the place where it is connected. */
export function identityOf({ driver, maker, model, serial, connection }: ScannerDevice): QualifiedDevice {
  return { driver, maker, model, serial, connection: serial === null ? connection : null };
}

/**
 * The check that counts for a device: its own last one. Where it has none and only its connection tells which one it is, one
 * of its model that failed may be this one, moved: nobody can say that it is not.
 */
export function findCheck(store: DeskStore, device: QualifiedDevice): ScannerQualification | null {
  const own = store.findLastQualification(device);
  return own === null && device.serial === null ? store.findFailedOfModel(device) : own;
}

/**
 * What was read back from the device has to be what the profile locks. The bridge refuses before the paper moves; this is for
 * a driver that says yes and gives something else. Throws `scanner.optionNotHonoured`.
 */
export function checkCapture(page: RawPage, { dpi, colorMode }: ScanProfile): void {
  if (page.dpi !== dpi || page.colorMode !== colorMode)
    throw new AppError('scanner.optionNotHonoured', { dpi: page.dpi, colorMode: page.colorMode });
}

/** What goes with each page that this device captures with this profile. */
export function describePageScanner(
  context: ServiceContext,
  scanner: ScannerDevice,
  profile: ScanProfile,
): PageScanner {
  const device = identityOf(scanner);
  const last = findCheck(context.desk().store, device);
  return {
    device,
    qualificationId: last?.qualificationId ?? null,
    standing: standingOf(last, profile.qualificationDays, context.clock.now()),
  };
}
