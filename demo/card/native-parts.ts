import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

const sources = join(import.meta.dirname, 'native');
const output = join(import.meta.dirname, 'build');
const flags = [
  '-std=c11',
  '-D_GNU_SOURCE',
  '-O2',
  '-Wall',
  '-Wextra',
  '-fPIC',
  '-shared',
  '-fstack-protector-strong',
  '-D_FORTIFY_SOURCE=2',
];

/** The shared library of a source in `native/`, compiled when it is older than its source. Throws without a compiler. */
export function buildNativePart(name: 'pin-pad-reader' | 'faulty-module'): string {
  const source = join(sources, `${name}.c`);
  const library = join(output, `${name}.so`);
  if (modifiedAt(library) >= modifiedAt(source)) return library;
  mkdirSync(output, { recursive: true });
  // Another process may be loading the old one: the new one takes its place in one step.
  const unfinished = `${library}.${process.pid}`;
  execFileSync('gcc', [...flags, '-o', unfinished, source, '-ldl'], { stdio: ['ignore', 'ignore', 'inherit'] });
  renameSync(unfinished, library);
  return library;
}

function modifiedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
