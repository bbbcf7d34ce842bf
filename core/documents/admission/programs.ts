import type { AdmissionRefusal } from '../../contract/schemas/verification.ts';

// Windows, ELF, the four forms of Mach-O, Java classes and universal binaries, shortcuts of Windows, WebAssembly.
const executables = [
  '4d5a',
  '7f454c46',
  'feedface',
  'feedfacf',
  'cefaedfe',
  'cffaedfe',
  'cafebabe',
  '4c0000000114020000000000c000000000000046',
  '0061736d',
].map((start) => Buffer.from(start, 'hex'));

/** What a file's first bytes say of it when it is a program. */
export function findProgram(bytes: Buffer): Extract<AdmissionRefusal, 'executable' | 'script'> | null {
  if (executables.some((start) => bytes.subarray(0, start.length).equals(start))) return 'executable';
  return bytes.subarray(0, 2).equals(Buffer.from('#!')) ? 'script' : null;
}

/** Names that open as a program with a double click, inside of another file. */
export const programNames =
  /\.(?:apk|app|bat|cmd|com|cpl|dll|dmg|docm|exe|hta|jar|jse?|lnk|msi|pif|ps1|reg|scr|sh|vbe?|vbs|wsf|wsh|xlsm)$/i;
