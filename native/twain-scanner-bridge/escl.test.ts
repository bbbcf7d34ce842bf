import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createBrokerRig, type BrokerRig, type ScanEnd } from './broker-rig.ts';
import type { BrokerTiming } from './broker.ts';
import { esclDriver, esclEnvironment, esclHelpersOf } from './testing/escl-bench.ts';
import { drawSamples } from './testing/escl-pages.ts';
import { createEsclServer, type EsclFault, type EsclServer } from './testing/escl-server.ts';

// An identity card, so that every fault can be tried; its width fills no byte of a bitonal row.
const glass = { source: 'flatbed', dpi: 200, colorMode: 'gray', areaMm: { width: 85.6, height: 54 } } as const;
const stack = { ...glass, source: 'feeder' } as const;
const size = { width: 674, height: 425 };

// Processes start slowly on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 });

let server: EsclServer;
let broker: BrokerRig;

function open(options: Readonly<{ timing?: Partial<BrokerTiming>; flow?: boolean }> = {}): void {
  broker = createBrokerRig({ drivers: [esclDriver], ...options });
}

const deviceId = () => `escl:${server.url}`;
const scan = (profile: unknown): Promise<ScanEnd> => broker.scan(profile, deviceId());
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const bytesOfPages = () => Buffer.concat(broker.ofType('strip').map(({ bytes }) => bytes));

const untilPageIsAsked = () => server.untilAsked('/NextDocument', 1);

beforeEach(async () => {
  server = await createEsclServer();
  for (const [name, value] of Object.entries(esclEnvironment({ devices: [{ url: server.url, fingerprint: null }] })))
    vi.stubEnv(name, value);
});
afterEach(async () => {
  broker.close();
  vi.unstubAllEnvs();
  await vi.waitUntil(() => esclHelpersOf(server.url).length === 0, { timeout: 25_000 });
  await server.close();
});

test('a device that is given by its address is listed with what it can do and whether paper waits', async () => {
  open();
  server.load(1);
  broker.receive({ type: 'list', requestId: 1 });
  await broker.until(() => broker.events.length === 1);
  expect(broker.ofType('devices')[0]?.devices).toEqual([
    {
      deviceId: deviceId(),
      driver: 'escl',
      maker: 'Ventanilla',
      model: 'Ventanilla Banco eSCL',
      serial: '0001',
      connection: `127.0.0.1:${server.port}`,
      sources: [
        { source: 'feeder', preview: false },
        { source: 'feederDuplex', preview: false },
        { source: 'flatbed', preview: true },
      ],
      feeder: 'loaded',
    },
  ]);
});

test.each(['gray', 'color', 'bitonal'] as const)('a sheet on the glass arrives whole in %s', async (colorMode) => {
  server.abilities({ formats: ['image/png'] });
  open();
  const end = await scan({ ...glass, colorMode });
  const name = { gray: 'Grayscale8', color: 'RGB24', bitonal: 'BlackAndWhite1' }[colorMode] as 'RGB24';
  expect(end).toMatchObject({
    type: 'finished',
    pages: 1,
    settings: { driver: 'escl', dpi: 200, colorMode, source: `Platen, ${name}, image/png` },
  });
  expect(broker.ofType('pageStarted')).toMatchObject([
    { sequence: 1, widthPixels: size.width, heightPixels: size.height, dpi: 200, colorMode },
  ]);
  const drawn = drawSamples(1, { ...size, colorMode: name });
  const bytes = bytesOfPages();
  expect(broker.ofType('pageEnded')).toMatchObject([{ rows: size.height, sha256: sha256(bytes) }]);
  if (colorMode !== 'bitonal') {
    expect(sha256(bytes)).toBe(sha256(drawn));
    return;
  }
  const rowBytes = Math.ceil(size.width / 8);
  expect(bytes.length).toBe(rowBytes * size.height);
  const isBlack = (x: number, y: number) => ((bytes[y * rowBytes + (x >> 3)] ?? 0) & (0x80 >> (x & 7))) > 0;
  for (let y = 0; y < size.height; y += 7)
    for (let x = 0; x < size.width; x += 3) expect(isBlack(x, y)).toBe(drawn[y * size.width + x] === 0);
  // Nothing in the bits that fill the last byte of a row.
  expect((bytes[rowBytes - 1] ?? 0xff) & 0x3f).toBe(0);
});

test('a stack comes in its order as JPEG, and the job is ended on a device that calls itself by a name unknown here', async () => {
  server.load(5);
  server.callItself('http://escaner.invalid');
  open();
  expect(await scan({ ...stack, colorMode: 'color' })).toMatchObject({
    type: 'finished',
    pages: 5,
    settings: { source: 'Feeder, RGB24, image/jpeg' },
  });
  const pageBytes = size.width * size.height * 3;
  const bytes = bytesOfPages();
  for (let number = 1; number <= 5; number += 1) {
    const page = bytes.subarray((number - 1) * pageBytes, number * pageBytes);
    const drawn = drawSamples(number, { ...size, colorMode: 'RGB24' });
    const difference = page.reduce((sum, sample, i) => sum + Math.abs(sample - (drawn[i] ?? 0)), 0) / pageBytes;
    expect(difference).toBeLessThan(3);
  }
  expect(server.asked.filter((line) => line === 'POST /eSCL/ScanJobs')).toHaveLength(1);
  await vi.waitFor(() => expect(server.openJobs()).toBe(0), { timeout: 5_000 });
});

test.each([404, 409, 410])('a feeder whose end is said with %d is finished, not broken', async (status) => {
  server.load(2);
  server.endWith(status);
  open();
  expect(await scan(stack)).toMatchObject({ type: 'finished', pages: 2 });
});

test('both sides of a sheet, and blank sides in black and white that are equal', async () => {
  server.load(4);
  server.blank(true);
  open();
  expect(await scan({ ...stack, source: 'feederDuplex', colorMode: 'bitonal' })).toMatchObject({
    type: 'finished',
    pages: 4,
    settings: { source: 'Feeder, Duplex, BlackAndWhite1, image/png' },
  });
});

test('an empty feeder has no documents, however the device says it', async () => {
  open();
  expect(await scan(stack)).toMatchObject({ type: 'stopped', pages: 0, code: 'scanner.noDocuments' });
});

const conditions: readonly (readonly [EsclFault, string])[] = [
  ['jamZeroBytes', 'scanner.jam'],
  ['jamNotFound', 'scanner.jam'],
  ['jamUntold', 'scanner.imageEmpty'],
  ['doubleFeed', 'scanner.doubleFeed'],
  ['coverOpen', 'scanner.coverOpen'],
  ['outOfMemory', 'scanner.outOfMemory'],
  ['serverError', 'scanner.failed'],
  ['aborted', 'scanner.failed'],
  ['cancelledOnDevice', 'scanner.cancelled'],
  ['cutJpeg', 'scanner.imageTruncated'],
  ['lyingLength', 'scanner.imageTruncated'],
  ['goneInMidPage', 'scanner.disconnected'],
  ['endless', 'scanner.failed'],
  ['halfResolution', 'scanner.optionNotHonoured'],
  ['halfResolutionUntold', 'scanner.optionNotHonoured'],
  ['otherDensity', 'scanner.optionNotHonoured'],
  ['otherMode', 'scanner.optionNotHonoured'],
  ['otherFormat', 'scanner.failed'],
  ['wrongType', 'scanner.failed'],
  ['noise', 'scanner.failed'],
  ['imageInfoLies', 'scanner.optionNotHonoured'],
  ['repeatedPage', 'scanner.pageRepeated'],
];

test.each(conditions)('%s at the second page ends the scan as %s and keeps the first', async (fault, code) => {
  server.load(3);
  server.fail(fault, 2);
  open();
  expect(await scan(stack)).toMatchObject({ type: 'stopped', pages: 1, code });
  expect(broker.ofType('pageEnded').map(({ sequence }) => sequence)).toEqual([1]);
  expect(broker.ofType('pageStarted')).toHaveLength(1);
});

const refusals: readonly (readonly [EsclFault, string])[] = [
  ['coverOpenBefore', 'scanner.coverOpen'],
  ['unauthorized', 'scanner.accessDenied'],
  ['forbidden', 'scanner.accessDenied'],
  ['garbageXml', 'scanner.failed'],
  ['bomb', 'scanner.failed'],
  ['deepXml', 'scanner.failed'],
  ['longXml', 'scanner.failed'],
  ['redirects', 'scanner.failed'],
  ['redirectElsewhere', 'scanner.failed'],
  ['notHttp', 'scanner.failed'],
  ['hang', 'scanner.timedOut'],
];

test.each(refusals)('%s before the first page ends the scan as %s', async (fault, code) => {
  server.load(1);
  open();
  broker.receive({ type: 'list', requestId: 1 });
  await broker.until(() => broker.events.length === 1);
  server.fail(fault);
  expect(await scan(stack)).toMatchObject({ type: 'stopped', pages: 0, code });
  expect(broker.ofType('strip')).toEqual([]);
});

test('a device that works for somebody else is busy', async () => {
  server.load(1);
  server.fail('busy');
  open();
  expect(await scan(stack)).toMatchObject({ type: 'stopped', code: 'scanner.busy' });
});

test('a device that was switched off since it was listed is offline', async () => {
  open();
  broker.receive({ type: 'list', requestId: 1 });
  await broker.until(() => broker.events.length === 1);
  await server.vanish();
  expect(await scan(stack)).toMatchObject({ type: 'stopped', code: 'scanner.offline' });
});

test.each([
  ['source', { sources: ['flatbed'] }, stack],
  ['mode', { colorModes: ['RGB24'] }, glass],
  ['resolution', { resolutions: [100, 300] }, glass],
  ['format', { formats: ['application/pdf', 'image/jpeg'] }, { ...glass, colorMode: 'bitonal' }],
  ['width', { maxWidth: 900 }, glass],
] as const)('what the device lacks (%s) is refused before anything is scanned', async (option, abilities, profile) => {
  server.load(1);
  server.abilities(abilities);
  open();
  expect(await scan(profile)).toMatchObject({
    type: 'stopped',
    code: 'scanner.optionNotHonoured',
    diagnosis: `open NOT_HONOURED ${option}`,
  });
  expect(server.asked.some((line) => line.startsWith('POST'))).toBe(false);
});

test.each([
  ['with the intent of a preview where the device knows it', { intents: ['Document', 'Preview'] }, 'Preview', 75],
  ['without one where it does not', { intents: ['Document'] }, '', 75],
  ['at its lowest resolution', { resolutions: [50, 150, 300] }, 'Preview', 150],
  ['at the highest that it has', { resolutions: [50, 60] }, 'Preview', 60],
] as const)('a look at the glass shows all of it, %s', async (_name, abilities, intent, dpi) => {
  server.abilities(abilities);
  open();
  const end = await broker.outcome(broker.startPreview('color', deviceId()));
  expect(end).toMatchObject({ type: 'finished', pages: 1, settings: { source: 'Platen, RGB24, image/jpeg' } });
  expect(server.lastSettings('InputSource')).toBe('Platen');
  expect(server.lastSettings('Intent')).toBe(intent);
  const [width, height] = [Math.round((2550 * dpi) / 300), Math.round((4200 * dpi) / 300)];
  expect(broker.ofType('pageStarted')).toMatchObject([{ dpi, widthPixels: width, heightPixels: height }]);
  expect(bytesOfPages().length).toBe(width * height * 3);
});

test('a device that takes no notice of the resolution of a preview has shown its glass all the same', async () => {
  server.fail('halfResolutionUntold', 1);
  open();
  const end = await broker.outcome(broker.startPreview('gray', deviceId()));
  expect(end).toMatchObject({ type: 'finished', pages: 1 });
  expect(broker.ofType('pageStarted')).toMatchObject([{ widthPixels: 319, heightPixels: 525, dpi: 38 }]);
});

test.each([
  ['coverOpenBefore', 'scanner.coverOpen'],
  ['busy', 'scanner.busy'],
  ['forbidden', 'scanner.accessDenied'],
  ['jamUntold', 'scanner.imageEmpty'],
  ['cutJpeg', 'scanner.imageTruncated'],
] as const)('a look at the glass that meets %s ends as %s', async (fault, code) => {
  server.fail(fault, 1);
  open();
  expect(await broker.outcome(broker.startPreview('gray', deviceId()))).toMatchObject({ pages: 0, code });
});

test('a feeder has nothing to look at, and a look that is cancelled ends its job on the device', async () => {
  server.load(1);
  server.fail('hangInMidPage', 1);
  open();
  const code = 'scanner.noPreview';
  expect(await broker.outcome(broker.startPreview('gray', deviceId(), 'feeder'))).toMatchObject({ code });
  expect(server.asked.some((line) => line.startsWith('POST'))).toBe(false);
  const scanId = broker.startPreview('gray', deviceId());
  await untilPageIsAsked();
  broker.receive({ type: 'cancel', scanId });
  expect(await broker.outcome(scanId)).toMatchObject({ type: 'stopped', pages: 0, code: 'scanner.cancelled' });
  await vi.waitFor(() => expect(server.openJobs()).toBe(0), { timeout: 10_000 });
});

test('a page that never goes on is cancelled, and the pages before are there', async () => {
  server.load(3);
  server.fail('hangInMidPage', 2);
  open({ flow: false, timing: { grace: 3_000 } });
  const scanId = broker.start(stack, deviceId());
  await broker.until(() => broker.ofType('pageEnded').length === 1);
  broker.allowSilence(1_500);
  broker.receive({ type: 'nextPage', scanId });
  expect(await broker.outcome(scanId)).toMatchObject({ type: 'stopped', pages: 1, code: 'scanner.timedOut' });
});

test('a page that arrives slowly shows signs of life for longer than the silence that is allowed', async () => {
  server.load(1);
  server.fail('trickle');
  open();
  const scanId = broker.start(stack, deviceId());
  await untilPageIsAsked();
  broker.allowSilence(3_000);
  await new Promise((resolve) => setTimeout(resolve, 7_000));
  expect(broker.events).toEqual([]);
  broker.receive({ type: 'cancel', scanId });
  expect(await broker.outcome(scanId)).toMatchObject({ code: 'scanner.cancelled', pages: 0 });
});

test('cancelling in mid-page ends the job on the device and frees it for the next scan', async () => {
  server.load(3);
  server.fail('hangInMidPage', 1);
  open();
  const scanId = broker.start(stack, deviceId());
  await untilPageIsAsked();
  broker.receive({ type: 'cancel', scanId });
  expect(await broker.outcome(scanId)).toMatchObject({ type: 'stopped', pages: 0, code: 'scanner.cancelled' });
  server.fail('none');
  server.load(3);
  expect(await scan(stack)).toMatchObject({ type: 'finished', pages: 3 });
  expect(server.openJobs()).toBe(0);
});

test('a helper killed in mid-page is a driver that crashed, and the page before it is kept', async () => {
  server.load(3);
  server.fail('hangInMidPage', 2);
  open();
  const scanId = broker.start(stack, deviceId());
  await broker.until(() => broker.ofType('pageEnded').length === 1);
  for (const pid of esclHelpersOf(server.url)) process.kill(pid, 'SIGKILL');
  expect(await broker.outcome(scanId)).toMatchObject({ type: 'stopped', pages: 1, code: 'scanner.driverCrashed' });
});

test('the device is asked for the next page only when the consumer wants it, and strips wait for credit', async () => {
  server.load(2);
  open({ flow: false });
  const a4 = { ...stack, colorMode: 'color', areaMm: { width: 210, height: 297 } };
  const scanId = broker.start(a4, deviceId());
  await broker.until(() => broker.ofType('strip').length === 4);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(broker.ofType('strip')).toHaveLength(4);
  broker.receive({ type: 'credit', scanId, strips: 12 });
  await broker.until(() => broker.ofType('pageEnded').length === 1);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect(server.asked.filter((line) => line.endsWith('/NextDocument'))).toHaveLength(1);
  broker.receive({ type: 'cancel', scanId });
  expect(await broker.outcome(scanId)).toMatchObject({ pages: 1, code: 'scanner.cancelled' });
});

test('a device that appears and goes is told without being asked', async () => {
  await server.vanish();
  open({ timing: { poll: 50 } });
  broker.receive({ type: 'watch', isOn: true });
  await broker.until(() => broker.ofType('devices').length === 1);
  await server.appear();
  await broker.until(() => broker.ofType('devices').length === 2);
  await server.vanish();
  await broker.until(() => broker.ofType('devices').length === 3);
  expect(broker.ofType('devices').map(({ devices }) => devices.length)).toEqual([0, 1, 0]);
  // It rests four times as long as a look took, which on a busy machine is long.
}, 240_000);
