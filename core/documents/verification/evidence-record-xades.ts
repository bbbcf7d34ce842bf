import type { XmlElement } from 'libxml2-wasm';
import { digestOf } from '../signing/algorithms.ts';
import type { OwnEvidence, TrustContext } from '../signing/trust-evaluation.ts';
import { readAsn1Record } from '../signing/evidence-record-asn1.ts';
import { isXmlRecord, readXmlRecord } from './evidence-record-xml.ts';
import { checkEvidenceRecord, maximumRecords, unreadRecord } from '../signing/evidence-record.ts';
import type { CheckedRecord, EvidenceRecord, ProtectedObject } from '../signing/evidence-record.ts';
import type { XadesProperties } from './xades-properties.ts';
import { octetsOf, withoutProperties } from './xades-timestamps.ts';
import { canonicalize, readCanonicalization } from './xml-canonical.ts';
import {
  childElements,
  decodeBase64,
  isXades,
  onlySignatureChild,
  signatureChildren,
  xadesChildren,
} from './xml-document.ts';
import type { CheckedReference } from './xml-references.ts';

const recordsNamespace = /^http:\/\/uri\.etsi\.org\/19132\/v\d\.\d\.\d#$/;

/**
 * Checks the records that seal a XAdES signature (ETSI EN 319 132-3 §5). Each is over one digest of the signature's parts: what
 * its references give, its own elements, the unsigned properties before the record, and the objects.
 */
export function checkXadesRecords(
  signature: XmlElement,
  properties: XadesProperties | null,
  references: readonly CheckedReference[],
  own: OwnEvidence,
  trust: TrustContext,
): readonly CheckedRecord[] {
  const unsigned = properties?.unsignedProperties ?? [];
  const sealings = unsigned.filter(({ name }) => name === 'SealingEvidenceRecords');
  const elements = sealings.flatMap((sealing) => childElements(sealing).map((element) => ({ sealing, element })));
  if (elements.length > maximumRecords || sealings.some((sealing) => childElements(sealing).length === 0))
    return [unreadRecord];
  return elements.map(({ sealing, element }) => {
    const record = recordsNamespace.test(sealing.namespaceUri) ? readRecord(element) : null;
    if (record === null) return unreadRecord;
    const before = unsigned.slice(0, unsigned.indexOf(sealing));
    const group = groupOf(signature, references, before);
    const data = { objects: group === null ? null : [group], tokens: tokensOf(before, properties) };
    return checkEvidenceRecord(record, data, own, trust);
  });
}

function tokensOf(before: readonly XmlElement[], properties: XadesProperties | null): readonly Buffer[] {
  const stamps = before.filter((property) => isXades(property) && property.name === 'SignatureTimeStamp');
  return [...stamps, ...(properties?.dataTimestamps ?? [])].flatMap((stamp) =>
    xadesChildren(stamp, 'EncapsulatedTimeStamp').map(({ content }) => decodeBase64(content)),
  );
}

function readRecord(element: XmlElement): EvidenceRecord | null {
  if (isXmlRecord(element)) return readXmlRecord(element);
  const isAsn1 = element.name === 'ASN1EvidenceRecord' && recordsNamespace.test(element.namespaceUri);
  return isAsn1 ? readAsn1Record(decodeBase64(element.content)) : null;
}

function groupOf(
  signature: XmlElement,
  references: readonly CheckedReference[],
  before: readonly XmlElement[],
): ProtectedObject | null {
  const signedInfo = onlySignatureChild(signature, 'SignedInfo');
  const method = signedInfo === null ? null : onlySignatureChild(signedInfo, 'CanonicalizationMethod');
  const form = method === null ? null : readCanonicalization(method);
  if (form === null || references.some(({ octets }) => octets === null)) return null;
  const parts = ['SignedInfo', 'SignatureValue', 'KeyInfo'].flatMap((name) => signatureChildren(signature, name));
  const elements = [...parts, ...before, ...withoutProperties(signatureChildren(signature, 'Object'))];
  return (hash) => {
    const octets = [...octetsOf(references, form), ...elements.map((element) => canonicalize(element, form))];
    const digests = octets.map((one) => digestOf(hash, one));
    return [digestOf(hash, ...digests.toSorted(Buffer.compare))];
  };
}
