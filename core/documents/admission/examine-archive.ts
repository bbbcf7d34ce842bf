import type { DocumentMediaType } from '../../contract/schemas/verification.ts';
import { readZip } from '../verification/zip-archive.ts';
import type { ZipArchive } from '../verification/zip-archive.ts';
import { isAdmittedMediaType } from './admitted-formats.ts';
import { admitted, refused } from './examination.ts';
import type { FileExamination } from './examination.ts';
import { findProgram, programNames } from './programs.ts';

// Where each office format keeps what it is about.
const officeParts: readonly (readonly [string, DocumentMediaType])[] = [
  ['word/document.xml', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
  ['xl/workbook.xml', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
  ['ppt/presentation.xml', 'application/vnd.openxmlformats-officedocument.presentationml.presentation'],
];

/** Containers of signatures and office files; any other archive is not in the catalogue. */
export function examineArchive(bytes: Buffer): FileExamination {
  const archive = readZip(bytes);
  if (archive === null) return refused('damaged');
  const mediaType = mediaTypeOf(archive);
  if (hasMacros(archive)) return refused('macros', mediaType);
  for (const [name, content] of archive) {
    if (programNames.test(name) || findProgram(content) !== null) return refused('embeddedExecutable', mediaType);
  }
  return mediaType === null ? refused('formatNotAdmitted') : admitted(mediaType);
}

function mediaTypeOf(archive: ZipArchive): DocumentMediaType | null {
  const declared = archive.get('mimetype')?.toString('latin1').trim() ?? '';
  if (isAdmittedMediaType(declared)) return declared;
  if (archive.has('[Content_Types].xml')) return officeParts.find(([part]) => archive.has(part))?.[1] ?? null;
  // A container may leave its type out (ETSI EN 319 162-1 §4.3.3.1).
  const hasSignatures = [...archive.keys()].some((name) => /^META-INF\/[^/]*signature[^/]*\.(?:xml|p7s)$/i.test(name));
  return hasSignatures ? 'application/vnd.etsi.asic-e+zip' : null;
}

function hasMacros(archive: ZipArchive): boolean {
  const isEnabled = archive.get('[Content_Types].xml')?.includes('macroEnabled') === true;
  return (
    isEnabled ||
    [...archive.keys()].some((name) =>
      /(?:^|\/)vbaProject\.bin$|^Basic\/|^Scripts\/|(?:^|\/)activeX\/|(?:^|\/)macrosheets\//i.test(name),
    )
  );
}
