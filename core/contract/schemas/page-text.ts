import { z } from 'zod';

/** A word that a machine read on a page. Pixels of the image, from its left. */
export const readWordSchema = z.strictObject({
  text: z.string().min(1).max(400),
  left: z.int().nonnegative(),
  width: z.int().positive(),
  /** In per cent, as the machine thinks of itself. */
  confidence: z.int().min(0).max(100),
});

/** Pixels of the image, from its top. */
export const readLineSchema = z.strictObject({
  top: z.int().nonnegative(),
  height: z.int().positive(),
  /** Whether a paragraph begins here. */
  isFirst: z.boolean(),
  words: z.array(readWordSchema).min(1),
});

/** What a machine read on the image of a page, line by line in reading order. It has no authority: the image has. */
export const pageTextSchema = z.strictObject({
  /** Program and version, such as `Tesseract 5.3.0`. */
  engine: z.string().max(80),
  /** As the settings name them: `spa+cat`. */
  languages: z.string().max(80),
  widthPixels: z.int().positive(),
  heightPixels: z.int().positive(),
  lines: z.array(readLineSchema),
});

export type ReadWord = z.infer<typeof readWordSchema>;
export type ReadLine = z.infer<typeof readLineSchema>;
export type PageText = z.infer<typeof pageTextSchema>;
