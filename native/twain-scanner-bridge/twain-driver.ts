import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ErrorCode } from '../../core/contract/errors.ts';
import type { HelperCommand, HelperStop, ScannerDriver } from './driver.ts';

const codes: Readonly<Record<string, ErrorCode | 'ioError'>> = {
  NOMEDIA: 'scanner.noDocuments',
  PAPERJAM: 'scanner.jam',
  DAMAGEDCORNER: 'scanner.jam',
  PAPERDOUBLEFEED: 'scanner.doubleFeed',
  INTERLOCK: 'scanner.coverOpen',
  MAXCONNECTIONS: 'scanner.busy',
  BUSY: 'scanner.busy',
  SCANNERLOCKED: 'scanner.busy',
  LOWMEMORY: 'scanner.outOfMemory',
  DENIED: 'scanner.accessDenied',
  EMPTY: 'scanner.imageEmpty',
  TRUNCATED: 'scanner.imageTruncated',
  CANCEL: 'scanner.cancelled',
  CANCELLED: 'scanner.cancelled',
  NODS: 'scanner.absent',
  BADDEST: 'scanner.absent',
};

/**
 * TWAIN through `twain/twain-helper.c`. `folder`: where the helpers are. `runner`: what runs programs for Windows on
 * another system, such as Wine; without it the driver exists on Windows only.
 */
export function createTwainDriver(folder: string, runner: readonly string[] = []): ScannerDriver {
  function command(helper: string, words: readonly string[]): HelperCommand {
    const [file = '', ...rest] = [...runner, join(folder, helper), ...words];
    return { file, arguments: rest };
  }

  return {
    name: 'twain',
    isAvailable: () =>
      (process.platform === 'win32' || runner.length > 0) && existsSync(join(folder, 'twain-helper.exe')),
    // It asks the helper of 32 bit, where that one is there, by itself.
    listCommand: (known) => command('twain-helper.exe', ['list', ...known]),
    scanCommand: (deviceId, profile) =>
      command(helperOf(deviceId), [
        'scan',
        deviceId,
        profile.source,
        profile.colorMode,
        String(profile.dpi),
        String(profile.areaMm.width),
        String(profile.areaMm.height),
      ]),
    previewCommand: (deviceId, colorMode) => command(helperOf(deviceId), ['preview', deviceId, colorMode]),
    // The name of the source: where it serves two of a model, both are one to it.
    identify: (deviceId) => ({ serial: null, connection: deviceId }),
    toErrorCode,
  };
}

function helperOf(deviceId: string): string {
  return deviceId.startsWith('twain32:') ? 'twain-helper32.exe' : 'twain-helper.exe';
}

function toErrorCode(stop: HelperStop): ErrorCode | 'ioError' {
  if (stop.stage === 'option') return 'scanner.optionNotHonoured';
  // An installed source stays in the list when its scanner is unplugged: the list cannot tell one from the other.
  if (stop.status === 'CHECKDEVICEONLINE') return stop.stage === 'read' ? 'scanner.disconnected' : 'scanner.offline';
  // Managers of TWAIN 1 tell no more than this of a source that does not open: as a rule its scanner is off.
  if (stop.stage === 'open' && (stop.status === 'OPERATIONERROR' || stop.status === 'BUMMER')) return 'scanner.offline';
  return codes[stop.status] ?? 'scanner.failed';
}
