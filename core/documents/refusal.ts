import type { AdmissionRefusal } from '../contract/schemas/verification.ts';
import type { DocumentAssets } from './assets.ts';
import { dataProtectionBlocks, type DataProtectionNotice } from './data-protection.ts';
import { buildOfficialPdf, type OfficialDocumentInput } from './official-document.ts';
import type { Block } from './pdf/block-types.ts';
import { knownFacts } from './people.ts';
import { formatDateTime } from './spanish-dates.ts';

export type RefusalGrounds = 'signatureFailed' | AdmissionRefusal;

export type RefusalInput = Omit<OfficialDocumentInput, 'verification'> &
  Readonly<{
    refusalId: string;
    /** Post and number of the officer: the citizen may ask for them. */
    officerName: string;
    officerPost: string;
    fileName: string;
    byteLength: number;
    sha256: string;
    grounds: RefusalGrounds;
    /** Sentences on the signatures, one for each thing found. */
    findings: readonly string[];
    /** ETSI EN 319 102-1 sub-indication, for whoever made the file. */
    subIndication: string | null;
    sealedBy: 'organSeal' | 'nobody';
    dataProtection: DataProtectionNotice;
  }>;

type GroundsText = Readonly<{ reason: string; remedy: string; rule: string }>;

const signatureRule = 'artículos 66.1 y 70.1 de la Ordenanza de Administración Electrónica';
const formatRule = 'artículos 53 y 70.1 de la Ordenanza de Administración Electrónica';
const maliceRule = 'artículos 70.1 y 71.1 de la Ordenanza de Administración Electrónica';

const texts: Readonly<Record<RefusalGrounds, GroundsText>> = {
  signatureFailed: {
    reason: 'La firma electrónica de la solicitud no es válida.',
    remedy:
      'Firme de nuevo la solicitud con un certificado vigente y no la cambie después de firmarla; o firme aquí mismo con su tarjeta, o preséntela en papel firmada a mano.',
    rule: signatureRule,
  },
  formatUnknown: {
    reason: 'No se reconoce qué clase de fichero es.',
    remedy: 'Guarde el documento como PDF y tráigalo de nuevo.',
    rule: formatRule,
  },
  formatNotAdmitted: {
    reason: 'El formato del fichero no está entre los admitidos.',
    remedy: 'Guarde el documento como PDF y tráigalo de nuevo.',
    rule: formatRule,
  },
  damaged: {
    reason: 'El fichero está incompleto o dañado.',
    remedy: 'Compruebe que se abre en su equipo, cópielo otra vez en el soporte y tráigalo de nuevo.',
    rule: formatRule,
  },
  executable: {
    reason: 'El fichero es un programa.',
    remedy: 'Traiga el documento, no el programa que lo muestra: guárdelo como PDF.',
    rule: maliceRule,
  },
  script: {
    reason: 'El fichero contiene órdenes que un equipo puede ejecutar.',
    remedy: 'Guarde el documento como PDF y tráigalo de nuevo.',
    rule: maliceRule,
  },
  activeContent: {
    reason: 'El documento contiene acciones que llaman a otros programas o ficheros.',
    remedy: 'Imprima el documento a un PDF nuevo, que no las lleva, y si estaba firmado fírmelo otra vez.',
    rule: maliceRule,
  },
  embeddedExecutable: {
    reason: 'El fichero lleva dentro un programa.',
    remedy: 'Quite el programa del fichero, o guarde el documento como PDF, y tráigalo de nuevo.',
    rule: maliceRule,
  },
  macros: {
    reason: 'El documento contiene macros.',
    remedy: 'Guarde el documento sin macros o como PDF y tráigalo de nuevo.',
    rule: maliceRule,
  },
};

/**
 * What the citizen takes home when a file is not admitted (ordinance art. 70.2): which file, why, and how to remedy it. The
 * file itself was not kept.
 */
export function buildRefusalPdf(input: RefusalInput, assets: DocumentAssets): Uint8Array {
  return buildOfficialPdf(
    { ...input, verification: null },
    {
      kindName: 'Fichero no admitido',
      reference: input.refusalId,
      title: 'Comunicación de fichero no admitido',
      blocks: refusalBlocks(input),
    },
    assets,
  );
}

function refusalBlocks(input: RefusalInput): readonly Block[] {
  const { reason, remedy, rule } = texts[input.grounds];
  return [
    {
      kind: 'title',
      text: 'Comunicación de fichero no admitido',
      subtitle: `El fichero no se ha registrado (${rule}).`,
    },
    { kind: 'heading', text: 'Fichero' },
    {
      kind: 'facts',
      facts: knownFacts([
        { label: 'Nombre', value: [{ text: input.fileName, font: 'sansBold' }] },
        { label: 'Tamaño', value: `${input.byteLength.toLocaleString('es-ES')} bytes` },
        { label: 'Huella SHA-256', value: [{ text: input.sha256, font: 'mono' }] },
        { label: 'Fecha y hora', value: formatDateTime(input.createdAt) },
        { label: 'Atendió', value: `${input.officerName}, ${input.officerPost}` },
      ]),
    },
    { kind: 'heading', text: 'Por qué no se admite' },
    { kind: 'paragraph', text: reason },
    ...(input.findings.length === 0 ? [] : [{ kind: 'bullets' as const, items: input.findings }]),
    ...(input.subIndication === null
      ? []
      : [
          {
            kind: 'paragraph' as const,
            text: `Resultado técnico según ETSI EN 319 102-1: TOTAL-FAILED, ${input.subIndication}.`,
            tone: 'small' as const,
          },
        ]),
    { kind: 'heading', text: 'Cómo subsanarlo' },
    { kind: 'paragraph', text: remedy },
    {
      kind: 'paragraph',
      text: 'Puede presentarlo de nuevo en esta oficina o en la sede electrónica. La fecha de presentación será la del nuevo envío. De esta incidencia queda constancia en el registro; del fichero no se ha guardado copia.',
    },
    {
      kind: 'paragraph',
      text:
        input.sealedBy === 'organSeal'
          ? 'Esta comunicación lleva el sello electrónico del registro.'
          : 'Esta comunicación se entrega sin sello electrónico porque el del registro no estaba disponible.',
      tone: 'small',
    },
    ...dataProtectionBlocks(input.dataProtection),
  ];
}
