/** What a working desk is told over its channel. */
export type DeskOrder = Readonly<{
  folder: string;
  recoveryKey: string;
  /** Address of search-worker.ts as it was bundled. */
  searchWorker: string;
  /** Null: the line is cut for good. */
  centreUrl: string | null;
  /** How many are attended before the desk closes by itself. Null: without end. `drain`: none, it only sends what is left. */
  work: number | 'drain' | null;
  /** The official clock is the machine's, moved by so much, and goes on by so much with each person. */
  clock: Readonly<{ offsetMs: number; attentionMs: number }>;
  /** What cannot be registered is told, and tried again, instead of ending the program. A supervisor accepts a clock that jumped. */
  isPatient: boolean;
}>;

export const machineClock = { offsetMs: 0, attentionMs: 0 };
