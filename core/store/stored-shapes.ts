import { z } from 'zod';
import { methods } from '../contract/methods.ts';
import {
  comparedFileSchema,
  documentOriginSchema,
  documentRoleSchema,
  registeredRoleSchema,
  pageViewSchema,
  paperFateSchema,
  paperNatureSchema,
  sheetCountSchema,
} from '../contract/schemas/attention.ts';
import { scanProfileSchema } from '../contract/schemas/scan-profile.ts';
import { qualificationStandingSchema, qualifiedDeviceSchema } from '../contract/schemas/qualification.ts';
import { broughtFileSchema, documentVerificationSchema } from '../contract/schemas/verification.ts';
import {
  digestSchema,
  documentTypeSchema,
  idSchema,
  instantSchema,
  languageSchema,
  signatureLevelSchema,
} from '../contract/schemas/common.ts';
import type {
  ArrivedPage,
  ScanProgress,
  PageCopy,
  PageScanner,
  StoredConsent,
  StoredDocument,
  StoredPage,
} from '../services/ports/store.ts';

/** JSON text in a column, parsed and then checked by `schema`. */
export function jsonColumn<Value>(schema: z.ZodType<Value>): z.ZodType<Value> {
  return z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema);
}

export const storedConsentSchema: z.ZodType<StoredConsent> = z.strictObject({
  consentId: idSchema,
  formDigest: digestSchema,
  preparedAt: instantSchema,
  contentDigest: digestSchema,
});

export const storedDocumentSchema: z.ZodType<StoredDocument> = z.strictObject({
  documentId: idSchema,
  attentionId: idSchema,
  role: registeredRoleSchema,
  position: z.int().nonnegative(),
  title: z.string(),
  documentType: documentTypeSchema,
  origin: documentOriginSchema,
  nature: paperNatureSchema.nullable(),
  language: languageSchema,
  fileName: z.string(),
  capturedAt: instantSchema,
  scanProfile: z.strictObject({ id: z.string(), version: z.int(), digest: digestSchema }).nullable(),
  eniId: z.string(),
  verificationCode: z.string(),
  prepared: z
    .strictObject({
      digest: digestSchema,
      byteLength: z.int(),
      pageCount: z.int().nullable(),
      sourceDigest: digestSchema,
      textLayer: z.strictObject({ pages: z.array(z.int().positive()), reader: z.string() }).optional(),
    })
    .nullable(),
  signed: z
    .strictObject({ digest: digestSchema, byteLength: z.int(), level: signatureLevelSchema, signedAt: instantSchema })
    .nullable(),
  signedByCitizen: z.boolean(),
  file: broughtFileSchema.nullable(),
  verification: documentVerificationSchema.nullable(),
  announcedSheets: sheetCountSchema.nullable(),
  paperFate: paperFateSchema,
  comparedFile: comparedFileSchema.nullish(),
  removedAt: instantSchema.nullable(),
});

const pageImage = { copyDigest: digestSchema, copyFormat: z.enum(['g4', 'jbig2', 'jpeg']) };

const pageCopySchema: z.ZodType<PageCopy> = pageViewSchema
  .omit({
    pageId: true,
    documentId: true,
    position: true,
    capturePreview: true,
    captureWidthPixels: true,
    captureHeightPixels: true,
  })
  .extend(pageImage);

const pageScannerSchema: z.ZodType<PageScanner> = z.strictObject({
  device: qualifiedDeviceSchema,
  qualificationId: idSchema.nullable(),
  standing: qualificationStandingSchema,
});

export const scanProgressSchema: z.ZodType<ScanProgress> = z.strictObject({
  documentId: idSchema.nullable(),
  role: documentRoleSchema,
  isFirst: z.boolean(),
  hasKept: z.boolean(),
  laidAsideAt: z.iso.datetime(),
});

/** Of a capture that waits for its place in the draft, everything but its samples. */
export const arrivedPageSchema: z.ZodType<
  Omit<ArrivedPage, 'page'> & Readonly<{ page: Omit<ArrivedPage['page'], 'samples'> }>
> = z.strictObject({
  pageId: idSchema,
  order: z.strictObject({
    input: methods['scan.start'].input,
    profile: scanProfileSchema,
    scanner: pageScannerSchema,
  }),
  page: z.strictObject({
    sequence: z.int().positive(),
    widthPixels: z.int().positive(),
    heightPixels: z.int().positive(),
    dpi: z.int().positive(),
    colorMode: z.enum(['bitonal', 'gray', 'color']),
    sha256: digestSchema,
  }),
});

export const storedPageSchema: z.ZodType<StoredPage> = pageViewSchema.extend({
  ...pageImage,
  captureDigest: digestSchema,
  rawSha256: digestSchema,
  scanner: pageScannerSchema.optional(),
  laidAsideAs: z.enum(['blank', 'separator']).optional(),
  other: z.strictObject({ fileSha256: digestSchema, filePage: z.int().positive(), copy: pageCopySchema }).optional(),
  removedAt: instantSchema.nullable(),
});
