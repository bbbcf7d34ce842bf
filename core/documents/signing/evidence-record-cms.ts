import { digestOf } from './algorithms.ts';
import { valuesOf } from './cms-evidence.ts';
import type { CmsAttribute, SignerInfo } from './cms-reader.ts';
import { derChild, derChildren, derTag, encodeElement, encodeSetOf, expectDer, readDer } from './der.ts';
import type { DerNode } from './der.ts';
import { oid } from './oids.ts';
import { readTokenInfo } from './timestamp.ts';
import type { OwnEvidence, TrustContext } from './trust-evaluation.ts';
import { encodeCanonically, readAsn1Record } from './evidence-record-asn1.ts';
import { checkEvidenceRecord, maximumRecords, unreadRecord } from './evidence-record.ts';
import type { CheckedRecord, EvidenceRecord, ProtectedObject } from './evidence-record.ts';

const recordTypes: readonly string[] = [oid.evidenceRecordInternal, oid.evidenceRecordExternal];

/** A signer in the ContentInfo that it was read from; its place in the set is negative for a countersigner, who is in none. */
export type PlacedSigner = Readonly<{ signer: SignerInfo; encoded: Buffer; place: number }>;

/**
 * Checks the evidence records among a signer's unsigned attributes (RFC 4998 appendix A, ETSI TS 119 122-3 §5). Each is over
 * the whole CMS but for itself and what came later; an external one also over the content.
 */
export function checkCmsRecords(
  { signer, encoded, place }: PlacedSigner,
  content: readonly Uint8Array[] | null,
  own: OwnEvidence,
  trust: TrustContext,
): readonly CheckedRecord[] {
  const attributes = signer.unsignedAttributes.filter(({ type }) => recordTypes.includes(type));
  const values = attributes.flatMap((attribute) => attribute.values.map((value) => ({ attribute, value })));
  if (values.length > maximumRecords) return [unreadRecord];
  return values.map(({ attribute, value }) => {
    const record = readAsn1Record(value.raw);
    if (record === null || place < 0) return unreadRecord;
    const data: ProtectedObject | null = content === null ? null : (hash) => [digestOf(hash, ...content)];
    const checks = attributesBefore(attribute, signer).map((kept) => {
      const whole: ProtectedObject = function* digests(hash) {
        for (const encoding of encodingsWith(kept, encoded, place)) yield digestOf(hash, encoding);
      };
      const isInternal = attribute.type === oid.evidenceRecordInternal;
      const objects = isInternal ? [whole] : data === null ? null : [whole, data];
      return checkEvidenceRecord(
        record,
        { objects, tokens: tokensOf([...kept, ...(signer.signedAttributes ?? [])]) },
        own,
        trust,
      );
    });
    return checks.find(({ reason }) => reason === null) ?? checks[0] ?? unreadRecord;
  });
}

function tokensOf(attributes: readonly CmsAttribute[]): readonly Buffer[] {
  return [oid.contentTimestamp, oid.signatureTimestamp].flatMap((type) =>
    valuesOf(attributes, type).map(({ raw }) => raw),
  );
}

/**
 * Attributes that were there when a record was made. A set has no order of its own: those before it in the file, those that
 * are no record together with records that are older, and those that are no record.
 */
function attributesBefore(
  attribute: CmsAttribute,
  { unsignedAttributes }: SignerInfo,
): readonly (readonly CmsAttribute[])[] {
  const time = firstTime(attribute);
  const isRecord = ({ type }: CmsAttribute): boolean => recordTypes.includes(type);
  const choices = [
    unsignedAttributes.slice(0, unsignedAttributes.indexOf(attribute)),
    unsignedAttributes.filter((other) => !isRecord(other) || firstTime(other) < time),
    unsignedAttributes.filter((other) => !isRecord(other)),
  ];
  const isSame = (one: readonly CmsAttribute[], other: readonly CmsAttribute[]): boolean =>
    one.length === other.length && one.every((kept, index) => kept === other[index]);
  return choices.filter((choice, index) => !choices.slice(0, index).some((earlier) => isSame(earlier, choice)));
}

function firstTime({ values }: CmsAttribute): number {
  return Math.min(
    ...values.map((value) => {
      const record = readAsn1Record(value.raw);
      return record === null ? Infinity : timeOf(record);
    }),
  );
}

function timeOf({ chains }: EvidenceRecord): number {
  const token = chains[0]?.stamps[0]?.token;
  try {
    return token === undefined ? Infinity : readTokenInfo(token).time.getTime();
  } catch {
    return Infinity;
  }
}

/** The ContentInfo with no other unsigned attributes than these: written as the file is, then in DER. */
function* encodingsWith(kept: readonly CmsAttribute[], encoded: Buffer, place: number): Iterable<Buffer> {
  const whole = rebuild(encoded, (signers) =>
    rewrap(
      signers,
      derChildren(signers).map((node, index) => (index === place ? withAttributes(node, kept) : node.raw)),
    ),
  );
  yield whole;
  const canonical = encodeCanonically(readDer(whole));
  if (canonical === null) return;
  yield canonical;
  // DER also of the sets whose tag does not tell that they are some: certificates, lists, and both kinds of attributes.
  yield rebuild(
    canonical,
    (signers) => encodeSetOf(derChildren(signers).map((signer) => rewrap(signer, derChildren(signer).map(sortHidden)))),
    sortHidden,
  );
}

function sortHidden(node: DerNode): Buffer {
  const isSet = node.tag === 0xa0 || node.tag === 0xa1;
  const elements = isSet ? derChildren(node).map(({ raw }) => raw) : [];
  return isSet ? encodeSetOf(elements, node.tag) : node.raw;
}

/** A ContentInfo around SignedData whose signers are written by `writeSigners` and whose other parts by `writePart`. */
function rebuild(
  encoded: Buffer,
  writeSigners: (signers: DerNode) => Buffer,
  writePart: (part: DerNode) => Buffer = ({ raw }) => raw,
): Buffer {
  const contentInfo = readDer(encoded);
  const [type, explicit] = derChildren(contentInfo);
  const signedData = derChild(expectDer(explicit, 0xa0), 0, derTag.sequence);
  const parts = derChildren(signedData);
  const last = parts.findLastIndex(({ tag }) => tag === derTag.set);
  const written = parts.map((part, index) => (index === last ? writeSigners(part) : writePart(part)));
  return rewrap(contentInfo, [expectDer(type).raw, rewrap(expectDer(explicit), [rewrap(signedData, written)])]);
}

function withAttributes(signer: DerNode, kept: readonly CmsAttribute[]): Buffer {
  const parts = derChildren(signer);
  const unsigned = parts.findLast(({ tag }) => tag === 0xa1);
  return rewrap(
    signer,
    parts.flatMap((part) => {
      if (part !== unsigned) return [part.raw];
      return kept.length === 0
        ? []
        : [
            rewrap(
              part,
              kept.map(({ raw }) => raw),
            ),
          ];
    }),
  );
}

/** An element of the same tag around other content, its length in the same form. */
function rewrap({ tag, indefinite }: DerNode, parts: readonly Uint8Array[]): Buffer {
  return indefinite
    ? Buffer.concat([Buffer.from([tag, 0x80]), ...parts, Buffer.alloc(2)])
    : encodeElement(tag, ...parts);
}
