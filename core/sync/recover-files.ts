import { createHash } from 'node:crypto';
import { AppError } from '../contract/errors.ts';
import { formatOfficialInstant } from '../domain/official-time.ts';
import type { BlobStore, DeskStore, FileToFetch } from '../services/ports/store.ts';
import type { CentreClient } from './centre-client.ts';

type Desk = Readonly<{ store: DeskStore; blobs: BlobStore; now: () => Date }>;

/** Then records that were registered meanwhile have their turn. */
const filesPerTurn = 50;
const rowsPerLook = 500;

/**
 * Files that records name and this desk lacks are fetched from the centre, a turn at a time; each is what its digest says. One
 * that the centre does not have either is marked as lost and told. Resolves with true when there are no more.
 */
export function createFileRecovery(
  desk: Desk,
): Readonly<{ takeTurn(client: CentreClient, signal: AbortSignal): Promise<boolean> }> {
  const { store, blobs } = desk;
  let after = '';

  return {
    async takeTurn(client, signal) {
      const recovery = store.findRecovery();
      if (recovery === null || recovery.finishedAt !== null) return true;
      let files = 0;
      let lostFiles = 0;
      while (files + lostFiles < filesPerTurn) {
        const rows = store.listRecordFiles(after, rowsPerLook);
        for (const file of rows) {
          if (signal.aborted || files + lostFiles >= filesPerTurn) break;
          if (!blobs.has(file.sha256)) {
            if (await fetchFile(desk, client, file, signal)) files += 1;
            else lostFiles += 1;
          }
          after = file.sha256;
        }
        if (rows.length === 0 || signal.aborted) break;
      }
      if (signal.aborted) return false;
      const isWhole = files + lostFiles < filesPerTurn;
      const counted = {
        ...recovery,
        files: recovery.files + files,
        lostFiles: recovery.lostFiles + lostFiles,
        finishedAt: isWhole ? formatOfficialInstant(desk.now()) : null,
      };
      store.transaction(() => {
        store.putRecovery(counted);
        if (!isWhole) return;
        const { cause, records, events, lostNumbers } = counted;
        const details = { cause, records, events, files: counted.files, lostFiles: counted.lostFiles, lostNumbers };
        store.appendAudit({ action: 'desk.recovered', officerId: null, subjectId: null, details });
      });
      return isWhole;
    },
  };
}

/** False: the centre never had all of it. */
async function fetchFile(
  { store, blobs }: Desk,
  client: CentreClient,
  { sha256, byteLength, mediaType }: FileToFetch,
  signal: AbortSignal,
): Promise<boolean> {
  const state = await client.getBlobState(sha256, signal).catch((error: unknown) => {
    if (error instanceof AppError && error.code === 'sync.refused' && error.details['status'] === 404) {
      // Only on the centre's own word.
      if (error.details['isSigned'] === true) return null;
    }
    throw error;
  });
  if (state?.state !== 'complete') {
    store.markFileLost(sha256);
    return false;
  }
  const pieces: Uint8Array[] = [];
  const hash = createHash('sha256');
  for (let offset = 0; offset < byteLength;) {
    const piece = await client.getBlobPiece(sha256, offset, signal);
    if (piece.length === 0) break;
    pieces.push(piece);
    hash.update(piece);
    offset += piece.length;
  }
  if (hash.digest('hex') !== sha256) throw new AppError('sync.centreFailed', { reason: 'file' });
  await blobs.put({ pieces, sha256 }, mediaType);
  const { acknowledgedAt, isDurable, signature } = state;
  store.markBlobsAcknowledged([{ sha256, acknowledgedAt, isDurable, signature }]);
  return true;
}
