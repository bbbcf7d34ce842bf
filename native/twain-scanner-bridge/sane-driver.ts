import { existsSync } from 'node:fs';
import type { ScannerDriver } from './driver.ts';
import { identifySaneDevice } from './sane-identity.ts';

/** SANE through `sane/sane-helper.c`. `helper`: path of the built program. */
export function createSaneDriver(helper: string): ScannerDriver {
  return {
    name: 'sane',
    isAvailable: () => existsSync(helper),
    listCommand: (known) => ({ file: helper, arguments: ['list', ...known] }),
    scanCommand: (deviceId, profile) => ({
      file: helper,
      arguments: [
        'scan',
        deviceId,
        profile.source,
        profile.colorMode,
        String(profile.dpi),
        String(profile.areaMm.width),
        String(profile.areaMm.height),
      ],
    }),
    previewCommand: (deviceId, colorMode) => ({ file: helper, arguments: ['preview', deviceId, colorMode] }),
    identify: (deviceId) => identifySaneDevice(deviceId),
    toErrorCode(stop) {
      if (stop.stage === 'option') return 'scanner.optionNotHonoured';
      switch (stop.status) {
        case 'NO_DOCS':
          return 'scanner.noDocuments';
        case 'JAMMED':
          return 'scanner.jam';
        case 'COVER_OPEN':
          return 'scanner.coverOpen';
        case 'DEVICE_BUSY':
        case 'WARMING_UP':
          return 'scanner.busy';
        case 'NO_MEM':
          return 'scanner.outOfMemory';
        case 'ACCESS_DENIED':
          return 'scanner.accessDenied';
        case 'CANCELLED':
          return 'scanner.cancelled';
        case 'EMPTY':
        // A backend that answers sane_start with EOF has no image to give.
        case 'EOF':
          return 'scanner.imageEmpty';
        case 'TRUNCATED':
          return 'scanner.imageTruncated';
        case 'IO_ERROR':
          return 'ioError';
        case 'INVAL':
          // The standard's answer of sane_open to a name that it does not know.
          return stop.stage === 'open' ? 'scanner.absent' : 'scanner.failed';
        default:
          return 'scanner.failed';
      }
    },
  };
}
