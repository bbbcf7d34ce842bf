import { checkTokenOver } from '../signing/timestamp.ts';
import { judgeTimestamp } from '../signing/trust-evaluation.ts';
import type { TrustContext } from '../signing/trust-evaluation.ts';
import { worstFinding } from '../signing/verification-model.ts';
import type { TimestampVerification } from '../signing/verification-model.ts';
import { checkManifest, decodeName, findManifest } from './asic-manifest.ts';
import type { Covered } from './asic-manifest.ts';
import { verifyCms } from './cms-verification.ts';
import { summarize } from './document-verification.ts';
import type { DocumentVerification, VerifiedSignature } from './document-verification.ts';
import { checkContainerRecords, recordsOver } from './evidence-record-asic.ts';
import type { CheckedRecord } from './evidence-record.ts';
import { verifyXml } from './xml-verification.ts';
import { readZip } from './zip-archive.ts';
import type { ZipArchive } from './zip-archive.ts';

/**
 * Verifies an associated signature container (ETSI EN 319 162-1): simple or extended, with XAdES or CAdES. Every file
 * outside META-INF must be covered by each signature. Null when the archive is no such container.
 */
export function verifyAsic(bytes: Buffer, trust: TrustContext): DocumentVerification | null {
  const archive = readZip(bytes);
  if (archive === null) return null;
  const names = [...archive.keys()].filter((name) => /^META-INF\/[^/]*signature[^/]*\.(?:xml|p7s)$/i.test(name));
  if (names.length === 0) return null;
  const records = checkContainerRecords(archive, isSimple(archive), trust);
  const verified = names.map((name) => verifyMember(name, archive, recordsOver(name, records), trust));
  const timestamps = checkContainerTimestamps(archive, trust);
  return summarize(
    'asic',
    verified.flatMap(({ signatures }) => signatures.map((signature) => withTimestamps(signature, timestamps))),
    [...verified.flatMap(({ reasons }) => reasons), ...(hasForm(archive) ? [] : (['containerForm'] as const))],
  );
}

const simpleContainer = 'application/vnd.etsi.asic-s+zip';

/** A container has something signed in it; a simple one exactly one file, at its root (ETSI EN 319 162-1 §4.3.2, §4.4.2). */
function hasForm(archive: ZipArchive): boolean {
  const names = contentNames(archive).filter((name) => !name.endsWith('/'));
  return isSimple(archive) ? names.length === 1 && names.every((name) => !name.includes('/')) : names.length > 0;
}

function isSimple(archive: ZipArchive): boolean {
  return archive.get('mimetype')?.toString('latin1').trim() === simpleContainer;
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

function verifyMember(
  name: string,
  archive: ZipArchive,
  records: readonly CheckedRecord[],
  trust: TrustContext,
): DocumentVerification {
  const signature = archive.get(name) ?? Buffer.alloc(0);
  const find = (uri: string): Buffer | null => archive.get(decodeName(uri)) ?? null;
  if (name.endsWith('.xml')) {
    const verification = verifyXml(signature, { trust, detached: null, findContent: find, records });
    return withCoverage(verification, archive, (one) => ({ names: one.signedContent.map(decodeName), reasons: [] }));
  }
  const manifest = findManifest(name, archive);
  const [only] = contentNames(archive);
  const content = manifest?.bytes ?? (only === undefined ? null : (archive.get(only) ?? null));
  const verification = verifyCms(signature, {
    trust,
    detached: content,
    contentName: manifest?.name ?? only ?? '',
    records,
  });
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
