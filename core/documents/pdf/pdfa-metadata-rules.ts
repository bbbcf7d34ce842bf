import { XmlDocument, XmlElement, XmlLibError, ParseOption } from 'libxml2-wasm';
import { isStream } from '../signing/pdf-objects.ts';
import type { PdfFile } from '../signing/pdf-reader.ts';
import type { Report } from './pdfa-finding.ts';
import { hasXmpType, predefinedTypes } from './pdfa-xmp-types.ts';

const rdf = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
const pdfaid = 'http://www.aiim.org/pdfa/ns/id/';
const namespaces = {
  rdf,
  pdfaid,
  pdfaExtension: 'http://www.aiim.org/pdfa/ns/extension/',
  pdfaSchema: 'http://www.aiim.org/pdfa/ns/schema#',
  pdfaProperty: 'http://www.aiim.org/pdfa/ns/property#',
};

/** Schemas that PDF/A knows and we do not write: any property of theirs passes. */
const otherPredefined =
  /^http:\/\/(?:ns\.adobe\.com\/(?:xap\/1\.0\/(?:rights|mm|bj|t\/pg|sType|g)\/?.*|xmp\/1\.0\/DynamicMedia\/|photoshop\/1\.0\/|camera-raw-settings\/1\.0\/|tiff\/1\.0\/|exif\/1\.0\/(?:aux\/)?)|www\.aiim\.org\/pdfa\/ns\/(?:extension\/|schema#|property#|type#|field#))$/;

/** 6.6.2 and 6.6.4: metadata that say PDF/A-2 and use no property without a schema. */
export function checkDocumentMetadata(file: PdfFile, report: Report): void {
  const stream = file.resolve(file.root.get('Metadata'));
  if (!isStream(stream)) return report('6.6.2.1', 'the catalog has no metadata');
  const packet = file.decode(stream);
  const header = /<\?xpacket begin=[^?]*\?>/.exec(packet.toString('latin1', 0, 256))?.[0];
  if (header === undefined) report('6.6.2.1', 'the metadata are no XMP packet');
  else if (/\s(?:bytes|encoding)=/.test(header)) report('6.6.2.1', 'the packet header has bytes or encoding');
  let document: XmlDocument;
  try {
    document = XmlDocument.fromBuffer(packet, { option: ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_NO_XXE });
  } catch (error) {
    if (error instanceof XmlLibError) return report('6.6.2.1', 'the metadata are not well-formed');
    throw error;
  }
  try {
    checkProperties(document, report);
  } finally {
    document.dispose();
  }
}

type Property = Readonly<{
  namespace: string;
  name: string;
  prefix: string;
  value: string;
  /** Null for a property that was written as an attribute. */
  element: XmlElement | null;
}>;

function checkProperties(document: XmlDocument, report: Report): void {
  const properties = listProperties(document);
  const described = listDescribed(document, report);
  for (const { namespace, name, value, element } of properties) {
    const schema = predefinedTypes.get(namespace);
    const type = schema?.get(name) ?? described.get(`${namespace} ${name}`);
    if (type !== undefined) {
      if (!hasXmpType(element ?? value, type)) report('6.6.2.3.1', `the property ${name} is no ${type}`);
    } else if (schema !== undefined || !otherPredefined.test(namespace))
      report('6.6.2.3.1', `the property ${name} has no schema`);
  }
  const identification = (name: string): Property | undefined =>
    properties.find((property) => property.namespace === pdfaid && property.name === name);
  const [part, conformance] = [identification('part'), identification('conformance')];
  if (!['1', '2', '3'].includes(part?.value ?? '')) report('6.6.4', 'the metadata do not say PDF/A-1, 2 or 3');
  if (!['A', 'B', 'U'].includes(conformance?.value ?? ''))
    report('6.6.4', 'the metadata do not say the level of conformance');
  if ([part, conformance].some((property) => property !== undefined && property.prefix !== 'pdfaid'))
    report('6.6.4', 'another prefix than pdfaid');
}

function listProperties(document: XmlDocument): readonly Property[] {
  const descriptions = document.find('/*/rdf:RDF/rdf:Description | /rdf:RDF/rdf:Description', namespaces);
  return descriptions.flatMap((description): Property[] => {
    if (!(description instanceof XmlElement)) return [];
    const attributes = description.attrs.map(({ namespaceUri, name, prefix, content }) => ({
      namespace: namespaceUri,
      name,
      prefix,
      value: content,
      element: null,
    }));
    const elements: Property[] = [];
    for (let node = description.firstChild; node !== null; node = node.next) {
      if (node instanceof XmlElement)
        elements.push({
          namespace: node.namespaceUri,
          name: node.name,
          prefix: node.prefix,
          value: node.content.trim(),
          element: node,
        });
    }
    return [...attributes.filter(({ namespace }) => namespace !== rdf && namespace !== ''), ...elements];
  });
}

const prefixed = ['pdfaExtension', 'pdfaSchema', 'pdfaProperty'] as const;

// 6.6.2.3.3: the prefixes of the description of schemas are not free.
function checkPrefixes(document: XmlDocument, report: Report): void {
  for (const prefix of prefixed) {
    for (const element of document.find(`//${prefix}:*`, namespaces))
      if (element instanceof XmlElement && element.prefix !== prefix)
        report('6.6.2.3.3', `another prefix than ${prefix}`);
  }
}

// 6.6.2.3.3: a schema names its namespace, prefix and properties, each with type, category and description.
function listDescribed(document: XmlDocument, report: Report): ReadonlyMap<string, string> {
  const described = new Map<string, string>();
  checkPrefixes(document, report);
  for (const schema of document.find('//pdfaExtension:schemas/rdf:Bag/rdf:li', namespaces)) {
    if (!(schema instanceof XmlElement)) continue;
    const text = (expression: string, from: XmlElement): string => {
      const found = from.get(expression, namespaces);
      return found === null || found === undefined ? '' : found.content.trim();
    };
    const of = (from: XmlElement, prefix: string, name: string): string =>
      text(`.//*[not(self::rdf:li)][self::${prefix}:${name}][1]`, from) || text(`(.//@${prefix}:${name})[1]`, from);
    const namespace = of(schema, 'pdfaSchema', 'namespaceURI');
    if (namespace === '' || of(schema, 'pdfaSchema', 'prefix') === '')
      report('6.6.2.3.3', 'an extension schema without namespace or prefix');
    for (const property of schema.find('.//pdfaSchema:property/rdf:Seq/rdf:li', namespaces)) {
      if (!(property instanceof XmlElement)) continue;
      const [name, valueType, category, description] = ['name', 'valueType', 'category', 'description'].map((field) =>
        of(property, 'pdfaProperty', field),
      );
      if (
        name === '' ||
        valueType === '' ||
        description === '' ||
        (category !== 'internal' && category !== 'external')
      ) {
        report('6.6.2.3.3', 'an extension schema describes a property incompletely');
      }
      described.set(`${namespace} ${name ?? ''}`, valueType ?? '');
    }
  }
  return described;
}
