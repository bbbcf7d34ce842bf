import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The compiler that made the committed `kernels.wasm`; another version gives other bytes for the same behaviour. */
export const kernelsCompilerMajor = 14;

/**
 * Compiles the kernels to wasm with SIMD by clang and wasm-ld.
 * @param output path of the file to write; without it, the committed `kernels.wasm` is replaced.
 */
export function buildKernels(output = fileURLToPath(new URL('./kernels.wasm', import.meta.url))): void {
  const sources = ['kernels.c', 'ink.c', 'edges.c', 'jbig2.c', 'png.c'].map((name) =>
    fileURLToPath(new URL(name, import.meta.url)),
  );
  const flags = [
    '--target=wasm32',
    '-O3',
    '-msimd128',
    '-mbulk-memory',
    '-matomics',
    '-nostdlib',
    '-ffreestanding',
    '-fvisibility=hidden',
  ];
  // No -ffast-math: the same samples must give the same bytes whatever the compiler would like to reorder.
  const linker = [
    '--no-entry',
    '--export-dynamic',
    '--import-memory',
    '--shared-memory',
    `--max-memory=${String(2 ** 32)}`,
    '--export=__heap_base',
    '--strip-all',
  ];
  execFileSync('clang', [
    ...flags,
    ...linker.map((flag) => `-Wl,${flag}`),
    '-Wall',
    '-Werror',
    '-o',
    output,
    ...sources,
  ]);
}

/** Major version of the installed clang, or null where there is none. */
export function findCompilerMajor(): number | null {
  try {
    const match = /version (\d+)/u.exec(execFileSync('clang', ['--version'], { encoding: 'utf8' }));
    return match?.[1] === undefined ? null : Number(match[1]);
  } catch {
    return null;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) buildKernels();
