import { z } from 'zod';

/**
 * A whole number of an address, as the OpenAPI document has it: decimal digits. A variable that was left empty in somebody's
 * script, `0x10` or `1e3` are no numbers there, whatever `Number` makes of them.
 */
export const wholeNumberSchema = z
  .string()
  .regex(/^\d{1,16}$/u)
  .transform(Number)
  .pipe(z.int());
