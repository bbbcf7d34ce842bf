import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { CampaignResult } from './campaign.ts';

const kindTallySchema = z.strictObject({
  nextSeed: z.int(),
  rounds: z.int(),
  shown: z.int(),
  faults: z.record(z.string(), z.int()),
});
const tallySchema = z.strictObject({ kinds: z.record(z.string(), kindTallySchema), problems: z.array(z.string()) });

type KindTally = Readonly<z.infer<typeof kindTallySchema>>;

/** What was really done, over all runs that wrote to the same file. */
export type Tally = Readonly<z.infer<typeof tallySchema>>;

const nothing: KindTally = { nextSeed: 1, rounds: 0, shown: 0, faults: {} };

export function readTally(path: string): Tally {
  try {
    return tallySchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return { kinds: {}, problems: [] };
  }
}

export function tallyOf(tally: Tally, kind: string): KindTally {
  return tally.kinds[kind] ?? nothing;
}

/** Adds a campaign that has ended to the file. */
export function addToTally(path: string, kind: string, seed: number, rounds: number, result: CampaignResult): void {
  const tally = readTally(path);
  const before = tallyOf(tally, kind);
  const faults = { ...before.faults };
  for (const [name, count] of Object.entries(result.faults)) faults[name] = (faults[name] ?? 0) + count;
  const after: KindTally = {
    nextSeed: Math.max(before.nextSeed, seed + 1),
    rounds: before.rounds + rounds,
    shown: before.shown + result.shown,
    faults,
  };
  const problems = [...tally.problems, ...result.problems.map((problem) => `${kind}, semilla ${seed}: ${problem}`)];
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.new`, `${JSON.stringify({ kinds: { ...tally.kinds, [kind]: after }, problems }, null, 2)}\n`);
  renameSync(`${path}.new`, path);
}
