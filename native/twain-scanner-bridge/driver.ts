import type { ErrorCode } from '../../core/contract/errors.ts';
import type { CaptureProfile } from '../../core/devices/scanner/messages.ts';
import type { PreviewColorMode, ScannerDevice } from '../../core/services/ports/scanner.ts';

/** Why a helper says that a session ended, in the words of its driver. */
export type HelperStop = Readonly<{ stage: string; status: string; option: string }>;

export type HelperCommand = Readonly<{ file: string; arguments: readonly string[] }>;

/** What tells a device from another of its model: see ScannerDevice. */
export type DeviceIdentity = Pick<ScannerDevice, 'serial' | 'connection'>;

/** A way to reach scanners. All speak the wire protocol of README.md through a helper program of their own. */
export type ScannerDriver = Readonly<{
  name: ScannerDevice['driver'];
  /** False where its helper was not built: the driver then has no devices. */
  isAvailable(): boolean;
  /** `known`: devices whose sources the broker knows already, so that they need not be opened again. */
  listCommand(known: readonly string[]): HelperCommand;
  scanCommand(deviceId: string, profile: CaptureProfile): HelperCommand;
  /** A quick picture of the whole glass. */
  previewCommand(deviceId: string, colorMode: PreviewColorMode): HelperCommand;
  /** What the driver's name for a device tells of it; a serial number that the helper tells comes first. */
  identify(deviceId: string): DeviceIdentity;
  /** `ioError` where only a look at the list of devices tells a pulled cable from a fault. */
  toErrorCode(stop: HelperStop): ErrorCode | 'ioError';
}>;
