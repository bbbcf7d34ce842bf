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
}>;

type KnownModule = Readonly<{
  files: readonly string[];
  /** Cards that are this library's own, by their answer to reset in hexadecimal. */
  answersToReset: readonly RegExp[];
}>;

// Historical bytes «DNIe» and «CERES» (DNIe and FNMT cards), and the PIV application in compact TLV (SP 800-73-4).
const spanishCards = [/444E4965/u, /4345524553/u];
const pivCards = [/A000000308/u];

/** In order of preference. File names: clienteafirma's list and the makers' packages. */
const knownModules: readonly KnownModule[] = [
  { files: ['libpkcs11-fnmtdnie.so', 'FNMT_P11_x64.dll', 'DNIe_P11_x64.dll'], answersToReset: spanishCards },
  { files: ['libpkcs11-dnietif.so', 'TIF_P11.dll'], answersToReset: [/444E4965/u] },
  { files: ['opensc-pkcs11.so', 'opensc-pkcs11.dll'], answersToReset: [...pivCards, ...spanishCards] },
  { files: ['siecap11.dll'], answersToReset: [] },
  { files: ['IDPrimePKCS1164.dll'], answersToReset: [] },
  { files: ['aetpkss1.dll'], answersToReset: [] },
];

/** The card libraries that this machine has: 64-bit ones only, as this program is. */
export function findCardModules(folders: readonly string[] = libraryFolders()): CardModule[] {
  const found: CardModule[] = [];
  for (const { files } of knownModules) {
    const path = files
      .flatMap((file) => folders.map((folder) => join(folder, file)))
      .find((candidate) => existsSync(candidate));
    if (path !== undefined) found.push({ path });
  }
  return found;
}

/** Whether a card with this answer to reset belongs to the library of that file name. */
export function isOwnCard(moduleName: string, answerToReset: string): boolean {
  const known = knownModules.find(({ files }) => files.includes(moduleName));
  return known?.answersToReset.some((pattern) => pattern.test(answerToReset)) ?? false;
}

function libraryFolders(): string[] {
  if (process.platform === 'win32') return [join(process.env['SystemRoot'] ?? 'C:\\Windows', 'System32')];
  const architecture = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  return [
    `/usr/lib/${architecture}`,
    `/usr/lib/${architecture}/pkcs11`,
    '/usr/lib64',
    '/usr/lib64/pkcs11',
    '/usr/lib',
    '/usr/local/lib',
  ];
}
