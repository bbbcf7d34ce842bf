import { z } from 'zod';
import { documentTypeSchema } from './common.ts';

export const scanSourceSchema = z.enum(['feeder', 'feederDuplex', 'flatbed']);

/**
 * A locked scan profile (ordinance art. 54.4.a; NTI digitisation IV-V). Operators choose one, they never change one.
 * Comes signed from the centre as reference data, and signed by its administrator where the desk knows one; its id, version
 * and digest are recorded in every copy.
 */
export const scanProfileSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]{1,40}$/u),
  version: z.int().positive(),
  /** What the officer reads, in Spanish. */
  title: z.string().min(1).max(80),
  source: scanSourceSchema,
  /** NTI IV.2: at least 200; not above 300 without a reason (ministry guide 2019). */
  dpi: z.int().min(200).max(600),
  colorMode: z.enum(['bitonal', 'gray', 'color']),
  /** Scanned area in millimetres; the paper itself is found in the image. */
  areaMm: z.strictObject({ width: z.number().positive(), height: z.number().positive() }),
  image: z.strictObject({
    straighten: z.boolean(),
    crop: z.boolean(),
    turnUpright: z.boolean(),
    /** `threshold` only where nothing is a photograph or coloured: the optimiser keeps colour where it finds any. */
    background: z.enum(['keep', 'whiten', 'threshold']),
    dropBlankSides: z.boolean(),
    /** Quality of JPEG output for grey and colour pages. */
    jpegQuality: z.int().min(50).max(95),
  }),
  /** ENI types of what is scanned with it unless the officer chooses another profile (norms 02c §3). */
  documentTypes: z.array(documentTypeSchema).max(21).optional(),
  /** Days after which a scanner that passed the test sheet is to be tried again (NTI V.2); absent: only after a repair. */
  qualificationDays: z.int().min(1).max(3660).optional(),
  /** Hexadecimal SHA-256 of the canonical JSON of all other fields, the signature's left out. */
  digest: z.string().regex(/^[0-9a-f]{64}$/u),
  /** Of the administrator who locked it: raw Ed25519 public key, and signature over `scanProfile\ndigest`, both in base64. */
  signature: z.strictObject({ key: z.string().max(60), value: z.string().max(120) }).optional(),
});

export type ScanProfile = z.infer<typeof scanProfileSchema>;
