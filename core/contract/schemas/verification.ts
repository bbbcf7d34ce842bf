import { z } from 'zod';
import { digestSchema, idSchema, instantSchema, signatureLevelSchema } from './common.ts';

/** Main indications of ETSI EN 319 102-1 §5.1.3; `no-signature`: the file holds none. */
export const documentVerdictSchema = z.enum(['passed', 'indeterminate', 'failed', 'no-signature']);

/** Sub-indications of ETSI EN 319 102-1 §5.1.3. */
export const subIndicationSchema = z.enum([
  'FORMAT_FAILURE',
  'HASH_FAILURE',
  'SIG_CRYPTO_FAILURE',
  'SIG_CONSTRAINTS_FAILURE',
  'REVOKED',
  'EXPIRED',
  'NO_SIGNING_CERTIFICATE_FOUND',
  'NO_CERTIFICATE_CHAIN_FOUND',
  'OUT_OF_BOUNDS_NO_POE',
  'REVOKED_NO_POE',
  'CRYPTO_CONSTRAINTS_FAILURE_NO_POE',
  'TIMESTAMP_ORDER_FAILURE',
  'SIGNED_DATA_NOT_FOUND',
  'TRY_LATER',
  'GENERIC',
]);

/** Why a signature is not simply valid, in one word each: the window has a sentence for every one. */
export const verificationReasonSchema = z.enum([
  'byteRange',
  'contentsGap',
  'revisionEnd',
  'modifiedAfterwards',
  'signatureRemoved',
  'unreadableSignature',
  'unsupportedFormat',
  'encrypted',
  'signerCount',
  'contentNotDetached',
  'digestMismatch',
  'signatureInvalid',
  'algorithmUnsupported',
  'algorithmWeak',
  'signerCertificateMissing',
  'signingCertificateMissing',
  'signingCertificateMismatch',
  'contentTypeMismatch',
  'attributesAmbiguous',
  'dictionaryAmbiguous',
  'unreadableDocument',
  'signingTimeInCms',
  'issuerNotTrusted',
  'certificateOutOfDate',
  'certificateRevoked',
  'revocationUnknown',
  'certificateNotForSigning',
  'timestampInvalid',
  'timestampNotTrusted',
  'revokedBeforeSigning',
  'expiredBeforeSigning',
  'revocationUnavailable',
  'serviceNotGranted',
  'trustListUnverified',
  'trustListOutdated',
  'signedDataMissing',
  'externalReference',
  'ambiguousReference',
  'transformNotAllowed',
  'signedPropertiesMissing',
  'documentType',
  'unsignedContent',
  'containerForm',
  'evidenceRecordUnread',
  'evidenceRecordBroken',
  'limitReached',
]);

/** How a signature is held: PAdES, CAdES, XAdES, a container of them; `unknown` has no signature of these kinds. */
export const signatureFormatSchema = z.enum(['pdf', 'cms', 'xml', 'asic', 'unknown']);

export const signatureReportSchema = z.strictObject({
  verdict: documentVerdictSchema.exclude(['no-signature']),
  subIndication: subIndicationSchema.nullable(),
  /** Null when the signer's certificate is not in the signature. */
  signer: z
    .strictObject({
      name: z.string(),
      /** NIF or NIE of the person, or of the entity when the certificate names no person. */
      identifier: z.string().nullable(),
      /** Whom a certificate of representative speaks for. */
      organization: z.string().nullable(),
      organizationIdentifier: z.string().nullable(),
      certificateSerial: z.string(),
    })
    .nullable(),
  issuer: z.string().nullable(),
  /** As the signer claims it; null when the signature does not tell. UTC. */
  signingTime: z.string().nullable(),
  /** Null for signatures that are not of a baseline profile. */
  level: signatureLevelSchema.nullable(),
  coversWholeFile: z.boolean(),
  modificationsAfter: z.enum(['none', 'allowed', 'suspicious']),
  timestamps: z.array(
    z.strictObject({
      kind: z.enum(['content', 'signature', 'validationData', 'document', 'archive', 'evidenceRecord']),
      time: z.string().nullable(),
      authority: z.string().nullable(),
      isIntact: z.boolean(),
      isTrusted: z.boolean(),
    }),
  ),
  revocation: z.strictObject({
    status: z.enum(['good', 'revoked', 'unknown']),
    source: z.enum(['ocsp', 'crl']).nullable(),
    statedAt: z.string().nullable(),
    revokedAt: z.string().nullable(),
  }),
  reasons: z.array(verificationReasonSchema),
});

/** An answer about the state of certificates that was used, kept as evidence (ordinance arts. 47.2 and 68.1). */
export const revocationAnswerSchema = z.strictObject({
  kind: z.enum(['ocsp', 'crl']),
  sha256: digestSchema,
  byteLength: z.int().positive(),
});

/** A file of others may hold any number; more are counted and judged, and the gravest told. */
export const mostReportedSignatures = 20;

/** What became of a file's signatures at one moment: shown, registered, and appended again when it is asked later. */
export const documentVerificationSchema = z.strictObject({
  verdict: documentVerdictSchema,
  subIndication: subIndicationSchema.nullable(),
  format: signatureFormatSchema,
  reasons: z.array(verificationReasonSchema),
  signatures: z.array(signatureReportSchema).max(mostReportedSignatures),
  signatureCount: z.int().nonnegative(),
  verifiedAt: instantSchema,
  /** Whether the authorities could be asked: without a line the verdict may rest on what is in the file. */
  wasOnline: z.boolean(),
  revocationAnswers: z.array(revocationAnswerSchema),
});

/** Admitted formats (ordinance art. 53.1); core/documents/admitted-formats.ts has names and sources. */
export const documentMediaTypeSchema = z.enum([
  'application/pdf',
  'application/xml',
  'application/pkcs7-mime',
  'application/vnd.etsi.asic-e+zip',
  'application/vnd.etsi.asic-s+zip',
  'image/png',
  'image/jpeg',
  'image/tiff',
  'text/plain',
  'application/vnd.oasis.opendocument.text',
  'application/vnd.oasis.opendocument.spreadsheet',
  'application/vnd.oasis.opendocument.presentation',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.openxmlformats-officedocument.presentationml.presentation',
]);

/**
 * Why a file cannot be admitted whatever its signatures say (arts. 53 and 70.1): its format is not in the catalogue, it
 * is cut or damaged, or it carries what runs by itself. No antivirus looks at it: only what its format declares is seen.
 */
export const admissionRefusalSchema = z.enum([
  'formatUnknown',
  'formatNotAdmitted',
  'damaged',
  'executable',
  'script',
  'activeContent',
  'embeddedExecutable',
  'macros',
]);

/** A file that the officer chose, held in memory until it is brought, refused or left. */
export const stagedFileSchema = z.strictObject({
  digest: digestSchema,
  name: z.string().max(200),
  byteLength: z.int().positive(),
  /** By content, never by name; null when it is not an admitted format. */
  mediaType: documentMediaTypeSchema.nullable(),
  /** Protected by a password: admitted, but nobody could look inside. */
  isEncrypted: z.boolean(),
  /** Calculates with scripts, as many forms do: told and never run. */
  hasScripts: z.boolean(),
  refusal: admissionRefusalSchema.nullable(),
});

/** A signature that came in a file of its own, over the document that it accompanies. */
export const detachedSignatureSchema = z.strictObject({
  name: z.string().max(200),
  mediaType: documentMediaTypeSchema,
  byteLength: z.int().positive(),
  sha256: digestSchema,
});

/** A document as the citizen brought it, byte for byte. `name` is the one that it had on the citizen's medium. */
export const broughtFileSchema = z.strictObject({
  name: z.string().max(200),
  mediaType: documentMediaTypeSchema,
  byteLength: z.int().positive(),
  sha256: digestSchema,
  isEncrypted: z.boolean(),
  hasScripts: z.boolean(),
  /** ENI type of its signatures (NTI de documento electrónico): null without them, or where the norm has none (ASiC). */
  signatureType: z.enum(['TF02', 'TF03', 'TF04', 'TF05', 'TF06']).nullable(),
  signature: detachedSignatureSchema.nullable(),
});

/** Incident of art. 70.2: what was not admitted and why. The file itself is not kept. */
export const refusalSchema = z.strictObject({
  refusalId: idSchema,
  at: instantSchema,
  officerId: z.string(),
  officerName: z.string(),
  attentionId: idSchema.nullable(),
  fileName: z.string().max(200),
  sha256: digestSchema,
  byteLength: z.int().positive(),
  grounds: z.union([z.literal('signatureFailed'), admissionRefusalSchema]),
  /** Verdict and reasons, without signers; null when the file was refused before its signatures were looked at. */
  verification: documentVerificationSchema.pick({ verdict: true, subIndication: true, reasons: true }).nullable(),
  /** PDF for the citizen, with reasons and how to remedy; `blobs.read` and `print.document` take its digest. */
  pdfDigest: digestSchema,
  sealedBy: z.enum(['organSeal', 'nobody']),
});

export type DocumentVerdict = z.infer<typeof documentVerdictSchema>;
export type SubIndication = z.infer<typeof subIndicationSchema>;
export type VerificationReason = z.infer<typeof verificationReasonSchema>;
export type SignatureReport = z.infer<typeof signatureReportSchema>;
export type DocumentVerification = z.infer<typeof documentVerificationSchema>;
export type DocumentMediaType = z.infer<typeof documentMediaTypeSchema>;
export type AdmissionRefusal = z.infer<typeof admissionRefusalSchema>;
export type StagedFile = z.infer<typeof stagedFileSchema>;
export type BroughtFile = z.infer<typeof broughtFileSchema>;
export type Refusal = z.infer<typeof refusalSchema>;
