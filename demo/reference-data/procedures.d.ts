import type { Procedure } from '../../core/contract/schemas/reference.ts';
/**
 * Procedures of the town. SIA codes, terms and silences are invented, in the manner of real ones: a demonstration, no
 * legal advice. The general application (instancia general) is no procedure: it is what remains when none fits.
 */
export declare const procedures: readonly Procedure[];
