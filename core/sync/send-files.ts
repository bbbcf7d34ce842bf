import { AppError } from '../contract/errors.ts';
import type { NamedFile } from '../contract/file-bundle.ts';
import { mostFilesOfBundle } from '../contract/sync-protocol.ts';
import type { BlobReference } from '../contract/sync-protocol.ts';
import type { BlobStore, DeskStore } from '../services/ports/store.ts';
import type { CentreClient } from './centre-client.ts';
import type { UploadPace } from './upload-pace.ts';
import type { UploadProgressKeeper } from './upload-progress.ts';

export type FilesTurn = Readonly<{
  store: DeskStore;
  blobs: BlobStore;
  client: CentreClient;
  pace: UploadPace;
  progress: UploadProgressKeeper;
  isCentreDurable: boolean;
  /** Files above this wait for another line. */
  largestBytes: () => number;
  /** Asked between two parts: false, something goes before what is left. What was sent of a file stays at the centre. */
  mayGoOn: () => boolean;
  /** A part is at the centre. */
  onSent: () => void;
  signal: AbortSignal;
}>;

const filesPerLook = 400;
/** While the centre makes some durable, the next travel. */
const bundlesAtOnce = 2;
const statesAtOnce = 4;

/**
 * Sends the files that wait, small before large. What fits into one part goes together with others that do, and each is
 * acknowledged on its own; of larger ones each has the line to itself, so that one is whole before the next begins.
 */
export async function sendFiles(turn: FilesTurn): Promise<void> {
  const { store, client, progress } = turn;
  const look = () => (mayGoOn(turn) ? [...store.listPendingBlobs(filesPerLook, turn.largestBytes())] : []);
  progress.begin(turn.largestBytes());
  for (let waiting = look(); waiting.length > 0; waiting = look()) {
    await sendBundles(turn, waiting);
    const [large] = waiting;
    if (large !== undefined) await sendFile(turn, large.sha256);
  }
  if (!turn.isCentreDurable) return;
  // A centre that has become durable says so of what it had before, some files in each round.
  const digests = [...store.listBlobsNotDurable(filesPerLook)];
  await atOnce(statesAtOnce, async () => {
    const sha256 = digests.shift();
    if (sha256 === undefined || !mayGoOn(turn)) return false;
    const state = await client.getBlobState(sha256, turn.signal);
    if (state.state === 'complete') keep(store, [{ sha256, ...state }]);
    else await sendFile(turn, sha256);
    return true;
  });
}

function mayGoOn({ signal, mayGoOn: isFree }: FilesTurn): boolean {
  return !signal.aborted && isFree();
}

/**
 * Works again and again in so many lines, each until it has nothing left. After a work that failed no other is begun; rejects
 * with it when those in hand have ended.
 */
async function atOnce(lines: number, work: () => Promise<boolean>): Promise<void> {
  let hasFailed = false;
  async function workOn(): Promise<void> {
    try {
      while (!hasFailed && (await work()));
    } catch (error) {
      hasFailed = true;
      throw error;
    }
  }
  const failed = (await Promise.allSettled(Array.from({ length: lines }, workOn))).find(
    (line) => line.status === 'rejected',
  );
  if (failed !== undefined) throw failed.reason;
}

/** Takes from those that wait, in their order, as long as one fits into a part. */
async function sendBundles(turn: FilesTurn, waiting: BlobReference[]): Promise<void> {
  await atOnce(bundlesAtOnce, async () => {
    const bundle = mayGoOn(turn) ? takeBundle(waiting, turn.pace.partBytes()) : [];
    if (bundle.length === 0) return false;
    await sendBundle(turn, bundle);
    return true;
  });
}

function takeBundle(waiting: BlobReference[], partBytes: number): readonly BlobReference[] {
  let count = 0;
  let bytes = 0;
  for (const { byteLength } of waiting.slice(0, mostFilesOfBundle)) {
    bytes += byteLength;
    if (bytes > partBytes) break;
    count += 1;
  }
  return waiting.splice(0, count);
}

async function sendBundle(turn: FilesTurn, bundle: readonly BlobReference[]): Promise<void> {
  const { store, client, pace, progress, signal } = turn;
  const { files, problem } = await readFiles(turn.blobs, bundle);
  const [first] = bundle;
  if (first !== undefined && files.length > 0) {
    progress.reached(first, 0);
    const bytes = files.reduce((sum, { content }) => sum + content.length, 0);
    const responses = await pace.measure(bytes, () => client.sendFiles(files, pace.limit(), signal));
    const held = files.flatMap(({ sha256 }, index) => {
      const response = responses[index];
      return response?.state === 'complete' ? [{ sha256, ...response }] : [];
    });
    keep(store, held);
    turn.onSent();
    for (const { sha256, byteLength } of held) progress.completed({ sha256, byteLength });
    if (held.length < files.length) throw new AppError('sync.centreFailed', { reason: 'files' });
  }
  if (problem !== null) throw problem;
}

/** Up to the first that cannot be read: it keeps none before it from the centre. */
async function readFiles(
  blobs: BlobStore,
  bundle: readonly BlobReference[],
): Promise<Readonly<{ files: readonly NamedFile[]; problem: AppError | null }>> {
  const files: NamedFile[] = [];
  try {
    for (const { sha256 } of bundle) files.push({ sha256, content: await blobs.get(sha256) });
    return { files, problem: null };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { files, problem: error };
  }
}

/** Goes on where a cut line left the upload. */
async function sendFile(turn: FilesTurn, sha256: string): Promise<void> {
  const { store, client, pace, progress, signal } = turn;
  if (!mayGoOn(turn)) return;
  const bytes = await turn.blobs.get(sha256);
  const file = { sha256, byteLength: bytes.length };
  let last = -1;
  let response = await client.getBlobState(sha256, signal);
  while (response.state === 'partial') {
    const { offset } = response;
    if (offset <= last) throw new AppError('sync.centreFailed', { reason: 'offset' });
    progress.reached(file, offset);
    if (last >= 0 && !mayGoOn(turn)) return;
    const content = bytes.subarray(offset, offset + pace.partBytes());
    response = await pace.measure(content.length, () =>
      client.sendBlob({ sha256, offset, content, leave: pace.limit() }, signal),
    );
    turn.onSent();
    last = offset;
  }
  keep(store, [{ sha256, ...response }]);
  progress.completed(file);
}

function keep(store: DeskStore, held: Parameters<DeskStore['markBlobsAcknowledged']>[0]): void {
  store.markBlobsAcknowledged(
    held.map(({ sha256, acknowledgedAt, isDurable, signature }) => ({ sha256, acknowledgedAt, isDurable, signature })),
  );
}
