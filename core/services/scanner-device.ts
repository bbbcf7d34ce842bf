import { AppError } from '../contract/errors.ts';
import type { QualifiedDevice } from '../contract/schemas/qualification.ts';
import type { ScanProfile } from '../contract/schemas/scan-profile.ts';
import { standingOf } from '../domain/qualification-rules.ts';
import type { ServiceContext } from './context.ts';
import type { RawPage, ScannerDevice } from './ports/scanner.ts';
import type { PageScanner } from './ports/store.ts';

/** The scanner that the desk uses: the first one that answers. */
export async function findScanner(context: ServiceContext): Promise<ScannerDevice> {
  const [device] = await context.scanner.listDevices();
  if (device === undefined) throw new AppError('scanner.absent');
  return device;
}

export function identityOf({ driver, maker, model }: ScannerDevice): QualifiedDevice {
  return { driver, maker, model };
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
  const last = context.desk().store.findLastQualification(device);
  return {
    device,
    qualificationId: last?.qualificationId ?? null,
    standing: standingOf(last, profile.qualificationDays, context.clock.now()),
  };
}
