import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { ScannerPort } from '../../core/services/ports/scanner.ts';
import { receiveCitizen } from '../integration/counter.ts';
import { openDeskRig } from '../integration/desk-rig.ts';
import { descendantsOf } from '../integration/processes.ts';
import { quantile } from './measuring.ts';
import {
  colorProfile,
  connect,
  drawSheet,
  loadStack,
  openEscl,
  openSane,
  openTwain,
  type ScannerRig,
} from './scanner-rigs.ts';

/*
 * How long from the officer's word to the end of a scan, with the pages that had arrived kept: a stack of A4 in colour at 300
 * dots per inch is cancelled again and again, each time after other pages and at another moment of the next one.
 *   --rounds N (20)   --places LIST: names of `places` below, and `services`
 */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '20' }, places: { type: 'string' } },
});
const rounds = Math.max(1, Math.round(Number(values.rounds)));
const promised = 2_000;
/** A source that hangs does so in its second page. */
const mostPagesBefore = 3;

type Place = Readonly<{
  open: () => ScannerRig | Promise<ScannerRig>;
  pagesBefore: (round: number) => number;
  /** While a page comes in, or while the device is silent: so many milliseconds after the last page was taken. */
  moment: 'midPage' | Readonly<{ after: (round: number) => number }>;
  /** The bridge answers nothing any more (SIGSTOP): the services end the scan by themselves. */
  isBridgeStopped?: boolean;
}>;

const sheets = rounds * (mostPagesBefore + 1) + 1;
const some = (round: number) => 1 + (round % mostPagesBefore);
const spread = (most: number) => (round: number) => ((round + 1) * most) / rounds;

const places: Readonly<Record<string, Place>> = {
  saneMidPage: { open: () => openSane(sheets), pagesBefore: some, moment: 'midPage' },
  bridgeHangs: { open: () => openSane(sheets), pagesBefore: some, moment: 'midPage', isBridgeStopped: true },
  esclMidPage: { open: () => openEscl(sheets), pagesBefore: some, moment: { after: spread(400) } },
  esclHangs: {
    open: () => openEscl(sheets, 'hangInMidPage'),
    pagesBefore: () => 1,
    moment: { after: spread(2_000) },
  },
  twainMidPage: { open: () => openTwain({ sheets }), pagesBefore: some, moment: 'midPage' },
  twainHangs: {
    open: () => openTwain({ sheets, fault: 'hang@2' }),
    pagesBefore: () => 1,
    moment: { after: spread(2_000) },
  },
};

/** One stack: milliseconds to the end after its cancellation. Throws when it ended otherwise, or with other pages than came. */
async function cancelOnce(scanner: ScannerPort, rig: ScannerRig, place: Place, round: number) {
  const abort = new AbortController();
  const pagesBefore = place.pagesBefore(round);
  let cancelledAt = 0;
  let pages = 0;
  function cancel(): void {
    if (cancelledAt > 0) return;
    if (place.isBridgeStopped === true) signalBridge(rig, 'SIGSTOP');
    cancelledAt = performance.now();
    abort.abort();
  }
  for await (const event of scanner.scan({ deviceId: rig.deviceId, profile: colorProfile, signal: abort.signal })) {
    if (event.type === 'page') pages += 1;
    if (event.type === 'page' && pages === pagesBefore && place.moment !== 'midPage')
      setTimeout(cancel, place.moment.after(round));
    const isFarEnough = event.type === 'progress' && event.fraction >= ((round % 9) + 1) / 10;
    if (isFarEnough && pages === pagesBefore && place.moment === 'midPage') cancel();
    if (event.type === 'finished') throw new Error('the stack ended before it was cancelled');
    if (event.type !== 'stopped') continue;
    if (event.code !== 'scanner.cancelled' || event.pages !== pages || pages < pagesBefore)
      throw new Error(`${event.code}, ${pages} pages of ${event.pages}, ${pagesBefore} before`);
    const milliseconds = performance.now() - cancelledAt;
    if (place.isBridgeStopped === true) signalBridge(rig, 'SIGCONT');
    return { milliseconds, pages };
  }
  throw new Error('the scan has no end');
}

function signalBridge({ entry }: ScannerRig, signal: 'SIGSTOP' | 'SIGCONT'): void {
  const runsBridge = (pid: number) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(entry);
  for (const pid of descendantsOf(process.pid).filter(runsBridge)) process.kill(pid, signal);
}

async function measure(name: string, place: Place): Promise<void> {
  const rig = await place.open();
  const scanner = connect(rig);
  try {
    const all: number[] = [];
    let kept = 0;
    for (let round = 0; round < rounds; round += 1) {
      const { milliseconds, pages } = await cancelOnce(scanner, rig, place, round);
      all.push(milliseconds);
      kept += pages;
    }
    print(name, all, `${kept} pages had arrived and are there`);
  } finally {
    await scanner.close();
    await rig.close();
  }
}

/**
 * From the window's `jobs.cancel` to the end of the job. The scanner stops as above; the pages that had arrived are optimised
 * and put into the draft before the job ends, so that it is compared with what a page takes on this machine.
 */
async function measureServices(): Promise<void> {
  const rig = await openDeskRig({ isProcess: true });
  try {
    await rig.openDesk();
    await rig.signIn();
    const paper = await drawSheet(rig);
    const { attentionId } = await receiveCitizen(rig, 'officer');
    const target = { kind: 'newDocument', role: 'annex' } as const;
    const all: number[] = [];
    const pageTimes: number[] = [];
    let kept = 0;
    let last: Readonly<{ jobId: string; done: number; at: number }> | null = null;
    rig.onEvent(({ event, payload }) => {
      if (event !== 'job.progress' || payload.kind !== 'scan' || payload.done === 0) return;
      const { jobId, done } = payload;
      const at = performance.now();
      if (last?.jobId === jobId && done > last.done) pageTimes.push((at - last.at) / (done - last.done));
      if (last?.jobId !== jobId || done > last.done) last = { jobId, done, at };
    });
    for (let round = 0; round < rounds; round += 1) {
      await loadStack(rig, paper, 20);
      const wanted = some(round);
      const arrived = Promise.withResolvers<void>();
      const { jobId } = await rig.call('scan.start', { attentionId, profileId: 'texto-color', target });
      rig.onEvent(({ event, payload }) => {
        if (event === 'job.progress' && payload.jobId === jobId && payload.done >= wanted) arrived.resolve();
      });
      await arrived.promise;
      await new Promise((resolve) => setTimeout(resolve, spread(800)(round)));
      const cancelledAt = performance.now();
      await rig.call('jobs.cancel', { jobId });
      const job = await rig.waitForJob(jobId);
      all.push(performance.now() - cancelledAt);
      const { documents } = await rig.call('attention.get', { attentionId });
      const pages = documents.reduce((sum, document) => sum + document.pages.length, 0) - kept;
      if (job.state !== 'cancelled' || pages !== job.done || pages < wanted)
        throw new Error(`${job.state}, ${pages} pages in the draft, ${job.done} told`);
      kept += pages;
    }
    const pageTime = `${quantile(pageTimes, 0.5).toFixed(0)} ms, at most ${Math.max(...pageTimes).toFixed(0)}`;
    print('services', all, `${kept} pages had arrived and are in the draft, where a page takes ${pageTime}`);
  } finally {
    await rig.close();
  }
}

function print(name: string, all: readonly number[], note: string): void {
  const [median, worst] = [quantile(all, 0.5), Math.max(...all)];
  console.log(
    `${name}: ${all.length} cancelled, median ${median.toFixed(0)} ms, worst ${worst.toFixed(0)} ms; ${note}` +
      (worst > promised ? ` — MORE THAN ${promised} ms` : ''),
  );
}

for (const name of values.places?.split(',') ?? [...Object.keys(places), 'services']) {
  const place = places[name];
  if (name === 'services') await measureServices();
  else if (place === undefined) throw new Error(`no place ${name}: ${Object.keys(places).join(', ')}, services`);
  else await measure(name, place);
}
