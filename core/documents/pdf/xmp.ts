/** XMP packet of our PDF/A-2b files. PDF/A wants every property outside the predefined schemas described in an extension schema. */
import { eniDocumentVersion, type ComplementaryMetadata, type EniMetadata } from '../eni-metadata.ts';
import { escapeXml } from '../xml-text.ts';

export type XmpInput = Readonly<{
  title: string;
  author: string;
  subject?: string;
  language: string;
  createdAt: string;
  producer: string;
  /** Of ISO 19005; 2 unless something that is not PDF/A is attached. */
  part?: 2 | 3;
  eni?: EniMetadata;
  complementary?: ComplementaryMetadata;
}>;

type ExtensionProperty = Readonly<{
  name: string;
  valueType: 'Text' | 'Date' | 'Boolean' | 'Integer' | 'bag Text';
  category: 'internal' | 'external';
  description: string;
}>;

/** Namespace of the official metadata schema, so that element names are the official ones. */
const eniNamespace = 'http://administracionelectronica.gob.es/ENI/XSD/v1.0/documento-e/metadatos';
const complementaryNamespace = 'urn:ventanilla:metadatos-complementarios:1.0#';

const eniProperties: readonly ExtensionProperty[] = [
  {
    name: 'VersionNTI',
    valueType: 'Text',
    category: 'external',
    description: 'Versión de la NTI de Documento Electrónico',
  },
  {
    name: 'Identificador',
    valueType: 'Text',
    category: 'external',
    description: 'Identificador normalizado del documento',
  },
  {
    name: 'Organo',
    valueType: 'bag Text',
    category: 'external',
    description: 'Código DIR3 de los órganos que generan o capturan el documento',
  },
  {
    name: 'FechaCaptura',
    valueType: 'Date',
    category: 'external',
    description: 'Fecha y hora de captura o alta del documento',
  },
  {
    name: 'OrigenCiudadanoAdministracion',
    valueType: 'Boolean',
    category: 'external',
    description: 'False: ciudadano. True: Administración',
  },
  {
    name: 'EstadoElaboracion',
    valueType: 'Text',
    category: 'external',
    description: 'Estado de elaboración: EE01, EE02, EE03, EE04 o EE99',
  },
  {
    name: 'IdentificadorDocumentoOrigen',
    valueType: 'Text',
    category: 'external',
    description: 'Identificador del documento del que procede la copia',
  },
  {
    name: 'TipoDocumental',
    valueType: 'Text',
    category: 'external',
    description: 'Tipo documental: TD01 a TD20 o TD99',
  },
];

const complementaryNames = {
  resolution: ['Resolucion', 'Resolución de la digitalización, con su unidad'],
  colorDepth: ['ProfundidadColor', 'Profundidad de color'],
  language: ['Idioma', 'Idioma del contenido (RFC 4646)'],
  physicalSize: ['TamanoFisico', 'Tamaño físico de la página'],
  pageCount: ['NumeroPaginas', 'Número de páginas'],
  sourceMedium: ['SoporteOrigen', 'Soporte del documento de origen'],
  verificationCode: ['CodigoSeguroVerificacion', 'Código seguro de verificación'],
  verificationAddress: ['DireccionVerificacion', 'Dirección en la que se comprueba el código'],
  verificationRegulation: ['RegulacionGeneracionCSV', 'Norma que regula la generación del código'],
  consentReference: ['ReferenciaConsentimiento', 'Consentimiento para la firma por funcionario habilitado'],
  recordNumber: ['NumeroRegistro', 'Número del asiento registral'],
  officeCode: ['CodigoOficinaRegistro', 'Código DIR3 de la oficina de registro'],
  copyStatement: ['CondicionCopia', 'Condición de copia del documento'],
  textLayer: ['TextoReconocido', 'Procedencia y valor del texto invisible que acompaña a las imágenes'],
} as const satisfies Readonly<Record<keyof ComplementaryMetadata, readonly [string, string]>>;

const complementaryKeys = Object.keys(complementaryNames) as (keyof ComplementaryMetadata)[];

export function buildXmp(input: XmpInput): Uint8Array {
  const keys = complementaryKeys.filter((key) => input.complementary?.[key] !== undefined);
  const properties = keys.map((key): ExtensionProperty => {
    const [name, description] = complementaryNames[key];
    return { name, description, category: 'internal', valueType: key === 'pageCount' ? 'Integer' : 'Text' };
  });
  const schemas = [
    input.eni === undefined
      ? ''
      : extensionSchema(
          'Metadatos mínimos obligatorios del documento electrónico ENI',
          eniNamespace,
          'eni',
          eniProperties,
        ),
    properties.length === 0
      ? ''
      : extensionSchema('Metadatos complementarios', complementaryNamespace, 'venc', properties),
  ].join('');
  const packet = [
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>',
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">',
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
    `<rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><pdfaid:part>${input.part ?? 2}</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></rdf:Description>`,
    predefinedDescription(input),
    input.eni === undefined ? '' : eniDescription(input.eni),
    keys.length === 0 ? '' : complementaryDescription(keys, input.complementary ?? {}),
    schemas === ''
      ? ''
      : `<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"><pdfaExtension:schemas><rdf:Bag>${schemas}</rdf:Bag></pdfaExtension:schemas></rdf:Description>`,
    '</rdf:RDF>',
    '</x:xmpmeta>',
    '<?xpacket end="w"?>',
  ];
  return Buffer.from(packet.filter((line) => line !== '').join('\n'), 'utf8');
}

function predefinedDescription(input: XmpInput): string {
  const { title, author, subject, language, createdAt, producer } = input;
  const alternative = (text: string): string =>
    `<rdf:Alt><rdf:li xml:lang="x-default">${escapeXml(text)}</rdf:li></rdf:Alt>`;
  return [
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">',
    `<dc:title>${alternative(title)}</dc:title>`,
    `<dc:creator><rdf:Seq><rdf:li>${escapeXml(author)}</rdf:li></rdf:Seq></dc:creator>`,
    subject === undefined ? '' : `<dc:description>${alternative(subject)}</dc:description>`,
    `<dc:language><rdf:Bag><rdf:li>${escapeXml(language)}</rdf:li></rdf:Bag></dc:language>`,
    '<dc:format>application/pdf</dc:format>',
    `<xmp:CreateDate>${createdAt}</xmp:CreateDate><xmp:ModifyDate>${createdAt}</xmp:ModifyDate><xmp:MetadataDate>${createdAt}</xmp:MetadataDate>`,
    `<xmp:CreatorTool>${escapeXml(producer)}</xmp:CreatorTool><pdf:Producer>${escapeXml(producer)}</pdf:Producer>`,
    '</rdf:Description>',
  ].join('');
}

function eniDescription(eni: EniMetadata): string {
  const element = (name: string, value: string): string => `<eni:${name}>${escapeXml(value)}</eni:${name}>`;
  return [
    `<rdf:Description rdf:about="" xmlns:eni="${eniNamespace}">`,
    element('VersionNTI', eniDocumentVersion),
    element('Identificador', eni.identifier),
    `<eni:Organo><rdf:Bag>${eni.organs.map((organ) => `<rdf:li>${escapeXml(organ)}</rdf:li>`).join('')}</rdf:Bag></eni:Organo>`,
    element('FechaCaptura', eni.capturedAt),
    element('OrigenCiudadanoAdministracion', eni.origin === 'administration' ? 'True' : 'False'),
    element('EstadoElaboracion', eni.elaborationState),
    eni.sourceIdentifier === undefined ? '' : element('IdentificadorDocumentoOrigen', eni.sourceIdentifier),
    element('TipoDocumental', eni.documentType),
    '</rdf:Description>',
  ].join('');
}

function complementaryDescription(
  keys: readonly (keyof ComplementaryMetadata)[],
  values: ComplementaryMetadata,
): string {
  const elements = keys.map((key) => {
    const [name] = complementaryNames[key];
    return `<venc:${name}>${escapeXml(String(values[key]))}</venc:${name}>`;
  });
  return `<rdf:Description rdf:about="" xmlns:venc="${complementaryNamespace}">${elements.join('')}</rdf:Description>`;
}

function extensionSchema(
  title: string,
  namespace: string,
  prefix: string,
  properties: readonly ExtensionProperty[],
): string {
  const items = properties.map(
    ({ name, valueType, category, description }) =>
      `<rdf:li rdf:parseType="Resource"><pdfaProperty:name>${name}</pdfaProperty:name><pdfaProperty:valueType>${valueType}</pdfaProperty:valueType><pdfaProperty:category>${category}</pdfaProperty:category><pdfaProperty:description>${escapeXml(description)}</pdfaProperty:description></rdf:li>`,
  );
  return `<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>${escapeXml(title)}</pdfaSchema:schema><pdfaSchema:namespaceURI>${namespace}</pdfaSchema:namespaceURI><pdfaSchema:prefix>${prefix}</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq>${items.join('')}</rdf:Seq></pdfaSchema:property></rdf:li>`;
}
