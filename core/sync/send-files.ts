import { AppError } from '../contract/errors.ts';
import type { BlobResponse } from '../contract/sync-protocol.ts';
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

const filesPerLook = 100;
/** The centre makes each durable: while one waits for its disk the others travel. */
const filesAtOnce = 4;

/**
 * Sends the files that wait, small before large, each acknowledged on its own. What fits into one part goes some at once; of
 * larger ones each has the line to itself, so that one is whole before the next begins.
 */
export async function sendFiles(turn: FilesTurn): Promise<void> {
  const { store, client, pace, progress } = turn;
  const look = () => (mayGoOn(turn) ? store.listPendingBlobs(filesPerLook, turn.largestBytes()) : []);
  progress.begin(turn.largestBytes());
  for (let waiting = look(); waiting.length > 0; waiting = look()) {
    const inOnePart = waiting.filter(({ byteLength }) => byteLength <= pace.partBytes()).length;
    const digests = waiting.map(({ sha256 }) => sha256);
    await eachOf(digests.slice(0, inOnePart), filesAtOnce, (sha256) => sendFile(turn, sha256));
    await eachOf(digests.slice(inOnePart), 1, (sha256) => sendFile(turn, sha256));
  }
  if (!turn.isCentreDurable) return;
  // A centre that has become durable says so of what it had before, some files in each round.
  await eachOf(store.listBlobsNotDurable(filesPerLook), filesAtOnce, async (sha256) => {
    if (!mayGoOn(turn)) return;
    const state = await client.getBlobState(sha256, turn.signal);
    if (state.state === 'complete') keep(store, sha256, state);
    else await sendFile(turn, sha256);
  });
}

function mayGoOn({ signal, mayGoOn: isFree }: FilesTurn): boolean {
  return !signal.aborted && isFree();
}

/** Some at once, in their order. After one that failed no other is begun; rejects with it when those in hand have ended. */
async function eachOf(
  digests: readonly string[],
  atOnce: number,
  work: (sha256: string) => Promise<void>,
): Promise<void> {
  const waiting = [...digests];
  const lines = Array.from({ length: atOnce }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        await work(next);
      } catch (error) {
        waiting.length = 0;
        throw error;
      }
    }
  });
  const failed = (await Promise.allSettled(lines)).find((line) => line.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

/** Goes on where a cut line left the upload; what fits into one part is sent without asking. */
async function sendFile(turn: FilesTurn, sha256: string): Promise<void> {
  const { store, client, pace, progress, signal } = turn;
  if (!mayGoOn(turn)) return;
  const bytes = await turn.blobs.get(sha256);
  const file = { sha256, byteLength: bytes.length };
  let last = -1;
  let response: BlobResponse =
    bytes.length <= pace.partBytes() ? { state: 'partial', offset: 0 } : await client.getBlobState(sha256, signal);
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
  keep(store, sha256, response);
  progress.completed(file);
}

function keep(
  store: DeskStore,
  sha256: string,
  { acknowledgedAt, isDurable, signature }: Parameters<DeskStore['markBlobAcknowledged']>[1],
): void {
  store.markBlobAcknowledged(sha256, { acknowledgedAt, isDurable, signature });
}
