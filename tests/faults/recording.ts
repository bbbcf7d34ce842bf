import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { DeskRun } from './desk-run.ts';
import type { Programs } from './programs.ts';
import { deaths, failedSyncs, parseCalls } from './recorded-calls.ts';
import type { Fault, RecordedStep } from './recorded-calls.ts';
import { createRecordedDisk, listInodes } from './recorded-disk.ts';
import type { DiskImage } from './recorded-disk.ts';
import type { Said } from './shown.ts';

/** What is done to a disk while it is recorded, and what has to be true of whatever is left of it. */
export type Scene = Readonly<{
  /** Makes the folder as it was before. Resolves to what the scene has to know afterwards. */
  prepare: (image: string, parent: string, random: () => number) => Promise<Setting>;
  /** Starts the program that works on the folder: so many of whatever it does. */
  start: (programs: Programs, place: Place, work: number, environment: NodeJS.ProcessEnv) => DeskRun;
  kills: readonly RecordedFault[];
  failingSyncs: readonly RecordedFault[];
  /** What is wrong with a folder that was left after all this was said. */
  check: (programs: Programs, place: Place, said: readonly Said[]) => Promise<readonly string[]>;
}>;

export type Setting = Readonly<Record<string, string>>;

/** The folder that is recorded, or one that was built from the recording. */
export type Place = Readonly<{
  folder: string;
  setting: Setting;
  /** When the recording began; for a check, a moment after it ended. */
  at: string;
}>;

const aboutSchema = z.strictObject({
  setting: z.record(z.string(), z.string()),
  /** Where the folder was while its calls were noted. */
  folder: z.string(),
  inodes: z.record(z.string(), z.int()),
  fault: z.enum([...deaths, ...failedSyncs]),
  endedAt: z.string(),
});

/** Programs at work: what they said, and what they did to a folder, in one order. */
export type Recording = Readonly<{
  image: DiskImage;
  steps: readonly RecordedStep[];
  setting: Setting;
  /** A moment after all that was recorded. */
  endedAt: string;
}>;

const aboutName = 'recording.json';
const imageName = 'image';
const callsName = 'calls';

/** What may fail during a recording: one of the calls that a piece of its work takes, as io-fault.c counts them. */
export type RecordedFault = Readonly<{
  fault: Fault;
  /** Of this file alone; `''`: of any. */
  path: string;
  calls: number;
}>;

export function killsWithin(calls: number): readonly RecordedFault[] {
  return deaths.map((fault) => ({ fault, path: '', calls }));
}

export function failingSyncsWithin(calls: number, path = ''): readonly RecordedFault[] {
  return failedSyncs.map((fault) => ({ fault, path, calls }));
}

/** `kills`: how often the desk was killed; its last call may come after its work. `problems`: what is wrong with a recording. */
type Made = Readonly<{ kills: number; problems: readonly string[] }>;

/**
 * Records a scene into `folder`, which is made. Its program is killed, really, in the middle of a call, or one of its syncs
 * fails; a second run works on from what was left, and closes by itself. After each the folder is compared, byte by byte, with
 * what the recording says of it: a call that was missed or misread shows here.
 */
export async function record(
  programs: Programs,
  folder: string,
  random: () => number,
  scene: Pick<Scene, 'prepare' | 'start'>,
  faults: readonly RecordedFault[],
): Promise<Made> {
  mkdirSync(folder);
  const image = join(folder, imageName);
  const recorded = join(folder, 'recorded');
  const setting = await scene.prepare(image, folder, random);
  cpSync(image, recorded, { recursive: true });
  const work = 2 + Math.floor(random() * 3);
  const { fault, path, calls } = choose(faults, random);
  const about = { setting, folder: recorded, inodes: listInodes(recorded), fault };
  const place = { folder: recorded, setting, at: new Date().toISOString() };
  const { ioRecordLibrary, ioFaultLibrary } = programs;
  const recorder = {
    LD_PRELOAD: ioRecordLibrary,
    IO_RECORD: join(folder, callsName),
    IO_RECORD_FOLDER: recorded,
  };
  const failing = {
    LD_PRELOAD: `${ioRecordLibrary}:${ioFaultLibrary}`,
    IO_FAULT: fault,
    IO_FAULT_AT: String(1 + Math.floor(random() * work * calls)),
    IO_FAULT_FOLDER: join(recorded, path),
  };
  const problems: string[] = [];
  let kills = 0;
  for (const [pieces, environment] of [
    [work, { ...recorder, ...failing }],
    [3, recorder],
  ] as const) {
    const { said, told, signal } = await scene.start(programs, place, pieces, environment).ended;
    if (signal === 'SIGKILL') kills += 1;
    else if (said.at(-1)?.said !== 'done') problems.push(`the program ended by itself: ${told.slice(0, 500)}`);
    writeFileSync(join(folder, aboutName), JSON.stringify({ ...about, endedAt: new Date().toISOString() }));
    problems.push(...compareWithFolder(readRecording(folder), folder, recorded));
  }
  rmSync(recorded, { recursive: true });
  return { kills, problems };
}

function choose<Item>(items: readonly Item[], random: () => number): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to choose from');
  return item;
}

/** Throws when the folder has none. */
export function readRecording(folder: string): Recording {
  const {
    inodes,
    folder: recorded,
    fault,
    ...about
  } = aboutSchema.parse(JSON.parse(readFileSync(join(folder, aboutName), 'utf8')));
  return {
    ...about,
    image: { folder: join(folder, imageName), inodes },
    steps: parseCalls(readFileSync(join(folder, callsName)), recorded, fault),
  };
}

function compareWithFolder(recording: Recording, parent: string, folder: string): readonly string[] {
  const disk = createRecordedDisk(recording.image);
  for (const step of recording.steps) if (step.kind !== 'said') disk.apply(step);
  const replayed = join(parent, 'replayed');
  disk.write(disk.afterKill, replayed);
  const [there, told] = [listFiles(folder), listFiles(replayed)];
  rmSync(replayed, { recursive: true });
  return [...new Set([...there.keys(), ...told.keys()])].flatMap((path) => {
    const [bytes, toldBytes] = [there.get(path), told.get(path)];
    const isSame = bytes !== undefined && toldBytes !== undefined && bytes.equals(toldBytes);
    return isSame ? [] : [`the recording is wrong about ${path}`];
  });
}

/** By path; of SQLite's shared memory only that it is there. */
function listFiles(folder: string): ReadonlyMap<string, Buffer> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return new Map(
    paths.map((path) => {
      const hasNoBytes = path.endsWith('-shm') || statSync(join(folder, path)).isDirectory();
      return [path, hasNoBytes ? Buffer.alloc(0) : readFileSync(join(folder, path))];
    }),
  );
}
