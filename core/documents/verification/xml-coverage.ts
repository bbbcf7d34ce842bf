import { XmlCData, XmlText } from 'libxml2-wasm';
import type { XmlElement } from 'libxml2-wasm';
import { childElements, childNodes, isSignatureElement, isXades } from './xml-document.ts';
import type { XmlFile } from './xml-document.ts';
import { isPropertiesType } from './xades-properties.ts';
import type { CheckedReference } from './xml-references.ts';

export type XmlCoverage = Readonly<{
  coversWholeFile: boolean;
  /** Something with a meaning lies outside of what is signed: a reader could take it for signed (signature wrapping). */
  hasUnsignedContent: boolean;
  /** What is signed, by name. */
  signedContent: readonly string[];
}>;

/** Tells exactly what the references of a signature cover of its document. */
export function findCoverage(
  file: XmlFile,
  signature: XmlElement,
  references: readonly CheckedReference[],
): XmlCoverage {
  const data = references.filter((reference) => reference.target !== null && isDataReference(reference, signature));
  const roots = data.flatMap(({ target }) => (target?.kind === 'element' ? [target.element] : []));
  const coversWholeFile =
    data.some(({ target }) => target?.kind === 'document') || roots.some((root) => root.isSameNode(file.root));
  const isCountersignature = data.some(({ target }) => isValueOfAnother(target, signature));
  const isExternalOnly = data.length > 0 && data.every(({ target }) => target?.kind === 'external');
  return {
    coversWholeFile,
    // Canonical forms mostly leave comments out: one within a text may make a program see but the half of it.
    hasUnsignedContent:
      hasSplitText(file) ||
      // A signature that leaves itself out of the document that it covers leaves out its own objects too.
      (coversWholeFile
        ? hasUncoveredObject(signature, roots)
        : !isCountersignature && hasUncovered(file.root, signature, roots, isExternalOnly)),
    signedContent: data.map(describe),
  };
}

/**
 * A signature that stands as countersignature of another must sign the other's value (ETSI EN 319 132-1 §5.2.7.2): one that
 * signs something else was only put there.
 */
export function isMisplacedCountersignature(signature: XmlElement, references: readonly CheckedReference[]): boolean {
  const { parent } = signature;
  if (parent === null || !isXades(parent) || parent.name !== 'CounterSignature') return false;
  let above: XmlElement | null = parent;
  while (above !== null && !isSignatureElement(above, 'Signature')) above = above.parent;
  const countersigned = above;
  return !references.some(
    ({ target }) =>
      target?.kind === 'element' &&
      isSignatureElement(target.element, 'SignatureValue') &&
      countersigned !== null &&
      target.element.parent?.isSameNode(countersigned) === true,
  );
}

/** Whether a reference is to what somebody wanted signed, and not to a part of the signature itself such as its key. */
export function isDataReference({ type, target }: CheckedReference, signature: XmlElement): boolean {
  if (isPropertiesType(type)) return false;
  if (target?.kind !== 'element' || isValueOfAnother(target, signature)) return true;
  for (let element: XmlElement | null = target.element; element !== null; element = element.parent) {
    if (isSignatureElement(element, 'Object') || isXades(element)) return !isXades(element);
    if (element.isSameNode(signature)) return false;
  }
  return true;
}

// The other signature is judged like any other; what it leaves out counts there.
function isValueOfAnother(target: CheckedReference['target'], signature: XmlElement): boolean {
  if (target?.kind !== 'element' || !isSignatureElement(target.element, 'SignatureValue')) return false;
  const { parent } = target.element;
  return parent !== null && isSignatureElement(parent, 'Signature') && !parent.isSameNode(signature);
}

function describe({ target }: CheckedReference): string {
  switch (target?.kind) {
    case 'element':
      return `${target.element.name}#${target.identifier}`;
    case 'external':
      return target.uri === '' ? 'detached' : target.uri;
    case 'document':
    case undefined:
      return 'document';
  }
}

function hasUncovered(
  element: XmlElement,
  signature: XmlElement,
  roots: readonly XmlElement[],
  isExternalOnly: boolean,
): boolean {
  if (roots.some((root) => root.isSameNode(element))) return false;
  if (isSignatureElement(element, 'Signature'))
    return element.isSameNode(signature) && hasUncoveredObject(element, roots);
  const children = childElements(element);
  // An element around signed ones is a mere envelope; one with text, or with nothing in it, says something itself.
  if (hasText(element) || (children.length === 0 && !isExternalOnly)) return true;
  return children.some((child) => hasUncovered(child, signature, roots, isExternalOnly));
}

function hasUncoveredObject(signature: XmlElement, roots: readonly XmlElement[]): boolean {
  // What the schema knows nothing of has no meaning for the signature, but may have one for a reader.
  const isStrange = childElements(signature).some((child) => !parts.some((name) => isSignatureElement(child, name)));
  if (isStrange || hasText(signature)) return true;
  const objects = childElements(signature).filter((child) => isSignatureElement(child, 'Object'));
  return objects.some((object) => {
    if (roots.some((root) => root.isSameNode(object))) return false;
    return (
      hasText(object) ||
      childElements(object).some((child) => {
        const isOwn =
          isXades(child) && (child.name === 'QualifyingProperties' || child.name === 'QualifyingPropertiesReference');
        return isOwn ? hasForeign(child) : hasUncovered(child, signature, roots, false);
      })
    );
  });
}

function hasSplitText({ document }: XmlFile): boolean {
  const around = ['preceding', 'following'].map((side) => `${side}-sibling::node()[1]/self::text()[normalize-space()]`);
  return document.get(`//comment()[${around.join(' and ')}]`) !== null;
}

const parts: readonly string[] = ['SignedInfo', 'SignatureValue', 'KeyInfo', 'Object'];

function hasForeign(properties: XmlElement): boolean {
  return hasText(properties) || childElements(properties).some((child) => !isXades(child));
}

function hasText(element: XmlElement): boolean {
  return childNodes(element).some(
    (child) => (child instanceof XmlText || child instanceof XmlCData) && child.content.trim() !== '',
  );
}
