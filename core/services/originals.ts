import { randomUUID } from 'node:crypto';
import { AppError } from '../contract/errors.ts';
import type { MethodOutput } from '../contract/methods.ts';
import { formatOfficialInstant, officialDate } from '../domain/official-time.ts';
import { makeEniIdentifier } from '../documents/eni-identifier.ts';
import { buildOriginalsListPdf } from '../documents/originals-list.ts';
import { getOffice } from './context.ts';
import type { ServiceContext } from './context.ts';
import { toEniMetadata, toIssuingOffice } from './document-mapping.ts';

type KeptOriginals = MethodOutput<'originals.list'>;

/** Originals that stay at the office and the day on which their six months end, with the list to print for the archive. */
export async function listOriginals(context: ServiceContext): Promise<KeptOriginals> {
  context.officer();
  const originals = readKept(context);
  if (originals.length === 0) return { originals, pdfDigest: null };
  const pdf = makeList(context, originals);
  return { originals, pdfDigest: await context.desk().blobs.put(pdf, 'application/pdf') };
}

/** The list as PDF and CSV in a folder of the officer's. Audited: what leaves the desk in clear is known. */
export async function exportOriginals(context: ServiceContext): Promise<string> {
  const { officer } = context.officer();
  const originals = readKept(context);
  if (originals.length === 0) throw new AppError('document.empty');
  const folder = await context.exports.writeFolder(`originales-${officialDate(context.clock.now())}`, [
    { path: 'originales.pdf', content: makeList(context, originals) },
    { path: 'originales.csv', content: new TextEncoder().encode(toCsv(originals)) },
  ]);
  context.desk().store.appendAudit({
    action: 'originals.exported',
    officerId: officer.officerId,
    subjectId: null,
    details: { originals: originals.length },
  });
  return folder;
}

function readKept(context: ServiceContext): KeptOriginals['originals'] {
  return context
    .desk()
    .store.listKeptOriginals()
    .flatMap(({ documentId, record: { recordId, recordNumber, recordedAt, documents } }) =>
      documents.flatMap(({ documentId: id, title, pageCount, keptUntil, eniId, verificationCode }) =>
        id !== documentId || keptUntil === null
          ? []
          : [
              {
                recordId,
                recordNumber,
                recordedAt,
                title,
                pageCount: pageCount ?? 0,
                keptUntil,
                eniId,
                verificationCode,
              },
            ],
      ),
    );
}

function makeList(context: ServiceContext, originals: KeptOriginals['originals']): Uint8Array {
  const office = getOffice(context);
  const now = context.clock.now();
  const createdAt = formatOfficialInstant(now);
  return buildOriginalsListPdf(
    {
      office: toIssuingOffice(office),
      createdAt,
      eni: toEniMetadata(office, {
        eniId: makeEniIdentifier(office.bodyCode, now, randomUUID()),
        capturedAt: createdAt,
        origin: 'administration',
        elaborationState: 'EE01',
        documentType: 'TD99',
      }),
      originals: originals.map((original) => ({ ...original, eniIdentifier: original.eniId })),
    },
    context.assets,
  );
}

/** RFC 4180, with the semicolon that spreadsheets in Spanish expect. */
function toCsv(originals: KeptOriginals['originals']): string {
  const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;
  const lines = originals.map(({ keptUntil, recordNumber, recordedAt, title, pageCount, eniId, verificationCode }) =>
    [keptUntil, recordNumber, recordedAt, title, String(pageCount), eniId, verificationCode].map(quoted).join(';'),
  );
  return ['"Hasta";"Registro";"Registrado";"Documento";"Páginas";"Identificador ENI";"CSV"', ...lines, ''].join('\r\n');
}
