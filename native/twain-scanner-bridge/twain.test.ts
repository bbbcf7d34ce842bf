import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import type { ScannerDevice } from '../../core/services/ports/scanner.ts';
import { createBrokerRig, type BrokerRig, type ScanEnd } from './broker-rig.ts';
import type { BrokerTiming } from './broker.ts';
import { createTwainBench, type TwainBench } from './twain-bench.ts';

type Mode = 'bitonal' | 'gray' | 'color';

const deviceId = 'twain:Simulador de escáner';
// Small, so that every fault can be tried; its width fills no byte of a bitonal row.
const glass = { source: 'flatbed', dpi: 200, colorMode: 'gray', areaMm: { width: 85.6, height: 54 } } as const;
const stack = { ...glass, source: 'feeder' } as const;
const duplex = { ...glass, source: 'feederDuplex' } as const;
const size = { width: 674, height: 425 };

let bench: TwainBench;
/** Knows the simulator already, and takes everything. */
let broker: BrokerRig;
const others: BrokerRig[] = [];

beforeAll(async () => {
  bench = createTwainBench();
  for (const [name, value] of Object.entries(bench.environment)) vi.stubEnv(name, value);
  play();
  broker = await open({});
});
afterAll(() => {
  broker.close();
  bench.remove();
  vi.unstubAllEnvs();
});
beforeEach(() => {
  play();
  broker.forget();
  bench.takeLog();
});
afterEach(async () => {
  for (const rig of others.splice(0)) rig.close();
  await vi.waitUntil(() => bench.scanningHelpers().length === 0, { timeout: 60_000, interval: 20 });
});

function play(settings?: Readonly<Record<string, string | number>>): void {
  vi.stubEnv('VENTANILLA_TWAIN_SIMULATOR', bench.simulator(settings));
}

async function open(options: Readonly<{ timing?: Partial<BrokerTiming>; flow?: boolean }>): Promise<BrokerRig> {
  const rig = createBrokerRig({ drivers: [bench.driver], ...options });
  rig.receive({ type: 'list', requestId: 1 });
  await rig.until(() => rig.events.length === 1);
  return rig;
}

/** What was logged until then is taken. */
async function untilLogged(line: string): Promise<void> {
  await vi.waitUntil(() => bench.takeLog().includes(line), { timeout: 60_000, interval: 50 });
}

async function openOther(options: Parameters<typeof open>[0]): Promise<BrokerRig> {
  const rig = await open(options);
  others.push(rig);
  bench.takeLog();
  return rig;
}

/** Managers have orders of their own. */
function byName(devices: readonly ScannerDevice[] = []): ScannerDevice[] {
  return devices.toSorted((one, other) => one.model.localeCompare(other.model));
}

function scan(profile: unknown): Promise<ScanEnd> {
  return broker.scan(profile, deviceId);
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The simulator's pattern once more: what page `number` must be on the wire. */
function draw(number: number, mode: Mode, { width, height } = size): Buffer {
  const rowBytes = mode === 'bitonal' ? Math.ceil(width / 8) : mode === 'gray' ? width : 3 * width;
  const bytes = Buffer.alloc(rowBytes * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = y * rowBytes;
      if (mode === 'gray') bytes[at + x] = x + 3 * y + 17 * number;
      else if (mode === 'color') bytes.set([x + 17 * number, y + 29 * number, x ^ y], at + 3 * x);
      else if ((((x >> 3) + (y >> 3) + number) & 1) === 1)
        bytes[at + (x >> 3)] = (bytes[at + (x >> 3)] ?? 0) | (0x80 >> (x & 7));
    }
  }
  return bytes;
}

/** Digests of pages 1 to `count`. */
function drawn(count: number, mode: Mode = 'gray'): string[] {
  return Array.from({ length: count }, (_, index) => sha256(draw(index + 1, mode)));
}

function arrived(rig = broker): string[] {
  return rig.ofType('pageEnded').map((page) => page.sha256);
}

test('installed sources are listed with what they offer and are, and are not opened again', async () => {
  play({ serial: 'A-0042' });
  const rig = await openOther({});
  const devices = byName(rig.ofType('devices')[0]?.devices);
  const found = {
    driver: 'twain',
    maker: 'Ventanilla',
    sources: [
      { source: 'feeder', preview: false },
      { source: 'feederDuplex', preview: false },
      { source: 'flatbed', preview: true },
    ],
    feeder: null,
  };
  const second = { deviceId: 'twain:Segundo simulador', connection: 'twain:Segundo simulador', serial: null };
  expect(devices).toEqual([
    { ...found, ...second, model: 'Segundo simulador' },
    { ...found, deviceId, connection: deviceId, serial: 'A-0042', model: 'Simulador de escáner' },
  ]);
  rig.receive({ type: 'list', requestId: 2 });
  await rig.until(() => rig.ofType('devices').length === 2);
  expect(byName(rig.ofType('devices')[1]?.devices)).toEqual(devices);
  expect(bench.takeLog()).toEqual([]);
});

test.each([
  ['flatbed', { feeder: 0 }, [{ source: 'flatbed', preview: true }]],
  ['feeder', { flatbed: 0, duplex: 0 }, [{ source: 'feeder', preview: false }]],
])(
  'a scanner that is a %s only is listed as one',
  async (_name, settings: Readonly<Record<string, number>>, sources) => {
    play(settings);
    const rig = await openOther({});
    const devices = rig.ofType('devices')[0]?.devices;
    expect(devices?.find((device) => device.deviceId === deviceId)?.sources).toEqual(sources);
  },
);

test.each(['crash', 'hang'])('a source that does %s when it is opened does not hide the others', async (fault) => {
  play({ fault: `${fault}@open` });
  const rig = await openOther({});
  expect(rig.ofType('listFailed')).toEqual([]);
  expect(byName(rig.ofType('devices')[0]?.devices)).toMatchObject([
    { deviceId: 'twain:Segundo simulador', sources: [{}, {}, {}] },
    { deviceId, sources: [] },
  ]);
});

test.each([
  ['color', 1],
  ['gray', 1],
  ['bitonal', 1],
  ['color', 0],
  ['gray', 0],
  ['bitonal', 0],
] as const)('a sheet on the glass arrives sample by sample: %s, memory transfer %i', async (colorMode, memory) => {
  play({ memory });
  const end = await scan({ ...glass, colorMode });
  expect(end).toMatchObject({
    type: 'finished',
    pages: 1,
    settings: { deviceId, maker: 'Ventanilla', driver: 'twain', dpi: 200, colorMode, source: 'flatbed' },
  });
  const page = { sequence: 1, dpi: 200, colorMode, widthPixels: size.width, heightPixels: size.height };
  expect(broker.ofType('pageStarted')).toMatchObject([page]);
  expect(arrived()).toEqual([sha256(draw(1, colorMode))]);
});

test.each([
  ['at 75 dots where it can', { memory: 1 }, 75],
  ['as one bitmap', { memory: 0 }, 75],
  ['at the lowest of a list that is not below', { dpiList: 1 }, 100],
])('a look at the glass shows all of it, %s', async (_name, settings: Readonly<Record<string, number>>, dpi) => {
  play(settings);
  const end = await broker.outcome(broker.startPreview('color', deviceId));
  expect(end).toMatchObject({ type: 'finished', pages: 1, settings: { dpi, colorMode: 'color', source: 'flatbed' } });
  // The simulator's glass is 9 by 12 inches.
  const glassSize = { width: 9 * dpi, height: 12 * dpi };
  expect(broker.ofType('pageStarted')).toMatchObject([
    { dpi, widthPixels: glassSize.width, heightPixels: glassSize.height },
  ]);
  expect(arrived()).toEqual([sha256(draw(1, 'color', glassSize))]);
});

test('a look at the glass that fails or hangs says so as a scan does; a feeder has none', async () => {
  const code = 'scanner.noPreview';
  expect(await broker.outcome(broker.startPreview('gray', deviceId, 'feeder'))).toMatchObject({ code });
  expect(bench.takeLog()).toEqual([]);
  play({ fault: 'coverOpen@1' });
  expect(await broker.outcome(broker.startPreview('gray', deviceId))).toMatchObject({ code: 'scanner.coverOpen' });
  play({ fault: 'hang@1' });
  const looking = broker.startPreview('gray', deviceId);
  await untilLogged('hang');
  broker.receive({ type: 'cancel', scanId: looking });
  expect(await broker.outcome(looking)).toMatchObject({ type: 'stopped', pages: 0, code: 'scanner.cancelled' });
});

test.each([
  ['rows that are longer than their image', 'gray', { padding: 13 }],
  ['white as zero', 'gray', { vanilla: 1 }],
  ['white as zero', 'bitonal', { vanilla: 1 }],
  ['a length that is known at the end', 'color', { fault: 'unknownLength@1' }],
] as const)('%s: the same samples arrive (%s)', async (_name, colorMode, settings) => {
  play(settings);
  expect(await scan({ ...glass, colorMode })).toMatchObject({ type: 'finished', pages: 1 });
  expect(arrived()).toEqual([sha256(draw(1, colorMode))]);
});

test('ten sheets give twenty sides in their order, and the end of the feeder is not an error', async () => {
  play({ sheets: 10 });
  expect(await scan(duplex)).toMatchObject({ type: 'finished', pages: 20, settings: { source: 'feederDuplex' } });
  expect(broker.ofType('pageEnded').map((page) => page.sequence)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  expect(arrived()).toEqual(drawn(20));
  expect(bench.takeLog().slice(-3)).toEqual(['end page', 'disable', 'close from 4']);
});

test('an image of ours goes through the feeder as it is', async () => {
  const samples = draw(9, 'color');
  bench.putPage(2, Buffer.concat([Buffer.from(`P6\n${size.width} ${size.height}\n255\n`), samples]));
  bench.putPage(3, Buffer.concat([Buffer.from(`P6\n500 ${size.height}\n255\n`), Buffer.alloc(500 * size.height * 3)]));
  expect(await scan({ ...stack, colorMode: 'color' })).toMatchObject({
    type: 'stopped',
    pages: 2,
    code: 'scanner.optionNotHonoured',
    diagnosis: 'option INVAL width',
  });
  expect(arrived()).toEqual([sha256(draw(1, 'color')), sha256(samples)]);
  bench.clearPages();
});

test('the feeder moves its next sheet only when the next page is asked for', async () => {
  const rig = await openOther({ flow: false });
  const scanId = rig.start(stack, deviceId);
  await rig.until(() => rig.ofType('pageEnded').length === 1);
  expect(bench.takeLog().filter((line) => !line.startsWith('rows'))).toEqual(['open', 'enable', 'page 1']);
  rig.receive({ type: 'nextPage', scanId });
  await rig.until(() => rig.ofType('pageEnded').length === 2);
  expect(bench.takeLog().filter((line) => !line.startsWith('rows'))).toEqual(['end page', 'page 2']);
});

test('a slow consumer is not a hang: it holds the source, and the helper at a few megabytes', async () => {
  const rig = await openOther({ flow: false });
  const page = { ...glass, dpi: 600, colorMode: 'color', areaMm: { width: 210, height: 297 } } as const;
  const scanId = rig.start(page, deviceId);
  await rig.until(() => rig.ofType('strip').length === 4);
  rig.allowSilence(2_000);
  // The helper has it already and waits for credit alone.
  rig.receive({ type: 'credit', scanId, strips: 1 });
  await rig.until(() => rig.ofType('strip').length === 5);
  // Longer than the silence that a driver is allowed.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(rig.ofType('strip').length).toBe(5);
  rig.allowSilence(60_000);
  const rows = Number(bench.takeLog().at(-1)?.replace('rows ', ''));
  expect(rows * 4961 * 3).toBeLessThan(8 * 2 ** 20);
  while (rig.ofType('pageEnded').length === 0) {
    rig.receive({ type: 'credit', scanId, strips: 1 });
    const seen = rig.events.length;
    await rig.until(() => rig.events.length > seen);
  }
  const [pid] = bench.scanningHelpers();
  const peak = /VmHWM:\s+(\d+) kB/u.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'));
  rig.receive({ type: 'nextPage', scanId });
  expect(await rig.outcome(scanId)).toMatchObject({ type: 'finished', pages: 1 });
  // One page is 104 MB; what Wine itself takes is some 25.
  expect(Number(peak?.[1])).toBeLessThan(48 * 1024);
});

test('a cancelled scan gives the source back properly, and the next one finds it free', async () => {
  const rig = await openOther({ flow: false });
  const first = rig.start({ ...stack, dpi: 600, colorMode: 'color' }, deviceId);
  await rig.until(() => rig.ofType('strip').length === 4);
  rig.receive({ type: 'cancel', scanId: first });
  expect(await rig.outcome(first)).toMatchObject({ type: 'stopped', pages: 0, code: 'scanner.cancelled' });
  const second = rig.start(glass, deviceId);
  await rig.until(() => rig.ofType('pageEnded').length === 1);
  expect(bench.takeLog().filter((line) => !line.startsWith('rows'))).toEqual([
    'open',
    'enable',
    'page 1',
    'end page',
    'page 2',
    'reset',
    'disable',
    'close from 4',
    'open',
    'enable',
    'page 1',
  ]);
  rig.receive({ type: 'nextPage', scanId: second });
  expect(await rig.outcome(second)).toMatchObject({ type: 'finished', pages: 1 });
});

test.each([
  ['jam', 'scanner.jam'],
  ['doubleFeed', 'scanner.doubleFeed'],
  ['coverOpen', 'scanner.coverOpen'],
  ['offline', 'scanner.disconnected'],
  ['inUse', 'scanner.busy'],
  ['outOfMemory', 'scanner.outOfMemory'],
  ['denied', 'scanner.accessDenied'],
  ['broken', 'scanner.failed'],
  ['cancel', 'scanner.cancelled'],
  ['empty', 'scanner.imageEmpty'],
  ['truncated', 'scanner.imageTruncated'],
  ['jamWindow', 'scanner.jam'],
  ['crash', 'scanner.driverCrashed'],
  ['exit', 'scanner.driverCrashed'],
])(
  '%s in the middle of the second page is %s; the first one is there, and the next scan works',
  async (fault, code) => {
    for (const memory of [1, 0]) {
      broker.forget();
      play({ memory, fault: `${fault}@2` });
      expect(await scan(stack)).toMatchObject({ type: 'stopped', pages: 1, code });
      expect(arrived()).toEqual(drawn(1));
    }
    play();
    broker.forget();
    expect(await scan(stack)).toMatchObject({ type: 'finished', pages: 3 });
  },
);

test.each([
  ['a feeder that knows that it is empty', { sheets: 0 }, 'scanner.noDocuments'],
  ['a feeder that finds out', { sheets: 0, detectsPaper: 0 }, 'scanner.noDocuments'],
  ['another program uses it', { fault: 'busy@enable' }, 'scanner.busy'],
  ['it is off', { fault: 'offline@enable' }, 'scanner.offline'],
  ['it is off and does not open', { fault: 'offline@open' }, 'scanner.offline'],
  ['its button says stop', { fault: 'cancelKey@enable' }, 'scanner.cancelled'],
  ['it crashes when it is opened', { fault: 'crash@open' }, 'scanner.driverCrashed'],
])('before the first page, %s', async (_name, settings: Readonly<Record<string, string | number>>, code) => {
  play(settings);
  expect(await scan(stack)).toMatchObject({ type: 'stopped', pages: 0, code });
  if (settings['detectsPaper'] === undefined && settings['sheets'] === 0)
    expect(bench.takeLog()).not.toContain('enable');
});

test.each([
  ['a resolution that the device rounds', { dpiStep: 7 }, stack, 'resolution'],
  ['a resolution beyond the device', { highestDpi: 150 }, stack, 'resolution'],
  ['both sides on a device with one', { duplex: 0 }, duplex, 'source'],
  ['a feeder on a flatbed', { feeder: 0 }, stack, 'source'],
  ['the glass on a device without one', { flatbed: 0 }, glass, 'source'],
  ['a device that insists on its own window', { uiControllable: 0 }, stack, 'userInterface'],
  ['a device that straightens by itself', { alwaysDeskews: 1 }, stack, 'automaticDeskew'],
  ['an area that the device rounds', { areaStep: 40 }, stack, 'width'],
])('%s is refused before paper moves', async (_name, settings: Readonly<Record<string, number>>, profile, option) => {
  play(settings);
  const diagnosis = `option INVAL ${option}`;
  expect(await scan(profile)).toMatchObject({
    type: 'stopped',
    pages: 0,
    code: 'scanner.optionNotHonoured',
    diagnosis,
  });
  expect(bench.takeLog()).not.toContain('enable');
});

test.each([
  ['changes its resolution on the way', 'resolution@2', 1, 'resolution'],
  ['shows a window in mid-page', 'window@2', 1, 'userInterface'],
  ['shows its window in spite of everything', 'ignoresShowUi@enable', 0, 'userInterface'],
])('a source that %s is stopped', async (_name, fault, pages, option) => {
  play({ fault });
  const diagnosis = `option INVAL ${option}`;
  expect(await scan(stack)).toMatchObject({ type: 'stopped', pages, code: 'scanner.optionNotHonoured', diagnosis });
  expect(arrived()).toEqual(drawn(pages));
});

test.each([
  ['in mid-page', 'hang@2', 1],
  ['when it is opened', 'hang@open', 0],
  ['without ever having a page', 'silent@enable', 0],
])('a source that hangs %s is ended, and told as timed out', async (_name, fault, pages) => {
  const rig = await openOther({ flow: false, timing: { grace: 200 } });
  play({ fault });
  if (pages === 0) rig.allowSilence(1_500);
  const scanId = rig.start(stack, deviceId);
  if (pages > 0) {
    await rig.until(() => rig.ofType('pageEnded').length === pages);
    rig.allowSilence(1_500);
    rig.receive({ type: 'nextPage', scanId });
  }
  expect(await rig.outcome(scanId)).toMatchObject({ type: 'stopped', pages, code: 'scanner.timedOut' });
  expect(arrived(rig)).toEqual(drawn(pages));
  // The next scan waits until the device is free, that is until the helper has been ended.
  play();
  rig.allowSilence(60_000);
  const next = rig.start(glass, deviceId);
  await rig.until(() => rig.ofType('pageEnded').length === pages + 1);
  rig.receive({ type: 'nextPage', scanId: next });
  expect(await rig.outcome(next)).toMatchObject({ type: 'finished', pages: 1 });
});

test('a helper whose broker is gone ends, even when its source never answers again', async () => {
  play({ fault: 'hang@1' });
  const { file, arguments: words } = bench.driver.scanCommand(deviceId, stack);
  const helper = spawn(file, [...words], { stdio: ['pipe', 'ignore', 'ignore'] });
  onTestFinished(() => void helper.kill('SIGKILL'));
  // Type 16, the next page: the source begins, and stays.
  helper.stdin.write(Buffer.from([0, 0, 0, 0, 16]));
  await untilLogged('hang');
  helper.stdin.end();
  expect(await once(helper, 'exit')).toEqual([3, null]);
});

test('a source that is not installed is absent', async () => {
  expect(await broker.scan(stack, 'twain:Otro')).toMatchObject({ type: 'stopped', code: 'scanner.absent' });
});
