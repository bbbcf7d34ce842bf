import { cpSync, existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../core/documents/signing/testing/mutations.ts';
import type { CampaignResult, StateCampaign, StatePoint } from './campaign.ts';
import type { RecordedStep } from './recorded-calls.ts';
import { createRecordedDisk } from './recorded-disk.ts';
import type { DiskState, RecordedDisk } from './recorded-disk.ts';
import { readRecording, record } from './recording.ts';
import type { RecordedFault, Recording, Scene } from './recording.ts';
import { registering } from './register-scene.ts';
import type { Said } from './shown.ts';

const memoryFolder = '/dev/shm';
// What the largest recordings take, several times.
const neededBytes = 256 * 1024 * 1024;

/** How states follow from a recording. */
export type Way = Readonly<{
  listPoints: (steps: readonly RecordedStep[], count: number, random: () => number) => readonly StatePoint[];
  /** `next`: the step that was not done any more. */
  stateAt: (disk: RecordedDisk, next: RecordedStep | undefined, variant: number, random: () => number) => DiskState;
}>;

const torn = 1;

/** A kill between any two calls, and in the middle of any write. */
export const killed: Way = {
  listPoints: (steps, count, random) => {
    const all = [...steps.keys(), steps.length].flatMap((done) => {
      const next = steps[done];
      // What is said next leaves the same disk, of which more is asked.
      if (next?.kind === 'said') return [];
      const isTearable = next?.kind === 'write' && next.bytes.length > 1;
      return [{ steps: done, variant: 0 }, ...(isTearable ? [{ steps: done, variant: torn }] : [])];
    });
    const drawn = all.map((point) => ({ point, order: random() })).toSorted((a, b) => a.order - b.order);
    return drawn.slice(0, count).map(({ point }) => point);
  },
  stateAt: (disk, next, variant, random) =>
    variant === torn && next?.kind === 'write'
      ? disk.afterKillIn(next, 1 + Math.floor(random() * (next.bytes.length - 1)))
      : disk.afterKill,
};

/** A power cut anywhere, with one of the many things that it may leave. */
export const powerless: Way = {
  listPoints: (steps, count, random) =>
    Array.from({ length: count }, (_value, variant) => ({ steps: Math.floor(random() * (steps.length + 1)), variant })),
  stateAt: (disk, _next, _variant, random) => disk.afterPowerCut(random),
};

/** A power cut after a sync failed, which only the desk was told. */
export const unsynced: Way = {
  ...powerless,
  listPoints: (steps, count, random) => {
    const first = steps.findIndex(({ kind }) => kind === 'failedSync') + 1;
    return Array.from({ length: count }, (_value, variant) => ({
      steps: first + Math.floor(random() * (steps.length + 1 - first)),
      variant,
    }));
  },
};

/** Every call that a recorded desk makes, as if it had been killed there. `rounds`: states that are opened and compared. */
export function runCrashPointCampaign(campaign: StateCampaign): Promise<CampaignResult> {
  return runStates(campaign, 'crashStates', { way: killed, scene: registering, faults: registering.kills });
}

/** The power cut at some call of a recorded desk, with what was not synced lost, torn or mixed. `rounds` as above. */
export function runLostWriteCampaign(campaign: StateCampaign): Promise<CampaignResult> {
  return runStates(campaign, 'lostWriteStates', { way: powerless, scene: registering, faults: registering.kills });
}

/** The same for a desk one of whose syncs failed, while all that it had written could still be read. `rounds` as above. */
export function runFailedSyncCampaign(campaign: StateCampaign): Promise<CampaignResult> {
  return runStates(campaign, 'failedSyncStates', {
    way: unsynced,
    scene: registering,
    faults: registering.failingSyncs,
  });
}

/** A scene of its own: by the seed killed, powerless, or with a sync that fails. */
export function campaignOf(scene: Scene): (campaign: StateCampaign) => Promise<CampaignResult> {
  const plans = [
    ['crashStates', { way: killed, scene, faults: scene.kills }],
    ['lostWriteStates', { way: powerless, scene, faults: scene.kills }],
    ['failedSyncStates', { way: unsynced, scene, faults: scene.failingSyncs }],
  ] as const;
  return (campaign) => {
    const [name, plan] = plans[campaign.seed % plans.length] ?? plans[0];
    return runStates(campaign, name, plan);
  };
}

type Plan = Readonly<{ way: Way; scene: Scene; faults: readonly RecordedFault[] }>;

async function runStates(campaign: StateCampaign, name: string, { way, scene, faults }: Plan): Promise<CampaignResult> {
  const { seed, programs, recordings } = campaign;
  const parent = makeStatesFolder();
  const kept = join(recordings, `${name}-${seed}`);
  try {
    if (existsSync(kept)) {
      const { shown, problems } = await checkStates(readRecording(kept), scene, way, { ...campaign, parent });
      return { faults: {}, shown, problems };
    }
    const made = join(parent, 'recording');
    const { kills, problems: wrong } = await record(programs, made, seededRandom(seed), scene, faults);
    const { states, shown, problems } = await checkStates(readRecording(made), scene, way, { ...campaign, parent });
    const found = [...wrong, ...problems];
    if (found.length > 0) cpSync(made, kept, { recursive: true });
    return { faults: { [name]: states, recordedKills: kills }, shown, problems: found };
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
}

/** In memory where there is room: nothing of it is kept, and a sync need not wait for any disk. To be removed. */
export function makeStatesFolder(): string {
  return mkdtempSync(join(hasMemory() ? memoryFolder : tmpdir(), 'ventanilla-states-'));
}

function hasMemory(): boolean {
  if (!existsSync(memoryFolder)) return false;
  const { bavail, bsize } = statfsSync(memoryFolder);
  return bavail * bsize >= neededBytes;
}

type Choice = Pick<StateCampaign, 'seed' | 'rounds' | 'state' | 'programs'> & Readonly<{ parent: string }>;

/** Checks as many states of a recording as there are rounds, or all. `shown`: records that an officer saw by the last of them. */
export async function checkStates(
  recording: Recording,
  scene: Pick<Scene, 'check'>,
  { listPoints, stateAt }: Way,
  { seed, rounds, state, programs, parent }: Choice,
): Promise<Readonly<{ states: number; shown: number; problems: readonly string[] }>> {
  const { image, setting, endedAt } = recording;
  const points = state === null ? listPoints(recording.steps, rounds, seededRandom(seed)) : [state];
  const disk = createRecordedDisk(image);
  const folder = join(parent, 'state');
  const said: Said[] = [];
  const problems: string[] = [];
  let done = 0;
  for (const { steps, variant } of points.toSorted((a, b) => a.steps - b.steps)) {
    for (const step of recording.steps.slice(done, steps)) {
      if (step.kind === 'said') said.push(step.said);
      else disk.apply(step);
    }
    done = steps;
    const random = seededRandom(Math.imul(seed, 65_537) + Math.imul(steps, 257) + variant);
    disk.write(stateAt(disk, recording.steps[steps], variant, random), folder);
    const found = await scene.check(programs, { folder, setting, at: endedAt }, said);
    problems.push(...found.map((problem) => `state ${steps}.${variant}: ${problem}`));
    rmSync(folder, { recursive: true });
  }
  return { states: points.length, shown: said.filter((each) => each.said === 'record').length, problems };
}
