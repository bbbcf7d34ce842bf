import { join } from 'node:path';
import type { ScannerDriver } from './driver.ts';
import { createEsclDriver } from './escl-driver.ts';
import { createSaneDriver } from './sane-driver.ts';
import { createTwainDriver } from './twain-driver.ts';

/** Every way to reach a scanner on this system, in the order of preference. `folder`: where the helpers are. */
export function createDrivers(folder: string): readonly ScannerDriver[] {
  return [
    createSaneDriver(join(folder, 'sane-helper')),
    createTwainDriver(folder),
    createEsclDriver(join(import.meta.dirname, 'escl', 'main.ts')),
  ];
}
