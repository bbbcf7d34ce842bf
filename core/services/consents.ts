import { AppError } from '../contract/errors.ts';
import type { AttentionView } from '../contract/schemas/attention.ts';
import type { IdentityCheck } from '../contract/schemas/person.ts';
import { electronicOnlyReasonOf, interestedPartiesOf, listProblems } from '../domain/attention-rules.ts';
import { formatOfficialInstant } from '../domain/official-time.ts';
import { buildConsentPdf } from '../documents/consent.ts';
import { factsOf, publishAttention, readOpenContents } from './attention-view.ts';
import type { AttentionContents } from './attention-view.ts';
import { makeDocument, saveAttention } from './attentions.ts';
import { contentDigestOf } from './content-digest.ts';
import { getOffice, getReferenceData } from './context.ts';
import type { ServiceContext } from './context.ts';
import {
  placeOf,
  toActingOfficer,
  toDataProtectionNotice,
  toEniMetadata,
  toIssuingOffice,
  toPersonIdentity,
  toVerificationMark,
} from './document-mapping.ts';
import type { StoredDocument } from './ports/store.ts';
import { consentIdOf, localRule, prepareDocuments } from './preparation.ts';

const shownDocumentNames: Readonly<Record<IdentityCheck['document'], string>> = {
  none: '',
  dni: 'DNI',
  midni: 'DNI digital (MiDNI)',
  nieCard: 'Tarjeta de identidad de extranjero',
  passport: 'Pasaporte',
  drivingLicence: 'Permiso de conducir',
  otherDocument: 'Otro documento',
};

const checkNames: Readonly<Record<IdentityCheck['method'], string>> = {
  none: '',
  photographCompared: 'Se ha comparado la fotografía con la persona',
  officialAppVerified: 'Verificado con la aplicación oficial',
  machineRead: 'Leído por medios mecánicos y comparado con la persona',
};

/**
 * Makes the written consent for this concrete act (art. 12.2 Ley 39/2015; ordinance art. 43): it lists the application
 * and the copies with the digests of the very bytes that will be signed. A former paper of it no longer counts.
 */
export async function prepareConsent(context: ServiceContext, attentionId: string): Promise<AttentionView> {
  context.officer();
  const before = readOpenContents(context, attentionId);
  if (before.attention.form.route !== 'officer' || electronicOnlyReasonOf(before.attention.form) !== 'none')
    throw new AppError('consent.notOffered');
  const pending = listProblems(factsOf(context, before)).find(
    ({ severity, stage }) => severity === 'error' && stage !== 'consent',
  );
  if (pending !== undefined) throw new AppError('attention.incomplete', { stage: pending.stage });
  await prepareDocuments(context, attentionId, { report: () => undefined });
  const contents = readOpenContents(context, attentionId);
  const consentDocument = openConsentDocument(context, contents);
  const preparedAt = formatOfficialInstant(context.clock.now());
  const pdf = buildForm(context, contents, consentDocument, preparedAt);
  const { store, blobs } = context.desk();
  const formDigest = await blobs.put(pdf, 'application/pdf');
  store.transaction(() => {
    store.putDocument(consentDocument);
    const consent = {
      consentId: consentIdOf(attentionId),
      formDigest,
      preparedAt,
      contentDigest: contentDigestOf(contents.documents, contents.attention.form),
    };
    saveAttention(context, { ...contents.attention, consent }, contents.attention.version);
    const removedAt = context.clock.now().toISOString();
    for (const page of store.listPages(attentionId)) {
      if (page.documentId === consentDocument.documentId && page.removedAt === null)
        store.putPage({ ...page, removedAt });
    }
  });
  return publishAttention(context, attentionId);
}

/** The scan of the signed paper has its identifier and code from now on: the printed form already bears them. */
function openConsentDocument(context: ServiceContext, { attention, documents }: AttentionContents): StoredDocument {
  const known = documents.find((document) => document.role === 'consent');
  if (known !== undefined) {
    const { pages: _pages, ...document } = known;
    return { ...document, prepared: null, signed: null };
  }
  return makeDocument(context, {
    attention,
    role: 'consent',
    origin: 'scanned',
    position: Math.max(-1, ...documents.map((document) => document.position)) + 1,
    title: 'Consentimiento expreso',
  });
}

function buildForm(
  context: ServiceContext,
  { attention, documents }: AttentionContents,
  consentDocument: StoredDocument,
  createdAt: string,
): Uint8Array {
  const office = getOffice(context);
  const { form } = attention;
  const procedure = getReferenceData(context).procedures.find(
    (candidate) => candidate.procedureId === form.procedureId,
  );
  const [represented] = form.representation.kind === 'none' ? [] : interestedPartiesOf(form);
  const note = form.identityCheck.note === '' ? '' : `. ${form.identityCheck.note}`;
  return buildConsentPdf(
    {
      office: toIssuingOffice(office),
      verification: toVerificationMark(office, consentDocument.verificationCode),
      createdAt,
      eni: toEniMetadata(office, { ...consentDocument, origin: 'citizen', elaborationState: 'EE01' }),
      consentId: consentIdOf(attention.attentionId),
      citizen: {
        ...toPersonIdentity(form.presenter),
        ...(represented === undefined ? {} : { actsFor: toPersonIdentity(represented) }),
      },
      shownDocument: shownDocumentNames[form.identityCheck.document],
      identityCheck: `${checkNames[form.identityCheck.method]}${note}`,
      officer: toActingOfficer(context.officer()),
      procedureName: procedure?.title ?? 'Instancia general',
      ...(procedure === undefined || procedure.siaCode === null ? {} : { siaCode: procedure.siaCode }),
      act: form.summary,
      documents: documents
        .filter((document) => document.role !== 'consent')
        .flatMap(({ title, prepared, verificationCode }) =>
          prepared === null
            ? []
            : [{ title, pageCount: prepared.pageCount, sha256: prepared.digest, verificationCode }],
        ),
      place: placeOf(office),
      localRule,
      sheet: 'office',
      dataProtection: toDataProtectionNotice(office),
    },
    context.assets,
  );
}
