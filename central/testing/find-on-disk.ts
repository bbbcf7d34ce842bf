import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Which of the texts any file under the folders holds, in whichever of the usual encodings: `text (encoding) in file`. */
export function findOnDisk(folders: readonly string[], texts: readonly string[]): readonly string[] {
  const needles = texts.flatMap((text) => encode(text).map(([encoding, bytes]) => ({ text, encoding, bytes })));
  const found: string[] = [];
  for (const folder of folders) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const content = readFileSync(path);
      for (const { text, encoding, bytes } of needles) {
        if (content.includes(bytes) || entry.name.includes(text)) found.push(`${text} (${encoding}) in ${path}`);
      }
    }
  }
  return found;
}

function encode(text: string): readonly (readonly [string, Buffer])[] {
  const utf8 = Buffer.from(text);
  const utf16 = Buffer.from(text, 'utf16le');
  return [
    ['UTF-8', utf8],
    ['UTF-16LE', utf16],
    ['UTF-16BE', Buffer.from(utf16).swap16()],
    ['hexadecimal', Buffer.from(utf8.toString('hex'))],
    ['JSON escapes', Buffer.from(text.replaceAll(/[^ -~]/gu, escapeUnit))],
    ...[0, 1, 2].map((shift) => [`base64 from ${shift}`, Buffer.from(insideBase64(utf8, shift))] as const),
  ];
}

function escapeUnit(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** The signs of base64 that depend on nothing but these bytes, when `shift` others stand before them in their group. */
function insideBase64(bytes: Buffer, shift: number): string {
  const signs = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
  return signs.slice(Math.ceil((shift * 8) / 6), Math.floor(((shift + bytes.length) * 8) / 6));
}
