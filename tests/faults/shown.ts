import { z } from 'zod';
import { digestSchema, idSchema, instantSchema, recordNumberSchema } from '../../core/contract/schemas/common.ts';

/** What an officer saw of a record: from then on it is final. */
const shownRecordSchema = z.strictObject({
  recordId: idSchema,
  recordNumber: recordNumberSchema,
  recordedAt: instantSchema,
  /** Verification codes of its documents, and of the receipt. */
  codes: z.array(z.string()),
  /** Of its files. */
  digests: z.array(digestSchema),
});

/** What a working desk says, one line each, once it is durable. */
export const saidSchema = z.discriminatedUnion('said', [
  z.strictObject({ said: z.literal('record'), record: shownRecordSchema }),
  z.strictObject({ said: z.literal('delivered'), recordId: idSchema }),
  /** An attention that could not be registered, with the code that the officer was told. */
  z.strictObject({ said: z.literal('refused'), code: z.string() }),
  z.strictObject({ said: z.literal('supervisorAccepted'), lastRecordedAt: instantSchema }),
  z.strictObject({ said: z.literal('created'), recoveryKey: z.string() }),
  /** The sheet has left the feeder: from now on its page is not lost. `sha256`: of its samples. */
  z.strictObject({ said: z.literal('pageArrived'), pageId: idSchema, sha256: digestSchema }),
  /** A copy begins: it has to hold all that was shown before. */
  z.strictObject({ said: z.literal('copying') }),
  /** `name`: of its folder. */
  z.strictObject({ said: z.literal('copied'), name: z.string() }),
  /** The centre has these files: from now on they may end here. */
  z.strictObject({ said: z.literal('atCentre'), digests: z.array(digestSchema) }),
  /** The desk knows it. */
  z.strictObject({
    said: z.literal('acknowledged'),
    seriesId: z.string(),
    sequence: z.int(),
    digests: z.array(digestSchema),
  }),
  /** The centre has this file. */
  z.strictObject({ said: z.literal('stored'), name: z.string() }),
  z.strictObject({ said: z.literal('done') }),
  z.strictObject({ said: z.literal('stuck'), records: z.int(), blobs: z.int(), evidence: z.int() }),
]);

export type ShownRecord = Readonly<z.infer<typeof shownRecordSchema>>;
export type Said = z.infer<typeof saidSchema>;

export type Shown = Readonly<{ records: Map<string, ShownRecord>; delivered: Set<string> }>;

export function nothingShown(): Shown {
  return { records: new Map(), delivered: new Set() };
}

/** Notes what a desk said. Returns what must not happen: a number that was shown before. */
export function noteShown({ records, delivered }: Shown, said: readonly Said[]): readonly string[] {
  const problems: string[] = [];
  for (const each of said) {
    if (each.said === 'delivered') delivered.add(each.recordId);
    if (each.said !== 'record') continue;
    const { recordNumber } = each.record;
    if (records.has(recordNumber)) problems.push(`number ${recordNumber} shown twice`);
    records.set(recordNumber, each.record);
  }
  return problems;
}
