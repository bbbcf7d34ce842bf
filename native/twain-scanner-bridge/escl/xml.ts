import { ParseOption, XmlDocument, XmlElement } from 'libxml2-wasm';
import { EsclStop } from './stop.ts';

/** An element as eSCL needs it: names without prefix (devices disagree about namespaces), text trimmed. */
export type XmlNode = Readonly<{
  name: string;
  text: string;
  /** Attributes `name` and `ref`, by which a setting profile is written once and used twice; empty where missing. */
  label: string;
  reference: string;
  children: readonly XmlNode[];
}>;

// Capabilities of real devices have some 500 elements.
const mostElements = 20_000;
const deepest = 32;

/** Throws FAILED when it is not XML, or has a document type: that could expand without end or fetch from elsewhere. */
export function parseXml(bytes: Buffer, rootName: string): XmlNode {
  if (bytes.includes('<!DOCTYPE') || bytes.includes('\0')) throw new EsclStop('FAILED', 'XML with a document type');
  const root = readRoot(bytes);
  if (root.name !== rootName) throw new EsclStop('FAILED', `not ${rootName}`);
  return root;
}

function readRoot(bytes: Buffer): XmlNode {
  let count = 0;
  function read(element: XmlElement, depth: number): XmlNode {
    count += 1;
    if (count > mostElements || depth > deepest) throw new EsclStop('FAILED', 'XML without end');
    const children: XmlNode[] = [];
    for (let child = element.firstChild; child !== null; child = child.next)
      if (child instanceof XmlElement) children.push(read(child, depth + 1));
    return {
      name: element.name,
      text: children.length > 0 ? '' : element.content.trim(),
      label: element.attr('name')?.value ?? '',
      reference: element.attr('ref')?.value ?? '',
      children,
    };
  }
  let document: XmlDocument;
  try {
    document = XmlDocument.fromBuffer(bytes, { option: ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE });
  } catch {
    throw new EsclStop('FAILED', 'not XML');
  }
  try {
    return read(document.root, 0);
  } finally {
    document.dispose();
  }
}

/** Every element of that name below, however deep. */
export function findAll(node: XmlNode, name: string): readonly XmlNode[] {
  return node.children.flatMap((child) => [...(child.name === name ? [child] : []), ...findAll(child, name)]);
}

export function find(node: XmlNode, name: string): XmlNode | null {
  return findAll(node, name)[0] ?? null;
}

export function textOf(node: XmlNode, name: string): string {
  return find(node, name)?.text ?? '';
}

/** A whole number that is not negative; null where there is none. */
export function numberOf(node: XmlNode, name: string): number | null {
  const text = textOf(node, name);
  return /^\d{1,9}$/u.test(text) ? Number(text) : null;
}
