import type { XmlElement } from 'libxml2-wasm';
import { attributeOf, childElements, signatureChildren, xadesChildren } from './xml-document.ts';
import type { XmlFile } from './xml-document.ts';
import type { ReferenceTarget } from './xml-references.ts';

type ElementTarget = Extract<ReferenceTarget, { kind: 'element' }>;

export const pathFilter2 = 'http://www.w3.org/2002/06/xmldsig-filter2';

const propertiesPath =
  /^(?:id\((['"])([\w.-]+)\1\)|\/\/\*\[@Id=(['"])([\w.-]+)\3\])\/([\w.-]+):QualifyingProperties\/\5:SignedProperties$/;

/** Signatures of XAdES 1.1.1 made with Austrian citizen cards choose their properties by a path, for these had no identifier. */
export function findChosenProperties(reference: XmlElement, file: XmlFile): ElementTarget | null {
  const uri = attributeOf(reference, 'URI');
  const transforms = signatureChildren(reference, 'Transforms').flatMap(childElements);
  const [path, ...paths] = transforms.flatMap(childElements);
  if (transforms.length !== 1 || path === undefined || paths.length > 0) return null;
  if (attributeOf(path.parent ?? path, 'Algorithm') !== pathFilter2 || attributeOf(path, 'Filter') !== 'intersect')
    return null;
  const found = propertiesPath.exec(path.content.replace(/\s+/g, ''));
  const identifier = found?.[2] ?? found?.[4] ?? '';
  const [holder, ...others] = file.identifiers.get(identifier) ?? [];
  if (holder === undefined || others.length > 0 || (uri !== '' && uri !== `#${identifier}`)) return null;
  const [qualifying, ...moreQualifying] = xadesChildren(holder, 'QualifyingProperties');
  const [element, ...more] = qualifying === undefined ? [] : xadesChildren(qualifying, 'SignedProperties');
  if (element === undefined || moreQualifying.length + more.length > 0) return null;
  const isNamed = path.namespaceForPrefix(found?.[5] ?? '') === element.namespaceUri;
  return isNamed ? { kind: 'element', element, identifier } : null;
}
