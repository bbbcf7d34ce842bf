import { XmlC14NMode } from 'libxml2-wasm';
import type { XmlDocument, XmlElement } from 'libxml2-wasm';
import { attributeOf, childElements } from './xml-document.ts';

export type Canonicalization = Readonly<{
  mode: (typeof XmlC14NMode)[keyof typeof XmlC14NMode];
  withComments: boolean;
  prefixes: readonly string[];
}>;

export const defaultCanonicalization: Canonicalization = {
  mode: XmlC14NMode.XML_C14N_1_0,
  withComments: false,
  prefixes: [],
};

const algorithms: readonly (readonly [string, string, Canonicalization['mode']])[] = [
  ['http://www.w3.org/TR/2001/REC-xml-c14n-20010315', '#WithComments', XmlC14NMode.XML_C14N_1_0],
  ['http://www.w3.org/2006/12/xml-c14n11', '#WithComments', XmlC14NMode.XML_C14N_1_1],
  ['http://www.w3.org/2001/10/xml-exc-c14n#', 'WithComments', XmlC14NMode.XML_C14N_EXCLUSIVE_1_0],
];

/** Canonicalization that a CanonicalizationMethod or Transform names; null when it is none that we know. */
export function readCanonicalization(method: XmlElement): Canonicalization | null {
  const algorithm = attributeOf(method, 'Algorithm');
  const found = algorithms.find(([name, suffix]) => algorithm === name || algorithm === name + suffix);
  if (found === undefined) return null;
  const inclusive = childElements(method).find((child) => child.name === 'InclusiveNamespaces');
  const list = inclusive === undefined ? null : attributeOf(inclusive, 'PrefixList');
  return {
    mode: found[2],
    withComments: algorithm !== found[0],
    prefixes: (list ?? '').split(/\s+/).filter((prefix) => prefix !== ''),
  };
}

/** Canonical form of an element with all that it holds, or of a whole document. */
export function canonicalize(node: XmlElement | XmlDocument, form: Canonicalization): Buffer {
  const pieces: Buffer[] = [];
  const handler = {
    write: (bytes: Uint8Array): number => {
      // The library reuses its memory.
      pieces.push(Buffer.from(bytes));
      return bytes.length;
    },
    close: (): boolean => true,
  };
  const options = {
    mode: form.mode,
    withComments: form.withComments,
    ...(form.prefixes.length > 0 ? { inclusiveNamespacePrefixes: [...form.prefixes] } : {}),
  };
  if ('root' in node) node.canonicalize(handler, options);
  else node.doc.canonicalize(handler, { ...options, nodeSet: new Set([node]) });
  return Buffer.concat(pieces);
}
