import { z } from 'zod';
import { errorCodes } from '../contract/errors.ts';
import { searchPageSchema, searchQuerySchema } from './search-query.ts';

/** Between the store and its reader worker. The key comes transferred, in workerData: never on a command line. */
export const workerDataSchema = z.strictObject({ path: z.string(), key: z.instanceof(Uint8Array) });

export const searchRequestSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('search'), requestId: z.int(), query: searchQuerySchema }),
  z.strictObject({ kind: z.literal('close') }),
]);

export const searchAnswerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('page'), requestId: z.int(), page: searchPageSchema }),
  z.strictObject({
    kind: z.literal('error'),
    requestId: z.int(),
    error: z.strictObject({
      code: z.enum(errorCodes),
      details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
      supportNumber: z.string(),
    }),
  }),
]);

export type SearchRequest = z.infer<typeof searchRequestSchema>;
export type SearchAnswer = z.infer<typeof searchAnswerSchema>;
