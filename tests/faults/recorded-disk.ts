import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { DiskCall } from './recorded-calls.ts';
import { noise, recordBytes } from './unsynced-bytes.ts';
import type { RecordedBytes } from './unsynced-bytes.ts';

/*
 * A folder that is built again from its first image and the calls that changed it. It knows what every reader saw at each moment,
 * and what was safe by then:
 *
 * - The bytes of a file are safe once the file was synced (of the others: unsynced-bytes.ts), a name once its folder was, and
 *   neither makes the other safe: a file that was synced may have no name yet, a name no bytes.
 * - A rename within one folder happens whole or not at all. Between two folders the new name is safe with its folder, and the
 *   old one may stand beside it until its own folder is synced; never neither.
 * - Changes of names that are not safe yet are there up to some moment, as the journal of ext4 or XFS keeps them, or each for
 *   itself, which POSIX allows.
 *
 * What ext4 leaves (the `power` campaign cuts it off for real) is among these states.
 */

type File = Readonly<{ kind: 'file'; content: RecordedBytes }>;
type Names = Map<string, Node>;
type Folder = Readonly<{ kind: 'folder'; names: Names; synced: Names }>;
type Node = File | Folder;

type WriteCall = Extract<DiskCall, { kind: 'write' }>;

type Place = Readonly<{ folder: Folder; name: string }>;
type NameChange = Readonly<{ added: (Place & Readonly<{ node: Node }>) | null; removed: Place | null }>;

/** What each file and folder of a disk holds. */
export type DiskState = Readonly<{ names: (folder: Folder) => Names; bytes: (content: RecordedBytes) => Uint8Array }>;

export type RecordedDisk = Readonly<{
  apply: (call: DiskCall) => void;
  /** What a program leaves that is killed now: all that was done. */
  afterKill: DiskState;
  /** The same, killed in the middle of a write. */
  afterKillIn: (write: WriteCall, writtenBytes: number) => DiskState;
  /** What a power cut leaves now: what was safe, and of the rest what `random` chooses. */
  afterPowerCut: (random: () => number) => DiskState;
  write: (state: DiskState, folder: string) => void;
}>;

/** What a folder held before the recording, all of it safe, and the numbers by which the system knew its files. */
export type DiskImage = Readonly<{ folder: string; inodes: Readonly<Record<string, number>> }>;

/** Of a folder (`''`) and all that is under it, by path. */
export function listInodes(folder: string): Readonly<Record<string, number>> {
  const paths = ['', ...readdirSync(folder, { recursive: true, encoding: 'utf8' })];
  return Object.fromEntries(paths.map((path) => [path, statSync(join(folder, path)).ino]));
}

export function createRecordedDisk(image: DiskImage): RecordedDisk {
  const byInode = new Map<number, Node>();
  const root = readFolder(image, '', byInode);
  let pending: readonly NameChange[] = [];

  function contentOf(inode: number): RecordedBytes {
    const node = byInode.get(inode);
    if (node?.kind !== 'file') throw new Error(`no file with the number ${inode}`);
    return node.content;
  }

  function placeOf(path: string): Place {
    let folder: Node | undefined = root;
    for (const name of dirname(path).split('/'))
      if (name !== '.') folder = folder?.kind === 'folder' ? folder.names.get(name) : undefined;
    if (folder?.kind !== 'folder') throw new Error(`no folder for ${path}`);
    return { folder, name: basename(path) };
  }

  function change(done: NameChange): void {
    applyTo(done, ({ names }) => names);
    pending = [...pending, done];
  }

  function make(path: string, inode: number, node: Node): void {
    byInode.set(inode, node);
    change({ added: { ...placeOf(path), node }, removed: null });
  }

  function rename(path: string, to: string): void {
    const removed = placeOf(path);
    const node = removed.folder.names.get(removed.name);
    if (node === undefined) throw new Error(`nothing to rename at ${path}`);
    change({ added: { ...placeOf(to), node }, removed });
  }

  function syncNames(folder: Folder): void {
    pending = pending.flatMap((each) => {
      const { added, removed } = each;
      if (added?.folder !== folder && removed?.folder !== folder) return [each];
      const waitsForOther = removed !== null && removed.folder !== folder;
      applyTo(waitsForOther ? { added, removed: null } : each, ({ synced }) => synced);
      return waitsForOther ? [{ added: null, removed }] : [];
    });
  }

  const afterKill: DiskState = { names: ({ names }) => names, bytes: (content) => content.current() };

  return {
    apply: (call) => {
      switch (call.kind) {
        case 'create':
          make(call.path, call.inode, { kind: 'file', content: contentFor(call.path, new Uint8Array()) });
          return;
        case 'makeFolder':
          make(call.path, call.inode, { kind: 'folder', names: new Map(), synced: new Map() });
          return;
        case 'write':
          contentOf(call.inode).write(call.at, call.bytes);
          return;
        case 'resize':
          contentOf(call.inode).resize(call.length);
          return;
        case 'rename':
          rename(call.path, call.to);
          return;
        case 'unlink':
        case 'removeFolder':
          change({ added: null, removed: placeOf(call.path) });
          return;
        case 'sync': {
          const node = byInode.get(call.inode);
          if (node?.kind === 'folder') syncNames(node);
          else contentOf(call.inode).sync();
          return;
        }
        case 'failedSync': {
          // The names of a folder stay in the journal of the file system, for its next sync.
          const node = byInode.get(call.inode);
          if (node?.kind !== 'folder') contentOf(call.inode).failSync();
        }
      }
    },
    afterKill,
    afterKillIn: ({ inode, at, bytes }, writtenBytes) => {
      const torn = contentOf(inode);
      const written = bytes.subarray(0, writtenBytes);
      return {
        ...afterKill,
        bytes: (content) => (content === torn ? content.currentWith(at, written) : content.current()),
      };
    },
    afterPowerCut: (random) => {
      const names = survivingNames(pending, random);
      const bytes = new Map<RecordedBytes, Uint8Array>();
      return {
        names: (folder) => names.get(folder) ?? folder.synced,
        // The same under both of its names.
        bytes: (content) => {
          const left = bytes.get(content) ?? content.afterPowerCut(random);
          bytes.set(content, left);
          return left;
        },
      };
    },
    write: (state, folder) => {
      writeFolder(state, root, folder);
    },
  };
}

function readFolder(image: DiskImage, path: string, byInode: Map<number, Node>): Folder {
  const names: Names = new Map();
  for (const entry of readdirSync(join(image.folder, path), { withFileTypes: true })) {
    const inner = join(path, entry.name);
    const node: Node = entry.isDirectory()
      ? readFolder(image, inner, byInode)
      : { kind: 'file', content: contentFor(inner, readFileSync(join(image.folder, inner))) };
    names.set(entry.name, node);
    byInode.set(inodeOf(image, inner), node);
  }
  const folder: Folder = { kind: 'folder', names, synced: new Map(names) };
  byInode.set(inodeOf(image, path), folder);
  return folder;
}

function inodeOf({ inodes }: DiskImage, path: string): number {
  const inode = inodes[path];
  if (inode === undefined) throw new Error(`the image does not know ${path}`);
  return inode;
}

const sharedMemoryBytes = 32 * 1024;

/** SQLite's shared memory is never read from a disk: whoever opens it first empties it. What is there must not matter. */
function contentFor(path: string, first: Uint8Array): RecordedBytes {
  if (!path.endsWith('-shm')) return recordBytes(first);
  return {
    ...recordBytes(first),
    current: () => Buffer.alloc(sharedMemoryBytes, path),
    afterPowerCut: (random) => noise(sharedMemoryBytes, random),
  };
}

function applyTo({ added, removed }: NameChange, namesOf: (folder: Folder) => Names): void {
  if (removed !== null) namesOf(removed.folder).delete(removed.name);
  if (added !== null) namesOf(added.folder).set(added.name, added.node);
}

function survivingNames(pending: readonly NameChange[], random: () => number): ReadonlyMap<Folder, Names> {
  const isJournal = random() < 0.5;
  const journalEnd = Math.floor(random() * (pending.length + 1));
  const share = random();
  const surviving = new Map<Folder, Names>();
  const namesOf = (folder: Folder): Names => {
    const names = surviving.get(folder) ?? new Map(folder.synced);
    surviving.set(folder, names);
    return names;
  };
  for (const [index, change] of pending.entries()) {
    if (isJournal ? index >= journalEnd : random() >= share) continue;
    const { added, removed } = change;
    const mayStandTwice = !isJournal && added !== null && removed !== null && added.folder !== removed.folder;
    applyTo(mayStandTwice && random() < 0.5 ? { added, removed: null } : change, namesOf);
  }
  return surviving;
}

function writeFolder(state: DiskState, folder: Folder, path: string): void {
  mkdirSync(path, { mode: 0o700 });
  for (const [name, node] of state.names(folder)) {
    if (node.kind === 'folder') writeFolder(state, node, join(path, name));
    else writeFileSync(join(path, name), state.bytes(node.content), { mode: 0o600 });
  }
}
