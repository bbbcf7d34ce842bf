import type { XmlElement } from 'libxml2-wasm';
import { digestOf } from '../signing/algorithms.ts';
import { readCertificates } from '../signing/trust-evaluation.ts';
import type { OwnEvidence } from '../signing/trust-evaluation.ts';
import { maximumStamps } from '../signing/evidence-record.ts';
import type { ArchiveChain, ArchiveStamp, EvidenceRecord, HashTree } from '../signing/evidence-record.ts';
import { canonicalize, defaultCanonicalization, readCanonicalization } from './xml-canonical.ts';
import type { Canonicalization } from './xml-canonical.ts';
import { attributeOf, childElements, decodeBase64, openXml } from './xml-document.ts';
import { canonicalizeOctets, readDigestAlgorithm } from './xml-references.ts';

const recordNamespace = 'urn:ietf:params:xml:ns:ers';

export function isXmlRecord(element: XmlElement): boolean {
  return element.name === 'EvidenceRecord' && element.namespaceUri === recordNamespace;
}

/**
 * Reads an EvidenceRecord of RFC 6283 wherever it lies in a document. Null for what is none, for one over encrypted data, and
 * for algorithms and orders that nobody here knows.
 */
export function readXmlRecord(record: XmlElement): EvidenceRecord | null {
  const sequence = onlyChild(record, 'ArchiveTimeStampSequence');
  if (!isXmlRecord(record) || sequence === null || recordChildren(record, 'EncryptionInformation').length > 0)
    return null;
  const elements = inOrder(recordChildren(sequence, 'ArchiveTimeStampChain'));
  if (elements === null) return null;
  const chains: ArchiveChain[] = [];
  const certificates: Buffer[] = [];
  const ocsps: Buffer[] = [];
  const crls: Buffer[] = [];
  let count = 0;
  for (const [index, element] of elements.entries()) {
    const stamps = inOrder(recordChildren(element, 'ArchiveTimeStamp'));
    count += stamps?.length ?? 0;
    const chain = stamps === null || count > maximumStamps ? null : readChain(element, stamps, record, index);
    if (chain === null) return null;
    chains.push(chain);
    certificates.push(...readInformation(stamps ?? [], 'CERT'));
    ocsps.push(...readInformation(stamps ?? [], 'OCSP'));
    crls.push(...readInformation(stamps ?? [], 'CRL'));
  }
  const evidence: OwnEvidence = { certificates: readCertificates(certificates), ocsps, crls };
  return { form: 'xml', chains, evidence };
}

function readChain(
  element: XmlElement,
  stampElements: readonly XmlElement[],
  record: XmlElement,
  index: number,
): ArchiveChain | null {
  const digestMethod = onlyChild(element, 'DigestMethod');
  const method = onlyChild(element, 'CanonicalizationMethod');
  const hash = digestMethod === null ? null : readDigestAlgorithm(digestMethod);
  const canonicalization = method === null ? null : readCanonicalization(method);
  if (hash === null || canonicalization === null) return null;
  const stamps: ArchiveStamp[] = [];
  for (const stampElement of stampElements) {
    const stamp = onlyChild(stampElement, 'TimeStamp');
    const token = stamp === null ? null : onlyChild(stamp, 'TimeStampToken');
    const treeElement = onlyChild(stampElement, 'HashTree');
    const tree = treeElement === null ? null : readTree(treeElement);
    const isKnown = token !== null && attributeOf(token, 'Type') === 'RFC3161';
    if (stamp === null || !isKnown || (treeElement !== null && tree === null)) return null;
    const digests = [digestOf(hash, canonicalize(stamp, canonicalization))];
    stamps.push({ token: decodeBase64(token.content), hash, tree, digests });
  }
  const earlier = index === 0 ? null : writeEarlier(record, index, canonicalization);
  if (index > 0 && earlier === null) return null;
  return {
    hash,
    canonicalize: (bytes) => canonicalizeOctets(bytes, canonicalization),
    earlierDigests: earlier === null ? [] : [digestOf(hash, earlier)],
    stamps,
  };
}

function readTree(element: XmlElement): HashTree | null {
  const groups = inOrder(recordChildren(element, 'Sequence'));
  if (groups === null) return null;
  return groups.map((group) => recordChildren(group, 'DigestValue').map(({ content }) => decodeBase64(content)));
}

function readInformation(stamps: readonly XmlElement[], type: string): readonly Buffer[] {
  return stamps
    .flatMap((stamp) => recordChildren(stamp, 'TimeStamp'))
    .flatMap((stamp) => recordChildren(stamp, 'CryptographicInformationList'))
    .flatMap((list) => recordChildren(list, 'CryptographicInformation'))
    .filter((information) => attributeOf(information, 'Type') === type)
    .map(({ content }) => decodeBase64(content));
}

/** The sequence as it was before a chain was added (RFC 6283 §4.2.2); the namespaces around it come along. */
function writeEarlier(record: XmlElement, index: number, form: Canonicalization): Buffer | null {
  const copy = openXml(canonicalize(record, { ...defaultCanonicalization, withComments: true }));
  if (typeof copy === 'string') return null;
  try {
    const sequence = onlyChild(copy.root, 'ArchiveTimeStampSequence');
    const chains = sequence === null ? null : inOrder(recordChildren(sequence, 'ArchiveTimeStampChain'));
    if (sequence === null || chains === null) return null;
    for (const chain of chains.slice(index)) chain.remove();
    return canonicalize(sequence, form);
  } finally {
    copy.dispose();
  }
}

function recordChildren(element: XmlElement, name: string): readonly XmlElement[] {
  return childElements(element).filter((child) => child.name === name && child.namespaceUri === recordNamespace);
}

function onlyChild(element: XmlElement, name: string): XmlElement | null {
  const [child, ...others] = recordChildren(element, name);
  return child === undefined || others.length > 0 ? null : child;
}

/** Elements by their Order, which counts from 1 without gaps; null when it does not, or when there are none. */
function inOrder(elements: readonly XmlElement[]): readonly XmlElement[] | null {
  const numbered = elements.map((element) => ({ element, order: Number(attributeOf(element, 'Order') ?? Number.NaN) }));
  const sorted = numbered.toSorted((one, other) => one.order - other.order);
  const isCounted = sorted.length > 0 && sorted.every(({ order }, index) => order === index + 1);
  return isCounted ? sorted.map(({ element }) => element) : null;
}
