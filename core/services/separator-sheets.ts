import { formatOfficialInstant } from '../domain/official-time.ts';
import { buildSeparatorSheetPdf } from '../documents/separator-sheet.ts';
import { getOffice } from './context.ts';
import type { ServiceContext } from './context.ts';

/** Makes a separator sheet and returns the digest of its PDF. `documentType`: of what follows it; null: any. */
export async function makeSeparatorSheet(context: ServiceContext, documentType: string | null): Promise<string> {
  context.officer();
  const createdAt = formatOfficialInstant(context.clock.now());
  const pdf = await buildSeparatorSheetPdf(
    { documentType, officeName: getOffice(context).name, createdAt },
    context.assets,
  );
  return context.desk().blobs.put(pdf, 'application/pdf');
}
