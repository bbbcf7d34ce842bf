import { z } from 'zod';

export const cardOwnerSchema = z.enum(['officer', 'secondOfficer', 'citizen']);
export const readerSchema = z.enum(['officer', 'citizen']);
export const paperSetSchema = z.enum([
  'form',
  'certificate',
  'identityDocument',
  'letter',
  'printed',
  'printedDirtyGlass',
  'all',
  'none',
]);
export const scannerFaultSchema = z.enum(['none', 'jam', 'coverOpen', 'noDocuments', 'unplugged']);
export const lineSchema = z.enum(['up', 'down']);
export const timestampAuthoritySchema = z.enum(['ok', 'down', 'slow', 'error500', 'garbage']);

export type CardOwner = z.infer<typeof cardOwnerSchema>;
export type Reader = z.infer<typeof readerSchema>;
export type PaperSet = z.infer<typeof paperSetSchema>;
export type ScannerFault = z.infer<typeof scannerFaultSchema>;
export type Line = z.infer<typeof lineSchema>;
export type TimestampAuthorityState = z.infer<typeof timestampAuthoritySchema>;

export type PanelState = Readonly<{
  /** Whose card is in the officer's reader. */
  card: 'officer' | 'secondOfficer' | null;
  /** The citizen's card is in the second reader. */
  isCitizenCardIn: boolean;
  /** What stands in for a part that this machine cannot run, in Spanish; empty when every part is the real one. */
  standIns: readonly string[];
  /** Sides waiting in the feeder. */
  feederPages: number;
  scannerFault: ScannerFault;
  line: Line;
  timestampAuthority: TimestampAuthorityState;
}>;

/** What the demonstration office can be made to do from outside; each part of it provides its own. */
export type PanelActions = Readonly<{
  /** Into the officer's reader, in the place of the card that is in, or into the citizen's. */
  insertCard(owner: CardOwner): Promise<void>;
  removeCard(reader: Reader): Promise<void>;
  /** Puts them behind what lies in the feeder; `printed`: what was printed last, signed by hand, on a clean glass or on one with a speck; `none` empties it. */
  loadPapers(papers: PaperSet): Promise<void>;
  setScannerFault(fault: ScannerFault): Promise<void>;
  /** The line to the centre and to both authorities. */
  setLine(line: Line): Promise<void>;
  setTimestampAuthority(state: TimestampAuthorityState): Promise<void>;
  readState(): Promise<PanelState>;
}>;

/**
 * The HTTP form of the actions: name, and the one value in the body's `value`. Returns null where there is no such
 * action, and throws a ZodError where the value is not one of the list.
 */
export function findAction(actions: PanelActions, name: string): ((value: unknown) => Promise<void>) | null {
  switch (name) {
    case 'insertCard':
      return async (value) => actions.insertCard(cardOwnerSchema.parse(value));
    case 'removeCard':
      return async (value) => actions.removeCard(readerSchema.parse(value));
    case 'loadPapers':
      return async (value) => actions.loadPapers(paperSetSchema.parse(value));
    case 'setScannerFault':
      return async (value) => actions.setScannerFault(scannerFaultSchema.parse(value));
    case 'setLine':
      return async (value) => actions.setLine(lineSchema.parse(value));
    case 'setTimestampAuthority':
      return async (value) => actions.setTimestampAuthority(timestampAuthoritySchema.parse(value));
    default:
      return null;
  }
}
