import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NetworkScanners } from '../../../core/contract/schemas/network-scanners.ts';
import { createEsclDriver } from '../escl-driver.ts';
import { networkScannersVariable } from '../escl/network-scanners.ts';

export const esclHelper = join(import.meta.dirname, '..', 'escl', 'main.ts');
export const esclDriver = createEsclDriver(esclHelper);

/** What a test puts into the environment for a bridge that knows these scanners and asks no network. */
export function esclEnvironment(settings: Partial<NetworkScanners>): Readonly<Record<string, string>> {
  return { [networkScannersVariable]: JSON.stringify({ discovery: [], devices: [], ...settings }) };
}

/** Process ids of the helpers that are scanning from that device. */
export function esclHelpersOf(url: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return words[1] === esclHelper && words[2] !== 'list' && words[3] === `escl:${url}`;
      } catch {
        // The process has ended since the folder was read, or belongs to somebody else.
        return false;
      }
    })
    .map(Number);
}
