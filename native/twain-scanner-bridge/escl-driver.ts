import { existsSync } from 'node:fs';
import { networkScannersVariable, readNetworkScanners } from './escl/network-scanners.ts';
import { esclStops, isEsclStatus } from './escl/stop.ts';
import type { ScannerDriver } from './driver.ts';

/** eSCL through `escl/main.ts`, a Node program. `helper`: its path. */
export function createEsclDriver(helper: string): ScannerDriver {
  const command = (...words: readonly string[]) => ({ file: process.execPath, arguments: [helper, ...words] });
  return {
    name: 'escl',
    isAvailable() {
      // Electron's own program is no Node that could run a file (its fuse is off).
      if (process.versions['electron'] !== undefined || !existsSync(helper)) return false;
      const { discovery, devices } = readNetworkScanners(process.env[networkScannersVariable]);
      return discovery.length > 0 || devices.length > 0;
    },
    listCommand: () => command('list'),
    scanCommand: (deviceId, profile) =>
      command(
        'scan',
        deviceId,
        profile.source,
        profile.colorMode,
        String(profile.dpi),
        String(profile.areaMm.width),
        String(profile.areaMm.height),
      ),
    previewCommand: (deviceId, colorMode) => command('preview', deviceId, colorMode),
    identify: (deviceId) => ({ serial: null, connection: new URL(deviceId.slice('escl:'.length)).host }),
    toErrorCode: ({ status }) => (isEsclStatus(status) ? esclStops[status] : 'scanner.failed'),
  };
}
