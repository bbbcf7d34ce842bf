import { AppError } from '../contract/errors.ts';
import { isEmergencyBook } from '../domain/numbering.ts';
import { formatOfficialInstant } from '../domain/official-time.ts';
import type { Log } from '../services/context.ts';
import type { LineState } from '../services/desk-status.ts';
import type { CentreSealPort } from '../services/ports/centre-seal.ts';
import type { BlobStore, DeskStore } from '../services/ports/store.ts';
import type { ClockPort } from '../services/ports/surroundings.ts';
import { keepCheckpoint, keepDailyCheckpoint, sendCheckpoints } from './audit-checkpoints.ts';
import { createCentreClient } from './centre-client.ts';
import type { CentreClient } from './centre-client.ts';
import { findIdentity, readIdentity } from './desk-identity.ts';
import { learnStanding } from './desk-standing.ts';
import { receiveReference } from './fetch-reference.ts';
import { recoverEntries } from './recover-entries.ts';
import { createFileRecovery } from './recover-files.ts';
import { renewSeries } from './series-guard.ts';

export type SyncOptions = Readonly<{
  store: DeskStore;
  blobs: BlobStore;
  centreUrl: string;
  clock: ClockPort;
  log: Log;
  onLineChanged: (line: LineState) => void;
  /** After each round that reached the centre, which does not wait for it: what waited for a line. */
  onOnline: (seal: CentreSealPort) => void;
}>;

export type SyncEngine = Readonly<{ wanted(): void; runNow(): Promise<void>; close(): Promise<void> }>;

const entriesPerRequest = 50;
const blobsPerRound = 100;
/** The centre makes each durable: while one waits for its disk the others travel. */
const blobsAtOnce = 4;
const pieceBytes = 4 * 1024 * 1024;
const restMs = 30_000;
const firstRetryMs = 3_000;
const longestRetryMs = 60_000;

/**
 * Keeps the centre up to date: records first, in their order, acknowledged on their own; then their files, small before
 * large. Runs when something is wanted, every half minute otherwise, and with growing pauses while the line is cut.
 */
export function startSync(options: SyncOptions): SyncEngine {
  const { store, log } = options;
  const closing = new AbortController();
  const now = () => options.clock.now();
  const fileRecovery = createFileRecovery({ ...options, now });
  let line: LineState = {
    state: 'unknown',
    lastSyncAt: store.findSetting('sync.lastAt'),
    problem: null,
    isCentreDurable: null,
  };
  let running: Promise<void> | null = null;
  let isWantedAgain = false;
  /** Series of which the centre has less than it had acknowledged, until they are sent again. Null: not compared yet. */
  let forgotten: Map<string, number> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let retryMs = firstRetryMs;

  function setLine(next: LineState): void {
    line = next;
    options.onLineChanged(next);
  }

  function schedule(delayMs: number): void {
    if (closing.signal.aborted) return;
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(() => void run(), delayMs);
  }

  function run(): Promise<void> {
    if (running !== null) {
      isWantedAgain = true;
      return running;
    }
    running = runRound().finally(() => {
      running = null;
      const delay = line.state === 'online' ? (isWantedAgain ? 0 : restMs) : retryMs;
      isWantedAgain = false;
      schedule(delay);
    });
    return running;
  }

  async function runRound(): Promise<void> {
    try {
      const identity = readIdentity(store);
      keepDailyCheckpoint(store, identity, now());
      const client = createCentreClient({
        centreUrl: options.centreUrl,
        identity,
        now,
      });
      const status = await client.getStatus(closing.signal);
      if (await learnStanding(store, client, closing.signal)) {
        // What was registered still goes; nothing else is answered.
        await sendEntries(options, client, new Map(), closing.signal);
        await sendBlobs(options, client, status.isDurable, closing.signal);
        retryMs = restMs;
        setLine({ ...line, state: 'halted', problem: 'desk.revoked', isCentreDurable: status.isDurable });
        return;
      }
      await receiveReference(store, client, status.referenceVersion, closing.signal);
      // Before an entry leaves: one that an old copy numbered again would end the series as a fork.
      forgotten ??= await recoverEntries({ store, log, now }, client, closing.signal);
      const granted = await renewSeries(store, client, now(), closing.signal);
      if (granted > 0) log.info('series.granted', { count: granted });
      const numbered = store.numberEmergencyRecords();
      if (numbered > 0) log.info('series.numbered', { count: numbered });
      await sendEntries(options, client, forgotten, closing.signal);
      keepCheckpoint(store, identity, now());
      await sendCheckpoints({ store, client, deskId: identity.deskId, log }, closing.signal);
      // Files that are to come back are not there to be sent, nor to be completed.
      const isWhole = await fileRecovery.takeTurn(client, closing.signal);
      if (isWhole) await sendBlobs(options, client, status.isDurable, closing.signal);
      else isWantedAgain = true;
      const lastSyncAt = formatOfficialInstant(now());
      store.putSetting('sync.lastAt', lastSyncAt);
      retryMs = firstRetryMs;
      const isHalted = store.listSeries().some((series) => series.isHalted);
      setLine({
        state: isHalted ? 'halted' : 'online',
        lastSyncAt,
        problem: isHalted ? 'sync.forked' : null,
        isCentreDurable: status.isDurable,
      });
      if (isWhole) options.onOnline(client.seal);
    } catch (error) {
      if (closing.signal.aborted) return;
      const code = error instanceof AppError ? error.code : 'internal.unexpected';
      if (code === 'internal.unexpected') log.error('sync.failed', error);
      retryMs = Math.min(retryMs * 2, longestRetryMs);
      setLine({ ...line, state: code === 'sync.forked' ? 'halted' : 'offline', problem: code });
    }
  }

  return {
    wanted() {
      if (running === null) schedule(0);
      else isWantedAgain = true;
    },
    async runNow() {
      // A round that is under way may have passed what is wanted now.
      if (running !== null) await running;
      await run();
    },
    async close() {
      closing.abort();
      if (timer !== null) clearTimeout(timer);
      await running;
      endDay();
    },
  };

  /** What was audited since the last connection is held by a checkpoint before the desk closes. */
  function endDay(): void {
    try {
      const identity = findIdentity(store);
      if (identity !== null) keepCheckpoint(store, identity, now());
    } catch (error) {
      log.error('audit.checkpoint', error);
    }
  }
}

type SeriesOrder = Parameters<typeof isEmergencyBook>[0] & Readonly<{ sealedAt: string | null }>;

async function sendEntries(
  { store, log }: SyncOptions,
  client: CentreClient,
  forgotten: Map<string, number>,
  signal: AbortSignal,
): Promise<void> {
  // Events of records in a sealed series or the emergency book stand in the others: the centre is to know the records first.
  const isFirst = (series: SeriesOrder) => series.sealedAt !== null || isEmergencyBook(series);
  for (const series of store.listSeries().toSorted((a, b) => Number(isFirst(b)) - Number(isFirst(a)))) {
    if (series.isHalted) continue;
    const known = Math.min(series.acknowledgedSequence, forgotten.get(series.seriesId) ?? Number.MAX_SAFE_INTEGER);
    await sendSeries({ store, log }, client, { seriesId: series.seriesId, known }, signal);
    forgotten.delete(series.seriesId);
  }
}

/** `known`: the last entry that the centre has, as far as is known here. */
async function sendSeries(
  { store, log }: Pick<SyncOptions, 'store' | 'log'>,
  client: CentreClient,
  { seriesId, known }: Readonly<{ seriesId: string; known: number }>,
  signal: AbortSignal,
): Promise<void> {
  let last = known;
  let lastGap = -1;
  for (;;) {
    const entries = store.listEntriesAfter(seriesId, last, entriesPerRequest);
    if (entries.length === 0 || signal.aborted) return;
    const response = await client.sendEntries(seriesId, entries, signal);
    switch (response.result) {
      case 'accepted':
        store.markEntriesAcknowledged(response.acknowledgements);
        last = entries.at(-1)?.sequence ?? last;
        break;
      case 'gap':
        // The centre has less than it had acknowledged (a restored backup): what it misses is sent again from its cursor.
        if (response.cursor >= last || response.cursor === lastGap) throw new AppError('sync.gap');
        lastGap = response.cursor;
        log.info('sync.gap', { seriesId, cursor: response.cursor });
        store.offerBlobsAgain(seriesId, response.cursor);
        last = response.cursor;
        break;
      case 'fork':
        store.markSeriesHalted(seriesId);
        throw new AppError('sync.forked');
    }
  }
}

async function sendBlobs(
  { store, blobs }: SyncOptions,
  client: CentreClient,
  isCentreDurable: boolean,
  signal: AbortSignal,
): Promise<void> {
  const send = (digests: readonly string[]) =>
    eachOf(digests, async (sha256) => {
      if (!signal.aborted) await sendBlob(client, sha256, await blobs.get(sha256), store, signal);
    });
  for (
    let pending = store.listPendingBlobs(blobsPerRound);
    pending.length > 0 && !signal.aborted;
    pending = store.listPendingBlobs(blobsPerRound)
  ) {
    await send(pending.map(({ sha256 }) => sha256));
  }
  // A centre that has become durable says so of what it had before, some files in each round.
  if (isCentreDurable) await send(store.listBlobsNotDurable(blobsPerRound));
}

/** Some at once, in their order. After one that failed no other is begun; rejects with it when those in hand have ended. */
async function eachOf(digests: readonly string[], work: (sha256: string) => Promise<void>): Promise<void> {
  const waiting = [...digests];
  const lines = Array.from({ length: blobsAtOnce }, async () => {
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

/** Goes on where a cut line left the upload; what fits into one piece is sent without asking. */
async function sendBlob(
  client: CentreClient,
  sha256: string,
  content: Uint8Array,
  store: DeskStore,
  signal: AbortSignal,
): Promise<void> {
  const send = (offset: number) =>
    client.sendBlob({ sha256, offset, content: content.subarray(offset, offset + pieceBytes) }, signal);
  let response = content.length <= pieceBytes ? await send(0) : await client.getBlobState(sha256, signal);
  let last = content.length <= pieceBytes ? 0 : -1;
  while (response.state === 'partial') {
    if (response.offset <= last) throw new AppError('sync.centreFailed', { reason: 'offset' });
    last = response.offset;
    response = await send(last);
  }
  const { acknowledgedAt, isDurable, signature } = response;
  store.markBlobAcknowledged(sha256, { acknowledgedAt, isDurable, signature });
}
