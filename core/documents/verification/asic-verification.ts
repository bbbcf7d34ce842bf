import { checkTokenOver } from '../signing/timestamp.ts';
import { judgeTimestamp } from '../signing/trust-evaluation.ts';
import type { TrustContext } from '../signing/trust-evaluation.ts';
import { worstFinding } from '../signing/verification-model.ts';
import type { TimestampVerification, VerificationReason } from '../signing/verification-model.ts';
import {
  contentNames,
  hasForm,
  isContent,
  isListed,
  isOpenDocument,
  isSimple,
  listSignatures,
  mentionsSignature,
  timestampName,
} from './asic-form.ts';
import { checkManifest, decodeName, findManifest } from './asic-manifest.ts';
import type { Covered } from './asic-manifest.ts';
import { verifyCms } from './cms-verification.ts';
import { summarize } from './document-verification.ts';
import type { DocumentVerification, VerifiedSignature } from './document-verification.ts';
import { checkContainerRecords, recordsOver } from './evidence-record-asic.ts';
import type { CheckedRecord } from '../signing/evidence-record.ts';
import { verifyXml } from './xml-verification.ts';
import { readZip } from './zip-archive.ts';
import type { ZipArchive } from './zip-archive.ts';

/**
 * Verifies an associated signature container (ETSI EN 319 162-1), simple or extended, with XAdES or CAdES, or a signed
 * OpenDocument. Every file must be covered by one of the signatures. Null when the archive is no such container.
 */
export function verifyAsic(bytes: Buffer, trust: TrustContext): DocumentVerification | null {
  const archive = readZip(bytes);
  if (archive === null) return mentionsSignature(bytes) ? summarize('asic', [], ['unreadableDocument']) : null;
  const names = listSignatures(archive);
  if (names.length === 0) return null;
  const records = checkContainerRecords(archive, isSimple(archive), trust);
  const members = names.map((name) => verifyMember(name, archive, recordsOver(name, records), trust));
  const covered = new Set(
    members.flatMap(({ signatures }) => signatures.flatMap(({ signedContent }) => signedContent)),
  );
  const verified = members.map((member) => withCoverage(member, archive, covered));
  const timestamps = checkContainerTimestamps(archive, trust);
  return summarize(
    'asic',
    verified.flatMap(({ signatures }) => signatures.map((signature) => withTimestamps(signature, timestamps))),
    [
      ...verified.flatMap(({ reasons }) => reasons),
      ...(hasForm(archive, names) ? [] : (['containerForm'] as const)),
      ...(isListed(archive) ? [] : (['unsignedContent'] as const)),
    ],
  );
}

type ContainerTimestamp = Readonly<{ verification: TimestampVerification; isKept: boolean }>;

/**
 * Time stamps of the container itself: each over a manifest, whose files must be what they were. Signatures are not counted:
 * they grow with evidence afterwards and are judged by themselves.
 */
function checkContainerTimestamps(archive: ZipArchive, trust: TrustContext): readonly ContainerTimestamp[] {
  const find = (uri: string): Buffer | null => archive.get(decodeName(uri)) ?? null;
  return [...archive]
    .filter(([name]) => timestampName.test(name))
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
  const reasons: VerificationReason[] = [];
  if (added.some(({ verification, isKept }) => !verification.isIntact || !isKept)) reasons.push('timestampInvalid');
  if (added.some(({ verification }) => verification.isIntact && !verification.isTrusted))
    reasons.push('timestampNotTrusted');
  const timestamps = [...signature.timestamps, ...added.map(({ verification }) => verification)];
  return withReasons({ ...signature, timestamps }, reasons);
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
    const arePropertiesTyped = !isOpenDocument(archive);
    const verification = verifyXml(signature, {
      trust,
      detached: null,
      findContent: find,
      records,
      arePropertiesTyped,
    });
    return withContent(verification, (one) => ({ names: one.signedContent.map(decodeName), reasons: [] }));
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
  return withContent(verification, () => covered);
}

/** What each signature covers, in the container's names. */
function withContent(
  verification: DocumentVerification,
  findCovered: (signature: VerifiedSignature) => Covered,
): DocumentVerification {
  const signatures = verification.signatures.map((signature) => {
    const { names, reasons } = findCovered(signature);
    return withReasons({ ...signature, signedContent: names }, reasons);
  });
  const isEmpty = signatures.length === 0;
  return summarize('asic', signatures, [
    ...verification.reasons,
    ...(isEmpty ? (['unreadableSignature'] as const) : []),
  ]);
}

/** Signatures may each cover another file (ETSI EN 319 162-1 §4.4.1), but what none covers anybody may have put there. */
function withCoverage(
  verification: DocumentVerification,
  archive: ZipArchive,
  covered: ReadonlySet<string>,
): DocumentVerification {
  const names = contentNames(archive);
  const isWhole = names.every((name) => covered.has(name));
  const signatures = verification.signatures.map((signature) => {
    const coversWholeFile = names.every((name) => signature.signedContent.includes(name));
    return withReasons({ ...signature, coversWholeFile }, isWhole ? [] : ['unsignedContent']);
  });
  return { ...verification, signatures };
}

function withReasons(signature: VerifiedSignature, added: readonly VerificationReason[]): VerifiedSignature {
  const reasons = [...new Set([...signature.reasons, ...added])];
  const finding = worstFinding(reasons);
  return {
    ...signature,
    verdict: finding?.verdict ?? 'passed',
    subIndication: finding?.subIndication ?? null,
    reasons,
  };
}
