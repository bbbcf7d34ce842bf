import type { Office, Officer } from '../../core/contract/schemas/reference.ts';
/** The two with a card, and colleagues who make a directory of it: one of each kind of permission. */
export declare const officers: readonly Officer[];
export declare const offices: readonly Office[];
