// Builds the helper programs of the scanner bridge. Plain JavaScript without packages: it runs before `npm ci` has
// brought anything, on Node 20 and 24. A machine without compiler or headers has no scanner, and that is not an error.
// `--simulator` builds the TWAIN data source that tests use, too.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const warnings = ['-std=c11', '-O2', '-Wall', '-Wextra'];
// Windows 7 is the oldest that has what is used. A GUI program: no console flashes up when the bridge starts it.
const windowsFlags = [...warnings, '-s', '-static', '-D_WIN32_WINNT=0x0601', '-DWIN32_LEAN_AND_MEAN'];
const twainHelper = { sources: ['twain', 'wire'], flags: [...windowsFlags, '-mwindows'], libraries: [] };

const programs = [
  {
    name: 'SANE helper',
    output: 'sane-helper',
    compiler: 'gcc',
    header: '#include <sane/sane.h>\n#include <sane/saneopts.h>\n',
    sources: ['sane', 'wire'],
    flags: [...warnings, '-D_GNU_SOURCE', '-fstack-protector-strong', '-D_FORTIFY_SOURCE=2'],
    libraries: ['-lsane', '-lpthread', '-lm'],
    absence: 'no SANE helper (gcc or libsane-dev is missing): the scanner will be reported as absent',
  },
  {
    ...twainHelper,
    name: 'TWAIN helper for Windows',
    output: 'twain-helper.exe',
    compiler: 'x86_64-w64-mingw32-gcc',
    header: '#include <windows.h>\n',
    absence: 'no TWAIN helper (gcc-mingw-w64-x86-64 is missing): only desks with Windows need it',
  },
  {
    ...twainHelper,
    name: 'TWAIN helper for sources of 32 bit',
    output: 'twain-helper32.exe',
    compiler: 'i686-w64-mingw32-gcc',
    header: '#include <windows.h>\n',
    absence: 'no TWAIN helper of 32 bit (gcc-mingw-w64-i686 is missing)',
  },
];

const simulator = {
  name: 'TWAIN data source simulator',
  output: join('simulator', 'simulator.ds'),
  compiler: 'x86_64-w64-mingw32-gcc',
  header: '#include <windows.h>\n',
  sources: [join('twain', 'simulator')],
  flags: [...windowsFlags, '-shared', '-Wl,--kill-at'],
  libraries: [],
  absence: 'no TWAIN data source simulator (gcc-mingw-w64-x86-64 is missing)',
};

function modifiedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function hasCompiler(program) {
  try {
    execFileSync(program.compiler, ['-E', '-x', 'c', '-'], {
      input: program.header,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    return true;
  } catch {
    return false;
  }
}

function build(program) {
  const output = join(here, 'build', program.output);
  const files = program.sources.flatMap((folder) =>
    readdirSync(join(here, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(here, folder, entry.name)),
  );
  if (modifiedAt(output) >= Math.max(modifiedAt(fileURLToPath(import.meta.url)), ...files.map(modifiedAt))) {
    console.log(`twain-scanner-bridge: ${program.name} is up to date`);
    return;
  }
  if (!hasCompiler(program)) {
    console.log(`twain-scanner-bridge: ${program.absence}`);
    return;
  }
  mkdirSync(dirname(output), { recursive: true });
  // Another session may be starting the old program: the new one takes its place in one step.
  const unfinished = `${output}.${process.pid}`;
  const sources = files.filter((file) => file.endsWith('.c'));
  try {
    const flags = [...program.flags, '-o', unfinished, ...sources, ...program.libraries];
    execFileSync(program.compiler, flags, { stdio: 'inherit' });
    renameSync(unfinished, output);
    console.log(`twain-scanner-bridge: ${program.name} built`);
  } catch {
    rmSync(unfinished, { force: true });
    console.error(`twain-scanner-bridge: ${program.name} does not compile`);
    process.exitCode = 1;
  }
}

for (const program of process.argv.includes('--simulator') ? [...programs, simulator] : programs) build(program);
