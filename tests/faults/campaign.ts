import type { Programs } from './programs.ts';

/** All that a campaign chooses comes from its seed. */
export type Campaign = Readonly<{
  seed: number;
  rounds: number;
  /** A new, empty database on PostgreSQL, for those that have a centre. */
  databaseUrl: string;
  programs: Programs;
}>;

/** A state of the disk: after so many steps of a recording, and which of those that are possible then. */
export type StatePoint = Readonly<{ steps: number; variant: number }>;

/** One that records a desk and opens states of its disk. */
export type StateCampaign = Omit<Campaign, 'databaseUrl'> &
  Readonly<{
    /** Recordings in which something was found are kept in this folder, and taken again for the same seed. */
    recordings: string;
    /** Only this one. Null: as many as there are rounds. */
    state: StatePoint | null;
  }>;

export type CampaignResult = Readonly<{
  /** What was really done, by its name. */
  faults: Readonly<Record<string, number>>;
  /** Records that an officer was shown. */
  shown: number;
  /** What must not happen. */
  problems: readonly string[];
}>;
