import { saidSchema } from './shown.ts';
import type { Said } from './shown.ts';

/** A call that changed a folder, as io-record.c noted it; paths are relative to the folder, `''` is the folder itself. */
export type DiskCall =
  | Readonly<{ kind: 'create' | 'makeFolder'; path: string; inode: number }>
  | Readonly<{ kind: 'write'; inode: number; at: number; bytes: Uint8Array }>
  | Readonly<{ kind: 'resize'; inode: number; length: number }>
  | Readonly<{ kind: 'rename'; path: string; to: string }>
  | Readonly<{ kind: 'unlink' | 'removeFolder'; path: string }>
  | Readonly<{ kind: 'sync' | 'failedSync'; inode: number }>;

export type RecordedStep = DiskCall | Readonly<{ kind: 'said'; said: Said }>;

/** How a program died in its last call: before it, after it, or when half of its bytes were written. */
export const deaths = ['kill', 'killed-late', 'torn'] as const;
/** A sync that failed; with the second the program died before its next call. */
export const failedSyncs = ['unsynced', 'unsynced-killed'] as const;
export type Fault = (typeof deaths | typeof failedSyncs)[number];

const syncKind = 's';

const headLength = 32;
const outcome = '.';

/**
 * Reads what io-record.c wrote, of one program after another. Calls that failed changed nothing and are left out, but for a
 * sync; the call in which a program died counts as `fault` says. Throws on what it does not know.
 */
export function parseCalls(notes: Buffer, folder: string, fault: Fault): readonly RecordedStep[] {
  const steps: RecordedStep[] = [];
  let begun: Note | null = null;
  for (let offset = 0; offset < notes.length;) {
    const note = readNote(notes, offset);
    offset = note.end;
    if (note.kind !== outcome) {
      if (begun !== null) steps.push(...lastStep(begun, folder, fault));
      begun = note;
      continue;
    }
    if (begun === null) throw new Error('an outcome of no call');
    if (note.at >= 0) steps.push(toStep(begun, note.at, note.inode, folder));
    else if (begun.kind === syncKind) steps.push({ kind: 'failedSync', inode: begun.inode });
    begun = null;
  }
  if (begun !== null) steps.push(...lastStep(begun, folder, fault));
  return steps;
}

type Note = Readonly<{ kind: string; path: string; inode: number; at: number; bytes: Buffer; end: number }>;

function readNote(notes: Buffer, offset: number): Note {
  const pathStart = offset + headLength;
  const bytesStart = pathStart + notes.readUInt32LE(offset + 4);
  const end = bytesStart + Number(notes.readBigUInt64LE(offset + 24));
  if (end > notes.length) throw new Error('the recording ends in the middle of a note');
  return {
    kind: String.fromCodePoint(notes.readUInt32LE(offset)),
    path: notes.toString('utf8', pathStart, bytesStart),
    inode: Number(notes.readBigUInt64LE(offset + 8)),
    at: Number(notes.readBigInt64LE(offset + 16)),
    bytes: notes.subarray(bytesStart, end),
    end,
  };
}

function lastStep(begun: Note, folder: string, fault: Fault): readonly RecordedStep[] {
  if (fault === 'unsynced') throw new Error('a call without an outcome, and nobody was killed');
  if (fault === 'kill' || fault === 'unsynced-killed' || (fault === 'torn' && begun.kind !== 'w')) return [];
  const count = begun.bytes.length;
  return [toStep(begun, fault === 'torn' ? Math.floor(count / 2) : count, 0, folder)];
}

function toStep(note: Note, result: number, inode: number, folder: string): RecordedStep {
  const within = (path: string): string => path.slice(folder.length + 1);
  const path = within(note.path);
  switch (note.kind) {
    case 'c':
      return { kind: 'create', path, inode };
    case 'm':
      return { kind: 'makeFolder', path, inode };
    case 'w':
      return { kind: 'write', inode: note.inode, at: note.at, bytes: note.bytes.subarray(0, result) };
    case 'r':
      return { kind: 'resize', inode: note.inode, length: note.at };
    case 'n':
      return { kind: 'rename', path, to: within(note.bytes.toString('utf8')) };
    case 'u':
      return { kind: 'unlink', path };
    case 'd':
      return { kind: 'removeFolder', path };
    case syncKind:
      return { kind: 'sync', inode: note.inode };
    case 'y':
      return { kind: 'said', said: saidSchema.parse(JSON.parse(note.bytes.toString('utf8', 0, result))) };
    default:
      throw new Error(`unknown call ${note.kind}`);
  }
}
