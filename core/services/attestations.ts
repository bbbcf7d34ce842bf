import { canonicalJson } from '../contract/canonical-json.ts';
import { AppError } from '../contract/errors.ts';
import { elaborationStateOf } from '../domain/attention-rules.ts';
import { formatOfficialInstant } from '../domain/official-time.ts';
import { buildAttestationPdf } from '../documents/attestation.ts';
import type { AttestedDocument } from '../documents/attestation.ts';
import { listPages, openPdf } from '../documents/signing/pdf-reader.ts';
import type { AttentionContents } from './attention-view.ts';
import { makeDocument } from './attentions.ts';
import { describeComparedFile, describeFlag, describeOperations, describeReading } from './collation-words.ts';
import { sha256Hex } from './content-digest.ts';
import { getOffice } from './context.ts';
import type { ServiceContext } from './context.ts';
import { toActingOfficer, toEniMetadata, toIssuingOffice, toVerificationMark } from './document-mapping.ts';
import type { PageScanner, StoredDocument, StoredPage } from './ports/store.ts';

type Draft = AttentionContents['documents'][number];

export const attestationTitle = 'Diligencia de digitalización y cotejo';

const colorModeNames: Readonly<Record<StoredPage['colorMode'], string>> = {
  bitonal: 'Blanco y negro, 1 bit',
  gray: 'Grises, 8 bits',
  color: 'Color, 24 bits',
};

/** What was scanned and collated: with one of them there is an attestation. */
export function attestedDocuments({ documents }: AttentionContents): readonly Draft[] {
  return documents.filter((document) => document.origin === 'scanned' && document.pages.length > 0);
}

/**
 * `none`: nothing was scanned. `toSign`: it is made once every copy is signed, since it names their digests.
 * `signed`: it speaks of these very copies and answers.
 */
export function attestationStateOf(context: ServiceContext, contents: AttentionContents): 'none' | 'toSign' | 'signed' {
  const attested = attestedDocuments(contents);
  if (attested.length === 0) return 'none';
  const known = contents.attestation;
  // What was registered stays, whoever has signed in since.
  if (contents.attention.recordId !== null) return known === null ? 'none' : 'signed';
  const isCurrent =
    known !== null &&
    known.signed !== null &&
    attested.every(({ signed }) => signed !== null) &&
    known.prepared?.sourceDigest === sourceOf(context, attested);
  return isCurrent ? 'signed' : 'toSign';
}

/** Digest of all that the officer answers for in it, as the manifest shows it before the PIN. */
export function collationDigestOf(contents: AttentionContents): string {
  return sha256Hex(canonicalJson(attestedDocuments(contents).map(collationOf)));
}

function collationOf({ documentId, nature, announcedSheets, paperFate, scanProfile, pages, comparedFile }: Draft) {
  return {
    documentId,
    nature,
    announcedSheets,
    paperFate,
    scanProfile,
    ...(comparedFile === null || comparedFile === undefined ? {} : { comparedFile }),
    pages: pages.map(({ pageId, rawSha256, flags, collation }) => ({ pageId, rawSha256, flags, collation })),
  };
}

function sourceOf(context: ServiceContext, attested: readonly Draft[]): string {
  const { officerId } = context.officer().officer;
  const copies = attested.map((document) => ({ ...collationOf(document), signed: document.signed?.digest ?? null }));
  return sha256Hex(canonicalJson({ officerId, copies }));
}

/**
 * Makes the attestation of the signed copies (norms 02c §6; ordinance art. 54.3-4), a PDF of its own that waits for its
 * signature. Throws `attention.stageNotReady` while a copy is not signed.
 */
export async function makeAttestation(context: ServiceContext, contents: AttentionContents): Promise<StoredDocument> {
  const { store, blobs } = context.desk();
  const { attention } = contents;
  const attested = attestedDocuments(contents);
  const office = getOffice(context);
  const document =
    contents.attestation ??
    makeDocument(context, {
      attention,
      role: 'attestation',
      origin: 'typed',
      position: Math.max(-1, ...store.listDocuments(attention.attentionId).map(({ position }) => position)) + 1,
      title: attestationTitle,
    });
  const pdf = buildAttestationPdf(
    {
      office: toIssuingOffice(office),
      verification: toVerificationMark(office, document.verificationCode),
      createdAt: formatOfficialInstant(context.clock.now()),
      eni: toEniMetadata(office, { ...document, origin: 'administration', elaborationState: 'EE01' }),
      officer: toActingOfficer(context.officer()),
      localRule: 'artículo 54 de la Ordenanza de Administración Electrónica',
      documents: attested.map((copy) => toAttested(context, copy)),
    },
    context.assets,
  );
  const digest = await blobs.put(pdf, 'application/pdf');
  const made: StoredDocument = {
    ...document,
    prepared: {
      digest,
      byteLength: pdf.length,
      pageCount: listPages(openPdf(pdf)).length,
      sourceDigest: sourceOf(context, attested),
    },
    signed: null,
  };
  store.putDocument(made);
  return made;
}

const standingNames: Readonly<Record<PageScanner['standing'], string>> = {
  passed: 'comprobado con su hoja de prueba',
  failed: 'no pasa su hoja de prueba',
  expired: 'con la comprobación caducada',
  never: 'sin comprobar con hoja de prueba',
};

function describeScanner({ device: { maker, model, driver, serial }, standing }: PageScanner): string {
  const number = serial === null ? '' : ` n.º ${serial}`;
  return `${maker} ${model}${number} (${driver}), ${standingNames[standing]}`;
}

/** By the last check of the device that took the first page, where it was made at the same resolution. */
function measuredDpiOf(context: ServiceContext, { pages: [first], comparedFile }: Draft): number | null {
  // That of a file is what was measured on the paper.
  if (comparedFile?.isCopy === true) return first?.dpi ?? null;
  const qualificationId = first?.scanner?.qualificationId ?? null;
  const qualification = qualificationId === null ? null : context.desk().store.findQualification(qualificationId);
  const sheet = qualification?.sheets.find(({ measurement }) => measurement.askedDpi === first?.dpi);
  if (sheet === undefined) return null;
  const { dpiAcross, dpiAlong } = sheet.measurement;
  return Math.round(Math.sqrt(dpiAcross * dpiAlong) * 10) / 10;
}

function toAttested(context: ServiceContext, document: Draft): AttestedDocument {
  const { pages, prepared, signed, scanProfile, nature, announcedSheets } = document;
  const elaborationState = elaborationStateOf(document);
  const [first] = pages;
  if (signed === null || nature === null || elaborationState === null || scanProfile === null || first === undefined)
    throw new AppError('attention.stageNotReady', { stage: 'signature' });
  const measuredDpi = measuredDpiOf(context, document);
  const flags = pages.flatMap((page, index) => page.flags.map((flag) => ({ flag, number: index + 1 })));
  const differing = flags.filter(({ flag: { kind } }) => kind === 'inkMissing' || kind === 'inkAdded').length;
  return {
    title: document.title,
    nature,
    elaborationState,
    eniIdentifier: document.eniId,
    verificationCode: document.verificationCode,
    ...(announcedSheets === null ? {} : { announcedSheets }),
    paper:
      document.role === 'consent' || document.paperFate === 'kept'
        ? 'Queda en la oficina'
        : 'Se devuelve a quien lo presenta',
    imageCount: pages.length,
    capturedAt: document.capturedAt,
    scanners: [...new Set(pages.flatMap(({ scanner }) => (scanner === undefined ? [] : [describeScanner(scanner)])))],
    profile: { id: scanProfile.id, version: String(scanProfile.version), sha256: scanProfile.digest },
    nominalDpi: first.dpi,
    ...(measuredDpi === null ? {} : { measuredDpi }),
    colorMode: [...new Set(pages.map(({ colorMode }) => colorModeNames[colorMode]))].join('; '),
    operations: [
      ...pages.map((page, index) => describeOperations(page, index + 1)),
      ...(prepared?.textLayer === undefined ? [] : [describeReading(prepared.textLayer)]),
    ],
    ...(document.comparedFile === null || document.comparedFile === undefined
      ? {}
      : { broughtFile: describeComparedFile(document.comparedFile) }),
    comparison: `${
      document.comparedFile?.isCopy === true
        ? 'Cada página del fichero aportado, con la captura del papel'
        : 'Cada copia, leída de nuevo, con su captura'
    }, por cuadros de 2,5 mm: ${
      differing === 0
        ? 'ninguna zona distinta'
        : `${String(differing)} ${differing === 1 ? 'zona señalada' : 'zonas señaladas'}`
    }`,
    reviewedPages: pages.length === 1 ? 'La única página' : `Todas, una a una: de la 1 a la ${String(pages.length)}`,
    deviations: flags.map(({ flag, number }) => describeFlag(flag, number)),
    captureSha256: pages.map(({ rawSha256 }) => rawSha256),
    copySha256: signed.digest,
  };
}
