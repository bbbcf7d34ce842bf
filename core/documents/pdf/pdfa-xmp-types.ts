import { XmlElement } from 'libxml2-wasm';

const rdf = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
const xml = 'http://www.w3.org/XML/1998/namespace';

// XMP specification of 2005, part 8: what the predefined schemas that we write say of each property.
const dublinCore = {
  contributor: 'bag Text',
  coverage: 'Text',
  creator: 'seq Text',
  date: 'seq Date',
  description: 'Lang Alt',
  format: 'Text',
  identifier: 'Text',
  language: 'bag Text',
  publisher: 'bag Text',
  relation: 'bag Text',
  rights: 'Lang Alt',
  source: 'Text',
  subject: 'bag Text',
  title: 'Lang Alt',
  type: 'bag Text',
} as const;

const basic = {
  Advisory: 'bag Text',
  BaseURL: 'Text',
  CreateDate: 'Date',
  CreatorTool: 'Text',
  Identifier: 'bag Text',
  Label: 'Text',
  MetadataDate: 'Date',
  ModifyDate: 'Date',
  Nickname: 'Text',
  // An integer in the specification; the corpus of veraPDF lets 1.0 pass.
  Rating: 'Real',
  Thumbnails: 'alt Thumbnail',
} as const;

const adobePdf = { Keywords: 'Text', PDFVersion: 'Text', Producer: 'Text', Trapped: 'Boolean' } as const;

const identification = { part: 'Integer', conformance: 'Text', amd: 'Text', corr: 'Text', rev: 'Integer' } as const;

/** Types of the properties of the predefined schemas that we write, by namespace and name. */
export const predefinedTypes: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map(
  Object.entries({
    'http://purl.org/dc/elements/1.1/': dublinCore,
    'http://ns.adobe.com/xap/1.0/': basic,
    'http://ns.adobe.com/pdf/1.3/': adobePdf,
    'http://www.aiim.org/pdfa/ns/id/': identification,
  }).map(([namespace, types]) => [namespace, new Map<string, string>(Object.entries(types))]),
);

// A time has an hour and a zone or neither (ISO 8601 as XMP takes it).
const date = /^\d{4}(?:-\d{2}(?:-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?)?)?$/;

const simpleTypes: ReadonlyMap<string, RegExp> = new Map([
  ['text', /^/],
  ['date', date],
  ['integer', /^[+-]?\d+$/],
  ['real', /^[+-]?(?:\d+\.?\d*|\.\d+)$/],
  ['boolean', /^(?:True|False)$/],
]);

const arrays = { bag: 'Bag', seq: 'Seq', alt: 'Alt' } as const;

/**
 * Whether a property's value has the form of its type: Text, Date, Integer, Real, Boolean, `Lang Alt`, and arrays (`bag`,
 * `seq`, `alt`) of them. A type that is none of these passes, and so does a value with qualifiers.
 */
export function hasXmpType(value: XmlElement | string, type: string): boolean {
  const words = type.trim().toLowerCase().split(/\s+/);
  if (words.join(' ') === 'lang alt') return itemsOf(value, 'Alt')?.every(isInLanguage) ?? false;
  const [first = '', second = 'text'] = words;
  const container = first === 'bag' || first === 'seq' || first === 'alt' ? arrays[first] : null;
  if (container !== null) {
    const items = itemsOf(value, container);
    return items !== null && items.every((item) => hasSimpleType(item, second));
  }
  return words.length > 1 || hasSimpleType(value, first);
}

function hasSimpleType(value: XmlElement | string, type: string): boolean {
  const form = simpleTypes.get(type);
  if (form === undefined || (typeof value !== 'string' && isQualified(value))) return true;
  if (typeof value === 'string') return form.test(value.trim());
  return childrenOf(value).length === 0 && form.test(value.content.trim());
}

function isInLanguage(item: XmlElement): boolean {
  return item.attrs.some(({ name, namespaceUri }) => name === 'lang' && namespaceUri === xml);
}

/** The items of an array of that kind; null when the value is something else. */
function itemsOf(value: XmlElement | string, container: 'Bag' | 'Seq' | 'Alt'): readonly XmlElement[] | null {
  if (typeof value === 'string') return null;
  const [array, ...others] = childrenOf(value);
  const isArray = array !== undefined && others.length === 0 && array.namespaceUri === rdf && array.name === container;
  return isArray ? childrenOf(array) : null;
}

function isQualified(value: XmlElement): boolean {
  return value.find('.//rdf:value', { rdf }).length > 0;
}

function childrenOf(element: XmlElement): readonly XmlElement[] {
  const children: XmlElement[] = [];
  for (let node = element.firstChild; node !== null; node = node.next)
    if (node instanceof XmlElement) children.push(node);
  return children;
}
