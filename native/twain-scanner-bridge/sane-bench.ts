import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A private SANE configuration for tests: SANE's own `test` or `pnm` backend and no other. */
export type SaneBench = Readonly<{
  folder: string;
  environment: Readonly<Record<string, string | undefined>>;
  /** Settings of the `test` backend (test.conf) over values that let an A4 page through. */
  configureTest(settings?: Readonly<Record<string, string>>): void;
  /** Names in dll.conf; an empty list unplugs everything. */
  setBackends(names: readonly string[]): void;
  /** Process ids of this bench's helpers that are scanning. */
  scanningHelpers(): readonly number[];
  /** A file for pnm-feeder's queue, as it is. */
  queue(name: string, content: Buffer): void;
  remove(): void;
}>;

const testDefaults: Readonly<Record<string, string>> = {
  number_of_devices: '1',
  mode: 'Gray',
  depth: '8',
  'hand-scanner': 'false',
  'three-pass': 'false',
  resolution_min: '1.0',
  resolution_max: '1200.0',
  resolution_quant: '1.0',
  resolution: '50.0',
  'test-picture': '"Color pattern"',
  'read-status-code': '"Default"',
  'ppl-loss': '0',
  geometry_min: '0.0',
  geometry_max: '300.0',
  geometry_quant: '1.0',
  br_x: '80.0',
  br_y: '100.0',
};

/** Builds the helper where it is missing and makes the bench in a temporary folder. */
export function createSaneBench(): SaneBench {
  execFileSync(process.execPath, [join(import.meta.dirname, 'build.mjs')], { stdio: 'ignore' });
  const folder = mkdtempSync(join(tmpdir(), 'ventanilla-sane-'));

  function setBackends(names: readonly string[]): void {
    writeFileSync(join(folder, 'dll.conf'), names.map((name) => `${name}\n`).join(''));
  }

  function configureTest(settings: Readonly<Record<string, string>> = {}): void {
    const lines = Object.entries({ ...testDefaults, ...settings }).map(([name, value]) => `${name} ${value}\n`);
    writeFileSync(join(folder, 'test.conf'), lines.join(''));
  }

  configureTest();
  setBackends(['test']);
  return {
    folder,
    environment: { ...process.env, SANE_CONFIG_DIR: folder },
    configureTest,
    setBackends,
    scanningHelpers: () =>
      readdirSync('/proc')
        .filter((name) => /^\d+$/u.test(name) && isOurHelper(name, folder))
        .map(Number),
    queue(name, content) {
      for (const part of ['queue', 'taken']) mkdirSync(join(folder, 'feeder', part), { recursive: true });
      writeFileSync(join(folder, 'feeder', 'dpi'), '300\n');
      writeFileSync(join(folder, 'feeder', 'queue', name), content);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function isOurHelper(pid: string, folder: string): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    if (words[0]?.endsWith('/sane-helper') !== true || !['scan', 'preview'].includes(words[1] ?? '')) return false;
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`SANE_CONFIG_DIR=${folder}`);
  } catch {
    // The process has ended since the folder was read, or belongs to somebody else.
    return false;
  }
}
