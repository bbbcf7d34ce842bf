// Builds the helper programs of the scanner bridge. Plain JavaScript without packages: it runs before `npm ci` has
// brought anything, on Node 20 and 24. A machine without compiler or headers has no scanner, and that is not an error.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const sources = join(here, 'sane');
const output = join(here, 'build', 'sane-helper');

function modifiedAt(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function hasSane() {
  try {
    execFileSync('gcc', ['-E', '-x', 'c', '-'], {
      input: '#include <sane/sane.h>\n#include <sane/saneopts.h>\n',
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    return true;
  } catch {
    return false;
  }
}

const files = readdirSync(sources).map((name) => join(sources, name));
if (modifiedAt(output) >= Math.max(modifiedAt(fileURLToPath(import.meta.url)), ...files.map(modifiedAt))) {
  console.log('twain-scanner-bridge: the SANE helper is up to date');
} else if (!hasSane()) {
  console.log(
    'twain-scanner-bridge: no SANE helper (gcc or libsane-dev is missing): the scanner will be reported as absent',
  );
} else {
  mkdirSync(dirname(output), { recursive: true });
  // Another session may be starting the old helper: the new one takes its place in one step.
  const unfinished = `${output}.${process.pid}`;
  try {
    const flags = [
      '-std=c11',
      '-D_GNU_SOURCE',
      '-O2',
      '-Wall',
      '-Wextra',
      '-fstack-protector-strong',
      '-D_FORTIFY_SOURCE=2',
    ];
    execFileSync(
      'gcc',
      [...flags, '-o', unfinished, ...files.filter((file) => file.endsWith('.c')), '-lsane', '-lpthread', '-lm'],
      { stdio: 'inherit' },
    );
    renameSync(unfinished, output);
    console.log('twain-scanner-bridge: SANE helper built');
  } catch {
    rmSync(unfinished, { force: true });
    console.error('twain-scanner-bridge: the SANE helper does not compile');
    process.exitCode = 1;
  }
}
