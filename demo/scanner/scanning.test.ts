import { createHash } from 'node:crypto';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { BridgeChannel } from '../../core/devices/bridge-channel.ts';
import { startNodeBridge } from '../../core/devices/node-bridge-channel.ts';
import { createScannerClient } from '../../core/devices/scanner/scanner-client.ts';
import type { ScanProfile } from '../../core/contract/schemas/scan-profile.ts';
import type { RawPage, ScanEvent, ScannerDevice, ScannerPort } from '../../core/services/ports/scanner.ts';
import { createSaneBench, type SaneBench } from '../../native/twain-scanner-bridge/sane-bench.ts';
import { esclEnvironment, esclHelpersOf } from '../../native/twain-scanner-bridge/testing/escl-bench.ts';
import { createEsclServer } from '../../native/twain-scanner-bridge/testing/escl-server.ts';
import { createScannerFeed, type ScannerFeed } from './scanner-feed.ts';

const entry = join(import.meta.dirname, '../../native/twain-scanner-bridge/main.ts');

// Processes start slowly on a busy machine, and a driver that hangs is given 5 s.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });
const patience = { timeout: 60_000 };

let bench: SaneBench;
let feed: ScannerFeed;
let scanner: ScannerPort;
let bridges: BridgeChannel[] = [];

beforeEach(async () => {
  bench = createSaneBench();
  feed = await createScannerFeed({ folder: bench.folder });
  bridges = [];
  useConfiguration(feed.environment.SANE_CONFIG_DIR);
});
afterEach(async () => {
  await scanner.close();
  bench.remove();
});

function useConfiguration(folder: string, more: Readonly<Record<string, string>> = {}): void {
  scanner = createScannerClient({
    spawnBridge() {
      const bridge = startNodeBridge({ entry, environment: { ...process.env, SANE_CONFIG_DIR: folder, ...more } });
      bridges.push(bridge);
      return bridge;
    },
  });
}

function profile(part: Partial<ScanProfile> = {}): ScanProfile {
  return {
    id: 'color-300',
    version: 1,
    title: 'Documento en color',
    source: 'feeder',
    dpi: 300,
    colorMode: 'color',
    areaMm: { width: 210, height: 297 },
    image: {
      straighten: true,
      crop: true,
      turnUpright: true,
      background: 'whiten',
      dropBlankSides: true,
      jpegQuality: 75,
    },
    digest: '0'.repeat(64),
    ...part,
  };
}

/** A sheet of one colour, as a PNG that states its density. */
async function sheet(name: string, gray: number, dpi = 300): Promise<string> {
  const file = join(bench.folder, `${name}.png`);
  const size = { width: Math.round((100 / 25.4) * dpi), height: Math.round((150 / 25.4) * dpi) };
  await sharp({ create: { ...size, channels: 3, background: { r: gray, g: 255, b: 0 } } })
    .withMetadata({ density: dpi })
    .png()
    .toFile(file);
  return file;
}

function start(
  part: Partial<ScanProfile> = {},
  signal: AbortSignal = new AbortController().signal,
  deviceId = 'pnm:0',
) {
  return scanner.scan({ deviceId, profile: profile(part), signal });
}

async function collect(events: AsyncIterable<ScanEvent>): Promise<{ pages: RawPage[]; last: ScanEvent | undefined }> {
  const pages: RawPage[] = [];
  let last: ScanEvent | undefined;
  for await (const event of events) {
    if (event.type === 'page') pages.push(event.page);
    last = event;
  }
  return { pages, last };
}

test('the stack comes in order, at 300 dots per inch, and leaves the feeder', async () => {
  expect(await feed.loadFeeder([await sheet('a', 10), await sheet('b', 20), await sheet('c', 30, 200)])).toBe(3);
  const { pages, last } = await collect(start());
  expect(pages.map((page) => page.samples[0])).toEqual([10, 20, 30]);
  expect(pages.map((page) => [page.widthPixels, page.heightPixels, page.dpi])).toEqual([
    [1181, 1772, 300],
    [1181, 1772, 300],
    // 787 × 1181 pixels at 200 are the same paper.
    [1181, 1772, 300],
  ]);
  for (const page of pages) expect(page.sha256).toBe(createHash('sha256').update(page.samples).digest('hex'));
  expect(last).toEqual({
    type: 'finished',
    pages: 3,
    settings: {
      deviceId: 'pnm:0',
      maker: 'Ventanilla',
      model: 'Alimentador de demostración',
      driver: 'sane',
      dpi: 300,
      colorMode: 'color',
      source: 'feeder',
    },
  });
  expect(await feed.pagesLeft()).toBe(0);
});

test('gray and bitonal paper for gray and bitonal profiles', async () => {
  await feed.loadFeeder([await sheet('a', 10)], { colorMode: 'bitonal' });
  const bitonal = await collect(start({ colorMode: 'bitonal' }));
  expect(bitonal.pages[0]?.samples.length).toBe(148 * 1772);
  await feed.loadFeeder([await sheet('b', 10)]);
  const gray = await collect(start({ colorMode: 'gray' }));
  expect(gray.pages[0]?.samples.length).toBe(1181 * 1772);
});

test('a profile that the paper cannot honour is refused', async () => {
  await feed.loadFeeder([await sheet('a', 10)]);
  expect((await collect(start({ dpi: 600 }))).last).toEqual({
    type: 'stopped',
    pages: 0,
    code: 'scanner.optionNotHonoured',
  });
  expect(await feed.pagesLeft()).toBe(1);
});

test('the next sheet waits in the feeder until the last one has been taken', async () => {
  await feed.loadFeeder([await sheet('a', 10), await sheet('b', 20)]);
  const left: number[] = [];
  for await (const event of start()) {
    if (event.type === 'page') left.push(await feed.pagesLeft());
  }
  expect(left).toEqual([1, 0]);
});

test('whoever stops in the middle keeps the rest of the paper in the feeder, and may go on', async () => {
  await feed.loadFeeder([await sheet('a', 10), await sheet('b', 20)]);
  for await (const event of start()) {
    if (event.type === 'page') break;
  }
  const { pages, last } = await collect(start());
  expect(pages.map((page) => page.samples[0])).toEqual([20]);
  expect(last).toMatchObject({ type: 'finished', pages: 1 });
});

test('an empty feeder', async () => {
  expect((await collect(start())).last).toEqual({ type: 'stopped', pages: 0, code: 'scanner.noDocuments' });
});

test.each([
  ['jam', 'scanner.jam'],
  ['coverOpen', 'scanner.coverOpen'],
  ['ioError', 'scanner.failed'],
  ['noDocuments', 'scanner.noDocuments'],
  ['outOfMemory', 'scanner.outOfMemory'],
  ['accessDenied', 'scanner.accessDenied'],
  ['empty', 'scanner.imageEmpty'],
] as const)('%s before the first page, and the stack is still there', async (condition, code) => {
  await feed.loadFeeder([await sheet('a', 10)]);
  await feed.simulate(condition);
  expect((await collect(start())).last).toEqual({ type: 'stopped', pages: 0, code });
  await feed.simulate('none');
  expect((await collect(start())).last).toMatchObject({ type: 'finished', pages: 1 });
});

test('a jam after two pages keeps those two', async () => {
  await feed.loadFeeder([await sheet('a', 10), await sheet('b', 20), await sheet('c', 30)]);
  await feed.simulate('jam', 2);
  const { pages, last } = await collect(start());
  expect(pages.length).toBe(2);
  expect(last).toEqual({ type: 'stopped', pages: 2, code: 'scanner.jam' });
  expect(await feed.pagesLeft()).toBe(1);
});

test('a cable pulled between two pages is a scanner that has gone', async () => {
  await feed.loadFeeder([await sheet('a', 10), await sheet('b', 20)]);
  let last: ScanEvent | undefined;
  for await (const event of start()) {
    if (event.type === 'page') await feed.unplug();
    last = event;
  }
  expect(last).toEqual({ type: 'stopped', pages: 1, code: 'scanner.disconnected' });
  expect(await scanner.listDevices()).toEqual([]);
  expect((await collect(start())).last).toEqual({ type: 'stopped', pages: 0, code: 'scanner.absent' });
  await feed.plug();
  expect((await scanner.listDevices()).map((device) => device.deviceId)).toEqual(['pnm:0']);
});

test('whoever watches is told the devices, and again after the bridge has died', async () => {
  const lists: (readonly ScannerDevice[])[] = [];
  let wake = () => {};
  scanner.onDevicesChanged((devices) => {
    lists.push(devices);
    wake();
  });
  async function untilTold(times: number): Promise<void> {
    while (lists.length < times) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  await untilTold(1);
  bridges[0]?.kill();
  await untilTold(2);
  expect(lists.map((list) => list.map((device) => device.deviceId))).toEqual([['pnm:0'], ['pnm:0']]);
  expect(bridges.length).toBe(2);
});

test('a bridge killed between pages ends the scan in a typed error, and the next scan works', async () => {
  await feed.loadFeeder([await sheet('a', 10), await sheet('b', 20)]);
  const seen: ScanEvent[] = [];
  for await (const event of start()) {
    seen.push(event);
    if (event.type === 'page') bridges[0]?.kill();
  }
  expect(seen.at(-1)).toEqual({ type: 'stopped', pages: 1, code: 'scanner.driverCrashed' });
  expect((await collect(start())).last).toMatchObject({ type: 'finished', pages: 1 });
});

test('a bridge killed in mid-page: no half page, its helper ends with it, and the next scan works', async () => {
  await feed.loadFeeder([await sheet('a', 10), await sheet('b', 20)]);
  const other = createSaneBench();
  await scanner.close();
  useConfiguration(other.folder);
  try {
    const seen: ScanEvent[] = [];
    for await (const event of start({ dpi: 600 }, new AbortController().signal, 'test:0')) {
      seen.push(event);
      if (event.type !== 'progress') continue;
      expect(other.scanningHelpers().length).toBe(1);
      bridges.at(-1)?.kill();
    }
    // Half a page is no page.
    expect(seen.filter(({ type }) => type === 'page')).toEqual([]);
    expect(seen.at(-1)).toEqual({ type: 'stopped', pages: 0, code: 'scanner.driverCrashed' });
    await expect.poll(() => other.scanningHelpers(), patience).toEqual([]);
    const again = await collect(start({ source: 'flatbed', dpi: 200 }, new AbortController().signal, 'test:0'));
    expect(again.last).toMatchObject({ type: 'finished', pages: 1 });
  } finally {
    other.remove();
  }
});

test('a bridge killed while a network scanner sends its second page: the first is there, its job is ended, and the next scan works', async () => {
  const server = await createEsclServer();
  const other = createSaneBench();
  other.setBackends([]);
  await scanner.close();
  useConfiguration(other.folder, esclEnvironment({ devices: [{ url: server.url, fingerprint: null }] }));
  const card: Partial<ScanProfile> = { dpi: 200, colorMode: 'gray', areaMm: { width: 85.6, height: 54 } };
  const scanCards = () => start(card, new AbortController().signal, `escl:${server.url}`);
  try {
    server.load(3);
    server.fail('hangInMidPage', 2);
    const seen: ScanEvent[] = [];
    for await (const event of scanCards()) {
      seen.push(event);
      if (event.type !== 'page') continue;
      // The next page is asked for when this one has been taken; by then half of it has come.
      void server.untilAsked('/NextDocument', 2).then(() => bridges.at(-1)?.kill());
    }
    expect(seen.filter(({ type }) => type === 'page')).toHaveLength(1);
    expect(seen.at(-1)).toEqual({ type: 'stopped', pages: 1, code: 'scanner.driverCrashed' });
    server.fail('none');
    server.load(2);
    expect((await collect(scanCards())).last).toMatchObject({ type: 'finished', pages: 2 });
    // What the killed bridge left behind has ended its job.
    await expect.poll(() => [server.openJobs(), esclHelpersOf(server.url)], patience).toEqual([0, []]);
  } finally {
    await scanner.close();
    await server.close();
    other.remove();
  }
});

test('cancelling in mid-page ends the scan; the helper is gone before the next one', async () => {
  const other = createSaneBench();
  await scanner.close();
  useConfiguration(other.folder);
  try {
    const abort = new AbortController();
    let last: ScanEvent | undefined;
    for await (const event of start({ dpi: 600 }, abort.signal, 'test:0')) {
      if (event.type === 'progress') abort.abort();
      last = event;
    }
    expect(last).toEqual({ type: 'stopped', pages: 0, code: 'scanner.cancelled' });
    const { pages } = await collect(start({ source: 'flatbed', dpi: 200 }, new AbortController().signal, 'test:0'));
    expect(pages.map((page) => page.widthPixels)).toEqual([1653]);
  } finally {
    await scanner.close();
    await expect.poll(() => other.scanningHelpers(), patience).toEqual([]);
    other.remove();
  }
});

test('a look at the glass leaves the paper where it is; a feeder has none', async () => {
  await feed.loadFeeder([await sheet('a', 10)]);
  const look = (source: ScanProfile['source'], signal = new AbortController().signal) =>
    scanner.preview({ deviceId: 'pnm:0', source, colorMode: 'color', signal });
  const picture = await look('flatbed');
  expect(picture).toMatchObject({ widthPixels: 1181, heightPixels: 1772, dpi: 300, colorMode: 'color' });
  expect(picture.samples[0]).toBe(10);
  await expect(look('feeder')).rejects.toMatchObject({ code: 'scanner.noPreview' });
  await expect(look('flatbed', AbortSignal.abort())).rejects.toMatchObject({ code: 'scanner.cancelled' });
  expect(await feed.pagesLeft()).toBe(1);
  expect((await collect(start({ source: 'flatbed' }))).last).toMatchObject({ type: 'finished', pages: 1 });
});

test('a look at the glass of a network scanner that never ends is cancelled, and its job with it', async () => {
  const server = await createEsclServer();
  const other = createSaneBench();
  other.setBackends([]);
  await scanner.close();
  useConfiguration(other.folder, esclEnvironment({ devices: [{ url: server.url, fingerprint: null }] }));
  try {
    server.fail('hangInMidPage', 1);
    const abort = new AbortController();
    void server.untilAsked('/NextDocument', 1).then(() => abort.abort());
    await expect(
      scanner.preview({
        deviceId: `escl:${server.url}`,
        source: 'flatbed',
        colorMode: 'gray',
        signal: abort.signal,
      }),
    ).rejects.toMatchObject({ code: 'scanner.cancelled' });
    await expect.poll(() => server.openJobs(), patience).toBe(0);
  } finally {
    await scanner.close();
    await server.close();
    other.remove();
  }
});

test('a scan cancelled before it starts, and calls on a closed scanner', async () => {
  const abort = new AbortController();
  abort.abort();
  expect((await collect(start({}, abort.signal))).last).toEqual({
    type: 'stopped',
    pages: 0,
    code: 'scanner.cancelled',
  });
  await scanner.close();
  await expect(scanner.listDevices()).rejects.toMatchObject({ code: 'request.cancelled' });
});
