import { z } from 'zod';
import { dir3Schema, idSchema, instantSchema } from '../../core/contract/schemas/common.ts';

/*
 * Exchanges of SICRES 4 of an office, for its back-office systems, with the token of the feed.
 *
 *   GET  /feed/v1/exchanges                            the newest thousand
 *   POST /feed/v1/exchanges                            sends a record elsewhere
 *   POST /feed/v1/exchanges/:exchangeId/confirmation   what came is registered here under a number
 *   POST /feed/v1/exchanges/:exchangeId/rejection      what came goes back
 */
const textSchema = z.string().min(1).max(120);

export const dispatchRequestSchema = z.strictObject({
  recordId: idSchema,
  destination: z.strictObject({
    officeCode: dir3Schema,
    officeName: textSchema.nullable(),
    unitCode: dir3Schema.nullable(),
    unitName: textSchema.nullable(),
  }),
});

export const confirmationRequestSchema = z.strictObject({
  /** Of the entry at the destination. */
  recordNumber: z.string().min(1).max(20),
  recordedAt: instantSchema,
});

export const rejectionRequestSchema = z.strictObject({ reason: z.string().min(1).max(1_024) });

export const exchangeSchema = z.strictObject({
  exchangeId: z.string(),
  side: z.enum(['out', 'in']),
  otherOfficeCode: z.string(),
  isTest: z.boolean(),
  state: z.enum(['sent', 'received', 'acknowledged', 'confirmed', 'rejected', 'failed', 'closed']),
  destinationNumber: z.string().nullable(),
  /** As the other side writes it: `yyyyMMddHHmmss±HHMM`. */
  destinationAt: z.string().nullable(),
});

export const exchangeListSchema = z.strictObject({
  exchanges: z.array(
    exchangeSchema.extend({
      recordId: idSchema.nullable(),
      errorCode: z.string().nullable(),
      changedAt: instantSchema,
    }),
  ),
});
