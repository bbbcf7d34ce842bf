import { z } from 'zod';

export const idSchema = z.uuid();
/** Hexadecimal SHA-256. */
export const digestSchema = z.string().regex(/^[0-9a-f]{64}$/u);
/** ISO 8601 with offset, official peninsular time: `2026-11-22T10:42:07+01:00`. */
export const instantSchema = z.iso.datetime({ offset: true });
/** DIR3 code of an office or unit (norms 02d §1). */
export const dir3Schema = z.string().regex(/^(?:[EALUIJO]\d{8}|(?:GE|EC|EA|LA)\d{7})$/u);
/** SICRES limit: 20 characters. */
export const recordNumberSchema = z.string().min(1).max(20);
export const verificationCodeSchema = z.string().min(8).max(60);
export const languageSchema = z.enum(['es', 'ca', 'gl', 'eu', 'en']);

/** ENI elaboration states (NTI documento electrónico): original, format change, copy of paper, partial, others. */
export const elaborationStateSchema = z.enum(['EE01', 'EE02', 'EE03', 'EE04', 'EE99']);
/** ENI document types. */
export const documentTypeSchema = z.string().regex(/^TD(?:0[1-9]|1\d|20|99)$/u);

export const directionSchema = z.enum(['incoming', 'outgoing']);

/** How far the evidence of a signature reaches (ETSI EN 319 142-1). */
export const signatureLevelSchema = z.enum(['B-B', 'B-T', 'B-LT', 'B-LTA']);

export type ElaborationState = z.infer<typeof elaborationStateSchema>;
export type SignatureLevel = z.infer<typeof signatureLevelSchema>;
export type Direction = z.infer<typeof directionSchema>;
export type Language = z.infer<typeof languageSchema>;
