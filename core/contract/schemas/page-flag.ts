import { z } from 'zod';

/** What the machine points out on a page. It points, the officer decides (ordinance art. 54.4.c). */
export const pageFlagKindSchema = z.enum([
  'inkMissing',
  'inkAdded',
  'cutOff',
  'illegible',
  'lowResolution',
  'doubleFeed',
  'unusualSize',
  'blank',
  'orientationUnsure',
  'edgesNotFound',
  'code',
]);

/** `rescan` sends the page back; the others say why it stays as it is. */
export const flagAnswerSchema = z.enum(['asOnPaper', 'readable', 'notContent', 'rescan']);

export const pageFlagSchema = z.strictObject({
  kind: pageFlagKindSchema,
  /** Millimetres of the copy from its top left; null: the whole page. */
  placeMm: z.strictObject({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }).nullable(),
  /** What a code says; empty for everything else. */
  text: z.string().max(4000),
  answer: flagAnswerSchema.nullable(),
});

export type PageFlagKind = z.infer<typeof pageFlagKindSchema>;
export type FlagAnswer = z.infer<typeof flagAnswerSchema>;
export type PageFlag = z.infer<typeof pageFlagSchema>;
