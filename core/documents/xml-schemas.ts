import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  ParseOption,
  XmlBufferInputProvider,
  XmlDocument,
  XmlLibError,
  xmlRegisterInputProvider,
  XsdValidator,
} from 'libxml2-wasm';
import { findResourcesFolder } from './assets.ts';

export type XmlProblem = Readonly<{ line: number; message: string }>;

/** Validators of what leaves the program. Each answers the problems found: none means valid. */
export type XmlSchemas = Readonly<{
  validateEni(xml: Uint8Array): readonly XmlProblem[];
  validateSicres(xml: Uint8Array): readonly XmlProblem[];
  validateSicresControl(xml: Uint8Array): readonly XmlProblem[];
  /** Frees the memory of the validators. */
  dispose(): void;
}>;

// Schemas import each other by file name: they are answered from memory, so that nothing is read from disk or network.
const root = 'ventanilla-schemas:/';
const provider = new XmlBufferInputProvider({});
xmlRegisterInputProvider(provider);

export function loadXmlSchemas(resourcesFolder: string = findResourcesFolder()): XmlSchemas {
  const eni = loadValidator(join(resourcesFolder, 'schemas', 'eni'), 'documentoEni.xsd');
  const sicres = loadValidator(join(resourcesFolder, 'schemas', 'sicres4'), '2021-SICRES4_INTERCAMBIO_APL.xsd');
  const control = loadValidator(join(resourcesFolder, 'schemas', 'sicres4'), '2021-SICRES4_MENSAJE_APL.xsd');
  return {
    validateEni: (xml) => validate(eni, xml),
    validateSicres: (xml) => validate(sicres, xml),
    validateSicresControl: (xml) => validate(control, xml),
    dispose: () => [eni, sicres, control].forEach((validator) => validator.dispose()),
  };
}

function loadValidator(folder: string, file: string): XsdValidator {
  for (const name of readdirSync(folder)) provider.addBuffer(root + name, readFileSync(join(folder, name)));
  const schema = XmlDocument.fromBuffer(readFileSync(join(folder, file)), { url: root + file });
  try {
    return XsdValidator.fromDoc(schema);
  } finally {
    schema.dispose();
  }
}

// A document type declaration could expand entities without end; none of our formats has one.
const hasDocumentType = /<!DOCTYPE/i;

function validate(validator: XsdValidator, xml: Uint8Array): readonly XmlProblem[] {
  const start = Buffer.from(xml.buffer, xml.byteOffset, Math.min(xml.byteLength, 4096)).toString('latin1');
  if (hasDocumentType.test(start)) return [{ line: 1, message: 'document type declaration' }];
  const option = ParseOption.XML_PARSE_NONET | ParseOption.XML_PARSE_HUGE | ParseOption.XML_PARSE_NO_XXE;
  let document: XmlDocument | undefined;
  try {
    document = XmlDocument.fromBuffer(xml, { option });
    validator.validate(document);
    return [];
  } catch (error) {
    if (error instanceof XmlLibError)
      return error.details.map(({ line, message }) => ({ line, message: message.trim() }));
    throw error;
  } finally {
    document?.dispose();
  }
}
