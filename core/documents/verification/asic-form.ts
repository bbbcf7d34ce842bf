import { manifestName, withManifest } from './asic-manifest.ts';
import { childElements } from './xml-document.ts';
import type { ZipArchive } from './zip-archive.ts';

/** Whether the octets of an archive that cannot be read name a signature. */
export function mentionsSignature(bytes: Buffer): boolean {
  return /META-INF\/[^/\0]{0,100}signature[^/\0]{0,100}\.(?:xml|p7s)/i.test(bytes.toString('latin1'));
}

/** Files of signatures in the order of the archive; a manifest may be named after one. */
export function listSignatures(archive: ZipArchive): readonly string[] {
  return [...archive.keys()].filter((name) => signatureName.test(name) && !manifestName.test(name));
}

const signatureName = /^META-INF\/[^/]*signature[^/]*\.(?:xml|p7s)$/i;
export const timestampName = /^META-INF\/[^/]*timestamp[^/]*\.tst$/i;
const simpleContainer = 'application/vnd.etsi.asic-s+zip';

/**
 * A container has something signed in it; a simple one exactly one file, at its root, and one file of signatures or stamps
 * (ETSI EN 319 162-1 §4.3.2, §4.3.3.2, §4.4.2).
 */
export function hasForm(archive: ZipArchive, signatures: readonly string[]): boolean {
  const names = contentNames(archive);
  if (isOpenDocument(archive)) return true;
  if (!isSimple(archive)) return names.length > 0;
  const timestamps = [...archive.keys()].filter((name) => timestampName.test(name));
  return (
    names.length === 1 && names.every((name) => !name.includes('/')) && signatures.length + timestamps.length === 1
  );
}

export function isSimple(archive: ZipArchive): boolean {
  return archive.get('mimetype')?.toString('latin1').trim() === simpleContainer;
}

/** OpenDocument signs the whole package but for the signatures (ODF 1.3 part 2 §5.2). */
export function isOpenDocument(archive: ZipArchive): boolean {
  return archive.get('mimetype')?.toString('latin1').startsWith('application/vnd.oasis.opendocument.') === true;
}

/** The list of files that nobody signs may name no others than there are, nor fewer: some programs show what it says. */
export function isListed(archive: ZipArchive): boolean {
  const list = archive.get('META-INF/manifest.xml');
  if (list === undefined || isOpenDocument(archive)) return true;
  const listed = withManifest(list, (root) =>
    root.namespaceUri !== openDocumentManifest
      ? null
      : childElements(root).flatMap((entry) => entry.attrs.find(({ name }) => name === 'full-path')?.value ?? []),
  );
  if (listed === null) return true;
  const files = new Set(listed.filter((name) => isContent(name) && !name.endsWith('/')));
  const names = contentNames(archive);
  return files.size === names.length && names.every((name) => files.has(name));
}

const openDocumentManifest = 'urn:oasis:names:tc:opendocument:xmlns:manifest:1.0';

/** Files that must be signed: in a container what lies outside META-INF. */
export function contentNames(archive: ZipArchive): readonly string[] {
  const isSigned = isOpenDocument(archive) ? (name: string): boolean => !signatureName.test(name) : isContent;
  return [...archive.keys()].filter(isSigned);
}

export function isContent(name: string): boolean {
  return name !== 'mimetype' && !name.startsWith('META-INF/');
}
