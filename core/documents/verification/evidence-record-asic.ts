import { digestOf } from '../signing/algorithms.ts';
import type { ReadableHashName } from '../signing/algorithms.ts';
import type { OwnEvidence, TrustContext } from '../signing/trust-evaluation.ts';
import { checkManifest, decodeName, findManifest, withManifest } from './asic-manifest.ts';
import { readAsn1Record } from '../signing/evidence-record-asn1.ts';
import { readXmlRecord } from './evidence-record-xml.ts';
import { checkEvidenceRecord, maximumRecords, unreadRecord } from '../signing/evidence-record.ts';
import type { CheckedRecord, EvidenceRecord, ProtectedObject } from '../signing/evidence-record.ts';
import { childElements, openXml } from './xml-document.ts';
import { readDigestMethod } from './xml-references.ts';
import type { ZipArchive } from './zip-archive.ts';

/** An evidence record of a container and the files that it is over. */
export type ContainerRecord = Readonly<{ record: CheckedRecord; names: readonly string[] }>;

const noEvidence: OwnEvidence = { certificates: [], ocsps: [], crls: [] };

/**
 * Checks the evidence records in META-INF (ETSI EN 319 162-1 §4.3.3.2, §4.4.3.3): in a simple container over its only file,
 * whatever a manifest says, in an extended one over all files that its manifest names, by the digests there.
 */
export function checkContainerRecords(
  archive: ZipArchive,
  isSimple: boolean,
  trust: TrustContext,
): readonly ContainerRecord[] {
  const files = [...archive].filter(([name]) => /^META-INF\/[^/]*evidencerecord[^/]*\.(?:ers|xml)$/i.test(name));
  const records = files.filter(([name]) => !isManifest(name));
  if (records.length > maximumRecords) return [{ record: unreadRecord, names: [] }];
  return records.map(([name, bytes]) => {
    const record = /\.xml$/i.test(name) ? readXmlFile(bytes) : readAsn1Record(bytes);
    if (record === null) return { record: unreadRecord, names: [] };
    const names = isSimple ? findOnlyFile(archive) : findNamed(name, archive, record.chains[0]?.hash ?? null);
    if (names === null) return { record: { reason: 'evidenceRecordBroken', timestamps: [] }, names: [] };
    const objects = names.map((covered) => protectedFile(archive.get(covered) ?? Buffer.alloc(0)));
    return { record: checkEvidenceRecord(record, { objects, tokens: [] }, noEvidence, trust), names };
  });
}

/** What the container's records say of one of its files: those that are not over it prove nothing of it. */
export function recordsOver(name: string, records: readonly ContainerRecord[]): readonly CheckedRecord[] {
  return records.map(({ record, names }) => (names.includes(name) ? record : { ...record, timestamps: [] }));
}

function isManifest(name: string): boolean {
  return /ASiC[^/]*Manifest/i.test(name);
}

function findOnlyFile(archive: ZipArchive): readonly string[] | null {
  const [only, ...others] = [...archive.keys()].filter((name) => name !== 'mimetype' && !name.includes('/'));
  return only === undefined || others.length > 0 ? null : [only];
}

/** Files that the record's manifest names; null when it has none, or one that does not hold. */
function findNamed(name: string, archive: ZipArchive, hash: ReadableHashName | null): readonly string[] | null {
  const manifest = findManifest(name, archive);
  if (manifest === null) return null;
  const { names, reasons } = checkManifest(manifest.bytes, (uri) => archive.get(decodeName(uri)) ?? null);
  const isOfHash = withManifest(manifest.bytes, (root) =>
    childElements(root)
      .filter((child) => child.name === 'DataObjectReference')
      .every((reference) => readDigestMethod(reference) === hash),
  );
  return reasons.length === 0 && names.length > 0 && isOfHash === true ? names : null;
}

function readXmlFile(bytes: Buffer): EvidenceRecord | null {
  const file = openXml(bytes);
  if (typeof file === 'string') return null;
  try {
    return readXmlRecord(file.root);
  } finally {
    file.dispose();
  }
}

/** RFC 6283 §3.2.1: XML is canonicalized before it is digested, where the record is in XML too. */
function protectedFile(bytes: Buffer): ProtectedObject {
  return function* digests(hash, canonicalize) {
    yield digestOf(hash, bytes);
    const canonical = canonicalize?.(bytes) ?? null;
    if (canonical !== null) yield digestOf(hash, canonical);
  };
}
