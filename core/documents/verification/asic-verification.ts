import type { XmlElement } from 'libxml2-wasm';
import { digestOf } from '../signing/algorithms.ts';
import { checkTokenOver } from '../signing/timestamp.ts';
import { judgeTimestamp } from '../signing/trust-evaluation.ts';
import type { TrustContext } from '../signing/trust-evaluation.ts';
import { worstFinding } from '../signing/verification-model.ts';
import type { TimestampVerification, VerificationReason } from '../signing/verification-model.ts';
import { verifyCms } from './cms-verification.ts';
import { summarize } from './document-verification.ts';
import type { DocumentVerification, VerifiedSignature } from './document-verification.ts';
import { attributeOf, childElements, decodeBase64, onlySignatureChild, openXml } from './xml-document.ts';
import { readDigestMethod } from './xml-references.ts';
import { verifyXml } from './xml-verification.ts';
import { readZip } from './zip-archive.ts';
import type { ZipArchive } from './zip-archive.ts';

type Covered = Readonly<{ names: readonly string[]; reasons: readonly VerificationReason[] }>;

/**
 * Verifies an associated signature container (ETSI EN 319 162-1): simple or extended, with XAdES or CAdES. Every file
 * outside META-INF must be covered by each signature. Null when the archive is no such container.
 */
export function verifyAsic(bytes: Buffer, trust: TrustContext): DocumentVerification | null {
  const archive = readZip(bytes);
  if (archive === null) return null;
  const names = [...archive.keys()].filter((name) => /^META-INF\/[^/]*signature[^/]*\.(?:xml|p7s)$/i.test(name));
  if (names.length === 0) return null;
  const verified = names.map((name) => verifyMember(name, archive, trust));
  const timestamps = checkContainerTimestamps(archive, trust);
  return summarize(
    'asic',
    verified.flatMap(({ signatures }) => signatures.map((signature) => withTimestamps(signature, timestamps))),
    [
      ...verified.flatMap(({ reasons }) => reasons),
      ...(hasForm(archive) ? [] : (['containerForm'] as const)),
      ...(hasEvidenceRecord(archive) ? (['evidenceRecordUnread'] as const) : []),
    ],
  );
}

const simpleContainer = 'application/vnd.etsi.asic-s+zip';

/** A container has something signed in it; a simple one exactly one file, at its root (ETSI EN 319 162-1 §4.3.2, §4.4.2). */
function hasForm(archive: ZipArchive): boolean {
  const names = contentNames(archive).filter((name) => !name.endsWith('/'));
  const isSimple = archive.get('mimetype')?.toString('latin1').trim() === simpleContainer;
  return isSimple ? names.length === 1 && names.every((name) => !name.includes('/')) : names.length > 0;
}

/** ETSI EN 319 162-1 §4.4.3.3: nobody here can tell a broken one from a good one. */
function hasEvidenceRecord(archive: ZipArchive): boolean {
  return [...archive.keys()].some((name) => /^META-INF\/[^/]*evidencerecord[^/]*\.(?:ers|xml)$/i.test(name));
}

type ContainerTimestamp = Readonly<{ verification: TimestampVerification; isKept: boolean }>;

/**
 * Time stamps of the container itself: each over a manifest, whose files must be what they were. Signatures are not counted:
 * they grow with evidence afterwards and are judged by themselves.
 */
function checkContainerTimestamps(archive: ZipArchive, trust: TrustContext): readonly ContainerTimestamp[] {
  const find = (uri: string): Buffer | null => archive.get(decodeName(uri)) ?? null;
  return [...archive]
    .filter(([name]) => /^META-INF\/[^/]*timestamp[^/]*\.tst$/i.test(name))
    .map(([name, token]) => {
      const manifest = findManifest(name, archive);
      const [only, ...others] = contentNames(archive);
      const data = manifest?.bytes ?? (only === undefined || others.length > 0 ? null : (archive.get(only) ?? null));
      const check = checkTokenOver(token, data === null ? [] : [data], []);
      const { verification } = judgeTimestamp('archive', check, { certificates: [], ocsps: [], crls: [] }, trust);
      const isKept = manifest === null || checkManifest(manifest.bytes, find, isContent).reasons.length === 0;
      return { verification, isKept };
    });
}

function withTimestamps(signature: VerifiedSignature, added: readonly ContainerTimestamp[]): VerifiedSignature {
  if (added.length === 0) return signature;
  const reasons = [...signature.reasons];
  if (added.some(({ verification, isKept }) => !verification.isIntact || !isKept)) reasons.push('timestampInvalid');
  if (added.some(({ verification }) => verification.isIntact && !verification.isTrusted))
    reasons.push('timestampNotTrusted');
  const finding = worstFinding(reasons);
  return {
    ...signature,
    verdict: finding?.verdict ?? 'passed',
    subIndication: finding?.subIndication ?? null,
    timestamps: [...signature.timestamps, ...added.map(({ verification }) => verification)],
    reasons: [...new Set(reasons)],
  };
}

function verifyMember(name: string, archive: ZipArchive, trust: TrustContext): DocumentVerification {
  const signature = archive.get(name) ?? Buffer.alloc(0);
  const find = (uri: string): Buffer | null => archive.get(decodeName(uri)) ?? null;
  if (name.endsWith('.xml')) {
    const verification = verifyXml(signature, { trust, detached: null, findContent: find });
    return withCoverage(verification, archive, (one) => ({ names: one.signedContent.map(decodeName), reasons: [] }));
  }
  const manifest = findManifest(name, archive);
  const [only] = contentNames(archive);
  const content = manifest?.bytes ?? (only === undefined ? null : (archive.get(only) ?? null));
  const verification = verifyCms(signature, { trust, detached: content, contentName: manifest?.name ?? only ?? '' });
  const covered: Covered =
    manifest === null ? { names: only === undefined ? [] : [only], reasons: [] } : checkManifest(manifest.bytes, find);
  return withCoverage(verification, archive, () => covered);
}

function withCoverage(
  verification: DocumentVerification,
  archive: ZipArchive,
  findCovered: (signature: VerifiedSignature) => Covered,
): DocumentVerification {
  const signatures = verification.signatures.map((signature) => {
    const covered = findCovered(signature);
    const isWhole = contentNames(archive).every((name) => covered.names.includes(name));
    const reasons = [
      ...new Set([...signature.reasons, ...covered.reasons, ...(isWhole ? [] : (['unsignedContent'] as const))]),
    ];
    const finding = worstFinding(reasons);
    return {
      ...signature,
      verdict: finding?.verdict ?? ('passed' as const),
      subIndication: finding?.subIndication ?? null,
      coversWholeFile: isWhole,
      reasons,
      signedContent: covered.names,
    };
  });
  return summarize('asic', signatures, verification.signatures.length === 0 ? ['unreadableSignature'] : []);
}

function contentNames(archive: ZipArchive): readonly string[] {
  return [...archive.keys()].filter(isContent);
}

function isContent(name: string): boolean {
  return name !== 'mimetype' && !name.startsWith('META-INF/');
}

/** The manifest that says to be signed by this file; null in a simple container. */
function findManifest(signature: string, archive: ZipArchive): Readonly<{ name: string; bytes: Buffer }> | null {
  for (const [name, bytes] of archive) {
    if (!/^META-INF\/[^/]*ASiC[^/]*Manifest[^/]*\.xml$/i.test(name)) continue;
    const isOwn = withManifest(bytes, (root) =>
      childElements(root).some(
        (child) => child.name === 'SigReference' && decodeName(attributeOf(child, 'URI') ?? '') === signature,
      ),
    );
    if (isOwn === true) return { name, bytes };
  }
  return null;
}

function checkManifest(
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

function withManifest<Result>(bytes: Buffer, use: (root: XmlElement) => Result): Result | null {
  const file = openXml(bytes);
  if (typeof file === 'string') return null;
  try {
    return use(file.root);
  } finally {
    file.dispose();
  }
}

function decodeName(uri: string): string {
  try {
    return decodeURIComponent(uri).replace(/^\.?\//, '');
  } catch {
    return uri;
  }
}
