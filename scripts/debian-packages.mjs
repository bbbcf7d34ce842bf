import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

/** Debian 12 packages, with what each is for. `test` adds to `start` the validators that are not ours. */
export const debianPackages = [
  { name: 'openssl', for: 'start', why: 'PKI, OCSP y sellado de tiempo de demostración' },
  { name: 'softhsm2', for: 'start', why: 'clave del sello de órgano' },
  { name: 'pcscd', for: 'start', why: 'lector de tarjetas' },
  { name: 'vsmartcard-vpcd', for: 'start', why: 'lector virtual de la demostración' },
  { name: 'opensc', for: 'start', why: 'módulo PKCS#11 de la tarjeta' },
  { name: 'sane-utils', for: 'start', why: 'escáner' },
  { name: 'libsane-dev', for: 'start', why: 'puente del escáner' },
  { name: 'gcc', for: 'start', why: 'puente del escáner' },
  { name: 'libc6-dev', for: 'start', why: 'puente del escáner' },
  { name: 'chromium', for: 'start', why: 'ventana donde no hay Electron' },
  { name: 'poppler-utils', for: 'start', why: 'papel que se imprime y se firma a mano en la demostración' },
  { name: 'tesseract-ocr', for: 'start', why: 'texto de los papeles' },
  { name: 'tesseract-ocr-spa', for: 'start', why: 'texto de los papeles' },
  { name: 'sane-airscan', for: 'test', why: 'lee el escáner eSCL de las pruebas' },
  { name: 'chromium-headless-shell', for: 'test', why: 'Chromium sin su propia ventana, que cuesta la mitad' },
  { name: 'xvfb', for: 'test', why: 'pantalla virtual' },
  { name: 'xauth', for: 'test', why: 'pantalla virtual' },
  { name: 'gnutls-bin', for: 'test', why: 'certtool' },
  { name: 'xmlsec1', for: 'test', why: 'firmas XML' },
  { name: 'libxml2-utils', for: 'test', why: 'xmllint' },
  { name: 'qpdf', for: 'test', why: 'estructura de los PDF' },
  { name: 'img2pdf', for: 'test', why: 'un PDF de páginas que no ha hecho el programa' },
  { name: 'libbcpkix-java', for: 'test', why: 'BouncyCastle sobre las firmas, donde hay java' },
  { name: 'libpdfbox2-java', for: 'test', why: 'PDFBox preflight sobre PDF/A-1b, donde hay java' },
  { name: 'libactivation-java', for: 'test', why: 'lo necesita PDFBox preflight y no lo pide' },
  { name: 'libjaxb-api-java', for: 'test', why: 'lo necesita PDFBox preflight y no lo pide' },
  { name: 'libnss3-tools', for: 'test', why: 'certificados para pdfsig' },
  { name: 'gcc-mingw-w64-x86-64-win32', for: 'test', why: 'puente TWAIN para Windows' },
  { name: 'mingw-w64-x86-64-dev', for: 'test', why: 'puente TWAIN para Windows' },
  { name: 'wine64', for: 'test', why: 'Windows donde probar el puente TWAIN' },
  { name: 'postgresql', for: 'test', why: 'registro central sobre PostgreSQL' },
];

/** @param {'start' | 'test'} purpose */
export function packagesFor(purpose) {
  return debianPackages.filter((entry) => purpose === 'test' || entry.for === 'start').map((entry) => entry.name);
}

/**
 * Those of `names` that dpkg does not state as installed.
 * @param {readonly string[]} names
 * @param {string} dpkgOutput lines of `${db:Status-Abbrev} ${binary:Package}`, such as `ii  qpdf` or `rc  libsane-dev:amd64`
 */
export function missingPackages(names, dpkgOutput) {
  const installed = new Set(
    dpkgOutput
      .split('\n')
      .filter((line) => /^.i/u.test(line))
      .map((line) => line.slice(3).trim().replace(/:\w+$/u, '')),
  );
  return names.filter((name) => !installed.has(name));
}

/** @param {readonly string[]} names */
export function aptLine(names) {
  return `sudo apt-get update && sudo apt-get install --no-install-recommends -y ${names.join(' ')}`;
}

/**
 * Sees that the packages are there: installs them when root, says the exact line otherwise.
 * @param {'start' | 'test'} purpose
 * @returns {boolean} whether the work can go on
 */
export function ensureDebianPackages(purpose) {
  const names = packagesFor(purpose);
  const missing = listMissing(names);
  if (missing === null) {
    console.error('Este sistema no es Debian: no se comprueban los programas que hacen falta.');
    return true;
  }
  if (missing.length === 0) return true;
  if (process.getuid?.() !== 0) {
    console.error(`Faltan programas del sistema. Instálelos con esta orden y repita:\n\n  ${aptLine(missing)}\n`);
    return false;
  }
  console.error(`Instalando programas del sistema: ${missing.join(' ')}`);
  const hasLists = readdirSync('/var/lib/apt/lists').some((file) => file.includes('_Packages'));
  const isInstalled = (hasLists && install(missing)) || (apt(['update']) && install(missing));
  const remaining = isInstalled ? listMissing(names) : missing;
  if (remaining?.length === 0) return true;
  console.error(
    `No se han podido instalar: ${(remaining ?? missing).join(' ')}. Inténtelo a mano:\n\n  ${aptLine(missing)}\n`,
  );
  return false;
}

function listMissing(names) {
  const query = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Abbrev} ${binary:Package}\n', ...names], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return query.error ? null : missingPackages(names, query.stdout);
}

function install(names) {
  return apt(['install', '--no-install-recommends', '-y', ...names]);
}

function apt(commandArguments) {
  // Another apt may be at work on a machine that has just started.
  const child = spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=300', ...commandArguments], {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return child.status === 0;
}
