import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { receiveCitizen } from '../integration/counter.ts';
import { openDeskRig } from '../integration/desk-rig.ts';
import { descendantsOf } from '../integration/processes.ts';
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
 * A long stack of A4 in colour at 300 dots per inch through each driver: the memory of every process on its way (helper,
 * bridge, and this one, which takes the pages as the services do), after 50 pages and after all; and how fast they come
 * when the paper costs nothing but drawing.
 *   --pages N (500)   --drivers sane,escl,twain,twainNative,services   --series prints a line every 50 pages
 */
const { values } = parseArgs({
  options: {
    pages: { type: 'string', default: '500' },
    drivers: { type: 'string', default: 'sane,escl,twain,twainNative,services' },
    series: { type: 'boolean', default: false },
  },
});
const pages = Math.max(2, Math.round(Number(values.pages)));
const firstLook = Math.min(50, Math.ceil(pages / 2));
const step = 50;

const rigs: Readonly<Record<string, () => ScannerRig | Promise<ScannerRig>>> = {
  sane: () => openSane(pages),
  escl: () => openEscl(pages),
  twain: () => openTwain({ sheets: pages, memory: 1 }),
  twainNative: () => openTwain({ sheets: pages, memory: 0 }),
};

function megabytes(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  const found = new RegExp(`${field}:\\s+(\\d+) kB`, 'u').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(found?.[1]) / 1024;
}

async function measure(name: string, rig: ScannerRig): Promise<void> {
  const scanner = connect(rig);
  const look = (field: 'VmRSS' | 'VmHWM') => {
    const below = descendantsOf(process.pid);
    const sizeOf = (word: string) => megabytes(below.find((pid) => readCommand(pid).includes(word)) ?? 0, field);
    return { helper: sizeOf('\0scan\0'), bridge: sizeOf(rig.entry), taker: megabytes(process.pid, field) };
  };
  let first: ReturnType<typeof look> | null = null;
  let last: ReturnType<typeof look> | null = null;
  let peak: ReturnType<typeof look> | null = null;
  let started = 0;
  try {
    for await (const event of scanner.scan({
      deviceId: rig.deviceId,
      profile: colorProfile,
      signal: new AbortController().signal,
    })) {
      if (event.type === 'stopped') throw new Error(`${name}: ${event.code} after ${event.pages} pages`);
      if (event.type !== 'page') continue;
      const { sequence } = event.page;
      if (sequence === 1) started = performance.now();
      if (sequence === firstLook) first = look('VmRSS');
      if (sequence === pages) {
        last = look('VmRSS');
        peak = look('VmHWM');
      }
      if (values.series && sequence % step === 0) console.log(`  ${name} ${sequence} ${JSON.stringify(look('VmRSS'))}`);
    }
    const rate = (pages - 1) / ((performance.now() - started) / 1000);
    console.log(`${name}: ${pages} pages A4 colour 300 dpi, ${rate.toFixed(1)} pages/s`);
    for (const part of ['helper', 'bridge', 'taker'] as const)
      console.log(
        `  ${part.padEnd(7)} ${first?.[part].toFixed(1)} MB after ${firstLook}, ${last?.[part].toFixed(1)} after ${pages}, peak ${peak?.[part].toFixed(1)}`,
      );
  } finally {
    await scanner.close();
  }
}

/** SANE's stack once more, through the services as a shell starts them: store, encryption and the pool for images. */
async function measureServices(): Promise<void> {
  const rig = await openDeskRig({ isProcess: true });
  try {
    await rig.openDesk();
    await rig.signIn();
    await loadStack(rig, await drawSheet(rig), pages);
    const { attentionId } = await receiveCitizen(rig, 'officer');
    const services = rig.servicesPid() ?? 0;
    const started = performance.now();
    let told = 0;
    rig.onEvent((event) => {
      if (event.event !== 'job.progress' || event.payload.kind !== 'scan' || event.payload.done === told) return;
      told = event.payload.done;
      if (told !== firstLook && told !== pages && !(values.series && told % step === 0)) return;
      const bridge = descendantsOf(services).find((pid) => readCommand(pid).includes('twain-scanner-bridge/main.ts'));
      const parts = [services, ...(bridge === undefined ? [] : [bridge])].map((pid) =>
        megabytes(pid, 'VmRSS').toFixed(1),
      );
      console.log(`  services ${parts[0]} MB, bridge ${parts[1]} MB after ${told}`);
    });
    const target = { kind: 'newDocument', role: 'annex' } as const;
    await rig.finishJob(rig.call('scan.start', { attentionId, profileId: 'texto-color', target }));
    const seconds = (performance.now() - started) / 1000;
    const peak = megabytes(services, 'VmHWM').toFixed(1);
    console.log(`services: ${pages} pages into a draft, ${(pages / seconds).toFixed(1)} pages/s, peak ${peak} MB`);
  } finally {
    await rig.close();
  }
}

function readCommand(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

for (const name of values.drivers.split(',')) {
  if (name === 'services') {
    await measureServices();
    continue;
  }
  const open = rigs[name];
  if (open === undefined) throw new Error(`no driver ${name}: ${Object.keys(rigs).join(', ')}`);
  const rig = await open();
  try {
    await measure(name, rig);
  } finally {
    await rig.close();
  }
}
