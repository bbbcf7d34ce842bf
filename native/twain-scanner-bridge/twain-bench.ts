import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ScannerDriver } from './driver.ts';
import { createTwainDriver } from './twain-driver.ts';

// Debian's packages wine64 and gcc-mingw-w64-x86-64 (scripts/debian-packages.mjs).
const wine = '/usr/lib/wine/wine64';
const wineServer = '/usr/lib/wine/wineserver64';

/**
 * A Windows of its own for tests: Wine, its data source manager, and the data source simulator of twain/simulator.
 * VENTANILLA_TWAINDSM, the path of a TWAINDSM.dll of 64 bit, puts the TWAIN Working Group's manager in the place of Wine's.
 */
export type TwainBench = Readonly<{
  driver: ScannerDriver;
  /** Processes of this bench inherit it. */
  environment: Readonly<Record<string, string>>;
  /** Value of VENTANILLA_TWAIN_SIMULATOR with these settings (README.md). */
  simulator(settings?: Readonly<Record<string, string | number>>): string;
  /** What the simulator was asked to do since the last call, a line each. */
  takeLog(): readonly string[];
  /** A page for the simulator's feeder, 1-based: it takes the place of the drawn one. */
  putPage(number: number, pnm: Buffer): void;
  clearPages(): void;
  /** Process ids of this bench's helpers that are scanning. */
  scanningHelpers(): readonly number[];
  remove(): void;
}>;

/** Builds helper and simulator where they are missing and makes a Windows in a temporary folder, which takes seconds. */
export function createTwainBench(): TwainBench {
  const build = join(import.meta.dirname, 'build');
  execFileSync(process.execPath, [join(import.meta.dirname, 'build.mjs'), '--simulator'], { stdio: 'ignore' });
  for (const part of [wine, wineServer, join(build, 'twain-helper.exe'), join(build, 'simulator', 'simulator.ds')])
    if (!existsSync(part)) throw new Error(`${part} is missing: npm test installs what it is made of`);
  const folder = mkdtempSync(join(tmpdir(), 'ventanilla-twain-'));
  const environment = {
    WINEPREFIX: join(folder, 'windows'),
    // Wine puts its socket there.
    TMPDIR: folder,
    WINEDEBUG: '-all',
    // No menus, no .NET and no HTML: nobody needs them here, and they would be fetched. Nor Wine's source for cameras.
    WINEDLLOVERRIDES: 'winemenubuilder.exe,mscoree,mshtml=;gphoto2.ds=n',
  };
  const options = { env: { ...process.env, ...environment }, stdio: 'ignore' } as const;

  function remove(): void {
    try {
      execFileSync(wineServer, ['-k'], options);
      execFileSync(wineServer, ['-w'], options);
    } catch {
      // There was none to end: Wine could not make its folder.
    }
    rmSync(folder, { recursive: true, force: true });
  }

  function makeWindows(): void {
    execFileSync(wine, ['wineboot', '-i'], options);
    // Windows that exist without a screen: sources may open some, and the helper has one. It counts from the next start.
    execFileSync(wine, ['reg', 'add', String.raw`HKCU\Software\Wine\Drivers`, '/v', 'Graphics', '/d', 'null'], options);
    execFileSync(wineServer, ['-k'], options);
    execFileSync(wineServer, ['-w'], options);
    const sources = join(environment.WINEPREFIX, 'drive_c', 'windows', 'twain_64');
    mkdirSync(sources, { recursive: true });
    // Wine's manager knows two file names of sources, and no others.
    for (const name of ['sane.ds', 'gphoto2.ds'])
      copyFileSync(join(build, 'simulator', 'simulator.ds'), join(sources, name));
    const manager = process.env['VENTANILLA_TWAINDSM'];
    if (manager !== undefined) copyFileSync(manager, join(sources, '..', 'system32', 'TWAINDSM.dll'));
    // One server for all helpers: starting it costs more than starting them.
    execFileSync(wineServer, ['-p'], options);
  }

  try {
    makeWindows();
  } catch (error) {
    remove();
    throw error;
  }
  const pages = join(folder, 'pages');
  mkdirSync(pages);
  const log = join(folder, 'log');
  let taken = 0;
  return {
    driver: createTwainDriver(build, [wine]),
    environment,
    simulator: (settings = {}) =>
      Object.entries({ log: windowsPath(log), folder: windowsPath(pages), ...settings })
        .map(([name, value]) => `${name}=${value}`)
        .join(';'),
    takeLog() {
      const text = existsSync(log) ? readFileSync(log, 'latin1').slice(taken) : '';
      // Whole lines, and the file stays: the simulator may be writing to it.
      const lines = text.slice(0, text.lastIndexOf('\n') + 1);
      taken += lines.length;
      return lines.split('\n').filter((line) => line !== '');
    },
    putPage(number, pnm) {
      writeFileSync(join(pages, `${String(number).padStart(4, '0')}.pnm`), pnm);
    },
    clearPages() {
      for (const name of readdirSync(pages)) rmSync(join(pages, name));
    },
    scanningHelpers: () =>
      readdirSync('/proc')
        .filter((name) => /^\d+$/u.test(name) && isOurHelper(name, environment.WINEPREFIX))
        .map(Number),
    remove,
  };
}

/** Wine shows the whole file system as drive Z. */
function windowsPath(path: string): string {
  return `Z:${path.replaceAll('/', '\\')}`;
}

function isOurHelper(pid: string, prefix: string): boolean {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    if (words[0]?.endsWith('twain-helper.exe') !== true || !['scan', 'preview'].includes(words[1] ?? '')) return false;
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`WINEPREFIX=${prefix}`);
  } catch {
    // The process has ended since the folder was read, or belongs to somebody else.
    return false;
  }
}
