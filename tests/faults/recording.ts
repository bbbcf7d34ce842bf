import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { officialYear } from '../../core/domain/official-time.ts';
import { createDeskFixture, seriesGrant } from '../../core/store/store-fixture.ts';
import { machineClock } from './desk-order.ts';
import { startDesk } from './desk-run.ts';
import type { Programs } from './programs.ts';
import { deaths, failedSyncs, parseCalls } from './recorded-calls.ts';
import type { Fault, RecordedStep } from './recorded-calls.ts';
import { createRecordedDisk, listInodes } from './recorded-disk.ts';
import type { DiskImage } from './recorded-disk.ts';

const aboutSchema = z.strictObject({
  recoveryKey: z.string(),
  /** Where the desk was while its calls were noted. */
  folder: z.string(),
  inodes: z.record(z.string(), z.int()),
  fault: z.enum([...deaths, ...failedSyncs]),
  endedAt: z.string(),
});

/** A desk at work: what it said, and what it did to its folder, in one order. */
export type Recording = Readonly<{
  image: DiskImage;
  steps: readonly RecordedStep[];
  recoveryKey: string;
  /** A moment after all that was recorded. */
  endedAt: string;
}>;

const aboutName = 'recording.json';
const imageName = 'image';
const callsName = 'calls';

/** What may fail while a desk is recorded: one of the calls that a person takes, as io-fault.c counts them. */
export type RecordedFault = Readonly<{
  fault: Fault;
  /** Of this file alone; `''`: of any. */
  path: string;
  callsOfPerson: number;
}>;

export const killFaults: readonly RecordedFault[] = deaths.map((fault) => ({ fault, path: '', callsOfPerson: 100 }));
/** The log of SQLite is what everything hangs on. */
export const logSyncFaults: readonly RecordedFault[] = failedSyncs.map((fault) => ({
  fault,
  path: 'desk.db-wal',
  callsOfPerson: 6,
}));
export const syncFaults: readonly RecordedFault[] = [
  ...logSyncFaults,
  ...failedSyncs.map((fault) => ({ fault, path: '', callsOfPerson: 25 })),
];

// From 4000 pages on SQLite brings its log into the database and begins it anew (`checkpointPages`); a person takes some 80.
const nearlyFullLogBytes = 3850 * 4120;

/** `kills`: how often the desk was killed; its last call may come after its work. `problems`: what is wrong with a recording. */
type Made = Readonly<{ kills: number; problems: readonly string[] }>;

/**
 * Records a desk into `folder`, which is made. The desk is killed, really, in the middle of a call, or one of its syncs fails; a
 * second run works on from what was left, and closes by itself. After each the folder is compared, byte by byte, with what the
 * recording says of it: a call that was missed or misread shows here.
 */
export async function record(
  programs: Programs,
  folder: string,
  random: () => number,
  faults: readonly RecordedFault[],
): Promise<Made> {
  mkdirSync(folder);
  const image = join(folder, imageName);
  const deskFolder = join(folder, 'desk');
  const recoveryKey = await makeImage(image, folder, random() < 0.15);
  cpSync(image, deskFolder, { recursive: true });
  const persons = 2 + Math.floor(random() * 3);
  const { fault, path, callsOfPerson } = chosen(faults, random);
  const about = { recoveryKey, folder: deskFolder, inodes: listInodes(deskFolder), fault };
  const order = { folder: deskFolder, recoveryKey, centreUrl: null, clock: machineClock, isPatient: true };
  const { ioRecordLibrary, ioFaultLibrary } = programs;
  const recorder = {
    LD_PRELOAD: ioRecordLibrary,
    IO_RECORD: join(folder, callsName),
    IO_RECORD_FOLDER: deskFolder,
  };
  const failing = {
    LD_PRELOAD: `${ioRecordLibrary}:${ioFaultLibrary}`,
    IO_FAULT: fault,
    IO_FAULT_AT: String(1 + Math.floor(random() * persons * callsOfPerson)),
    IO_FAULT_FOLDER: join(deskFolder, path),
  };
  const problems: string[] = [];
  let kills = 0;
  for (const [work, environment] of [
    [persons, { ...recorder, ...failing }],
    [3, recorder],
  ] as const) {
    const { said, told, signal } = await startDesk(programs, { ...order, work }, environment).ended;
    if (signal === 'SIGKILL') kills += 1;
    else if (said.at(-1)?.said !== 'done') problems.push(`the desk ended by itself: ${told.slice(0, 500)}`);
    writeFileSync(join(folder, aboutName), JSON.stringify({ ...about, endedAt: new Date().toISOString() }));
    problems.push(...compareWithFolder(readRecording(folder), folder, deskFolder));
  }
  rmSync(deskFolder, { recursive: true });
  return { kills, problems };
}

function chosen<Item>(items: readonly Item[], random: () => number): Item {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to choose from');
  return item;
}

/** A desk that was closed the evening before; or one that was killed with its log nearly full. Resolves to its recovery key. */
async function makeImage(image: string, parent: string, isLogFull: boolean): Promise<string> {
  const desk = await createDeskFixture(parent);
  const first = await desk.open();
  first.store.putSeries(seriesGrant({ year: officialYear(new Date()) }));
  await first.store.close();
  const { store } = await desk.open();
  const log = join(desk.folder, 'desk.db-wal');
  while (isLogFull && statSync(log).size < nearlyFullLogBytes)
    store.putSetting('test.filler', randomBytes(150_000).toString('hex'));
  if (!isLogFull) await store.close();
  // The desk may be writing its anchor in the background.
  cpSync(desk.folder, image, { recursive: true, filter: (path) => !path.endsWith('.new') });
  await store.close();
  desk.remove();
  return desk.recoveryKey;
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
