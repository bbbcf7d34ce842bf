import type { Programs } from './programs.ts';

/** All that a campaign chooses comes from its seed. */
export type Campaign = Readonly<{
  seed: number;
  rounds: number;
  /** A new, empty database on PostgreSQL, for those that have a centre. */
  databaseUrl: string;
  programs: Programs;
}>;

export type CampaignResult = Readonly<{
  /** What was really done, by its name. */
  faults: Readonly<Record<string, number>>;
  /** Records that an officer was shown. */
  shown: number;
  /** What must not happen. */
  problems: readonly string[];
}>;
