import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createBrokerRig, type BrokerRig } from './broker-rig.ts';
import { createDrivers } from './drivers.ts';
import { createSaneBench, type SaneBench } from './sane-bench.ts';
import { esclEnvironment } from './testing/escl-bench.ts';
import { drawSamples } from './testing/escl-pages.ts';
import { createEsclServer, type EsclServer } from './testing/escl-server.ts';

/*
 * A client that is not ours reads our test server: sane-airscan (Debian's package), so that what the other tests prove
 * about our client is not proved against a protocol of our own invention. And the two of them on one device.
 */

const run = promisify(execFile);
const hasAirscan = globSync('/usr/lib/*/sane/libsane-airscan.so.1').some((file) => existsSync(file));
const stack = { source: 'feeder', dpi: 200, colorMode: 'gray', areaMm: { width: 85.6, height: 54 } } as const;

vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 });

let server: EsclServer;
let bench: SaneBench;
let broker: BrokerRig;

beforeEach(async () => {
  server = await createEsclServer();
  bench = createSaneBench();
  bench.setBackends(['airscan']);
  writeFileSync(
    join(bench.folder, 'airscan.conf'),
    `[devices]\n"Banco" = ${server.url}, eSCL\n[options]\ndiscovery = disable\n`,
  );
  vi.stubEnv('SANE_CONFIG_DIR', bench.folder);
  broker = createBrokerRig({ drivers: createDrivers(join(import.meta.dirname, 'build')) });
});
afterEach(async () => {
  broker.close();
  vi.unstubAllEnvs();
  await vi.waitUntil(() => bench.scanningHelpers().length === 0, { timeout: 25_000 });
  bench.remove();
  await server.close();
});

async function list(): Promise<readonly string[]> {
  broker.forget();
  broker.receive({ type: 'list', requestId: 1 });
  await broker.until(() => broker.events.length > 0);
  return broker.ofType('devices')[0]?.devices.map(({ deviceId }) => deviceId) ?? [];
}

test('the machine has sane-airscan', () => {
  expect(hasAirscan, 'apt-get install sane-airscan').toBe(true);
});

test('scanimage takes a stack and the glass from our server through sane-airscan', async () => {
  server.load(3);
  const environment = { env: { ...process.env, SANE_CONFIG_DIR: bench.folder } };
  const area = ['--resolution', '200', '-x', '85.6', '-y', '54', '--format=pnm'];
  const device = ['-d', 'airscan:e0:Banco'];
  const batch = `--batch=${join(bench.folder, 'hoja%d.pnm')}`;
  // It ends with code 7 when the feeder is empty.
  await run('scanimage', [...device, '--source', 'ADF', '--mode', 'Gray', ...area, batch], environment).catch(
    (error: unknown) => expect((error as { code: number }).code).toBe(7),
  );
  for (const number of [1, 2, 3]) {
    const page = readFileSync(join(bench.folder, `hoja${number}.pnm`));
    const [, width = '', height = ''] =
      /^P5\s(?:#.*\s)*(\d+) (\d+)\s255\s/u.exec(page.toString('latin1', 0, 200)) ?? [];
    const size = { width: Number(width), height: Number(height) };
    const samples = page.subarray(page.length - size.width * size.height);
    const drawn = drawSamples(number, { ...size, colorMode: 'Grayscale8' });
    const difference = samples.reduce((sum, sample, i) => sum + Math.abs(sample - (drawn[i] ?? 0)), 0) / drawn.length;
    expect(size.width).toBeGreaterThan(660);
    expect(difference).toBeLessThan(3);
  }
  const glass = join(bench.folder, 'cristal.pnm');
  await run('scanimage', [...device, '--source', 'Flatbed', '--mode', 'Color', ...area, '-o', glass], environment);
  expect(readFileSync(glass).toString('latin1', 0, 2)).toBe('P6');
});

test('our broker reaches the device through sane-airscan where the settings know no network scanner', async () => {
  server.load(2);
  expect(await list()).toEqual(['airscan:e0:Banco']);
  expect(await broker.scan(stack, 'airscan:e0:Banco')).toMatchObject({ type: 'finished', pages: 2 });
});

test('a device that both drivers reach is listed once, as our own', async () => {
  for (const [name, value] of Object.entries(esclEnvironment({ devices: [{ url: server.url, fingerprint: null }] })))
    vi.stubEnv(name, value);
  expect(await list()).toEqual([`escl:${server.url}`]);
  // Without the network of our own helper, SANE's way is there again.
  vi.stubEnv('VENTANILLA_NETWORK_SCANNERS', JSON.stringify({ discovery: [], devices: [] }));
  expect(await list()).toEqual(['airscan:e0:Banco']);
});
