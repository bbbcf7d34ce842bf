import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectNode, root, run } from './processes.mjs';

const stampFile = path.join(root, 'node_modules', '.ventanilla-lock-sha256');

/** What is built from sources, when they are there and their digest is not the one of the last build. */
const builds = {
  scanner: {
    name: 'puente del escáner',
    needs: 'native/twain-scanner-bridge/build.mjs',
    sources: ['native/twain-scanner-bridge'],
    product: 'native/twain-scanner-bridge/build',
    stamp: 'native/twain-scanner-bridge/build/.sources-sha256',
    command: ['native/twain-scanner-bridge/build.mjs'],
  },
  window: {
    name: 'ventana',
    needs: 'renderer/index.html',
    sources: ['renderer', 'core/contract', 'resources', 'package-lock.json'],
    product: 'dist/renderer/index.html',
    stamp: 'dist/.renderer-sources-sha256',
    command: ['node_modules/vite/bin/vite.js', 'build', 'renderer', '--logLevel', 'warn'],
  },
  electron: {
    name: 'ventana en Electron',
    needs: 'electron/build.mjs',
    sources: ['electron', 'core/contract', 'core/host', 'package-lock.json'],
    product: 'dist/electron/main.js',
    stamp: 'dist/.electron-sources-sha256',
    command: ['electron/build.mjs'],
  },
};

/** Installs the npm packages of the lock file unless they are there. */
export async function ensureNpmPackages() {
  const lockText = readFileSync(path.join(root, 'package-lock.json'), 'utf8');
  const stamp = createHash('sha256').update(`${lockText}${process.platform}${process.arch}`).digest('hex');
  if (existsSync(projectNode) && readText(stampFile) === stamp) return true;
  const lock = JSON.parse(lockText);
  const isCurrent = () =>
    existsSync(projectNode) && isInstalled(lock, readJson(path.join(root, 'node_modules', '.package-lock.json')));
  if (!isCurrent()) {
    console.error('Instalando los paquetes de npm (solo la primera vez o cuando cambian)…');
    // Not `npm ci`: it refuses a lock file without the optional packages of platforms that a registry does not hold.
    // The lock file rules all the same: it is not written, its digests are checked, and so is what came of it.
    const code = await run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'], {
      isSetUp: true,
    });
    if (code !== 0 || !isCurrent()) {
      console.error('npm no ha podido instalar los paquetes de package-lock.json: compruebe la conexión y repita.');
      return false;
    }
  }
  // In a new file: a copy of this checkout that shares its files by links keeps its own.
  rmSync(stampFile, { force: true });
  writeFileSync(stampFile, stamp);
  return true;
}

/**
 * Whether what npm wrote down when it installed is what the lock file asks for. Packages of other platforms are
 * optional and may be absent, or present though the lock file was made where they are not wanted.
 * @param {{ packages: Record<string, { version?: string, integrity?: string, optional?: boolean }> }} lock
 * @param {{ packages?: Record<string, { version?: string, integrity?: string, optional?: boolean }> } | null} installed
 */
export function isInstalled(lock, installed) {
  if (!installed?.packages) return false;
  const wanted = Object.entries(lock.packages).filter(([folder]) => folder !== '');
  const isPresent = wanted.every(([folder, entry]) => {
    const found = installed.packages[folder];
    if (found === undefined) return entry.optional === true;
    return found.version === entry.version && found.integrity === entry.integrity;
  });
  const isAskedFor = ([folder, entry]) => lock.packages[folder] !== undefined || entry.optional === true;
  return isPresent && Object.entries(installed.packages).every(isAskedFor);
}

/**
 * Builds what is out of date.
 * @param {readonly ('scanner' | 'window' | 'electron')[]} names
 */
export async function ensureBuilds(names) {
  for (const name of names) {
    const build = builds[name];
    if (!existsSync(path.join(root, build.needs))) continue;
    const digest = digestOfSources(build.sources);
    const stamp = path.join(root, build.stamp);
    if (existsSync(path.join(root, build.product)) && readText(stamp) === digest) continue;
    console.error(`Preparando: ${build.name}…`);
    const code = await run(projectNode, build.command, { isSetUp: true });
    if (code !== 0) {
      console.error(`No se ha podido preparar: ${build.name}. El motivo está en las líneas anteriores.`);
      return false;
    }
    mkdirSync(path.dirname(stamp), { recursive: true });
    writeFileSync(stamp, digest);
  }
  return true;
}

/** By content, not by date: a fresh clone or a change of branch gives every file a new one. */
function digestOfSources(places) {
  const hash = createHash('sha256');
  for (const place of places) {
    for (const file of listFiles(path.join(root, place))) {
      hash.update(path.relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
    }
  }
  return hash.digest('hex');
}

function listFiles(place) {
  if (!existsSync(place)) return [];
  if (path.extname(place) === '.json') return [place];
  return readdirSync(place, { withFileTypes: true })
    .filter((entry) => !['build', 'dist', 'node_modules'].includes(entry.name) && !/\.test\.tsx?$/u.test(entry.name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const full = path.join(place, entry.name);
      return entry.isDirectory() ? listFiles(full) : entry.isFile() ? [full] : [];
    });
}

function readText(file) {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}
