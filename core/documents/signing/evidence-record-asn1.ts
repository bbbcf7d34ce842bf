import { digestOf, readHashAlgorithm } from './algorithms.ts';
import type { ReadableHashName } from './algorithms.ts';
import {
  decodeOctetString,
  decodeSmallInteger,
  derChildren,
  derTag,
  encodeElement,
  encodeSequence,
  encodeSetOf,
  expectDer,
  readDer,
} from './der.ts';
import type { DerNode } from './der.ts';
import { readTokenInfo } from './timestamp.ts';
import { maximumStamps } from './evidence-record.ts';
import type { ArchiveChain, EvidenceRecord, HashTree } from './evidence-record.ts';

/**
 * Reads an EvidenceRecord of RFC 4998 (appendix B, implicit tags), DER or BER. Null for what is none, for one over encrypted
 * data, and for algorithms that nobody here knows.
 */
export function readAsn1Record(bytes: Uint8Array): EvidenceRecord | null {
  try {
    return read(readDer(bytes), bytes.length);
  } catch {
    return null;
  }
}

function read(node: DerNode, length: number): EvidenceRecord | null {
  const [version, algorithms, ...rest] = derChildren(expectDer(node, derTag.sequence));
  expectDer(algorithms, derTag.sequence);
  const sequence = expectDer(rest.pop(), derTag.sequence);
  // Of what may stand between, the crypto infos are of no use without a type that anybody defined; encryption is not undone here.
  const isOther = rest.some(({ tag }) => tag !== 0xa0);
  if (node.raw.length !== length || isOther || decodeSmallInteger(expectDer(version, derTag.integer)) !== 1)
    return null;
  const chainNodes = derChildren(sequence);
  const stampNodes = chainNodes.map((chain) => derChildren(expectDer(chain, derTag.sequence)));
  if (stampNodes.flat().length > maximumStamps || stampNodes.some((stamps) => stamps.length === 0)) return null;
  const chains: ArchiveChain[] = [];
  for (const [index, stamps] of stampNodes.entries()) {
    const chain = readChain(stamps, chainNodes.slice(0, index));
    if (chain === null) return null;
    chains.push(chain);
  }
  return chains.length === 0 ? null : { form: 'asn1', chains, evidence: { certificates: [], ocsps: [], crls: [] } };
}

function readChain(nodes: readonly DerNode[], earlier: readonly DerNode[]): ArchiveChain | null {
  const parts = nodes.map(readStamp);
  const hash = parts[0]?.hash ?? null;
  if (hash === null) return null;
  const stamps = parts.flatMap(({ hash: ownHash, tree, token }) =>
    ownHash === null
      ? []
      : [{ token: token.raw, hash: ownHash, tree, digests: [...encodingsOf(token)].map((one) => digestOf(hash, one)) }],
  );
  if (stamps.length !== nodes.length) return null;
  const sequence = earlier.length === 0 ? null : readDer(encodeSequence(...earlier.map(({ raw }) => raw)));
  const earlierDigests = sequence === null ? [] : [...encodingsOf(sequence)].map((one) => digestOf(hash, one));
  return { hash, canonicalize: null, earlierDigests, stamps };
}

type StampParts = Readonly<{ hash: ReadableHashName | null; tree: HashTree | null; token: DerNode }>;

function readStamp(node: DerNode): StampParts {
  const parts = derChildren(expectDer(node, derTag.sequence));
  const token = expectDer(parts.at(-1), derTag.sequence);
  const named = parts.find(({ tag }) => tag === 0xa0);
  const tree = parts.find(({ tag }) => tag === 0xa2);
  return {
    hash: named === undefined ? readTokenInfo(token.raw).hash : readHashAlgorithm(named),
    tree: tree === undefined ? null : derChildren(tree).map(readGroup),
    token,
  };
}

function readGroup(node: DerNode): readonly Buffer[] {
  return derChildren(expectDer(node, derTag.sequence)).map((digest) =>
    decodeOctetString(expectDer(digest, derTag.octetString)),
  );
}

/** An element as it is written and, where that differs, in DER. */
export function* encodingsOf(node: DerNode): Iterable<Buffer> {
  yield node.raw;
  const canonical = encodeCanonically(node);
  if (canonical !== null && !canonical.equals(node.raw)) yield canonical;
}

const maximumDepth = 100;

/** DER of an element (X.690 §8–11): definite lengths, strings in one piece, sets in order; null for what cannot be read through. */
export function encodeCanonically(node: DerNode): Buffer | null {
  try {
    return writeCanonically(node, 0);
  } catch {
    return null;
  }
}

function writeCanonically(node: DerNode, depth: number): Buffer {
  if ((node.tag & 0x20) === 0) return encodeElement(node.tag, node.content);
  if (node.tag === (derTag.octetString | 0x20)) return encodeElement(derTag.octetString, decodeOctetString(node));
  if (depth > maximumDepth) throw new Error('nested too deep');
  const children = derChildren(node).map((child) => writeCanonically(child, depth + 1));
  return node.tag === derTag.set ? encodeSetOf(children) : encodeElement(node.tag, ...children);
}
