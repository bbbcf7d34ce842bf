import { ParseOption, XmlAttribute, XmlDocument, XmlElement, XmlLibError } from 'libxml2-wasm';
import type { XmlNode, XmlTreeNode } from 'libxml2-wasm';

/** An XML document opened for verification; its memory is the library's and must be freed. */
export type XmlFile = Readonly<{
  bytes: Uint8Array;
  document: XmlDocument;
  root: XmlElement;
  /** Elements by the value of any of their attributes named Id. */
  identifiers: ReadonlyMap<string, readonly XmlElement[]>;
  dispose(): void;
}>;

export type OpenedXml = XmlFile | 'unreadable' | 'documentType';

export const signatureNamespace = 'http://www.w3.org/2000/09/xmldsig#';
const xadesNamespace = /^http:\/\/uri\.etsi\.org\/01903\/v1\.\d\.\d#$/;

// Without network, entities or default attributes. Texts may be long: they hold whole files in base64.
const parseOption = ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE | ParseOption.XML_PARSE_HUGE;

/**
 * Parses XML that strangers wrote. One with a document type declaration is not even parsed: it could expand without end,
 * give attributes that the text does not show, or fetch from elsewhere.
 */
export function openXml(bytes: Uint8Array): OpenedXml {
  if (hasDocumentType(bytes)) return 'documentType';
  let document: XmlDocument;
  try {
    document = XmlDocument.fromBuffer(bytes, { option: parseOption });
  } catch (error) {
    if (error instanceof XmlLibError) return 'unreadable';
    throw error;
  }
  if (document.dtd !== null) {
    document.dispose();
    return 'documentType';
  }
  return {
    bytes,
    document,
    root: document.root,
    identifiers: collectIdentifiers(document),
    dispose: () => {
      document.dispose();
    },
  };
}

// In the prolog only: the word may occur in any text. What a comment or an instruction says is neither prolog nor root.
function hasDocumentType(bytes: Uint8Array): boolean {
  const decoder = new TextDecoder(encodingOf(bytes));
  for (let length = firstPiece; ; length *= 8) {
    const text = decoder.decode(bytes.subarray(0, length));
    const prolog = text.replace(/<!--[\s\S]*?(?:-->|$)|<\?[\s\S]*?(?:\?>|$)/g, '');
    const root = /<[A-Za-z_:\u0080-\uffff]/.exec(prolog)?.index;
    if (prolog.slice(0, root).includes('<!DOCTYPE')) return true;
    if (root !== undefined || length >= bytes.length) return false;
  }
}

const firstPiece = 64 * 1024;

function encodingOf([first, second]: Uint8Array): string {
  if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0)) return 'utf-16le';
  return (first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c) ? 'utf-16be' : 'latin1';
}

function collectIdentifiers(document: XmlDocument): ReadonlyMap<string, readonly XmlElement[]> {
  const identifiers = new Map<string, XmlElement[]>();
  for (const attribute of document.find("//@*[local-name()='Id' or local-name()='ID' or local-name()='id']")) {
    const owner = attribute.parent;
    if (!(attribute instanceof XmlAttribute) || owner === null) continue;
    const owners = identifiers.get(attribute.value) ?? [];
    // Two are enough to know that a reference is ambiguous.
    if (owners.length < 2 && !owners.some((other) => other.isSameNode(owner))) owners.push(owner);
    identifiers.set(attribute.value, owners);
  }
  return identifiers;
}

export function childElements(element: XmlElement): readonly XmlElement[] {
  return childNodes(element).filter((child): child is XmlElement => child instanceof XmlElement);
}

/** Children of every kind but processing instructions, which the library cannot go on from. */
export function childNodes(element: XmlElement): readonly XmlNode[] {
  const children: XmlNode[] = [];
  let child: XmlTreeNode | null | undefined = element.firstChild;
  for (; child !== null && child !== undefined; child = child.next) children.push(child);
  return child === null ? children : element.find('*|text()|comment()');
}

/** Children of an element by their name in the namespace of XML signatures. */
export function signatureChildren(element: XmlElement, name: string): readonly XmlElement[] {
  return childElements(element).filter((child) => isSignatureElement(child, name));
}

/** The only such child; null when it is missing or repeated. */
export function onlySignatureChild(element: XmlElement, name: string): XmlElement | null {
  const [child, ...others] = signatureChildren(element, name);
  return child === undefined || others.length > 0 ? null : child;
}

export function isSignatureElement(element: XmlElement, name: string): boolean {
  return element.name === name && element.namespaceUri === signatureNamespace;
}

/** Children by their name in any version of the XAdES namespace. */
export function xadesChildren(element: XmlElement, name: string): readonly XmlElement[] {
  return childElements(element).filter((child) => child.name === name && isXades(child));
}

export function isXades(element: XmlElement): boolean {
  return xadesNamespace.test(element.namespaceUri);
}

/** First element at a path of XAdES names. */
export function xadesPath(element: XmlElement, ...names: readonly string[]): XmlElement | null {
  let current: XmlElement | null = element;
  for (const name of names) {
    if (current === null) return null;
    current = xadesChildren(current, name)[0] ?? null;
  }
  return current;
}

export function attributeOf(element: XmlElement, name: string): string | null {
  return element.attr(name)?.value ?? null;
}

/** Empty for what is not base64: decoders that skip what they do not know would let a text hide in it. */
export function decodeBase64(text: string): Buffer {
  const written = text.replace(/\s+/g, '');
  return /^[A-Za-z0-9+/]*={0,2}$/.test(written) ? Buffer.from(written, 'base64') : Buffer.alloc(0);
}
