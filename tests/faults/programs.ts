import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

/** What a campaign starts again and again, made once in a folder that is removed with it. */
export type Programs = Readonly<{
  /** working-desk.ts in one file: a desk that is killed every second or so starts in a third of the time. */
  desk: string;
  /** scene-program.ts, likewise. */
  scene: string;
  searchWorker: URL;
  /** core/store/io-fault.c as a library to preload. */
  ioFaultLibrary: string;
  /** io-record.c, likewise. */
  ioRecordLibrary: string;
  /** power-cut.c. */
  powerCut: string;
  /** What every program is started with. */
  environment: NodeJS.ProcessEnv;
}>;

const nativePackage = 'better-sqlite3-multiple-ciphers';
const root = join(import.meta.dirname, '..', '..');

export async function makePrograms(folder: string): Promise<Programs> {
  const bundles = join(folder, 'programs');
  mkdirSync(bundles);
  const bundle = await rolldown({
    input: {
      desk: join(import.meta.dirname, 'working-desk.ts'),
      scene: join(import.meta.dirname, 'scene-program.ts'),
      'search-worker': join(root, 'core', 'store', 'search-worker.ts'),
    },
    platform: 'node',
    // By its whole address, because the bundle lies outside of the project.
    plugins: [
      {
        name: 'native-package',
        resolveId: (id) => (id === nativePackage ? { id: import.meta.resolve(id), external: 'absolute' } : null),
      },
    ],
  });
  await bundle.write({ dir: bundles, format: 'esm', entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs' });
  await bundle.close();
  const ioFaultLibrary = join(folder, 'io-fault.so');
  compile('-shared', '-fPIC', '-o', ioFaultLibrary, join(root, 'core', 'store', 'io-fault.c'), '-ldl');
  const ioRecordLibrary = join(folder, 'io-record.so');
  compile('-shared', '-fPIC', '-o', ioRecordLibrary, join(import.meta.dirname, 'io-record.c'), '-ldl', '-lpthread');
  const powerCut = join(folder, 'power-cut');
  compile('-o', powerCut, join(import.meta.dirname, 'power-cut.c'));
  return {
    desk: join(bundles, 'desk.mjs'),
    scene: join(bundles, 'scene.mjs'),
    searchWorker: pathToFileURL(join(bundles, 'search-worker.mjs')),
    ioFaultLibrary,
    ioRecordLibrary,
    powerCut,
    environment: { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') },
  };
}

function compile(...words: readonly string[]): void {
  execFileSync('cc', ['-O1', ...words]);
}
