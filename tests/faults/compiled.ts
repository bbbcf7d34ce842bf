import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** core/store/io-fault.c as a library to preload, in `folder`. */
export function compileIoFault(folder: string): string {
  const library = join(folder, 'io-fault.so');
  const source = join(import.meta.dirname, '..', '..', 'core', 'store', 'io-fault.c');
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source, '-ldl']);
  return library;
}

/** power-cut.c as a program, in `folder`. */
export function compilePowerCut(folder: string): string {
  const program = join(folder, 'power-cut');
  execFileSync('cc', ['-O1', '-o', program, join(import.meta.dirname, 'power-cut.c')]);
  return program;
}
