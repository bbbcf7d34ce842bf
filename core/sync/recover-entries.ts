import { journalBodySchema } from '../contract/sync-protocol.ts';
import { formatOfficialInstant } from '../domain/official-time.ts';
import type { Log } from '../services/context.ts';
import type { AcknowledgedEntry, DeskStore } from '../services/ports/store.ts';
import type { CentreClient } from './centre-client.ts';

type Desk = Readonly<{ store: DeskStore; log: Log; now: () => Date }>;

const entriesPerStep = 100;

/**
 * What the centre has of this desk and its database lacks is fetched back: after a copy was restored or started by mistake,
 * after an enrolment with nothing. Every series of which the centre has more is sealed first, because the numbers that it would
 * give are given; so is, after a declared recovery, every one that the database does not know. To be called before an entry
 * leaves. A series with other entries in the same places halts, as a fork. Numbers that are known to have been given and
 * whose records are nowhere are marked. Goes on where a cut line left it. Where the centre has less than it had acknowledged it
 * has forgotten (a restored backup): the places up to which it has those series, for it to be sent again what it lost.
 */
export async function recoverEntries(
  desk: Desk,
  client: CentreClient,
  signal: AbortSignal,
): Promise<Map<string, number>> {
  const { store, log } = desk;
  const begun = store.findRecovery();
  const isDeclared = begun !== null && begun.entriesAt === null;
  const behind: Source[] = [];
  const forgotten = new Map<string, number>();
  const own = new Map(store.listSeries().map((series) => [series.seriesId, series]));
  for (const { grant, cursor } of await client.listOwnSeries(signal)) {
    const { seriesId } = grant;
    const series = own.get(seriesId);
    if (series !== undefined && !series.isHalted && cursor < series.acknowledgedSequence) {
      store.offerBlobsAgain(seriesId, cursor);
      forgotten.set(seriesId, cursor);
    }
    // One whose grant was lost on the way and in which nothing came is granted again, unless a lost desk may have counted in it.
    if (series === undefined && cursor === 0 && !isDeclared) continue;
    if (series === undefined) store.adoptSeries(grant);
    else if (series.isHalted || cursor <= series.lastJournalSequence) continue;
    else store.sealSeries({ seriesId, journalSequence: cursor });
    if (cursor > 0) behind.push({ seriesId, after: series?.acknowledgedSequence ?? 0, waiting: [], isEnded: false });
  }
  if (behind.length > 0 && !isDeclared) store.beginRecovery('overtaken', null);
  if (behind.length > 0) await fetchEntries(desk, client, behind, signal);
  if (signal.aborted) return forgotten;
  const lostNumbers = store.markLostNumbers();
  const recovery = store.findRecovery();
  if (recovery === null) return forgotten;
  if (recovery.entriesAt === null || lostNumbers > 0) {
    const { records, events } = recovery;
    log.info('recovery.entries', { records, events, lostNumbers });
    store.putRecovery({
      ...recovery,
      entriesAt: recovery.entriesAt ?? formatOfficialInstant(desk.now()),
      lostNumbers: recovery.lostNumbers + lostNumbers,
    });
  }
  return forgotten;
}

/** One series on its way back: what has come of it and is not stored yet. */
type Source = { readonly seriesId: string; after: number; waiting: AcknowledgedEntry[]; isEnded: boolean };

async function fetchEntries(
  { store }: Desk,
  client: CentreClient,
  sources: readonly Source[],
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    const taken: AcknowledgedEntry[] = [];
    const takenRecords = new Set<string>();
    while (taken.length < entriesPerStep && !signal.aborted) {
      for (const source of sources) await fill(store, client, source, signal);
      const next = chooseNext(store, sources, takenRecords);
      if (next === null) break;
      taken.push(next.entry);
      if (next.head.kind === 'record') takenRecords.add(next.head.recordId);
    }
    if (taken.length === 0) return;
    store.transaction(() => {
      store.adoptEntries(taken);
      const recovery = store.findRecovery();
      if (recovery === null) return;
      const records = takenRecords.size;
      store.putRecovery({
        ...recovery,
        records: recovery.records + records,
        events: recovery.events + taken.length - records,
      });
    });
  }
}

/** Entries that the database has are compared and acknowledged: it may have stopped before it heard of them. */
async function fill(store: DeskStore, client: CentreClient, source: Source, signal: AbortSignal): Promise<void> {
  while (source.waiting.length === 0 && !source.isEnded) {
    const { seriesId, after } = source;
    const answer = await client.listOwnEntries(seriesId, after, signal);
    source.after = answer.at(-1)?.entry.sequence ?? after;
    source.isEnded = source.after === after;
    for (const item of answer) {
      const own = store.findEntryHash(seriesId, item.entry.sequence);
      if (own === null) {
        source.waiting.push(item);
      } else if (own === item.entry.hash) {
        store.markEntriesAcknowledged([item.acknowledgement]);
      } else {
        store.markSeriesHalted(seriesId);
        source.isEnded = true;
        return;
      }
    }
  }
}

type Head = Readonly<{ kind: 'record' | 'event'; recordId: string; recordedAt: string }>;

/**
 * Records in the order of their time, across series; an event as soon as its record is there, for in its own series everything
 * behind it waits.
 */
function chooseNext(
  store: DeskStore,
  sources: readonly Source[],
  takenRecords: ReadonlySet<string>,
): Readonly<{ entry: AcknowledgedEntry; head: Head }> | null {
  let chosen: Readonly<{ source: Source; head: Head; rank: number }> | null = null;
  for (const source of sources) {
    const [item] = source.waiting;
    if (item === undefined) continue;
    const head = readHead(item.entry.body);
    const isKnown = () => takenRecords.has(head.recordId) || store.findRecord(head.recordId) !== null;
    const rank =
      head.kind === 'record'
        ? Date.parse(head.recordedAt)
        : isKnown()
          ? Number.NEGATIVE_INFINITY
          : Number.POSITIVE_INFINITY;
    if (chosen === null || rank < chosen.rank) chosen = { source, head, rank };
  }
  const entry = chosen?.source.waiting.shift();
  return chosen === null || entry === undefined ? null : { entry, head: chosen.head };
}

/** What no program of ours wrote is taken like an event of a record that nobody knows: kept in its place. */
function readHead(body: string): Head {
  const nothing = { kind: 'event', recordId: '', recordedAt: '' } as const;
  try {
    const parsed = journalBodySchema.parse(JSON.parse(body));
    if (parsed.kind === 'event') return { ...nothing, recordId: parsed.recordId };
    const { recordId, recordedAt } = parsed.record;
    return { kind: 'record', recordId, recordedAt };
  } catch {
    return nothing;
  }
}
