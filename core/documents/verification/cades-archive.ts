import { digestOf, readHashAlgorithm } from '../signing/algorithms.ts';
import type { ReadableHashName } from '../signing/algorithms.ts';
import type { Certificate } from '../signing/certificate.ts';
import { findSingleAttribute, readSignedData } from '../signing/cms-reader.ts';
import type { SignedData, SignerContent, SignerInfo } from '../signing/cms-reader.ts';
import {
  decodeOctetString,
  derChildren,
  derTag,
  encodeElement,
  encodeObjectIdentifier,
  encodeSetOf,
  expectDer,
} from '../signing/der.ts';
import type { DerNode } from '../signing/der.ts';
import { oid } from '../signing/oids.ts';
import { checkTokenOver, readTokenInfo } from '../signing/timestamp.ts';
import type { TimestampCheck } from '../signing/timestamp.ts';

/** Checks the archive time stamps of a signer; one of a kind that nobody here can recompute is not intact. */
export function checkArchiveTimestamps(
  signer: SignerInfo,
  signedData: SignedData,
  content: SignerContent,
  pool: readonly Certificate[],
): readonly TimestampCheck[] {
  return signer.unsignedAttributes.flatMap((attribute) => {
    switch (attribute.type) {
      case oid.archiveTimestampV3:
        return attribute.values.map((token) => checkWithIndex(token.raw, signer, signedData, content, pool));
      case oid.archiveTimestampV2:
        return attribute.values.map((token) => checkOverAll(token.raw, signer, signedData, content, pool));
      case oid.archiveTimestamp:
      case oid.longTermValidation:
        return attribute.values.map((token) => imprintUnknown(checkTokenOver(token.raw, [], pool)));
      default:
        return [];
    }
  });
}

/**
 * ETSI EN 319 122-1 §5.5.3: the stamp covers the content's digest, the signer and an index of digests of certificates,
 * revocation data and unsigned attributes. Each digest of the index must have its element; what came later has none.
 */
function checkWithIndex(
  token: Buffer,
  signer: SignerInfo,
  signedData: SignedData,
  content: SignerContent,
  pool: readonly Certificate[],
): TimestampCheck {
  const hash = hashOf(token);
  const index = findIndex(token);
  if (hash === null || index === null || content.pieces === null || !isIndexKept(index, signer, signedData))
    return imprintUnknown(checkTokenOver(token, [], pool));
  return checkTokenOver(
    token,
    [
      encodeObjectIdentifier(signedData.contentType),
      digestOf(hash, ...content.pieces),
      ...signer.encodedParts,
      index.value.raw,
    ],
    pool,
  );
}

type HashIndex = Readonly<{ value: DerNode; type: string }>;

function findIndex(token: Buffer): HashIndex | null {
  try {
    const attributes = readSignedData(token).signers[0]?.unsignedAttributes ?? [];
    for (const type of [oid.archiveHashIndexV3, oid.archiveHashIndex]) {
      const value = findSingleAttribute(attributes, type);
      if (value !== null) return { value, type };
    }
  } catch {
    // A token that cannot be read has no index.
  }
  return null;
}

function isIndexKept({ value, type }: HashIndex, signer: SignerInfo, signedData: SignedData): boolean {
  const parts = [...derChildren(expectDer(value, derTag.sequence))];
  const isNamed = derChildren(expectDer(parts[0]))[0]?.tag === derTag.objectIdentifier;
  const hash: ReadableHashName | null = isNamed ? readHashAlgorithm(expectDer(parts.shift())) : 'sha256';
  if (hash === null || parts.length !== 3) return false;
  const [certificates, revocations, attributes] = parts.map((part) =>
    derChildren(part).map((digest) => decodeOctetString(digest).toString('hex')),
  );
  const digests = (elements: readonly (readonly Uint8Array[])[]): ReadonlySet<string> =>
    new Set(elements.map((pieces) => digestOf(hash, ...pieces).toString('hex')));
  const isThere = (wanted: readonly string[] | undefined, present: ReadonlySet<string>): boolean =>
    wanted !== undefined && wanted.every((digest) => present.has(digest));
  const elementsOf = (node: DerNode | null): readonly (readonly Uint8Array[])[] =>
    node === null ? [] : derChildren(node).map((child) => [child.raw]);
  return (
    isThere(certificates, digests(elementsOf(signedData.encodedCertificates))) &&
    isThere(revocations, digests(elementsOf(signedData.encodedRevocations))) &&
    isThere(attributes, digests(attributeElements(signer, type)))
  );
}

// The first form of the index holds whole attributes, the third one each value after its type.
function attributeElements(signer: SignerInfo, type: string): readonly (readonly Uint8Array[])[] {
  return signer.unsignedAttributes.flatMap((attribute) =>
    type === oid.archiveHashIndex
      ? [[attribute.raw]]
      : attribute.values.map((value) => [encodeObjectIdentifier(attribute.type), value.raw]),
  );
}

const archiveTypes: ReadonlySet<string> = new Set([
  oid.archiveTimestamp,
  oid.archiveTimestampV2,
  oid.archiveTimestampV3,
  oid.longTermValidation,
]);

/**
 * ETSI TS 101 733 §6.4.1, the form of 2008: everything there is, encoded. Attributes that came after the stamp are not in
 * it: those that follow it, in the order of the file or of time, are left out by trial.
 */
function checkOverAll(
  token: Buffer,
  signer: SignerInfo,
  signedData: SignedData,
  content: SignerContent,
  pool: readonly Certificate[],
): TimestampCheck {
  if (content.pieces === null) return imprintUnknown(checkTokenOver(token, [], pool));
  const head = [
    signedData.encodedContentInfo,
    ...(signedData.content === null ? content.pieces : []),
    ...(signedData.encodedCertificates === null ? [] : [signedData.encodedCertificates.raw]),
    ...(signedData.encodedRevocations === null ? [] : [signedData.encodedRevocations.raw]),
    ...signer.encodedParts,
  ];
  const place = signer.unsignedAttributes.findIndex(({ values }) => values.some((value) => value.raw === token));
  const time = timeOf(token);
  const isArchive = (type: string): boolean => archiveTypes.has(type);
  const earlier = [
    signer.unsignedAttributes.filter(
      ({ type, values }) =>
        !isArchive(type) || values.every((value) => time !== null && (timeOf(value.raw) ?? time) < time),
    ),
    signer.unsignedAttributes.slice(0, Math.max(0, place)),
  ];
  let check = checkTokenOver(token, head, pool);
  for (const attributes of earlier) {
    const encoded = attributes.map((attribute) => attribute.raw);
    // Signers disagree whether the set's own tag and length belong to it, and whether it is sorted.
    for (const set of [[encodeElement(0xa1, ...encoded)], [encodeSetOf(encoded, 0xa1)], encoded]) {
      if (check.problems.length === 0) return check;
      check = checkTokenOver(token, [...head, ...set], pool);
    }
  }
  return check;
}

function hashOf(token: Buffer): ReadableHashName | null {
  try {
    return readTokenInfo(token).hash;
  } catch {
    return null;
  }
}

function timeOf(token: Buffer): number | null {
  try {
    return readTokenInfo(token).time.getTime();
  } catch {
    return null;
  }
}

function imprintUnknown(check: TimestampCheck): TimestampCheck {
  return { ...check, problems: check.problems.includes('imprint') ? check.problems : [...check.problems, 'imprint'] };
}
