import { AppError } from '../contract/errors.ts';
import type { JournalEntry } from '../contract/sync-protocol.ts';
import { isEmergencyBook } from '../domain/numbering.ts';
import { formatOfficialInstant } from '../domain/official-time.ts';
import type { Log } from '../services/context.ts';
import type { LineState } from '../services/desk-status.ts';
import { isLineMetered, usualLineRules } from '../services/line-rules.ts';
import type { LineRules } from '../services/line-rules.ts';
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
import { sendFiles } from './send-files.ts';
import { renewSeries } from './series-guard.ts';
import { createUploadPace } from './upload-pace.ts';
import type { PartSizes, UploadPace } from './upload-pace.ts';
import { createUploadProgress } from './upload-progress.ts';

export type SyncOptions = Readonly<{
  store: DeskStore;
  blobs: BlobStore;
  centreUrl: string;
  clock: ClockPort;
  log: Log;
  rules?: LineRules;
  onLineChanged: (line: LineState) => void;
  /** In each round that reached the centre, once it has the records; files do not wait for it: what waited for a line. */
  onOnline: (seal: CentreSealPort) => void;
  /** Another idea of a bad line. */
  patience?: Readonly<{ silenceMs: number; partSizes: PartSizes }>;
}>;

export type SyncEngine = Readonly<{ wanted(): void; runNow(): Promise<void>; close(): Promise<void> }>;

const entriesPerRequest = 200;
/** Files have the line for so long before what was registered meanwhile has its turn. */
const filesTurnMs = 2_000;
const restMs = 30_000;
const firstRetryMs = 3_000;
const longestRetryMs = 60_000;

/**
 * Keeps the centre up to date: records first, in their order, acknowledged on their own; then their files, small before
 * large, in parts between which a new record goes first. Runs when something is wanted, every half minute otherwise, and with
 * growing pauses while the line is cut.
 */
export function startSync(options: SyncOptions): SyncEngine {
  const { store, log, rules = usualLineRules, patience } = options;
  const closing = new AbortController();
  const now = () => options.clock.now();
  const fileRecovery = createFileRecovery({ ...options, now });
  let line: LineState = {
    state: 'unknown',
    lastSyncAt: store.findSetting('sync.lastAt'),
    problem: null,
    isCentreDurable: null,
    upload: null,
  };
  const pace = createUploadPace({ rules, now, ...(patience === undefined ? {} : { sizes: patience.partSizes }) });
  const progress = createUploadProgress({ store, tell: (upload) => setLine({ ...line, upload }) });
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
    running = runRounds().finally(() => {
      running = null;
      schedule(line.state === 'online' ? restMs : retryMs);
    });
    return running;
  }

  /** Until nothing is wanted any more, or the line is gone. */
  async function runRounds(): Promise<void> {
    do {
      isWantedAgain = false;
      await runRound();
    } while (isWantedAgain && line.state !== 'offline' && !closing.signal.aborted);
    progress.end();
  }

  async function runRound(): Promise<void> {
    try {
      const identity = readIdentity(store);
      keepDailyCheckpoint(store, identity, now());
      const client = createCentreClient({
        centreUrl: options.centreUrl,
        identity,
        now,
        ...(patience === undefined ? {} : { silenceMs: patience.silenceMs }),
      });
      const status = await client.getStatus(closing.signal);
      if (await learnStanding(store, client, closing.signal)) {
        // What was registered still goes; nothing else is answered.
        setLine({ ...line, state: 'halted', problem: 'desk.revoked', isCentreDurable: status.isDurable });
        await sendEntries({ store, log, pace }, client, new Map(), closing.signal);
        await takeFilesTurn(client, status.isDurable);
        retryMs = restMs;
        setLine(line);
        return;
      }
      await receiveReference({ store, now }, client, status.referenceVersion, closing.signal);
      // Before an entry leaves: one that an old copy numbered again would end the series as a fork.
      forgotten ??= await recoverEntries({ store, log, now }, client, closing.signal);
      const granted = await renewSeries(store, client, now(), closing.signal);
      if (granted > 0) log.info('series.granted', { count: granted });
      const numbered = store.numberEmergencyRecords();
      if (numbered > 0) log.info('series.numbered', { count: numbered });
      await sendEntries({ store, log, pace }, client, forgotten, closing.signal);
      keepCheckpoint(store, identity, now());
      await sendCheckpoints({ store, client, deskId: identity.deskId, log }, closing.signal);
      const lastSyncAt = formatOfficialInstant(now());
      store.putSetting('sync.lastAt', lastSyncAt);
      const isHalted = store.listSeries().some((series) => series.isHalted);
      setLine({
        ...line,
        state: isHalted ? 'halted' : 'online',
        lastSyncAt,
        problem: isHalted ? 'sync.forked' : null,
        isCentreDurable: status.isDurable,
      });
      if (await recoverFiles(client)) {
        options.onOnline(client.seal);
        await takeFilesTurn(client, status.isDurable);
      }
      retryMs = firstRetryMs;
      setLine(line);
    } catch (error) {
      if (closing.signal.aborted) return;
      const code = error instanceof AppError ? error.code : 'internal.unexpected';
      if (code === 'internal.unexpected') log.error('sync.failed', error);
      retryMs = Math.min(retryMs * 2, longestRetryMs);
      setLine({ ...line, state: code === 'sync.forked' ? 'halted' : 'offline', problem: code });
    }
  }

  /** Files that are to come back are not there to be sent, nor to be completed: true, none is missing any more. */
  async function recoverFiles(client: CentreClient): Promise<boolean> {
    const recovery = store.findRecovery();
    if (isLineMetered(store) && recovery !== null && recovery.finishedAt === null) return false;
    const isWhole = await fileRecovery.takeTurn(client, closing.signal);
    if (!isWhole) isWantedAgain = true;
    return isWhole;
  }

  async function takeFilesTurn(client: CentreClient, isCentreDurable: boolean): Promise<void> {
    const end = performance.now() + filesTurnMs;
    await sendFiles({
      store,
      blobs: options.blobs,
      client,
      pace,
      progress,
      isCentreDurable,
      largestBytes: () => (isLineMetered(store) ? rules.meteredFileBytes : Number.MAX_SAFE_INTEGER),
      mayGoOn: () => !isWantedAgain || performance.now() < end,
      onSent: () => {
        retryMs = firstRetryMs;
      },
      signal: closing.signal,
    });
  }

  return {
    wanted() {
      if (running === null) schedule(0);
      else isWantedAgain = true;
    },
    async runNow() {
      // A round that is under way may have passed what is wanted now.
      if (running !== null) {
        isWantedAgain = true;
        await running;
      }
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

type EntriesTurn = Readonly<{ store: DeskStore; log: Log; pace: UploadPace }>;

async function sendEntries(
  turn: EntriesTurn,
  client: CentreClient,
  forgotten: Map<string, number>,
  signal: AbortSignal,
): Promise<void> {
  // Events of records in a sealed series or the emergency book stand in the others: the centre is to know the records first.
  const isFirst = (series: SeriesOrder) => series.sealedAt !== null || isEmergencyBook(series);
  for (const series of turn.store.listSeries().toSorted((a, b) => Number(isFirst(b)) - Number(isFirst(a)))) {
    if (series.isHalted) continue;
    const known = Math.min(series.acknowledgedSequence, forgotten.get(series.seriesId) ?? Number.MAX_SAFE_INTEGER);
    await sendSeries(turn, client, { seriesId: series.seriesId, known }, signal);
    forgotten.delete(series.seriesId);
  }
}

/** `known`: the last entry that the centre has, as far as is known here. */
async function sendSeries(
  { store, log, pace }: EntriesTurn,
  client: CentreClient,
  { seriesId, known }: Readonly<{ seriesId: string; known: number }>,
  signal: AbortSignal,
): Promise<void> {
  let last = known;
  let lastGap = -1;
  for (;;) {
    const entries = firstOf(store.listEntriesAfter(seriesId, last, entriesPerRequest), pace.partBytes());
    if (entries.length === 0 || signal.aborted) return;
    const response = await pace.measure(sizeOf(entries), () => client.sendEntries(seriesId, entries, signal));
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

/** As many as a part of that size holds; one in any case. */
function firstOf(entries: readonly JournalEntry[], partBytes: number): readonly JournalEntry[] {
  let bytes = 0;
  return entries.filter(({ body }, index) => {
    bytes += body.length;
    return index === 0 || bytes <= partBytes;
  });
}

function sizeOf(entries: readonly JournalEntry[]): number {
  return entries.reduce((sum, { body }) => sum + body.length, 0);
}
