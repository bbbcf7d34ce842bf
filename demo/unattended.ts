import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runUnattended } from './driver/unattended-run.ts';
import { demoPaths, demoPathsUnder } from './paths.ts';

/*
 * `npm run demo -- --unattended --out DIR [--pages FOLDER] [--offline]`: drives the real window through the whole job,
 * in an office of its own that is removed at the end. Exit code 0 only when all of it was done.
 */
const usage = 'Uso: npm run demo -- --unattended --out CARPETA [--pages CARPETA] [--offline]';
const request = readRequest();
if (request === null) {
  console.error(usage);
  process.exit(2);
}

const outputFolder = path.resolve(request.out);
await mkdir(outputFolder, { recursive: true });
const home = path.dirname(demoPaths().root);
await mkdir(home, { recursive: true, mode: 0o700 });
const root = await mkdtemp(path.join(home, 'unattended-'));
let exitCode = 1;
try {
  const pages = request.pages === undefined ? null : await listImages(path.resolve(request.pages));
  await runUnattended({ paths: demoPathsUnder(root), outputFolder, pages, isOffline: request.offline });
  exitCode = 0;
} catch (error) {
  console.error(`La demostración no ha terminado: ${error instanceof Error ? error.message : String(error)}`);
  if (process.env['VENTANILLA_DEBUG'] !== undefined) console.error(error);
} finally {
  await rm(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
process.exit(exitCode);

/** Null when the arguments are not what the usage says. */
function readRequest() {
  try {
    const { values } = parseArgs({
      options: {
        unattended: { type: 'boolean', default: false },
        out: { type: 'string' },
        pages: { type: 'string' },
        offline: { type: 'boolean', default: false },
      },
    });
    return values.unattended && values.out !== undefined ? { ...values, out: values.out } : null;
  } catch {
    return null;
  }
}

async function listImages(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter((name) => /\.(?:png|jpe?g|tiff?)$/iu.test(name)).toSorted();
  if (names.length === 0) throw new Error(`no hay imágenes PNG, JPEG o TIFF en ${folder}`);
  return names.map((name) => path.join(folder, name));
}
