import { XmlElement } from 'libxml2-wasm';
import type { XmlDocument } from 'libxml2-wasm';
import { digestOf, isWeakHash } from '../signing/algorithms.ts';
import type { ReadableHashName } from '../signing/algorithms.ts';
import type { VerificationReason } from '../signing/verification-model.ts';
import { canonicalize, defaultCanonicalization, readCanonicalization } from './xml-canonical.ts';
import {
  attributeOf,
  childElements,
  decodeBase64,
  onlySignatureChild,
  openXml,
  signatureChildren,
  signatureNamespace,
} from './xml-document.ts';
import type { XmlFile } from './xml-document.ts';
import { findChosenProperties, pathFilter2 } from './xml-chosen-properties.ts';

/** What one Reference of a signature points to, and whether it is what was signed. */
export type CheckedReference = Readonly<{
  element: XmlElement;
  uri: string | null;
  type: string | null;
  target: ReferenceTarget | null;
  /** What was digested; null when it could not be had. */
  octets: Buffer | null;
  reasons: readonly VerificationReason[];
}>;

export type ReferenceTarget =
  | Readonly<{ kind: 'document' }>
  | Readonly<{ kind: 'element'; element: XmlElement; identifier: string }>
  | Readonly<{ kind: 'external'; uri: string }>;

export type ReferenceContext = Readonly<{
  file: XmlFile;
  signature: XmlElement;
  /** Content from outside the document that the caller has at hand; nothing is ever fetched. */
  findExternal: (uri: string | null) => Uint8Array | null;
  /** All that is at hand is one content without a name. */
  isNameless: boolean;
}>;

const digestMethods: ReadonlyMap<string, ReadableHashName> = new Map([
  ['http://www.w3.org/2000/09/xmldsig#sha1', 'sha1'],
  ['http://www.w3.org/2001/04/xmldsig-more#sha224', 'sha224'],
  ['http://www.w3.org/2001/04/xmlenc#sha256', 'sha256'],
  ['http://www.w3.org/2001/04/xmldsig-more#sha384', 'sha384'],
  ['http://www.w3.org/2001/04/xmlenc#sha512', 'sha512'],
  ['http://www.w3.org/2007/05/xmldsig-more#sha3-224', 'sha3-224'],
  ['http://www.w3.org/2007/05/xmldsig-more#sha3-256', 'sha3-256'],
  ['http://www.w3.org/2007/05/xmldsig-more#sha3-384', 'sha3-384'],
  ['http://www.w3.org/2007/05/xmldsig-more#sha3-512', 'sha3-512'],
]);

const manifestType = 'http://www.w3.org/2000/09/xmldsig#Manifest';
const maximumReferences = 1000;
const maximumTransforms = 10;

/** Digest named by the DigestMethod inside an element; null when unknown. */
export function readDigestMethod(parent: XmlElement): ReadableHashName | null {
  const method = onlySignatureChild(parent, 'DigestMethod');
  return method === null ? null : readDigestAlgorithm(method);
}

/** Digest that an element of any namespace names by its Algorithm; null when unknown. */
export function readDigestAlgorithm(method: XmlElement): ReadableHashName | null {
  return digestMethods.get(attributeOf(method, 'Algorithm') ?? '') ?? null;
}

/** Checks the References of a SignedInfo or Manifest; those of a manifest that is referred to come along. */
export function checkReferences(list: XmlElement, context: ReferenceContext, depth = 0): readonly CheckedReference[] {
  const elements = signatureChildren(list, 'Reference').slice(0, maximumReferences);
  const references = elements.flatMap((element) => {
    const reference = checkReference(element, context);
    const manifest = reference.type === manifestType && reference.target?.kind === 'element' ? reference.target : null;
    if (manifest === null || depth > 0) return [reference];
    const inner =
      manifest.element.name === 'Manifest' ? manifest.element : onlySignatureChild(manifest.element, 'Manifest');
    return inner === null ? [reference] : [reference, ...checkReferences(inner, context, depth + 1)];
  });
  return context.isNameless && depth === 0 ? assignNameless(references) : references;
}

// One content may be any of several that a signature refers to by names: for the others it says nothing.
function assignNameless(references: readonly CheckedReference[]): readonly CheckedReference[] {
  const isFound = references.some(({ target, reasons }) => target?.kind === 'external' && !isAltered(reasons));
  if (!isFound) return references;
  return references.map((reference) =>
    reference.target?.kind === 'external' && isAltered(reference.reasons)
      ? { ...reference, target: null, octets: null, reasons: ['externalReference'] }
      : reference,
  );
}

function isAltered(reasons: readonly VerificationReason[]): boolean {
  return reasons.includes('digestMismatch');
}

function checkReference(element: XmlElement, context: ReferenceContext): CheckedReference {
  const uri = attributeOf(element, 'URI');
  const common = { element, uri, type: attributeOf(element, 'Type') };
  const chosen = findChosenProperties(element, context.file);
  const target = chosen ?? findTarget(uri, context);
  if (typeof target === 'string') return { ...common, target: null, octets: null, reasons: [target] };
  const octets =
    chosen === null ? applyTransforms(element, target, context) : canonicalize(chosen.element, defaultCanonicalization);
  if (!Buffer.isBuffer(octets)) return { ...common, target, octets: null, reasons: [octets] };
  const hash = readDigestMethod(element);
  if (hash === null) return { ...common, target, octets, reasons: ['algorithmUnsupported'] };
  const stated = onlySignatureChild(element, 'DigestValue');
  const isSame = stated !== null && decodeBase64(stated.content).equals(digestOf(hash, octets));
  const weak: readonly VerificationReason[] = isWeakHash(hash) ? ['algorithmWeak'] : [];
  return { ...common, target, octets, reasons: isSame ? weak : [...weak, 'digestMismatch'] };
}

function findTarget(uri: string | null, context: ReferenceContext): ReferenceTarget | VerificationReason {
  if (uri === '' || uri === '#xpointer(/)') return { kind: 'document' };
  if (uri !== null && uri.startsWith('#')) {
    const pointer = /^#xpointer\(id\((?:'([^']*)'|"([^"]*)")\)\)$/.exec(uri);
    const identifier = pointer === null ? decodeFragment(uri.slice(1)) : (pointer[1] ?? pointer[2] ?? '');
    const [element, ...others] = context.file.identifiers.get(identifier) ?? [];
    return element === undefined || others.length > 0 ? 'ambiguousReference' : { kind: 'element', element, identifier };
  }
  return context.findExternal(uri) === null ? 'externalReference' : { kind: 'external', uri: uri ?? '' };
}

function decodeFragment(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

/** Signatures left out: none, the one that refers, those that are children of the root, all. */
type Pruning = 'none' | 'own' | 'children' | 'all';

/** A transform's input: nodes of the document or, written out and read again, of the target alone; or octets. */
type Data =
  | Readonly<{ kind: 'nodes'; pruning: Pruning; isAlone: boolean }>
  | Readonly<{ kind: 'octets'; octets: Buffer }>;

function applyTransforms(
  element: XmlElement,
  target: ReferenceTarget,
  context: ReferenceContext,
): Buffer | VerificationReason {
  const list = signatureChildren(element, 'Transforms').flatMap((transforms) =>
    signatureChildren(transforms, 'Transform'),
  );
  if (list.length > maximumTransforms) return 'transformNotAllowed';
  let data: Data =
    target.kind === 'external'
      ? { kind: 'octets', octets: Buffer.from(context.findExternal(attributeOf(element, 'URI')) ?? []) }
      : { kind: 'nodes', pruning: 'none', isAlone: false };
  for (const [index, transform] of list.entries()) {
    // AutoFirma writes the document out, reads it again and leaves the signatures out then: the same nodes in the end.
    if (data.kind === 'nodes' && isPlainForm(transform) && list.slice(index + 1).some(choosesNodes)) {
      data = { ...data, isAlone: true };
      continue;
    }
    const next = applyTransform(transform, data, target, context);
    if (typeof next === 'string') return next;
    data = next;
  }
  if (data.kind === 'octets') return data.octets;
  return canonicalizeTarget(target, data, defaultCanonicalization, context) ?? 'ambiguousReference';
}

const envelopedSignature = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature';
const pathFilters: readonly string[] = ['http://www.w3.org/TR/1999/REC-xpath-19991116', pathFilter2];

function choosesNodes(transform: XmlElement): boolean {
  return [envelopedSignature, ...pathFilters].includes(attributeOf(transform, 'Algorithm') ?? '');
}

function isPlainForm(transform: XmlElement): boolean {
  const form = readCanonicalization(transform);
  return form !== null && form.mode === defaultCanonicalization.mode && !form.withComments;
}

function applyTransform(
  transform: XmlElement,
  data: Data,
  target: ReferenceTarget,
  context: ReferenceContext,
): Data | VerificationReason {
  const algorithm = attributeOf(transform, 'Algorithm');
  const form = readCanonicalization(transform);
  if (form !== null) {
    const isCommentless = attributeOf(transform.parent?.parent ?? transform, 'URI')?.startsWith('#xpointer') !== true;
    const used = isCommentless ? { ...form, withComments: false } : form;
    if (data.kind === 'nodes') {
      const octets = canonicalizeTarget(target, data, used, context);
      return octets === null ? 'ambiguousReference' : { kind: 'octets', octets };
    }
    const octets = canonicalizeOctets(data.octets, form);
    return octets === null ? 'transformNotAllowed' : { kind: 'octets', octets };
  }
  switch (algorithm) {
    case envelopedSignature:
      return data.kind === 'nodes' ? { ...data, pruning: widest(data.pruning, 'own') } : 'transformNotAllowed';
    case 'http://www.w3.org/2000/09/xmldsig#base64':
      if (data.kind === 'octets') return { kind: 'octets', octets: decodeBase64(data.octets.toString('latin1')) };
      // Only its text is decoded: elements in it would be signed by nobody.
      return target.kind === 'element' && data.pruning === 'none' && childElements(target.element).length === 0
        ? { kind: 'octets', octets: decodeBase64(target.element.content) }
        : 'transformNotAllowed';
    default: {
      if (!pathFilters.includes(algorithm ?? '') || data.kind !== 'nodes') return 'transformNotAllowed';
      const pruning = readSignatureFilter(transform, context.file.document);
      return pruning === null ? 'transformNotAllowed' : { ...data, pruning: widest(data.pruning, pruning) };
    }
  }
}

/**
 * An XPath may choose any part of a document as signed and leave the rest to whoever changes it. Only what leaves out
 * signatures and nothing else is accepted.
 */
function readSignatureFilter(transform: XmlElement, document: XmlDocument): Pruning | null {
  const [path, ...others] = childElements(transform).filter((child) => child.name === 'XPath');
  if (path === undefined || others.length > 0) return null;
  const text = path.content.replace(/\s+/g, '');
  const filter = attributeOf(path, 'Filter');
  const all =
    filter === 'subtract'
      ? /^\/(?:\/|descendant::)([\w.-]+):Signature$/
      : /^not\(ancestor-or-self::([\w.-]+):Signature\)$/;
  const own =
    /^count\(ancestor-or-self::([\w.-]+):Signature\|here\(\)\/ancestor::\1:Signature\[1\]\)>count\(ancestor-or-self::\1:Signature\)$/;
  if (filter !== null && filter !== 'subtract') return null;
  const name =
    filter === null ? undefined : /^\/(?:\/|descendant::)\*\[name\(\)=(['"])([\w.-]+:Signature)\1\]$/.exec(text)?.[2];
  if (name !== undefined) return areSignatures(name, document) ? 'all' : null;
  const child = filter === null ? null : /^\/\*\/([\w.-]+):Signature$/.exec(text);
  const found = all.exec(text) ?? child ?? own.exec(text);
  if (found === null || path.namespaceForPrefix(found[1] ?? '') !== signatureNamespace) return null;
  return all.test(text) ? 'all' : child === null ? 'own' : 'children';
}

/** A name without its namespace could mean anything: it must be that of the document's signatures and of nothing else. */
function areSignatures(name: string, document: XmlDocument): boolean {
  const named = document.find(`//*[name()='${name}']`).length;
  const signatures = listSignatureElements(document).filter(
    (signature) => signature.prefix !== '' && `${signature.prefix}:Signature` === name,
  );
  return named === signatures.length && signatures.length === listSignatureElements(document).length;
}

const prunings: readonly Pruning[] = ['none', 'own', 'children', 'all'];

function widest(one: Pruning, other: Pruning): Pruning {
  return prunings.indexOf(one) > prunings.indexOf(other) ? one : other;
}

function canonicalizeTarget(
  target: ReferenceTarget,
  { pruning, isAlone }: Extract<Data, { kind: 'nodes' }>,
  form: typeof defaultCanonicalization,
  context: ReferenceContext,
): Buffer | null {
  if (target.kind === 'external') return null;
  if (pruning === 'none')
    return canonicalize(target.kind === 'document' ? context.file.document : target.element, form);
  const copy = openXml(context.file.bytes);
  if (typeof copy === 'string') return null;
  try {
    const place = listSignatureElements(context.file.document).findIndex((other) =>
      other.isSameNode(context.signature),
    );
    const signatures = listSignatureElements(copy.document);
    const removed = signatures.filter((other, index) => isPruned(pruning, other, index === place));
    const root = target.kind === 'document' ? null : copy.identifiers.get(target.identifier)?.[0];
    if (root === undefined) return null;
    const around = root === null ? [] : removed.filter((signature) => isInside(root, signature));
    // What lies in a signature that is left out is left out with it, unless it was taken out of there before.
    if (around.length > 0 && (!isAlone || around.some((signature) => root?.isSameNode(signature) === true)))
      return null;
    for (const signature of removed) if (!around.includes(signature)) signature.remove();
    return canonicalize(root ?? copy.document, form);
  } finally {
    copy.dispose();
  }
}

function isPruned(pruning: Pruning, signature: XmlElement, isOwn: boolean): boolean {
  switch (pruning) {
    case 'none':
      return false;
    case 'own':
      return isOwn;
    case 'children':
      return signature.parent?.parent === null;
    case 'all':
      return isOutermost(signature);
  }
}

/** All signatures of a document in its order. */
export function listSignatureElements(document: XmlDocument): readonly XmlElement[] {
  return document
    .find('//ds:Signature', { ds: signatureNamespace })
    .filter((node): node is XmlElement => node instanceof XmlElement);
}

function isOutermost(signature: XmlElement): boolean {
  for (let above = signature.parent; above !== null; above = above.parent)
    if (above.name === 'Signature' && above.namespaceUri === signatureNamespace) return false;
  return true;
}

/** Whether an element is another or lies in it. */
export function isInside(element: XmlElement, container: XmlElement): boolean {
  for (let current: XmlElement | null = element; current !== null; current = current.parent)
    if (current.isSameNode(container)) return true;
  return false;
}

/** Canonical form of XML in a file of its own; null when it is none. */
export function canonicalizeOctets(octets: Uint8Array, form: typeof defaultCanonicalization): Buffer | null {
  const file = openXml(octets);
  if (typeof file === 'string') return null;
  try {
    return canonicalize(file.document, form);
  } finally {
    file.dispose();
  }
}
