import type { Calendar } from '../../core/contract/schemas/reference.ts';
/**
 * National holidays and Aragón's own day (23 April); the local ones are invented. Of a holiday that falls on a Sunday
 * the yearly resolution may move the rest to the Monday, as here on 2 November 2026 and 16 August 2027: for a
 * demonstration, to be replaced by the official act of each year (Ley 39/2015 art. 30.7).
 */
export declare const calendars: readonly Calendar[];
