import { z } from 'zod';
import { digestSchema, instantSchema } from '../../core/contract/schemas/common.ts';
import { wholeNumberSchema } from '../http/whole-number.ts';

/*
 * Centre → back-office systems of an office, HTTP with JSON, `Authorization: Bearer TOKEN`.
 *
 *   GET /feed/v1/entries?after=N&limit=M   entries behind position N (0: from the first), at most M
 *   GET /feed/v1/files/:sha256             a file of the office that has come whole
 *
 * Keep the position of the last item that was dealt with, and ask again from there: what is asked for twice is the same.
 */
export const feedQuerySchema = z.object({
  after: wholeNumberSchema.default(0),
  limit: wholeNumberSchema.pipe(z.int().min(1).max(500)).default(100),
});

export const feedItemSchema = z.strictObject({
  /** From 1, without gaps, of this office. */
  position: z.int().positive(),
  seriesId: z.string(),
  sequence: z.int().positive(),
  hash: digestSchema,
  acceptedAt: instantSchema,
  quarantineReasons: z.array(z.string()),
  /** Canonical JSON of a JournalBody, as the desk wrote it: `hash` covers these bytes. */
  body: z.string(),
});

export const feedResponseSchema = z.strictObject({
  items: z.array(feedItemSchema),
  /** What to ask for next time. */
  next: z.int().nonnegative(),
});
