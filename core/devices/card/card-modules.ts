import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CardWatch } from './card-messages.ts';

/** A PKCS#11 library and how to run it. The administrator may list them; otherwise the table below finds them. */
export type CardModule = Readonly<{
  path: string;
  /** Added to the bridge's environment before the library is loaded (`SOFTHSM2_CONF`). */
  environment?: Readonly<Record<string, string>>;
  /** `readers` for cards (the default), `poll` for tokens without a reader, such as SoftHSM2. */
  watch?: CardWatch;
  /** Cards that are this library's own, by patterns of their answer to reset, instead of those of the table. */
  answersToReset?: readonly string[] | undefined;
}>;

type KnownModule = Readonly<{
  /** File names, or whole paths where a maker installs outside the system's folders; the first that exists is used. */
  files: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>>;
  /** Cards that are this library's own, by their answer to reset in hexadecimal. */
  answersToReset: readonly RegExp[];
}>;

// Historical bytes «DNIe» and «CERES» (DNIe and FNMT cards), and the PIV application in compact TLV (SP 800-73-4).
const dnieCards = /444E4965/u;
const fnmtCards = /4345524553/u;
const pivCards = /A000000308/u;
// Gemalto/Thales cards of the IDPrime family; CardOS of Siemens/Atos; JCOP cards by their name, which SafeSign serves.
const idPrimeCards = /80318065B08[45]/u;
const cardOsCards = /31FE58C9/u;
const jcopCards = /4A434F50/u;

/**
 * In order of preference: the makers' libraries for their own cards, OpenSC for what it knows. File names are those of
 * clienteafirma's list and of the makers' packages; the answers to reset, the historical bytes that the makers chose.
 */
const knownModules: readonly KnownModule[] = [
  {
    files: { linux: ['libpkcs11-fnmtdnie.so'], win32: ['FNMT_P11_x64.dll', 'DNIe_P11_x64.dll'] },
    answersToReset: [dnieCards, fnmtCards],
  },
  {
    files: {
      linux: ['libpkcs11-dnie.so'],
      win32: ['DNIe_P11_x64.dll'],
      darwin: ['/Library/Libpkcs11-dnie/lib/libpkcs11-dnie.so'],
    },
    answersToReset: [dnieCards],
  },
  { files: { linux: ['libpkcs11-dnietif.so'], win32: ['TIF_P11.dll'] }, answersToReset: [dnieCards] },
  {
    files: { linux: ['opensc-pkcs11.so'], win32: ['opensc-pkcs11.dll'], darwin: ['opensc-pkcs11.so'] },
    answersToReset: [pivCards, dnieCards, fnmtCards],
  },
  { files: { win32: ['siecap11.dll'] }, answersToReset: [cardOsCards] },
  {
    files: { linux: ['libIDPrimePKCS11.so'], win32: ['IDPrimePKCS1164.dll'] },
    answersToReset: [idPrimeCards],
  },
  { files: { linux: ['libaetpkss.so.3'], win32: ['aetpkss1.dll'] }, answersToReset: [jcopCards] },
];

/** The card libraries that this machine has: 64-bit ones only, as this program is. None is given twice. */
export function findCardModules(
  folders: readonly string[] = libraryFolders(),
  platform: NodeJS.Platform = process.platform,
): CardModule[] {
  const found = new Set<string>();
  for (const { files } of knownModules) {
    const path = (files[platform] ?? [])
      .flatMap((file) => (file.startsWith('/') ? [file] : folders.map((folder) => join(folder, file))))
      .find((candidate) => existsSync(candidate));
    if (path !== undefined) found.add(path);
  }
  return [...found].map((path) => ({ path }));
}

/** Whether a card with this answer to reset belongs to the library of that file name, its version apart. */
export function isOwnCard(moduleName: string, answerToReset: string): boolean {
  return knownModules.some(
    ({ files, answersToReset }) =>
      Object.values(files)
        .flat()
        .some((file) => moduleName.startsWith(file.slice(file.lastIndexOf('/') + 1))) &&
      answersToReset.some((pattern) => pattern.test(answerToReset)),
  );
}

function libraryFolders(): string[] {
  if (process.platform === 'win32') {
    const programs = process.env['ProgramFiles'] ?? 'C:\\Program Files';
    return [
      join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32'),
      join(programs, 'OpenSC Project', 'OpenSC', 'pkcs11'),
    ];
  }
  if (process.platform === 'darwin') return ['/Library/OpenSC/lib', '/usr/local/lib', '/opt/homebrew/lib'];
  const architecture = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  return [
    `/usr/lib/${architecture}`,
    `/usr/lib/${architecture}/pkcs11`,
    '/usr/lib64',
    '/usr/lib64/pkcs11',
    '/usr/lib',
    '/usr/lib/pkcs11',
    '/usr/local/lib',
  ];
}
