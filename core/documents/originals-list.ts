import type { DocumentAssets } from './assets.ts';
import { buildOfficialPdf, type OfficialDocumentInput } from './official-document.ts';
import { formatLongDate } from './spanish-dates.ts';

export type ListedOriginal = Readonly<{
  recordNumber: string;
  recordedAt: string;
  title: string;
  pageCount: number;
  /** Official date on which its time ends. */
  keptUntil: string;
  eniIdentifier: string;
  verificationCode: string;
}>;

export type OriginalsListInput = Omit<OfficialDocumentInput, 'verification'> &
  Readonly<{ originals: readonly ListedOriginal[] }>;

/**
 * What the counter hands to the archive with the paper: the archive decides on its destruction and keeps the minutes
 * (ordinance art. 58). A working paper: no signature, no code.
 */
export function buildOriginalsListPdf(input: OriginalsListInput, assets: DocumentAssets): Uint8Array {
  const title = 'Originales en papel en depósito';
  return buildOfficialPdf(
    { ...input, verification: null },
    {
      kindName: 'Relación para el archivo',
      title,
      blocks: [
        {
          kind: 'title',
          text: title,
          subtitle: 'Artículo 53 del Real Decreto 203/2021 y artículo 58 de la Ordenanza de Administración Electrónica',
        },
        {
          kind: 'paragraph',
          text: 'Cada documento está a disposición de quien lo presentó hasta la fecha que se indica, y de él hay copia electrónica. Cumplido el plazo, el archivo decide sobre su destrucción y levanta el acta; en la oficina no se destruye nada.',
        },
        {
          kind: 'table',
          columns: [
            { title: 'Hasta', share: 0.24 },
            { title: 'Registro', share: 0.28, font: 'mono' },
            { title: 'Documento', share: 0.38 },
            { title: 'Páginas', share: 0.1, align: 'right' },
          ],
          rows: input.originals.map((original) => ({
            cells: [
              formatLongDate(original.keptUntil),
              original.recordNumber,
              original.title,
              String(original.pageCount),
            ],
            detail: [{ text: `${original.eniIdentifier} · ${original.verificationCode}`, font: 'mono' }],
          })),
        },
      ],
    },
    assets,
  );
}
