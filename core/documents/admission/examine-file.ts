import { asBuffer } from '../signing/der.ts';
import { recognizeFormat } from '../verification/format.ts';
import { examineArchive } from './examine-archive.ts';
import { examinePdf } from './examine-pdf.ts';
import { admitted, refused } from './examination.ts';
import type { FileExamination } from './examination.ts';
import { findProgram } from './programs.ts';

/**
 * Tells a file's real type and looks for what the ordinance does not admit (arts. 53, 70.1 and 71.1): formats out of the
 * catalogue, cut files, programs, scripts, macros, actions that run by themselves. It is no antivirus: it sees what the format
 * declares, and nothing of what exploits a defect of a reader. The name only speaks against a file. Never throws; files of
 * others are examined by `createVerifier`, within its limits.
 */
export function examineFile(source: Uint8Array, name: string): FileExamination {
  const bytes = asBuffer(source);
  const program = findProgram(bytes);
  if (program !== null) return refused(program);
  const recognized = recognizeFormat(bytes);
  switch (recognized.format) {
    case 'pdf':
      return examinePdf(bytes);
    case 'asic':
      return examineArchive(bytes);
    case 'cms':
      return isWhole(recognized.content) ? admitted('application/pkcs7-mime') : refused('damaged');
    case 'xml':
      return examineMarkup(bytes);
    case 'unknown':
      return examineImage(bytes) ?? examineText(bytes, name);
  }
}

/** A definite outer length must fit in what there is. */
function isWhole(der: Buffer): boolean {
  const first = der[1] ?? 0;
  if (first === 0x80) return der.subarray(-2).equals(Buffer.from([0, 0]));
  if (first < 0x80) return 2 + first <= der.length;
  const size = first & 0x7f;
  if (size > 6 || der.length < 2 + size) return false;
  return 2 + size + der.readUIntBE(2, size) <= der.length;
}

function examineMarkup(bytes: Buffer): FileExamination {
  const text = decodeText(bytes) ?? '';
  const prolog =
    /^\s*\ufeff?\s*(?:<\?[\s\S]*?\?>\s*|<!--[\s\S]*?-->\s*|<!doctype[^>[]*(?:\[[\s\S]*?\]\s*)?>\s*)*/i.exec(
      text,
    )?.[0] ?? '';
  const root = /^<(?:[\w.-]+:)?([\p{L}_][\w.-]*)/u.exec(text.slice(prolog.length))?.[1];
  if (root === undefined) return refused('formatUnknown');
  if (/^(?:html|svg|script|head|body)$/i.test(root)) return refused('formatNotAdmitted');
  // Browsers run what stands under these names in any XML.
  if (/http:\/\/www\.w3\.org\/(?:1999\/xhtml|2000\/svg)/.test(text) && /<(?:[\w.-]+:)?script[\s>]/i.test(text))
    return refused('script', 'application/xml');
  return text.trimEnd().endsWith('>') ? admitted('application/xml') : refused('damaged', 'application/xml');
}

const pngSignature = Buffer.from('89504e470d0a1a0a', 'hex');
const tiffSignatures = [Buffer.from('49492a00', 'hex'), Buffer.from('4d4d002a', 'hex')];

function examineImage(bytes: Buffer): FileExamination | null {
  if (bytes.subarray(0, 8).equals(pngSignature))
    return bytes.subarray(-16).includes('IEND') ? admitted('image/png') : refused('damaged', 'image/png');
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff)
    return bytes.lastIndexOf(Buffer.from([0xff, 0xd9])) > 0 ? admitted('image/jpeg') : refused('damaged', 'image/jpeg');
  const order = tiffSignatures.findIndex((signature) => bytes.subarray(0, 4).equals(signature));
  if (order < 0) return null;
  const directory = bytes.length < 8 ? Infinity : order === 0 ? bytes.readUInt32LE(4) : bytes.readUInt32BE(4);
  return directory + 2 <= bytes.length ? admitted('image/tiff') : refused('damaged', 'image/tiff');
}

const scriptNames = /\.(?:bat|cmd|com|cpl|hta|jse?|lnk|mjs|ps1|psm1|py|reg|scr|sh|url|vbe?|vbs|wsf|wsh)$/i;

function examineText(bytes: Buffer, name: string): FileExamination {
  const text = decodeText(bytes);
  if (text === null) return refused(isOldOffice(bytes) ? 'formatNotAdmitted' : 'formatUnknown');
  if (scriptNames.test(name)) return refused('script');
  // RTF takes objects of other programs; PostScript is a program itself.
  if (/^\s*(?:\{\\rtf|%!)/.test(text)) return refused('formatNotAdmitted');
  return admitted('text/plain');
}

// What Word and Excel wrote before 2007, and also protected files of today: a container that may hold macros.
function isOldOffice(bytes: Buffer): boolean {
  return bytes.subarray(0, 8).equals(Buffer.from('d0cf11e0a1b11ae1', 'hex'));
}

/** UTF-8, UTF-16 by its mark, or one byte a letter; null for what is not text. */
function decodeText(bytes: Buffer): string | null {
  const isWide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const label = !isWide ? 'utf-8' : bytes[0] === 0xff ? 'utf-16le' : 'utf-16be';
  const text = decodeStrictly(bytes, label) ?? (isWide ? null : bytes.toString('latin1'));
  return text === null || hasControl(text) ? null : text;
}

// Tab, line ends and form feed belong to texts.
function hasControl(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 9 || (code > 13 && code < 32)) return true;
  }
  return false;
}

function decodeStrictly(bytes: Buffer, label: string): string | null {
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
