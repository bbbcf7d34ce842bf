import type { XmlElement } from 'libxml2-wasm';
import { digestOf } from '../signing/algorithms.ts';
import type { VerificationReason } from '../signing/verification-model.ts';
import { attributeOf, childElements, decodeBase64, onlySignatureChild, openXml } from './xml-document.ts';
import { readDigestMethod } from './xml-references.ts';
import type { ZipArchive } from './zip-archive.ts';

/** Files of a container that a manifest is over, and what is wrong with the others that it names. */
export type Covered = Readonly<{ names: readonly string[]; reasons: readonly VerificationReason[] }>;

/** A manifest of a container (ETSI EN 319 162-1 annex A.4). */
export type Manifest = Readonly<{ name: string; bytes: Buffer }>;

export const manifestName = /^META-INF\/[^/]*ASiC[^/]*Manifest[^/]*\.xml$/i;

/** The manifest that says to be protected by this file; null in a simple container. */
export function findManifest(signature: string, archive: ZipArchive): Manifest | null {
  for (const [name, bytes] of archive) {
    if (!manifestName.test(name)) continue;
    const isOwn = withManifest(bytes, (root) =>
      childElements(root).some(
        (child) => child.name === 'SigReference' && decodeName(attributeOf(child, 'URI') ?? '') === signature,
      ),
    );
    if (isOwn === true) return { name, bytes };
  }
  return null;
}

/** Compares the files that a manifest names with its digests. */
export function checkManifest(
  bytes: Buffer,
  find: (uri: string) => Buffer | null,
  isCounted: (name: string) => boolean = () => true,
): Covered {
  const checked = withManifest(bytes, (root) => {
    const names: string[] = [];
    const reasons: VerificationReason[] = [];
    for (const reference of childElements(root).filter((child) => child.name === 'DataObjectReference')) {
      const uri = attributeOf(reference, 'URI') ?? '';
      if (!isCounted(decodeName(uri))) continue;
      const data = find(uri);
      const hash = readDigestMethod(reference);
      const value = onlySignatureChild(reference, 'DigestValue');
      if (data === null) reasons.push('signedDataMissing');
      else if (hash === null) reasons.push('algorithmUnsupported');
      else if (value === null || !decodeBase64(value.content).equals(digestOf(hash, data)))
        reasons.push('digestMismatch');
      else names.push(decodeName(uri));
    }
    return { names, reasons };
  });
  return checked ?? { names: [], reasons: ['unreadableSignature'] };
}

/** Null for a manifest that is no XML. */
export function withManifest<Result>(bytes: Buffer, use: (root: XmlElement) => Result): Result | null {
  const file = openXml(bytes);
  if (typeof file === 'string') return null;
  try {
    return use(file.root);
  } finally {
    file.dispose();
  }
}

/** Name of a file as the archive has it. */
export function decodeName(uri: string): string {
  try {
    return decodeURIComponent(uri).replace(/^\.?\//, '');
  } catch {
    return uri;
  }
}
