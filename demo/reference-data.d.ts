import type { ReferenceData } from '../core/contract/schemas/reference.ts';
/** Everything that the demonstration's centre signs and sends down, trusting the given PEM certificates. */
export declare function createReferenceData(trustAnchors: readonly string[]): ReferenceData;
