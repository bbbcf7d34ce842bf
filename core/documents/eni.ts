import { AppError } from '../contract/errors.ts';
import { isEniIdentifier } from './eni-identifier.ts';
import { eniDocumentVersion, type EniMetadata } from './eni-metadata.ts';
import { escapeXml } from './xml-text.ts';

/** A signature as the ENI document tells it (02b §2). */
export type EniSignature =
  /** Inside the content that the document carries: XAdES (TF02 detached in it, TF03 enveloped), CAdES, PAdES. */
  | Readonly<{ type: 'TF02' | 'TF03' | 'TF05' | 'TF06' }>
  /** Beside it. */
  | Readonly<{ type: 'TF02' | 'TF04'; signature: Uint8Array }>
  /** `regulation`: `BOE-A-…` or the local rule under which the codes are generated. */
  | Readonly<{ type: 'TF01'; code: string; regulation: string }>;

export type EniDocumentInput = Readonly<{
  metadata: EniMetadata;
  /** The document's bytes, signed. */
  content: Uint8Array;
  /** Common name in the catalogue of standards: `PDF`. */
  formatName: string;
  signatures: readonly EniSignature[];
}>;

const base = 'http://administracionelectronica.gob.es/ENI/XSD/v1.0/';
const contentId = 'CONTENIDO_DOCUMENTO';

// Base64 goes in slices of whole triplets straight into the result: a document of 50 MB makes no string of 70 MB.
const slice = 3 * 256 * 1024;

/**
 * The ENI electronic document (NTI de Documento Electrónico, BOE-A-2011-13169): content, compulsory metadata and signatures, as
 * UTF-8 XML valid against the official schema. Throws AppError `identifier.invalid` or `request.invalid` (`reason`: the rule broken).
 */
export function buildEniDocument(input: EniDocumentInput): Uint8Array {
  checkEni(input);
  const before = Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<enidoc:documento xmlns:enidoc="${base}documento-e" xmlns:enifile="${base}documento-e/contenido" xmlns:enidocmeta="${base}documento-e/metadatos" xmlns:enids="${base}firma" Id="DOCUMENTO">\n<enifile:contenido Id="${contentId}">\n<enifile:ValorBinario>`,
  );
  const after = Buffer.from(
    `</enifile:ValorBinario>\n<enifile:NombreFormato>${escapeXml(input.formatName)}</enifile:NombreFormato>\n</enifile:contenido>\n${metadataNode(input.metadata)}\n<enids:firmas>\n${input.signatures.map(signatureNode).join('\n')}\n</enids:firmas>\n</enidoc:documento>\n`,
  );
  const { content } = input;
  const encodedLength = 4 * Math.ceil(content.length / 3);
  const xml = Buffer.allocUnsafe(before.length + encodedLength + after.length);
  before.copy(xml);
  let at = before.length;
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  for (let start = 0; start < bytes.length; start += slice) {
    at += xml.write(bytes.toString('base64', start, Math.min(start + slice, bytes.length)), at, 'latin1');
  }
  after.copy(xml, at);
  return xml;
}

function checkEni({ metadata, content, signatures }: EniDocumentInput): void {
  if (!isEniIdentifier(metadata.identifier)) throw new AppError('identifier.invalid', { what: 'eni' });
  if (metadata.organs.length === 0) throw new AppError('request.invalid', { reason: 'organMissing' });
  if (content.length === 0) throw new AppError('document.empty');
  // NTI IV: whatever may enter a case file carries at least one signature.
  if (signatures.length === 0) throw new AppError('request.invalid', { reason: 'signatureMissing' });
  const needsSource = metadata.elaborationState === 'EE02' || metadata.elaborationState === 'EE04';
  if (needsSource !== (metadata.sourceIdentifier !== undefined))
    throw new AppError('request.invalid', { reason: 'sourceIdentifier' });
}

function metadataNode(metadata: EniMetadata): string {
  const element = (name: string, value: string): string =>
    `<enidocmeta:${name}>${escapeXml(value)}</enidocmeta:${name}>`;
  const source =
    metadata.sourceIdentifier === undefined ? '' : element('IdentificadorDocumentoOrigen', metadata.sourceIdentifier);
  return [
    '<enidocmeta:metadatos Id="METADATOS_DOCUMENTO">',
    element('VersionNTI', eniDocumentVersion),
    element('Identificador', metadata.identifier),
    ...metadata.organs.map((organ) => element('Organo', organ)),
    element('FechaCaptura', metadata.capturedAt),
    element('OrigenCiudadanoAdministracion', metadata.origin === 'administration' ? 'true' : 'false'),
    `<enidocmeta:EstadoElaboracion>${element('ValorEstadoElaboracion', metadata.elaborationState)}${source}</enidocmeta:EstadoElaboracion>`,
    element('TipoDocumental', metadata.documentType),
    '</enidocmeta:metadatos>',
  ].join('\n');
}

function signatureNode(signature: EniSignature, index: number): string {
  switch (signature.type) {
    case 'TF02':
    case 'TF03':
    case 'TF04':
    case 'TF05':
    case 'TF06': {
      const place =
        'signature' in signature
          ? `<enids:FirmaBase64>${Buffer.from(signature.signature).toString('base64')}</enids:FirmaBase64>`
          : `<enids:ReferenciaFirma>#${contentId}</enids:ReferenciaFirma>`;
      return `<enids:firma Id="FIRMA_${index}" ref="#${contentId}"><enids:TipoFirma>${signature.type}</enids:TipoFirma><enids:ContenidoFirma><enids:FirmaConCertificado>${place}</enids:FirmaConCertificado></enids:ContenidoFirma></enids:firma>`;
    }
    case 'TF01':
      return `<enids:firma Id="FIRMA_${index}"><enids:TipoFirma>TF01</enids:TipoFirma><enids:ContenidoFirma><enids:CSV><enids:ValorCSV>${escapeXml(signature.code)}</enids:ValorCSV><enids:RegulacionGeneracionCSV>${escapeXml(signature.regulation)}</enids:RegulacionGeneracionCSV></enids:CSV></enids:ContenidoFirma></enids:firma>`;
  }
}
