import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ScannerBridgeEvent } from '../../core/devices/scanner/messages.ts';
import { createBrokerRig, type BrokerRig } from './broker-rig.ts';
import type { BrokerTiming } from './broker.ts';
import { createDrivers } from './drivers.ts';
import { createSaneBench, type SaneBench } from './sane-bench.ts';

const a4 = { source: 'flatbed', dpi: 200, colorMode: 'gray', areaMm: { width: 210, height: 297 } } as const;
const stack = { ...a4, source: 'feeder' } as const;

// Processes start slowly on a busy machine, and a driver that hangs is given 5 s.
vi.setConfig({ testTimeout: 30_000, hookTimeout: 30_000 });

let bench: SaneBench;
let broker: BrokerRig;

function open(options: Readonly<{ timing?: Partial<BrokerTiming>; flow?: boolean }> = {}): void {
  broker = createBrokerRig({ drivers: createDrivers(join(import.meta.dirname, 'build')), ...options });
}

function ofType<T extends ScannerBridgeEvent['type']>(type: T): ReturnType<typeof broker.ofType<T>> {
  return broker.ofType(type);
}

const until = (condition: () => boolean) => broker.until(condition);
const start = (profile: unknown, deviceId = 'test:0') => broker.start(profile, deviceId);
const outcome = (scanId: number) => broker.outcome(scanId);
const scan = (profile: unknown, deviceId = 'test:0') => broker.scan(profile, deviceId);

beforeEach(() => {
  bench = createSaneBench();
  vi.stubEnv('SANE_CONFIG_DIR', bench.folder);
});
afterEach(async () => {
  broker.close();
  vi.unstubAllEnvs();
  await vi.waitUntil(() => bench.scanningHelpers().length === 0, { timeout: 25_000 });
  bench.remove();
});

test('a sheet on the glass arrives whole, with the settings that were read back', async () => {
  open();
  const end = await scan({ ...a4, dpi: 300, colorMode: 'color' });
  expect(end).toMatchObject({
    type: 'finished',
    pages: 1,
    settings: {
      deviceId: 'test:0',
      maker: 'Noname',
      model: 'frontend-tester',
      driver: 'sane',
      dpi: 300,
      colorMode: 'color',
      source: 'Flatbed',
    },
  });
  const header = ofType('pageStarted')[0];
  const bytes = Buffer.concat(ofType('strip').map((strip) => strip.bytes));
  expect(header).toMatchObject({ sequence: 1, dpi: 300, colorMode: 'color', widthPixels: 2480, heightPixels: 3507 });
  expect(bytes.length).toBe(2480 * 3507 * 3);
  expect(ofType('pageEnded')).toMatchObject([{ rows: 3507, sha256: createHash('sha256').update(bytes).digest('hex') }]);
});

test('ten sheets come out of the feeder and its end is not an error', async () => {
  open();
  const end = await scan(stack);
  expect(end).toMatchObject({ type: 'finished', pages: 10, settings: { source: 'Automatic Document Feeder' } });
  expect(ofType('pageEnded').map((page) => page.sequence)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

test.each([
  ['JAMMED', 'scanner.jam'],
  ['NO_DOCS', 'scanner.noDocuments'],
  ['COVER_OPEN', 'scanner.coverOpen'],
  ['DEVICE_BUSY', 'scanner.busy'],
  ['NO_MEM', 'scanner.outOfMemory'],
  ['ACCESS_DENIED', 'scanner.accessDenied'],
  ['EOF', 'scanner.imageEmpty'],
  ['CANCELLED', 'scanner.cancelled'],
  ['IO_ERROR', 'scanner.failed'],
  ['INVAL', 'scanner.failed'],
  ['UNSUPPORTED', 'scanner.failed'],
])('a driver that reports %s ends the scan as %s', async (status, code) => {
  bench.configureTest({ 'read-status-code': `"SANE_STATUS_${status}"` });
  open();
  expect(await scan(stack)).toMatchObject({ type: 'stopped', pages: 0, code });
  expect(ofType('pageEnded')).toEqual([]);
});

test.each([
  ['an area wider than the glass', { geometry_max: '200.0' }, a4, 'width'],
  ['a resolution that the device rounds', { resolution_quant: '7.0' }, a4, 'resolution'],
  ['a resolution beyond the device', { resolution_max: '150.0' }, a4, 'resolution'],
  ['both sides on a device with one', {}, { ...a4, source: 'feederDuplex' }, 'source'],
  ['colour in three passes', { 'three-pass': 'true' }, { ...a4, colorMode: 'color' }, 'three-pass'],
])(
  '%s is refused before anything is captured',
  async (_name, settings: Readonly<Record<string, string>>, profile, option) => {
    bench.configureTest(settings);
    open();
    expect(await scan(profile)).toMatchObject({
      type: 'stopped',
      code: 'scanner.optionNotHonoured',
      diagnosis: `option INVAL ${option}`,
    });
    expect(ofType('strip')).toEqual([]);
  },
);

test('bitonal is one bit a pixel', async () => {
  open();
  expect(await scan({ ...a4, colorMode: 'bitonal' })).toMatchObject({ type: 'finished', pages: 1 });
  const { widthPixels, heightPixels } = ofType('pageStarted')[0] ?? { widthPixels: 0, heightPixels: null };
  expect(Buffer.concat(ofType('strip').map((strip) => strip.bytes)).length).toBe(
    Math.ceil(widthPixels / 8) * (heightPixels ?? 0),
  );
});

test('what a driver appends to each line is dropped', async () => {
  bench.configureTest({ 'test-picture': '"Solid white"' });
  open();
  await scan(a4);
  const plain = Buffer.concat(ofType('strip').map((strip) => strip.bytes));
  bench.configureTest({ 'test-picture': '"Solid white"', 'ppl-loss': '37' });
  broker.forget();
  await scan(a4);
  const header = ofType('pageStarted')[0];
  const padded = Buffer.concat(ofType('strip').map((strip) => strip.bytes));
  expect(padded.length).toBe((header?.widthPixels ?? 0) * (header?.heightPixels ?? 0));
  expect(padded.every((sample) => sample === plain[0])).toBe(true);
});

test('a height that the driver learns at the end is told at the end', async () => {
  bench.configureTest({ 'hand-scanner': 'true' });
  open();
  const end = await scan({ ...a4, areaMm: { width: 110, height: 297 } });
  expect(end).toMatchObject({ type: 'finished', pages: 1 });
  const width = ofType('pageStarted')[0]?.widthPixels ?? 0;
  expect(ofType('pageStarted')[0]?.heightPixels).toBeNull();
  expect(ofType('pageEnded')[0]?.rows).toBe(Buffer.concat(ofType('strip').map((strip) => strip.bytes)).length / width);
});

test('a page that ends before its last row is truncated, and the page before it is kept', async () => {
  bench.setBackends(['pnm']);
  const whole = Buffer.concat([Buffer.from('P5\n400 300\n255\n'), Buffer.alloc(400 * 300, 9)]);
  bench.queue('1.pnm', whole);
  bench.queue('2.pnm', whole.subarray(0, whole.length / 2));
  open();
  expect(await scan({ ...stack, dpi: 300 }, 'pnm:0')).toMatchObject({
    type: 'stopped',
    pages: 1,
    code: 'scanner.imageTruncated',
  });
});

test('a helper killed in mid-page is a driver that crashed; the pages before are there', async () => {
  open({ flow: false });
  const scanId = start({ ...stack, colorMode: 'color' });
  broker.receive({ type: 'credit', scanId, strips: 12 });
  await until(() => ofType('pageEnded').length === 1);
  broker.receive({ type: 'nextPage', scanId });
  await until(() => ofType('strip').length === 16);
  for (const pid of bench.scanningHelpers()) process.kill(pid, 'SIGKILL');
  expect(await outcome(scanId)).toMatchObject({ type: 'stopped', pages: 1, code: 'scanner.driverCrashed' });
});

test('a helper that hangs is cancelled, then killed, and told as timed out', async () => {
  open({ flow: false, timing: { grace: 200 } });
  const scanId = start({ ...stack, colorMode: 'color' });
  await until(() => ofType('strip').length === 4);
  broker.allowSilence(1_000);
  for (const pid of bench.scanningHelpers()) process.kill(pid, 'SIGSTOP');
  broker.receive({ type: 'credit', scanId, strips: 1 });
  expect(await outcome(scanId)).toMatchObject({ type: 'stopped', code: 'scanner.timedOut' });
  // The next scan waits until the device is free, that is until the helper has been killed.
  expect(await scan(a4, 'nobody')).toMatchObject({ type: 'stopped', code: 'scanner.absent' });
  expect(bench.scanningHelpers()).toEqual([]);
});

test('a slow consumer is not a hang, and holds the helper at a few megabytes', async () => {
  open({ flow: false });
  const scanId = start({ ...a4, dpi: 600, colorMode: 'color' });
  await until(() => ofType('strip').length === 4);
  broker.allowSilence(2_000);
  // The helper has it already and waits for credit alone.
  broker.receive({ type: 'credit', scanId, strips: 1 });
  await until(() => ofType('strip').length === 5);
  // Longer than the silence that a driver is allowed.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  expect(ofType('strip').length).toBe(5);
  broker.allowSilence(60_000);
  let outstanding = 0;
  const total = Math.ceil((4961 * 7016 * 3) / 2 ** 20);
  while (ofType('pageEnded').length === 0 && ofType('stopped').length === 0) {
    broker.receive({ type: 'credit', scanId, strips: 1 });
    outstanding += 1;
    const seen = broker.events.length;
    await until(() => broker.events.length > seen);
  }
  const [pid] = bench.scanningHelpers();
  const peak = /VmHWM:\s+(\d+) kB/u.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'));
  broker.receive({ type: 'nextPage', scanId });
  expect(await outcome(scanId)).toMatchObject({ type: 'finished', pages: 1 });
  expect(outstanding).toBeGreaterThan(total - 10);
  expect(Number(peak?.[1])).toBeLessThan(16 * 1024);
});

test('a cancelled scan frees the device for the next one', async () => {
  open({ flow: false });
  const first = start({ ...stack, colorMode: 'color' });
  await until(() => ofType('strip').length === 4);
  broker.receive({ type: 'cancel', scanId: first });
  const second = start(a4);
  expect(await outcome(first)).toMatchObject({ type: 'stopped', pages: 0, code: 'scanner.cancelled' });
  await until(() => ofType('pageEnded').length === 1);
  broker.receive({ type: 'nextPage', scanId: second });
  expect(await outcome(second)).toMatchObject({ type: 'finished', pages: 1 });
});

test('a second scan at the same time is told that the scanner is busy', async () => {
  open({ flow: false });
  const first = start({ ...stack, colorMode: 'color' });
  await until(() => ofType('strip').length === 4);
  expect(await scan(a4)).toMatchObject({ type: 'stopped', code: 'scanner.busy' });
  broker.receive({ type: 'cancel', scanId: first });
  expect(await outcome(first)).toMatchObject({ code: 'scanner.cancelled' });
});

test('a scanner that comes and goes is told without being asked', async () => {
  bench.setBackends([]);
  open({ timing: { poll: 20 } });
  broker.receive({ type: 'watch', isOn: true });
  await until(() => ofType('devices').length === 1);
  bench.setBackends(['test']);
  await until(() => ofType('devices').length === 2);
  bench.setBackends([]);
  await until(() => ofType('devices').length === 3);
  expect(ofType('devices').map((event) => event.devices.map((device) => device.deviceId))).toEqual([
    [],
    ['test:0'],
    [],
  ]);
  expect(ofType('devices')[1]?.devices[0]?.sources).toEqual([
    { source: 'feeder', preview: false },
    { source: 'flatbed', preview: true },
  ]);
});

test.each([
  ['at 75 dots where the device can', {}, 75],
  ['at the lowest that the device has above', { resolution_min: '100.0' }, 100],
  ['at a step of the device', { resolution_min: '10.0', resolution_quant: '20.0' }, 90],
  ['at the highest below', { resolution_max: '60.0' }, 60],
])('a look at the glass shows all of it, %s', async (_name, settings: Readonly<Record<string, string>>, dpi) => {
  bench.configureTest(settings);
  open();
  const end = await outcome(broker.startPreview('color', 'test:0'));
  expect(end).toMatchObject({ type: 'finished', pages: 1, settings: { source: 'Flatbed', colorMode: 'color' } });
  // The backend's glass is a square of 300 mm.
  const side = Math.floor((300 / 25.4) * dpi);
  expect(ofType('pageStarted')).toMatchObject([{ dpi, colorMode: 'color', widthPixels: side, heightPixels: side }]);
  expect(Buffer.concat(ofType('strip').map((strip) => strip.bytes)).length).toBe(3 * side * side);
});

test('what lies in a feeder is not looked at, for it would be drawn in', async () => {
  open();
  expect(await outcome(broker.startPreview('gray', 'test:0', 'feeder'))).toMatchObject({
    type: 'stopped',
    pages: 0,
    code: 'scanner.noPreview',
  });
  expect(bench.scanningHelpers()).toEqual([]);
});

describe('a device with the option of a preview', () => {
  const log = (): string => readFileSync(join(bench.folder, 'preview.log'), 'utf8');

  beforeEach(() => {
    const library = join(bench.folder, 'preview-option.so');
    const source = join(import.meta.dirname, 'testing', 'preview-option.c');
    execFileSync('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl']);
    vi.stubEnv('LD_PRELOAD', library);
    vi.stubEnv('PREVIEW_OPTION_LOG', join(bench.folder, 'preview.log'));
    open();
  });

  test('has it for a look at the glass, and not for a page', async () => {
    expect(await outcome(broker.startPreview('gray', 'test:0'))).toMatchObject({ type: 'finished', pages: 1 });
    expect(log()).toBe('1');
    expect(await scan(a4)).toMatchObject({ type: 'finished', pages: 1 });
    expect(log()).toBe('10');
  });

  test('makes no page when it keeps to it', async () => {
    vi.stubEnv('PREVIEW_OPTION_STUCK', '1');
    const diagnosis = 'option INVAL preview';
    expect(await scan(a4)).toMatchObject({ type: 'stopped', code: 'scanner.optionNotHonoured', diagnosis });
    expect(ofType('strip')).toEqual([]);
  });
});

test('a look at the glass that fails or is cancelled says so as a scan does', async () => {
  bench.configureTest({ 'read-status-code': '"SANE_STATUS_COVER_OPEN"' });
  open({ flow: false });
  expect(await outcome(broker.startPreview('gray', 'test:0'))).toMatchObject({ code: 'scanner.coverOpen' });
  // More than four strips, so that it waits in the middle of the picture.
  bench.configureTest({ resolution_min: '300.0' });
  const looking = broker.startPreview('color', 'test:0');
  await until(() => ofType('strip').length === 4);
  broker.receive({ type: 'cancel', scanId: looking });
  expect(await outcome(looking)).toMatchObject({ type: 'stopped', pages: 0, code: 'scanner.cancelled' });
});

test('a device that does not exist is absent', async () => {
  open();
  expect(await scan(a4, 'pixma:04A9190D')).toMatchObject({ type: 'stopped', pages: 0, code: 'scanner.absent' });
});

test('without a helper there is no scanner, and nothing breaks', async () => {
  broker = createBrokerRig({ drivers: createDrivers(bench.folder) });
  broker.receive({ type: 'list', requestId: 1 });
  await until(() => broker.events.length === 1);
  expect(broker.events).toEqual([{ type: 'devices', requestId: 1, devices: [] }]);
});
