import { createHash } from 'node:crypto';
import { AppError } from '../contract/errors.ts';
import type { PageText } from '../contract/schemas/page-text.ts';
import type { BroughtFile } from '../contract/schemas/verification.ts';
import { elaborationStateOf, fullNameOf, interestedPartiesOf, listProblems } from '../domain/attention-rules.ts';
import { formatOfficialInstant } from '../domain/official-time.ts';
import { admittedFormats } from '../documents/admission/admitted-formats.ts';
import { buildApplicationPdf } from '../documents/application.ts';
import type { ApplicationSigning } from '../documents/application.ts';
import { buildCopyPdf, describeCopyImages } from '../documents/copy.ts';
import type { CopyPageImage } from '../documents/copy.ts';
import { listPages, openPdf, openPdfToRead } from '../documents/signing/pdf-reader.ts';
import { factsOf, publishAttention, readOpenContents, withoutPages } from './attention-view.ts';
import type { AttentionContents } from './attention-view.ts';
import { describeReading } from './collation-words.ts';
import { preparedSourceOf } from './content-digest.ts';
import { getOffice, getReferenceData } from './context.ts';
import type { ServiceContext } from './context.ts';
import {
  eniOriginOf,
  paperNatureNames,
  postalAddressOf,
  placeOf,
  toActingOfficer,
  toApplicationParty,
  toDataProtectionNotice,
  toEniMetadata,
  toIssuingOffice,
  toVerificationMark,
} from './document-mapping.ts';
import type { JobReport } from './jobs.ts';
import type { StoredDocument } from './ports/store.ts';

type Made = Omit<NonNullable<StoredDocument['prepared']>, 'sourceDigest'>;
type Draft = AttentionContents['documents'][number];

export const representationNames = {
  none: '',
  apudActa: 'Apoderamiento apud acta',
  register: 'Registro de apoderamientos',
  notarial: 'Poder notarial',
  certificate: 'Certificado de representante',
  paperPower: 'Poder en documento de papel',
  unproven: 'Por acreditar en diez días (art. 5.6 Ley 39/2015)',
} as const;

/** The ordinance's own article on officers who act for citizens, as the documents cite it. */
export const localRule = 'artículo 43 de la Ordenanza de Administración Electrónica';

/** One consent per act (Ley 39/2015 art. 12.2): its identifier follows from the attention, so that the application can name it beforehand. */
export function consentIdOf(attentionId: string): string {
  const hex = createHash('sha256').update(`consent:${attentionId}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Makes the PDFs that will be signed, those that are missing or out of date: application, copies, consent. */
export async function prepareDocuments(
  context: ServiceContext,
  attentionId: string,
  progress: Readonly<{ signal?: AbortSignal; report: (report: JobReport) => void }>,
): Promise<void> {
  const contents = readOpenContents(context, attentionId);
  const problems = listProblems(factsOf(context, contents)).filter(
    ({ severity, stage }) =>
      severity === 'error' && (stage === 'person' || stage === 'application' || stage === 'papers'),
  );
  if (problems.length > 0) throw new AppError('attention.incomplete', { stage: problems[0]?.stage ?? 'person' });
  // The consent's document waits for its paper: nothing to make while it has no page.
  const outdated = contents.documents.filter(
    (document) =>
      document.prepared?.sourceDigest !== preparedSourceOf(contents, document) &&
      (document.role !== 'consent' || document.pages.length > 0),
  );
  for (const [index, document] of outdated.entries()) {
    if (progress.signal?.aborted === true) throw new AppError('request.cancelled');
    progress.report({ phase: 'buildingDocuments', done: index, total: outdated.length });
    const made =
      document.file === null ? await makePdf(context, contents, document) : await takeFile(context, document.file);
    const prepared = { ...made, sourceDigest: preparedSourceOf(contents, document) };
    const { store } = context.desk();
    store.transaction(() => {
      store.putDocument({ ...withoutPages(document), prepared, signed: null, signedByCitizen: false });
      if (document.role === 'consent') dropSignatures(context, attentionId);
    });
  }
  publishAttention(context, attentionId);
}

async function makePdf(context: ServiceContext, contents: AttentionContents, document: Draft): Promise<Made> {
  if (document.origin === 'typed') return keepPdf(context, buildApplication(context, contents, document));
  const textLayer = describeTextLayer(context, document);
  return { ...(await keepPdf(context, await buildCopy(context, contents, document, textLayer))), textLayer };
}

async function keepPdf(context: ServiceContext, pdf: Uint8Array): Promise<Made> {
  const digest = await context.desk().blobs.put(pdf, 'application/pdf');
  return { digest, byteLength: pdf.length, pageCount: listPages(openPdf(pdf)).length };
}

/** The pages whose text is there by now: nothing waits for the others. */
function describeTextLayer(context: ServiceContext, document: Draft): Made['textLayer'] {
  const texts = document.pages.map((page) => context.desk().store.findPageText(page.copyDigest));
  const pages = texts.flatMap((text, index) => (text === null || text.lines.length === 0 ? [] : [index + 1]));
  const readers = texts.flatMap((text) => (text === null ? [] : [`${text.engine}, ${text.languages}`]));
  return pages.length === 0 ? undefined : { pages, reader: [...new Set(readers)].join('; ') };
}

/** What the citizen brought goes as it came: nothing of ours is written into it. */
async function takeFile(context: ServiceContext, { sha256, byteLength, mediaType }: BroughtFile): Promise<Made> {
  if (mediaType !== 'application/pdf') return { digest: sha256, byteLength, pageCount: null };
  const content = await context.desk().blobs.get(sha256);
  try {
    return { digest: sha256, byteLength, pageCount: listPages(openPdfToRead(content)).length };
  } catch (error) {
    // Under a password, or of those that only repairing readers open: its pages are not known.
    if (error instanceof AppError) return { digest: sha256, byteLength, pageCount: null };
    throw error;
  }
}

/** Signatures that were made before bear another paper's consent: they are made again under this one. */
function dropSignatures(context: ServiceContext, attentionId: string): void {
  const { store } = context.desk();
  for (const document of store.listDocuments(attentionId))
    if (document.signed !== null) store.putDocument({ ...document, signed: null });
}

function getElaborationState(document: Draft) {
  const state = elaborationStateOf(document);
  if (state === null) throw new AppError('attention.incomplete', { stage: 'papers' });
  return state;
}

function buildApplication(context: ServiceContext, contents: AttentionContents, document: Draft): Uint8Array {
  const office = getOffice(context);
  const { form } = contents.attention;
  const reference = getReferenceData(context);
  const procedure = reference.procedures.find((candidate) => candidate.procedureId === form.procedureId);
  const unit = reference.units.find((candidate) => candidate.unitCode === form.unitCode);
  const { presenter } = form;
  const isPaper = form.notificationChannel === 'paper';
  return buildApplicationPdf(
    {
      office: toIssuingOffice(office),
      verification: toVerificationMark(office, document.verificationCode),
      createdAt: formatOfficialInstant(context.clock.now()),
      eni: toEniMetadata(office, { ...document, origin: 'citizen', elaborationState: 'EE01' }),
      procedureName: procedure?.title ?? 'Instancia general',
      ...(procedure?.siaCode === null || procedure === undefined ? {} : { siaCode: procedure.siaCode }),
      interestedParties: interestedPartiesOf(form).map(toApplicationParty),
      ...(form.representation.kind === 'none'
        ? {}
        : {
            representative: {
              ...toApplicationParty(presenter),
              accreditation: [representationNames[form.representation.kind], form.representation.reference]
                .filter((part) => part !== '')
                .join('. '),
            },
          }),
      notification: {
        channel: form.notificationChannel,
        place: isPaper ? postalAddressOf(presenter) : `Sede electrónica de ${office.bodyName}`,
        ...(form.notifyByEmail ? { noticeEmail: presenter.contact.email } : {}),
        ...(form.notifyBySms ? { noticeTelephone: presenter.contact.mobilePhone } : {}),
      },
      destinationName: unit?.name ?? form.unitCode,
      destinationCode: form.unitCode,
      statement: form.statement,
      petition: form.petition,
      attachments: contents.documents
        .filter((other) => other.role === 'annex')
        .map((annex) => ({
          title: annex.title,
          pageCount: annex.file === null ? annex.pages.length : null,
          nature:
            annex.file === null
              ? annex.nature === null
                ? ''
                : paperNatureNames[annex.nature]
              : `Fichero ${admittedFormats[annex.file.mediaType].name}`,
        })),
      place: placeOf(office),
      signing: signingOf(context, contents),
      dataProtection: toDataProtectionNotice(office),
    },
    context.assets,
  );
}

function signingOf(context: ServiceContext, { attention }: AttentionContents): ApplicationSigning {
  if (attention.form.route !== 'officer') return { route: 'citizenCard' };
  return {
    route: 'officer',
    officer: toActingOfficer(context.officer()),
    consentReference: consentIdOf(attention.attentionId),
    localRule,
  };
}

async function buildCopy(
  context: ServiceContext,
  contents: AttentionContents,
  document: Draft,
  textLayer: Made['textLayer'],
): Promise<Uint8Array> {
  const office = getOffice(context);
  const pages: CopyPageImage[] = [];
  for (const [index, page] of document.pages.entries()) {
    const { copyFormat: format, colorMode, widthPixels, heightPixels, dpi } = page;
    pages.push({
      format,
      colorMode,
      widthPixels,
      heightPixels,
      dpi,
      data: await context.desk().blobs.get(page.copyDigest),
      text: textLayer?.pages.includes(index + 1) === true ? findText(context, page) : undefined,
    });
  }
  const elaborationState = getElaborationState(document);
  const consentReference =
    contents.attention.form.route === 'officer'
      ? { consentReference: consentIdOf(contents.attention.attentionId) }
      : {};
  return buildCopyPdf(
    {
      pages,
      title: document.title,
      author: office.bodyName,
      language: document.language,
      createdAt: formatOfficialInstant(context.clock.now()),
      eni: toEniMetadata(office, { ...document, origin: eniOriginOf(document.documentType), elaborationState }),
      complementary: {
        ...describeCopyImages(pages),
        ...consentReference,
        language: document.language,
        verificationCode: document.verificationCode,
        verificationAddress: office.verificationUrl,
        verificationRegulation: context.configuration.verificationCodeRegulation,
        officeCode: office.officeCode,
        copyStatement:
          elaborationState === 'EE03'
            ? 'Copia electrónica auténtica de documento papel'
            : 'Copia electrónica de una fotocopia: tiene el valor del papel presentado',
        ...(textLayer === undefined ? {} : { textLayer: describeReading(textLayer) }),
      },
    },
    context.assets,
  );
}

function findText(context: ServiceContext, { copyDigest }: Draft['pages'][number]): PageText | undefined {
  return context.desk().store.findPageText(copyDigest) ?? undefined;
}

export function citizenNameOf(contents: AttentionContents): string {
  return fullNameOf(contents.attention.form.presenter);
}
