import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { officialYear } from '../../core/domain/official-time.ts';
import { createDeskFixture, seriesGrant } from '../../core/store/store-fixture.ts';
import { machineClock } from './desk-order.ts';
import { startDesk } from './desk-run.ts';
import type { Programs } from './programs.ts';
import { parseCalls } from './recorded-calls.ts';
import type { RecordedStep } from './recorded-calls.ts';
import { createRecordedDisk, listInodes } from './recorded-disk.ts';
import type { DiskImage } from './recorded-disk.ts';
import { saidSchema } from './shown.ts';
import type { Said } from './shown.ts';

const deaths = ['kill', 'killed-late', 'torn'] as const;

const aboutSchema = z.strictObject({
  recoveryKey: z.string(),
  /** Where the desk was while its calls were noted. */
  folder: z.string(),
  saidBefore: z.array(saidSchema),
  inodes: z.record(z.string(), z.int()),
  death: z.enum(deaths),
  endedAt: z.string(),
});

/** A desk at work: what it said, and what it did to its folder, in one order. */
export type Recording = Readonly<{
  image: DiskImage;
  /** What had been said of the image. */
  saidBefore: readonly Said[];
  steps: readonly RecordedStep[];
  recoveryKey: string;
  /** A moment after all that was recorded. */
  endedAt: string;
}>;

const aboutName = 'recording.json';
const imageName = 'image';
const callsName = 'calls';

// Of those that io-fault.c counts, a little less than a desk makes for one person.
const callsOfPerson = 80;

/** How many persons are attended before the recording, by the run that is killed, and by the one that closes. */
type Day = Readonly<{ before: number; killed: number; closing: number }>;

/** The desk was closed the evening before; or its log is nearly full, so that SQLite begins it anew after some persons more. */
function chooseDay(random: () => number): Day {
  const killed = 2 + Math.floor(random() * 3);
  return random() < 0.15 ? { before: 44, killed, closing: 7 } : { before: 0, killed, closing: 2 };
}

/**
 * Records a desk into `folder`, which is made. The desk is killed, really, in the middle of a call; a second run works on from
 * what was left, and closes by itself. After each the folder is compared, byte by byte, with what the recording says of it: a
 * call that was missed or misread shows here. Returns what was wrong with it.
 */
export async function record(programs: Programs, folder: string, random: () => number): Promise<readonly string[]> {
  mkdirSync(folder);
  const day = chooseDay(random);
  const desk = await createDeskFixture(folder);
  const { store } = await desk.open();
  store.putSeries(seriesGrant({ year: officialYear(new Date()) }));
  await store.close();
  const order = {
    folder: desk.folder,
    recoveryKey: desk.recoveryKey,
    centreUrl: null,
    clock: machineClock,
    isPatient: false,
  };
  const saidBefore: Said[] = [];
  if (day.before > 0) {
    const run = startDesk(programs, { ...order, work: null });
    await run.untilSaid('record', day.before);
    run.child.kill('SIGKILL');
    saidBefore.push(...(await run.ended).said);
  }
  cpSync(desk.folder, join(folder, imageName), { recursive: true });
  const death = deaths[Math.floor(random() * deaths.length)] ?? 'kill';
  const { folder: deskFolder, recoveryKey } = desk;
  const about = { recoveryKey, folder: deskFolder, saidBefore, inodes: listInodes(deskFolder), death };
  const { ioRecordLibrary, ioFaultLibrary } = programs;
  const recorder = {
    LD_PRELOAD: ioRecordLibrary,
    IO_RECORD: join(folder, callsName),
    IO_RECORD_FOLDER: deskFolder,
  };
  const fault = {
    LD_PRELOAD: `${ioRecordLibrary}:${ioFaultLibrary}`,
    IO_FAULT: death,
    IO_FAULT_AT: String(1 + Math.floor(random() * day.killed * callsOfPerson)),
    IO_FAULT_FOLDER: deskFolder,
  };
  const problems: string[] = [];
  for (const [work, environment] of [
    [day.killed, { ...recorder, ...fault }],
    [day.closing, recorder],
  ] as const) {
    const { said, told, signal } = await startDesk(programs, { ...order, work }, environment).ended;
    if (signal !== 'SIGKILL' && said.at(-1)?.said !== 'done')
      problems.push(`the desk ended by itself: ${told.slice(0, 500)}`);
    writeFileSync(join(folder, aboutName), JSON.stringify({ ...about, endedAt: new Date().toISOString() }));
    problems.push(...compareWithFolder(readRecording(folder), folder, deskFolder));
  }
  desk.remove();
  return problems;
}

/** Throws when the folder has none. */
export function readRecording(folder: string): Recording {
  const {
    inodes,
    folder: recorded,
    death,
    ...about
  } = aboutSchema.parse(JSON.parse(readFileSync(join(folder, aboutName), 'utf8')));
  return {
    ...about,
    image: { folder: join(folder, imageName), inodes },
    steps: parseCalls(readFileSync(join(folder, callsName)), recorded, death),
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
